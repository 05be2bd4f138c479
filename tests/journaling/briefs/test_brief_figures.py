"""The figures of a brief equal what a reader counts by hand."""

from datetime import date, timedelta
from statistics import median
from typing import Any

import pytest

from care.models import TreatmentSession
from journaling.entries.entry import EntryValue
from journaling.insights import figures
from tests import cast as people
from tests.cast import Cast
from tests.journaling.briefs.brief_scenario import SESSION_AT, at, read, section, texts, wrote

#: Two weeks: (days ago, hour, intensity, outcome); written down so here, counted below.
CRAVINGS = [
    (13, 8, 3, "did_not_use"), (13, 21, 8, "did_not_use"), (12, 20, 6, None),
    (10, 7, 9, "used"), (10, 22, 2, "did_not_use"), (7, 12, 5, "still_deciding"),
    (6, 12, 5, "used_less"), (3, 23, 10, "did_not_use"), (1, 6, 0, "prefer_not_to_say"),
]  # fmt: skip


@pytest.fixture
def fortnight(cast: Cast) -> TreatmentSession:
    """Plan a session 14 days after the last attended one, with the cravings above between them."""
    people.session(cast.dr_okafor, starts_at=at(14, 10), with_patient=cast.maya, status="present")
    for days_ago, hour, intensity, outcome in CRAVINGS:
        fields: dict[str, Any] = {"outcome": outcome} if outcome else {}
        wrote(cast.maya, "craving", at(days_ago, hour), intensity=intensity, **fields)
    return people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya)


def test_craving_equals_a_plain_count(cast: Cast, fortnight: TreatmentSession) -> None:
    by_day: dict[int, list[int]] = {}
    for days_ago, _, intensity, _ in CRAVINGS:
        by_day.setdefault(days_ago, []).append(intensity)
    peaks = [max(found) for found in by_day.values()]
    settled = [o for *_, o in CRAVINGS if o in {"used", "did_not_use", "used_less"}]

    said = texts(read(cast.dr_okafor, fortnight.pk), "craving")

    assert said[0] == (
        f"{len(CRAVINGS)} episodes on {len(by_day)} of 14 days; "
        f"median daily peak {median(peaks):g} of 10."
    )
    assert said[1] == (
        f"Outcome: did not use {settled.count('did_not_use')} of {len(settled)} times; "
        f"not known for {len(CRAVINGS) - len(settled)}."
    )


def test_use_days_are_with_without_or_unknown(cast: Cast, fortnight: TreatmentSession) -> None:
    wrote(cast.maya, "use", at(12, 23))
    wrote(cast.maya, "mood", at(5, 9))
    wrote(cast.maya, "mood", at(4, 9))
    # Told too late to count: the day is unknown, not "without".
    wrote(cast.maya, "use", at(4, 23), later=timedelta(hours=49))

    said = texts(read(cast.dr_okafor, fortnight.pk), "use")

    # With: 12, 10, 6. Without: 13, 3. Left open: 7, 1; told too late: 4. Not asked: the others.
    assert said[0] == (
        "2 of 14 days without reported use, use reported on 3, 6 not asked, "
        "3 left open or told too late."
    )
    assert said[1:] == [
        "Thu Mar 12, 11:00 pm: use of alcohol, amount not given.",
        "Sat Mar 14, 7:00 am: craving 9 of 10 for alcohol, used.",
        "Wed Mar 18, 12:00 pm: craving 5 of 10 for alcohol, used less than planned.",
        "Fri Mar 20, 11:00 pm: use of alcohol, amount not given"
        " (written down 2 days later, in no figure).",
    ]


def test_days_without_entries_equal_a_plain_count(cast: Cast, fortnight: TreatmentSession) -> None:
    logged = {days_ago for days_ago, *_ in CRAVINGS}
    # Today is not over: it is no day without.
    missing = sorted(set(range(1, 15)) - logged)

    said = texts(read(cast.dr_okafor, fortnight.pk), "in_the_way")[1]

    assert said == (
        f"Logging: no shared entry on {len(missing)} of 14 days; "
        "longest gap Sun Mar 15 to Mon Mar 16."
    )


def test_a_gap_in_the_line_is_none_and_never_zero(cast: Cast, fortnight: TreatmentSession) -> None:
    spark = section(read(cast.dr_okafor, fortnight.pk), "craving").spark

    assert spark is not None
    assert (spark.first_day, spark.last_day) == (at(28).date(), at(0).date())
    assert spark.context_days == 14
    assert len(spark.values) == 29
    shown = {28 - n: value for n, value in enumerate(spark.values) if value is not None}
    assert shown == {13: 8, 12: 6, 10: 9, 7: 5, 6: 5, 3: 10, 1: 0}


