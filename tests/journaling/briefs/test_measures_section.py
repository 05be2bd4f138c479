"""What questionnaires bring to a brief: scores on their range, and reliable change alone."""

from datetime import timedelta
from uuid import UUID

import pytest

from journaling.measures import instruments
from journaling.models import Entry
from tests import cast as people
from tests.cast import Cast
from tests.journaling.briefs.brief_scenario import SESSION_AT, at, read, section, texts, wrote


def planned(cast: Cast) -> UUID:
    people.session(cast.dr_okafor, starts_at=at(7, 10), with_patient=cast.maya, status="present")
    return people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya).pk


def told(cast: Cast, *measures: tuple[str, int, int]) -> list[str]:
    """Complete questionnaires as maya, so many days ago, with that total."""
    session_id = planned(cast)
    for slug, days_ago, score in measures:
        wrote(cast.maya, "measure", at(days_ago), instrument=slug, answers=answers(slug, score))
    return texts(read(cast.dr_okafor, session_id), "measures")


def answers(slug: str, score: int) -> dict[str, int]:
    instrument = instruments.find_instrument(slug, "1")
    assert instrument is not None
    found = {}
    for item in instrument.items:
        found[item.id] = min(score, max(item.values))
        score -= found[item.id]
    return found


@pytest.mark.parametrize(
    ("measures", "expected"),
    [
        pytest.param([], "Not asked: no questionnaire is part of this window.", id="none-at-all"),
        pytest.param(
            [("phq-9", 40, 12)],
            "None in this window. The last one, Thu Feb 12: PHQ-9 12 of 27 (moderate).",
            id="only-long-ago",
        ),
        pytest.param(
            [("phq-9", 2, 12)],
            "PHQ-9, Sun Mar 22: 12 of 27, moderate. No earlier one to compare with.",
            id="the-first",
        ),
        pytest.param(
            [("phq-9", 23, 18), ("phq-9", 2, 12)],
            "PHQ-9, Sun Mar 22: 12 of 27, moderate. Sun Mar 1: 18; 6 lower now, a reliable "
            "change (6 or more).",
            id="six-points-lower",
        ),
        pytest.param(
            [("phq-9", 23, 17), ("phq-9", 2, 12)],
            "PHQ-9, Sun Mar 22: 12 of 27, moderate. Sun Mar 1: 17; 5 lower now, no reliable "
            "change (under 6).",
            id="five-points-lower",
        ),
        pytest.param(
            [("gad-7", 23, 8), ("gad-7", 2, 12)],
            "GAD-7, Sun Mar 22: 12 of 21, moderate. Sun Mar 1: 8; 4 higher now, a reliable "
            "change (4 or more).",
            id="four-points-higher",
        ),
        pytest.param(
            [("gad-7", 23, 8), ("gad-7", 2, 5)],
            "GAD-7, Sun Mar 22: 5 of 21, mild. Sun Mar 1: 8; 3 lower now, no reliable "
            "change (under 4).",
            id="three-points-lower",
        ),
        pytest.param(
            [("gad-7", 23, 8), ("gad-7", 2, 8)],
            "GAD-7, Sun Mar 22: 8 of 21, mild. Sun Mar 1: 8, the same.",
            id="the-same",
        ),
        pytest.param(
            [("phq-9", 15, 24), ("phq-9", 2, 12)],
            "PHQ-9, Sun Mar 22: 12 of 27, moderate. Mon Mar 9: 24, only 13 days before, so no "
            "change is claimed.",
            id="thirteen-days-overlap",
        ),
        pytest.param(
            [("phq-9", 16, 24), ("phq-9", 2, 12)],
            "PHQ-9, Sun Mar 22: 12 of 27, moderate. Sun Mar 8: 24; 12 lower now, a reliable "
            "change (6 or more).",
            id="fourteen-days-do-not",
        ),
        pytest.param(
            [("phq-9", 16, 24), ("phq-9", 9, 20), ("phq-9", 2, 12)],
            "PHQ-9, Sun Mar 22: 12 of 27, moderate. Sun Mar 8: 24; 12 lower now, a reliable "
            "change (6 or more).",
            id="one-that-overlaps-is-passed-over",
        ),
        pytest.param(
            [("pacs", 23, 20), ("pacs", 2, 12)],
            "PACS, Sun Mar 22: 12 of 30. Sun Mar 1: 20; 8 lower now (no published "
            "threshold for a reliable change).",
            id="no-threshold",
        ),
        pytest.param(
            [("phq-9", 23, 18), ("gad-7", 2, 12)],
            "GAD-7, Sun Mar 22: 12 of 21, moderate. No earlier one to compare with.",
            id="never-with-another-questionnaire",
        ),
        pytest.param(
            [("phq-9", 220, 25), ("phq-9", 2, 12)],
            "PHQ-9, Sun Mar 22: 12 of 27, moderate. No earlier one to compare with.",
            id="never-with-long-ago",
        ),
        pytest.param(
            [("phq-9", 3, 5), ("phq-9", 2, 12)],
            "PHQ-9, Sun Mar 22 (newest of 2): 12 of 27, moderate. Sat Mar 21: 5, only 1 day "
            "before, so no change is claimed.",
            id="twice-in-one-window",
        ),
    ],
)
def test_a_score_is_told_beside_the_one_before(
    cast: Cast, measures: list[tuple[str, int, int]], expected: str
) -> None:
    assert told(cast, *measures) == [expected]


