"""A therapist's twelve questions, each answered by the brief alone and held against the data.

Every expected figure is counted here from what was written down, not by the brief's own code.
"""

from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from uuid import UUID

import pytest

from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.medical.medications import MEDICATION_SUBSCRIBERS, add_medication
from care.medical.regimen import Regimen
from journaling import formatting
from journaling.entries.entry import EntryValue
from journaling.safety.respond import safety_response_for
from tests import cast as people
from tests.cast import Cast, own_chart
from tests.followers import unfollowed
from tests.journaling.briefs.brief_scenario import (
    NOW,
    SESSION_AT,
    at,
    everything,
    read,
    section,
    texts,
    wrote,
)
from tests.journaling.briefs.test_brief_matches_entries import given

SLOW, NAMED = "slow-breathing", "name-it"
#: Days ago, intensity, what became of it.
CRAVINGS = ((12, 4, "did_not_use"), (11, 4, "did_not_use"), (10, 4, "did_not_use"),
            (9, 4, "did_not_use"), (6, 6, "did_not_use"), (5, 7, "did_not_use"),
            (4, 6, "did_not_use"), (2, 9, "used"))  # fmt: skip
#: Days ago, whether it helped.
PRACTICES = ((6, True), (5, True), (4, False), (2, None))
NIGHTS = ((6, 5.0), (5, 7.0), (4, 6.0), (2, 4.5))


@dataclass(frozen=True)
class Week:
    """What was written down between two sessions, and the session to come."""

    session_id: UUID
    cravings: tuple[EntryValue, ...]
    agenda: EntryValue


@pytest.fixture
def week(cast: Cast) -> Week:
    people.admitted(cast.maya, on=at(22).date(), hours=9)
    people.session(cast.dr_okafor, starts_at=at(7, 10), with_patient=cast.maya, status="present")
    session = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya)
    people.session(cast.dr_okafor, starts_at=SESSION_AT + timedelta(days=2, hours=4),
                   with_patient=cast.maya, kind="family")  # fmt: skip
    given(cast, SLOW, days_ago=7)
    given(cast, NAMED, days_ago=7)
    _takes_sertraline(cast)
    cravings = tuple(
        wrote(cast.maya, "craving", at(day, 20), intensity=intensity, outcome=outcome,
              triggers=["money_or_payday"])
        for day, intensity, outcome in CRAVINGS
    )  # fmt: skip
    for day, helped in PRACTICES:
        wrote(cast.maya, "skill_practice", at(day, 9), skill=SLOW, helped=helped)
    for day, hours in NIGHTS:
        wrote(cast.maya, "daily", at(day, 22), sleep_hours=hours, meals=3,
              urges={"suicide": {"peak": 4 if day == 2 else 0}, "use": {"peak": 2}})  # fmt: skip
    wrote(cast.maya, "reading", at(3), type="weight", value=70.5, unit="kg")
    for day, taken in ((6, True), (5, True), (4, False)):
        wrote(cast.maya, "dose", at(day, 8), name="Sertraline", taken=taken)
    agenda = wrote(cast.maya, "pre_session", at(0, 8), agenda="How do I tell my sister?",
                   went_well="I called first")  # fmt: skip
    return Week(session.pk, cravings, agenda)


def _takes_sertraline(cast: Cast) -> None:
    chart = open_chart(viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.MEDICAL,
                       now=NOW, to_write=True)  # fmt: skip
    regimen = Regimen("Sertraline", kind="medicine", dose="50 mg", minutes=(480,),
                      starts_on=at(30).date())  # fmt: skip
    with unfollowed(MEDICATION_SUBSCRIBERS):
        add_medication(chart=chart, regimen=regimen, now=at(30))


def says(cast: Cast, week: Week, key: str) -> str:
    return " ".join(texts(read(cast.dr_okafor, week.session_id), key))


def in_window() -> list[tuple[int, int, str]]:
    """Return the cravings since the last attended session, a week ago at 10 in the morning."""
    return [craving for craving in CRAVINGS if craving[0] < 7]


def test_1_what_happened(cast: Cast, week: Week) -> None:
    cravings = in_window()
    resisted = sum(outcome == "did_not_use" for *_, outcome in cravings)

    said = says(cast, week, "craving")

    assert said.startswith(f"{len(cravings)} episodes on {len({c[0] for c in cravings})} of 7 days")
    assert f"Outcome: did not use {resisted} of {len(cravings)} times." in said
    assert "use told" not in said
    assert f"{formatting.format_day(at(2).date())}" in says(cast, week, "use")


