"""A patient who fills every section of a brief to the brim."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from journaling.entries.kinds.daily import SPHERES
from journaling.entries.kinds.short_kinds import EMOTIONS
from journaling.entries.kinds.vital_sign import UNITS_BY_TYPE
from journaling.measures import instruments
from journaling.models import Entry, SafetyEvent
from tests import cast as people
from tests.cast import Cast
from tests.journaling.briefs.brief_scenario import SESSION_AT, at, wrote

LONG = "I kept thinking about the evening at the lake and what my sister said to me. " * 20
EVERY_FIELD: dict[str, Any] = {
    "triggers": ["conflict", "lonely", "money_or_payday"],
    "place": "on the bus home",
    "company": "two old friends",
    "thought": LONG,
    "note": LONG,
    "skills": ["slow-breathing", "scan-and-soften"],
    "intensity_after": 4,
    "minutes_later": 20,
}


def _answers(slug: str, day: int) -> dict[str, int]:
    """Answer all, or on some days leave every second item open."""
    instrument = instruments.find_instrument(slug, "1")
    assert instrument is not None
    items = instrument.items[:: 2 if day % 3 == 0 else 1]
    return {item.id: item.options[day % len(item.options)].value for item in items}


def _fill_body(cast: Cast, day: int, late: timedelta) -> None:
    """Log every medicine, reading and meeting that there may be on a day."""
    for name in ("A long-acting medicine", "another", "and a third of a long name, extended"):
        wrote(cast.maya, "dose", at(day, 8), name=name, taken=day % 5 > 0, reason=LONG)
    for kind, units in UNITS_BY_TYPE.items():
        wrote(cast.maya, "reading", at(day, 8), type=kind, value=50 + day, unit=units[0])
    for kind in ("mutual_help", "faith group", "sports"):
        wrote(cast.maya, "meeting", at(day, 19), meeting_kind=kind, later=late)


def heaviest(cast: Cast) -> UUID:
    """Fill every section to the brim: eight weeks, every field, every kind, every flaw."""
    people.admitted(cast.maya, on=at(60).date())
    people.session(cast.dr_okafor, starts_at=at(28, 10), with_patient=cast.maya, status="present")
    session = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya)
    skills = ["slow-breathing", "scan-and-soften", "name-it", "notice-only", "cool-the-face",
              "muscle-release", "one-thing-now"]  # fmt: skip
    outcomes = ["used", "did_not_use", "used_less", "still_deciding", "prefer_not_to_say"]
    for day in (*range(1, 9), *range(11, 28), *range(31, 37)):
        late = timedelta(hours=60) if day % 9 == 0 else timedelta(minutes=day)
        wrote(cast.maya, "craving", at(day, 21), intensity=day % 11, outcome=outcomes[day % 5],
              target=f"target {day % 8}", discuss=True, later=late, **EVERY_FIELD)  # fmt: skip
        wrote(cast.maya, "mood", at(day, 9), valence=day % 7 - 3, labels=["calm", "drained", "sad"])
        wrote(cast.maya, "use", at(day, 22), amount=3, unit="glasses", alone=True, before=LONG,
              approximate=True, discuss=True)  # fmt: skip
        wrote(cast.maya, "daily", at(day, 23), urges={"suicide": {"peak": 1 + day % 5},
              "self_harm": {"acted": True}, "quit_treatment": {"peak": day % 6},
              "gambling": {"peak": day % 6, "acted": day % 2 == 0}}, barrier=LONG,
              pleasant_event=LONG, sleep_hours=day % 9, sleep_quality=day % 5,
              medication_taken=day % 4 > 0, supplements_taken=day % 3 > 0, pain=day % 11,
              meals=day % 4, movement_minutes=10 * (day % 7), emotions=dict.fromkeys(EMOTIONS, 4),
              balance=dict.fromkeys(SPHERES, day % 5),
              safety_check={"plan": True}, unanswered={"safety_check.intent": "skipped"},
              )  # fmt: skip
        wrote(cast.maya, "pre_session", at(day, 13), agenda=LONG[:280], went_well=LONG,
              coming_in={"die": day % 6}, unanswered={"safety_check": "prefer_not_to_say"},
              )  # fmt: skip
        _fill_body(cast, day, late)
        for slug in ("gad-2", "gad-7", "pacs", "phq-2", "phq-9", "bam-7"):
            wrote(cast.maya, "measure", at(day, 18), instrument=slug, answers=_answers(slug, day))
        if day < 3:
            wrote(cast.maya, "skill_practice", at(day, 6), skill="join-in-fully")
        for skill in skills[: 1 + day % 7]:
            wrote(cast.maya, "skill_practice", at(day, 8), skill=skill, helped=day % 2 == 0)
        wrote(cast.maya, "skill_practice", at(day, 7), attempted=False, able=None, wanted_to=True)
        wrote(cast.maya, "skill_practice", at(day, 7), able=False)
    for day in range(2, 30, 3):
        people.session(cast.dr_okafor, starts_at=at(day, 14), with_patient=cast.maya,
                       status="no_show", kind="family")  # fmt: skip
    for day in range(1, 9):
        SafetyEvent.objects.create(
            patient_id=cast.maya.pk, audience="care_team", level=2 + day % 2, opened_at=at(day),
            last_sign_at=at(day),
        )  # fmt: skip
    Entry.objects.filter(local_date=at(3).date()).update(clock_suspect=True)
    return session.pk
