"""A dozen designed patients, each with one thing that a brief must get right.

Every function lets one live through the days before the session and returns that session's id.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from care.models import CareTeamMembership, Episode, LevelChange, User
from care.people.enrol import revoke_treatment_consents
from journaling.models import Entry
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder
from tests import cast as people
from tests.cast import Cast
from tests.journaling.briefs.brief_scenario import CHICAGO, NOW, SESSION_AT, at, wrote
from tests.journaling.briefs.heaviest_patient import heaviest

State = Occurrence.State


def planned(cast: Cast, *, met_days_ago: int = 7, admitted_days_ago: int = 22) -> UUID:
    """Plan the session; maya is in the programme and came to the one before."""
    people.admitted(cast.maya, on=at(admitted_days_ago).date(), hours=9)
    people.session(
        cast.dr_okafor, starts_at=at(met_days_ago, 10), with_patient=cast.maya, status="present"
    )
    return people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya).pk


def silent(cast: Cast) -> UUID:
    """Let nothing be logged, and one session be missed; reminders arrived and were not answered."""
    session_id = planned(cast)
    people.session(
        cast.dr_okafor, starts_at=at(4, 14), with_patient=cast.maya, status="no_show", kind="family"
    )
    _prompted(cast.maya, *[(day, State.SENT, "") for day in (1, 2, 3, 4, 5, 6)])
    return session_id


def first_week(cast: Cast) -> UUID:
    """Let the programme have begun five days ago, with a few first entries."""
    people.admitted(cast.maya, on=at(5).date(), hours=9)
    session = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya)
    wrote(cast.maya, "mood", at(4, 20), valence=-1, labels=["anxious"])
    wrote(cast.maya, "craving", at(3, 21), intensity=6, triggers=["lonely"],
          outcome="did_not_use", skills=["slow-breathing"], intensity_after=4,
          minutes_later=20)  # fmt: skip
    wrote(cast.maya, "skill_practice", at(3, 22), helped=True)
    wrote(cast.maya, "daily", at(2, 21), urges={"suicide": {"peak": 0}, "self_harm": {"peak": 0},
          "quit_treatment": {"peak": 2}}, sleep_hours=6, sleep_quality=2)  # fmt: skip
    wrote(cast.maya, "pre_session", at(0, 8), agenda="Is it normal to be this tired?",
          coming_in={"use": 1, "quit_treatment": 1, "die": 0},
          went_well="I came every day")  # fmt: skip
    return session.pk


def risk(cast: Cast) -> UUID:
    """Let safety be the thing: urges that rose, one question passed over, one preferred not to."""
    session_id = planned(cast)
    for day, peak in ((6, 0), (5, 1), (3, 2), (1, 4)):
        wrote(cast.maya, "daily", at(day, 21), urges={"suicide": {"peak": peak},
              "self_harm": {"peak": 0, "acted": False}}, barrier="could not get up" if day == 1
              else None, sleep_hours=4)  # fmt: skip
    wrote(cast.maya, "pre_session", at(0, 8), coming_in={"use": 3, "quit_treatment": 4, "die": 3},
          agenda="I don't know how to go on", unanswered={"safety_check.plan": "prefer_not_to_say"},
          safety_check={"safe_now": True, "intent": False})  # fmt: skip
    wrote(cast.maya, "mood", at(1, 9), valence=-3, labels=["hopeless", "drained"])
    return session_id


def return_to_use(cast: Cast) -> UUID:
    """Let a return to use be told, with what came before it, and days that stay unknown."""
    session_id = planned(cast)
    for day in (6, 5, 3):
        wrote(cast.maya, "craving", at(day, 18), intensity=5, outcome="did_not_use",
              triggers=["conflict"], skills=["slow-breathing"])  # fmt: skip
    wrote(cast.maya, "craving", at(2, 20, 10), intensity=9, outcome="used", place="at the bar",
          triggers=["money_or_payday", "social_pressure"], note="Payday, and they all went.",
          discuss=True)  # fmt: skip
    wrote(cast.maya, "use", at(2, 21), amount=4, unit="beers", alone=False, approximate=True,
          before="They bought the first round.", after_effect="I went home early.")  # fmt: skip
    wrote(cast.maya, "daily", at(2, 23, 30), urges={"use": {"peak": 5, "acted": True}})
    wrote(cast.maya, "mood", at(1, 9), valence=-2, labels=["guilty", "ashamed"])
    return session_id


def all_recalled(cast: Cast) -> UUID:
    """Let a week be filled in on its last evening: kept, and in no figure where it is too late."""
    session_id = planned(cast)
    for day in (6, 5, 4, 3, 2):
        late = at(1, 22) - at(day, 20)
        wrote(cast.maya, "craving", at(day, 20), intensity=6, outcome="did_not_use", later=late)
        wrote(cast.maya, "mood", at(day, 21), valence=0, later=late - timedelta(hours=1))
    return session_id


def wrong_clock(cast: Cast) -> UUID:
    """Let the phone's clock have been ahead for two entries."""
    session_id = planned(cast)
    wrote(cast.maya, "craving", at(3, 21), intensity=4, outcome="did_not_use")
    ahead = [wrote(cast.maya, "mood", at(2, hour), valence=1).id for hour in (9, 15)]
    Entry.objects.filter(id__in=ahead).update(clock_suspect=True)
    return session_id