def test_2_the_worst_moment(cast: Cast, week: Week) -> None:
    worst, _ = max(
        (pair for pair in zip(week.cravings, CRAVINGS, strict=True) if pair[1][0] < 7),
        key=lambda pair: pair[1][1],
    )
    moment = section(read(cast.dr_okafor, week.session_id), "moment")

    assert moment.lines[0].entries == (worst.id,)
    assert "craving 9 of 10" in moment.lines[0].text


def test_3_what_helped(cast: Cast, week: Week) -> None:
    answered = [helped for _, helped in PRACTICES if helped is not None]

    said = says(cast, week, "skills")

    assert f"helped {sum(answered)} of {len(answered)} times" in said
    assert f"whether it helped is not answered for {len(PRACTICES) - len(answered)}" in said


def test_4_what_was_agreed_and_not_done(cast: Cast, week: Week) -> None:
    days = len({day for day, _ in PRACTICES})

    said = says(cast, week, "in_the_way")

    assert f"Slow breathing practised on {days} days (3 a week agreed)" in said
    assert "Put it into words not practised (3 a week agreed)" in said


def test_5_the_risk(cast: Cast, week: Week) -> None:
    said = says(cast, week, "safety")

    assert said.startswith(f"{formatting.format_day(at(2).date())}: urge for suicide 4 of 5")


def test_6_what_they_want(cast: Cast, week: Week) -> None:
    assert says(cast, week, "agenda").startswith("Their agenda: “How do I tell my sister?”")


def test_7_what_changed(cast: Cast, week: Week) -> None:
    before = [intensity for day, intensity, _ in CRAVINGS if day >= 7]
    now = [intensity for _, intensity, _ in in_window()]

    said = says(cast, week, "craving")

    assert (
        f"median daily peak {formatting.format_number(median(now))} of 10 ({len(now)} days),"
        f" against {formatting.format_number(median(before))} of 10 in the 14 days before"
        f" ({len(before)} days)"
    ) in said


def test_8_what_to_ask_first(cast: Cast, week: Week) -> None:
    (line,) = (
        line
        for line in section(read(cast.dr_okafor, week.session_id), "header").lines
        if line.text.startswith("Ask first: ")
    )

    assert (
        line.text == f"Ask first: the answer about safety of {formatting.format_day(at(2).date())}."
    )


def test_8_an_open_event_comes_before_all(cast: Cast, week: Week) -> None:
    entry = wrote(cast.maya, "pre_session", at(0, 9), coming_in={"die": 5})
    safety_response_for(chart=own_chart(cast.maya), entries=[entry], now=at(0, 9))

    found = read(cast.dr_okafor, week.session_id)

    assert "Ask first: the open safety event of Tue Mar 24." in everything(found)


def test_9_what_is_unknown(cast: Cast, week: Week) -> None:
    found = read(cast.dr_okafor, week.session_id)
    asked = {
        part.key: line.text for part in found.sections for line in part.lines if line.is_unasked
    }

    assert asked["measures"] == "Not asked: no questionnaire is part of this window."
    assert asked["body"] == "Not asked: movement, pain, meetings."
    assert "what got in the way" in asked["in_the_way"]
    silent = {1, 2, 3, 4, 5, 6, 7} - {d for d, *_ in (*CRAVINGS, *PRACTICES, *NIGHTS)} - {3}
    assert f"no shared entry on {len(silent)} of 7 days" in says(cast, week, "in_the_way")


def test_10_the_medicine(cast: Cast, week: Week) -> None:
    assert says(cast, week, "body").startswith(
        "Sertraline taken 2 of 7 due, 1 skipped, 4 not logged."
    )


def test_11_sleep_and_body(cast: Cast, week: Week) -> None:
    hours = formatting.format_number(median(hours for _, hours in NIGHTS))

    assert f"Sleep: median {hours} hours ({len(NIGHTS)} nights)" in says(cast, week, "mood_sleep")
    assert "70.5 kg" in says(cast, week, "body")


def test_12_when_next(cast: Cast, week: Week) -> None:
    assert "Next after it: family Thu Mar 26, 2:00 pm." in says(cast, week, "header")


def test_12_when_next_in_a_group_or_with_another_clinician(cast: Cast, week: Week) -> None:
    group = people.group(cast.dr_okafor, cast.maya)
    people.session(
        cast.dr_okafor, starts_at=SESSION_AT + timedelta(days=1), with_group=group, kind="group"
    )

    assert "Next after it: group Wed Mar 25, 10:00 am." in says(cast, week, "header")


def test_12_a_cancelled_session_is_not_next(cast: Cast, week: Week) -> None:
    sooner = people.session(cast.dr_okafor, starts_at=SESSION_AT + timedelta(days=1),
                            with_patient=cast.maya)  # fmt: skip
    sooner.cancelled_at = NOW
    sooner.save()

    assert "Next after it: family Thu Mar 26, 2:00 pm." in says(cast, week, "header")