def test_items_left_open_are_named_and_leave_no_score(cast: Cast) -> None:
    session_id = planned(cast)
    given = {name: 1 for name in answers("phq-9", 0) if name not in {"q3", "q9"}}
    wrote(
        cast.maya, "measure", at(2), answers=given,
        unanswered={"answers.q9": "prefer_not_to_say"},
    )  # fmt: skip

    found = read(cast.dr_okafor, session_id)

    assert texts(found, "measures") == [
        "PHQ-9, Sun Mar 22: not scored; not answered: items 3, 9 (preferred not to say)."
    ]
    assert texts(found, "safety") == [
        "Asked in 1 entry and preferred not to say: thoughts of death or self-harm (PHQ-9 item 9)."
    ]


def test_an_unscored_one_is_never_compared_with(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "measure", at(23), answers={"q1": 3})
    wrote(cast.maya, "measure", at(2), answers=answers("phq-9", 12))

    assert texts(read(cast.dr_okafor, session_id), "measures") == [
        "PHQ-9, Sun Mar 22: 12 of 27, moderate. No earlier one to compare with."
    ]


def test_the_scales_of_the_bam_are_told_one_by_one(cast: Cast) -> None:
    session_id = planned(cast)
    given = answers("bam-7", 0) | {"q4": 2, "q5": 1}
    for name in ("q7a", "q7b", "q7c", "q7d", "q7e", "q7f", "q7g"):
        del given[name]
    wrote(cast.maya, "measure", at(2), instrument="bam-7", answers=given)
    wrote(cast.maya, "measure", at(2), instrument="bam-30", answers={"q4": 1, "q6": 0, "q5": 1})

    found = texts(read(cast.dr_okafor, session_id), "measures")

    assert found == [
        "BAM, 30 days, Sun Mar 22: use 2 of 12, look closer; risk not scored; protective not "
        "scored; not answered: items 1, 2, 3, 8, 9 and 8 more.",
        "BAM, 7 days, Sun Mar 22: use 3 of 21, look closer; risk and protective have no "
        "published sum.",
    ]


def test_one_told_too_late_is_marked_and_claims_no_change(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "measure", at(23), answers=answers("phq-9", 20))
    wrote(cast.maya, "measure", at(5), later=timedelta(days=3), answers=answers("phq-9", 12))

    assert texts(read(cast.dr_okafor, session_id), "measures") == [
        "PHQ-9, Thu Mar 19: 12 of 27, moderate (written down 3 days later, in no figure). "
        "No earlier one to compare with."
    ]


def test_item_nine_stands_with_safety_also_at_zero(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "measure", at(3), answers=answers("phq-9", 0))

    asked = texts(read(cast.dr_okafor, session_id), "safety")
    wrote(cast.maya, "measure", at(2), answers=answers("phq-9", 0) | {"q9": 2})
    reported = texts(read(cast.dr_okafor, session_id), "safety")

    assert asked == [
        "None reported; asked in 1 entry: thoughts of death or self-harm (PHQ-9 item 9)."
    ]
    assert reported == [
        "Sun Mar 22, 12:00 pm: thoughts of death or self-harm (PHQ-9 item 9) 2 of 3."
    ]


def test_a_line_carries_both_that_it_compares(cast: Cast) -> None:
    session_id = planned(cast)
    before = wrote(cast.maya, "measure", at(23), answers=answers("phq-9", 20))
    newest = wrote(cast.maya, "measure", at(2), answers=answers("phq-9", 12))

    (line,) = section(read(cast.dr_okafor, session_id), "measures").lines

    assert line.entries == (newest.id, before.id)


def test_what_is_not_shared_is_neither_told_nor_compared_with(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "measure", at(23), answers=answers("phq-9", 20), share="private")
    wrote(cast.maya, "measure", at(2), answers=answers("phq-9", 12))
    wrote(cast.maya, "measure", at(2), instrument="gad-7", answers={"q1": 1}, share="private")

    assert texts(read(cast.dr_okafor, session_id), "measures") == [
        "PHQ-9, Sun Mar 22: 12 of 27, moderate. No earlier one to compare with."
    ]


def test_a_version_that_no_longer_ships_is_named_as_that(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "measure", at(2), answers=answers("phq-9", 12))
    Entry.objects.update(version="0")

    assert texts(read(cast.dr_okafor, session_id), "measures") == [
        "phq-9, Sun Mar 22: not scored, this version is not part of this release."
    ]


def test_what_changes_reliably_comes_first_and_the_rest_stays_one_line(cast: Cast) -> None:
    found = told(cast, ("gad-2", 2, 1), ("pacs", 2, 9), ("phq-9", 2, 7), ("gad-7", 2, 3))

    assert found == [
        "GAD-7, Sun Mar 22: 3 of 21, minimal. No earlier one to compare with.",
        "PHQ-9, Sun Mar 22: 7 of 27, mild. No earlier one to compare with. Also: GAD-2 1 of 6; "
        "PACS 9 of 30.",
    ]