def dst_week(cast: Cast) -> UUID:
    """Let the clocks go forward between two sessions: five days of which one has 23 hours."""
    people.admitted(cast.maya, on=datetime(2026, 3, 2, tzinfo=UTC).date(), hours=9)
    ends = datetime(2026, 3, 10, 10, 0, tzinfo=CHICAGO)
    people.session(cast.dr_okafor, starts_at=datetime(2026, 3, 6, 10, 0, tzinfo=CHICAGO),
                   with_patient=cast.maya, status="present")  # fmt: skip
    for day in (6, 7, 8, 9):
        late = datetime(2026, 3, day, 23, 30, tzinfo=CHICAGO)
        wrote(cast.maya, "craving", late, intensity=day - 2, outcome="did_not_use")
        wrote(cast.maya, "daily", late + timedelta(minutes=5), sleep_hours=7,
              date=late.date().isoformat())  # fmt: skip
    return people.session(cast.dr_okafor, starts_at=ends, with_patient=cast.maya).pk


def step_down_day(cast: Cast) -> UUID:
    """Let the session's day be the first of a lower level of care."""
    left = Episode.objects.create(
        patient_id=cast.maya.pk, level_of_care=Episode.LevelOfCare.PARTIAL_HOSPITALIZATION,
        admitted_on=at(30).date(), discharged_on=at(0).date(), planned_hours_per_week=20,
    )  # fmt: skip
    session_id = planned(cast, admitted_days_ago=0)
    LevelChange.objects.create(
        patient_id=cast.maya.pk, left=left, step=LevelChange.Step.DOWN, words=b"sealed",
        entered=Episode.objects.get(discharged_on__isnull=True), changed_on=at(0).date(),
        decided_by=cast.dr_okafor, decided_at=at(0, 8),
    )  # fmt: skip
    people.session(cast.dr_okafor, starts_at=at(1, 9), with_patient=cast.maya, status="present",
                   kind="education", minutes=180)  # fmt: skip
    wrote(cast.maya, "mood", at(1, 20), valence=1, labels=["hopeful"])
    wrote(cast.maya, "pre_session", at(0, 8), agenda="Fewer hours scare me", coming_in={"use": 2})
    return session_id


def private_entries(cast: Cast) -> UUID:
    """Let most be private or for the primary therapist; a nurse of the team reads what is left."""
    people.joins(cast.maya.pk, cast.dr_lind, role=CareTeamMembership.Role.NURSE)
    session_id = planned(cast)
    for day, share in ((4, "private"), (3, "individual_therapist_only"), (2, "care_team")):
        wrote(cast.maya, "craving", at(day, 20), intensity=10 - day, share=share,
              note=f"shared as {share}", discuss=True, outcome="did_not_use")  # fmt: skip
    wrote(cast.maya, "daily", at(3, 22), share="private", urges={"suicide": {"peak": 5}})
    return session_id


def no_consent(cast: Cast) -> UUID:
    """Let consent be revoked the evening before: there is no brief, whatever was logged."""
    session_id = planned(cast)
    wrote(cast.maya, "craving", at(2, 20), note="never to be read")
    revoke_treatment_consents(patient_id=cast.maya.pk, now=at(1, 20))
    return session_id


def paused(cast: Cast) -> UUID:
    """Let reminders be paused for three days and two not arrive: neither was ignored."""
    session_id = planned(cast)
    wrote(cast.maya, "mood", at(6, 9), valence=1, labels=["calm"])
    wrote(cast.maya, "mood", at(1, 9), valence=0)
    _prompted(cast.maya, (6, State.SENT, "answered"), (5, State.FAILED, ""),
              (4, State.SKIPPED, "paused"), (3, State.SKIPPED, "paused"),
              (2, State.DEAD_DEVICE, ""), (1, State.SENT, ""))  # fmt: skip
    return session_id


def reviewed(cast: Cast) -> UUID:
    """Let most have been read before, with one new entry since, and a colleague's "let's talk"."""
    session_id = return_to_use(cast)
    Entry.objects.filter(patient_id=cast.maya.pk).update(reviewed_at=at(1, 17))
    wrote(cast.maya, "craving", at(1, 21), intensity=7, outcome="did_not_use",
          triggers=["lonely"], skills=["slow-breathing"], intensity_after=3,
          minutes_later=30)  # fmt: skip
    Entry.objects.filter(kind="use").update(acknowledged_at=at(1, 17))
    return session_id


def _prompted(user: User, *became: tuple[int, str, str]) -> None:
    series = Reminder.objects.create(
        id=uuid4(), patient_id=user.pk, purpose="checkin", minutes=[480], weekdays=127,
        created_at=at(30),
    )  # fmt: skip
    for days_ago, state, reason in became:
        due_at = at(days_ago, 8)
        Occurrence.objects.create(
            id=uuid4(), reminder=series, patient_id=user.pk, purpose="checkin", slot=480,
            local_day=due_at.date(), due_at=due_at, not_after=due_at + timedelta(hours=1),
            state=state, reason="" if reason == "answered" else reason, tag="checkin",
            sent_at=due_at if state == State.SENT else None, created_at=due_at,
            answered_at=due_at + timedelta(minutes=9) if reason == "answered" else None,
        )  # fmt: skip


PATIENTS: Mapping[str, Callable[[Cast], UUID]] = {
    "silent": silent,
    "heavy": heaviest,
    "first-week": first_week,
    "risk": risk,
    "return-to-use": return_to_use,
    "all-recalled": all_recalled,
    "wrong-clock": wrong_clock,
    "dst-week": dst_week,
    "step-down-day": step_down_day,
    "private-entries": private_entries,
    "no-consent": no_consent,
    "paused": paused,
    "reviewed": reviewed,
}
#: Who reads, and when, where it isn't their therapist half an hour before.
READERS = {"private-entries": "dr_lind"}
TIMES = {"dst-week": datetime(2026, 3, 10, 9, 30, tzinfo=CHICAGO), "": NOW}