def test_entries_recalled_too_late_change_no_figure_but_are_named(
    cast: Cast, fortnight: TreatmentSession
) -> None:
    before = read(cast.dr_okafor, fortnight.pk)
    late = wrote(cast.maya, "craving", at(8), intensity=10, later=timedelta(hours=48, seconds=1))

    after = read(cast.dr_okafor, fortnight.pk)

    first, *rest = texts(before, "craving")
    assert texts(after, "craving") == [
        f"{first} Also 1 craving, 10 of 10, written down 2 days later (not in figures).",
        *rest,
    ]
    assert texts(after, "in_the_way")[1] == (
        texts(before, "in_the_way")[1][:-1].replace("entry on", "entry in time on")
        + "; 1 of them filled in more than 48 hours later."
    )
    assert section(after, "craving").spark == section(before, "craving").spark
    hollow = section(after, "data").lines[1]
    assert hollow.text == "More than 48 hours later, so in no figure: 1 craving."
    assert hollow.entries == (late.id,)


def test_exactly_48_hours_later_still_counts(cast: Cast, fortnight: TreatmentSession) -> None:
    wrote(cast.maya, "craving", at(8), intensity=10, later=timedelta(hours=48))

    said = texts(read(cast.dr_okafor, fortnight.pk), "craving")[0]

    assert said.startswith(f"{len(CRAVINGS) + 1} episodes on 8 of 14 days")


def test_mood_is_the_median_of_the_days_medians(cast: Cast) -> None:
    people.session(cast.dr_okafor, starts_at=at(5, 10), with_patient=cast.maya, status="present")
    session = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya)
    days = {4: [-3, -3, 1], 3: [2], 1: [0, 1]}
    for days_ago, values in days.items():
        for hour, valence in enumerate(values, start=9):
            wrote(cast.maya, "mood", at(days_ago, hour), valence=valence)
    expected = median(median(values) for values in days.values())

    said = texts(read(cast.dr_okafor, session.pk), "mood_sleep")

    assert expected == 0.5
    assert said[0] == (
        "Mood on 3 of 5 days: median between neutral and slightly pleasant (+0.5) on −3 to +3."
    )
    assert said[1] == (
        "Lowest very unpleasant (−3), Fri Mar 20, 9:00 am; "
        "highest pleasant (+2), Sat Mar 21, 9:00 am."
    )


def test_skills_tell_practice_and_help_and_never_a_mean_code(cast: Cast) -> None:
    people.session(cast.dr_okafor, starts_at=at(5, 10), with_patient=cast.maya, status="present")
    session = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya)
    wrote(cast.maya, "skill_practice", at(9), helped=True)
    for days_ago, fields in (
        (4, {"helped": True}),
        (4, {"helped": False}),
        (2, {"skill": "scan-and-soften", "attempted": None, "able": None, "automatic": True}),
        (1, {"attempted": True, "able": False}),
        (1, {"skill": "name-it", "attempted": False, "able": None, "wanted_to": True}),
        (1, {"skill": "name-it", "attempted": False, "able": None, "considered": False}),
    ):
        wrote(cast.maya, "skill_practice", at(days_ago), **fields)

    said = texts(read(cast.dr_okafor, session.pk), "skills")

    assert said == [
        "Practised on 2 of 5 days; helped 1 of 2 times; whether it helped is not answered for 1.",
        "Practised: Slow breathing 2, Scan and soften 1."
        " Not in the 14 days before: Scan and soften 1.",
        "Wanted to but did not: Put it into words 1. Tried but could not: Slow breathing 1.",
    ]


def test_two_medians_stand_side_by_side_from_four_days_on(cast: Cast) -> None:
    people.session(cast.dr_okafor, starts_at=at(5, 10), with_patient=cast.maya, status="present")
    session = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya)
    for days_ago in (4, 3, 2, 9, 8, 7, 6):
        wrote(cast.maya, "craving", at(days_ago), intensity=days_ago)

    three = texts(read(cast.dr_okafor, session.pk), "craving")[0]
    wrote(cast.maya, "craving", at(1), intensity=1)
    four = texts(read(cast.dr_okafor, session.pk), "craving")[0]

    assert three == "3 episodes on 3 of 5 days; median daily peak 3 of 10."
    assert four == (
        "4 episodes on 4 of 5 days; median daily peak 2.5 of 10 (4 days), "
        "against 7.5 of 10 in the 14 days before (4 days)."
    )


def test_the_longest_gap_is_the_first_of_equals() -> None:
    days = [date(2026, 3, day) for day in range(1, 11)]

    found = figures.logging_figures(_on(days[2], days[5]), days=days)

    # Without: 1-2, 4-5, 7-10.
    assert found.longest_gap == tuple(days[6:])
    assert figures.logging_figures(_on(days[2], days[5], days[8]), days=days).longest_gap == tuple(
        days[:2]
    )


def _on(*days: date) -> list[EntryValue]:
    class Day:
        def __init__(self, local_date: date) -> None:
            self.local_date = local_date

    return [Day(day) for day in days]  # type: ignore[misc] # logging() reads the day alone
