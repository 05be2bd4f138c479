"""A completed questionnaire: what is taken, what is computed, and what safety is told."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from backend.kit.errors import InvalidInput
from journaling.entries.kinds.measure import Measure
from journaling.entries.validate import validate_entry

NOW = datetime.fromisoformat("2026-03-24T15:00:00+00:00")
ZEROES = {f"q{n}": 0 for n in range(1, 10)}


def body(**changes: Any) -> dict[str, Any]:
    sent = {
        "id": str(uuid4()),
        "kind": "measure",
        "occurred_at": NOW.isoformat(),
        "recorded_at": NOW.isoformat(),
        "time_zone": "America/Chicago",
        "instrument": "phq-9",
        "version": "1",
        "answers": ZEROES,
        "completed_at": NOW.isoformat(),
    }
    return {name: value for name, value in (sent | changes).items() if value is not ...}


def faults(sent: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refusal:
        validate_entry(sent, now=NOW)
    return {fault.field: fault.code for fault in refusal.value.errors}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"instrument": ...}, {"instrument": "required"}),
        ({"version": ...}, {"version": "required"}),
        ({"answers": ...}, {"answers": "required"}),
        ({"completed_at": ...}, {"completed_at": "required"}),
        ({"instrument": "panas"}, {"instrument": "unknown_instrument"}),
        ({"instrument": 9}, {"instrument": "not_text"}),
        ({"version": "9"}, {"version": "unknown_version"}),
        ({"answers": {}}, {"answers": "required"}),
        ({"answers": {"q1": None}}, {"answers": "required"}),
        ({"answers": [0] * 9}, {"answers": "not_an_object"}),
        ({"answers": dict.fromkeys(map(str, range(101)), 0)}, {"answers": "too_many"}),
        ({"answers": {"q10": 0}}, {"answers.q10": "unknown_item"}),
        ({"answers": {"\x00": 0}}, {"answers": "unknown_item"}),
        ({"answers": {"\ud800": 0}}, {"answers": "unknown_item"}),
        ({"answers": {"q1": 4}}, {"answers.q1": "unknown_choice"}),
        ({"answers": {"q1": -1}}, {"answers.q1": "unknown_choice"}),
        ({"answers": {"q1": 10**400}}, {"answers.q1": "unknown_choice"}),
        ({"answers": {"q1": "1"}}, {"answers.q1": "not_a_whole_number"}),
        ({"answers": {"q1": True}}, {"answers.q1": "not_a_whole_number"}),
        ({"answers": {"q1": 1.5}}, {"answers.q1": "not_a_whole_number"}),
        ({"answers": {"q1": [1]}}, {"answers.q1": "not_a_whole_number"}),
        (
            {"answers": {"q1": 4, "q2": "x", "q11": 0}},
            {"answers.q1": "unknown_choice", "answers.q2": "not_a_whole_number",
             "answers.q11": "unknown_item"},
        ),
        ({"unanswered": {"answers.q1": "skipped"}}, {"unanswered.answers.q1": "contradicts"}),
        ({"unanswered": {"answers": "skipped"}}, {"unanswered.answers": "contradicts"}),
        ({"unanswered": {"answers.q12": "skipped"}}, {"unanswered.answers.q12": "unknown_item"}),
        (
            {"completed_at": (NOW + timedelta(hours=25)).isoformat()},
            {"completed_at": "in_future"},
        ),
    ],
)  # fmt: skip
def test_what_is_unknown_is_named(changes: dict[str, Any], expected: dict[str, str]) -> None:
    assert faults(body(**changes)) == expected


@pytest.mark.parametrize("name", ["score", "severity", "score_note", "subscales", "skills_code"])
def test_what_is_computed_is_never_taken(name: str) -> None:
    assert faults(body(**{name: 3})) == {name: "unknown_field"}


@pytest.mark.parametrize(
    ("instrument", "answers", "expected"),
    [
        (
            "phq-9",
            ZEROES | {"q1": 3, "q2": 3, "q9": 1},
            {"score": 7, "severity": "mild", "score_note": None, "subscales": {}},
        ),
        (
            "phq-9",
            {"q1": 3, "q2": 3},
            {"score": None, "severity": None, "subscales": {},
             "score_note": "Not scored: 7 of 9 items not answered."},
        ),
        (
            "bam-7",
            {"q4": 0, "q6": 1},
            {"score": None, "severity": None,
             "score_note": "This questionnaire has no total; its scales are read one by one.",
             "subscales": {"use": {"score": 1, "severity": "look closer"},
                           "risk": {"score": None, "severity": None},
                           "protective": {"score": None, "severity": None}}},
        ),
    ],
)  # fmt: skip
def test_the_score_is_computed_from_the_answers(
    instrument: str, answers: dict[str, int], expected: dict[str, Any]
) -> None:
    draft = validate_entry(body(instrument=instrument, answers=answers), now=NOW)

    assert draft.values.derived().by_name() == expected


def test_what_no_longer_ships_is_kept_and_not_scored() -> None:
    stored = Measure(instrument="phq-9", version="0", answers={"q1": 3, "q9": 3}, completed_at=NOW)

    scores = stored.derived()

    assert (scores.score, scores.severity) == (None, None)
    assert "not scored" in (scores.score_note or "")
    assert stored.safety_signals() == {}
    assert stored.description() == "questionnaire phq-9, not scored"


@pytest.mark.parametrize(
    ("instrument", "answers", "expected"),
    [
        ("phq-9", {"q1": 3}, {}),
        ("phq-9", {"q9": 0}, {"phq9_item9": 0}),
        ("phq-9", {"q9": 3}, {"phq9_item9": 3}),
        ("bam-30", {"q9": 3}, {}),
    ],
)
def test_safety_is_told_of_item_nine_of_the_phq_alone(
    instrument: str, answers: dict[str, int], expected: dict[str, int]
) -> None:
    draft = validate_entry(body(instrument=instrument, answers=answers), now=NOW)

    assert draft.values.safety_signals() == expected


@pytest.mark.parametrize(
    ("instrument", "answers", "expected"),
    [
        ("phq-9", ZEROES | {"q1": 3, "q2": 3}, "PHQ-9 6 of 27 (mild)"),
        ("phq-9", {"q1": 3}, "PHQ-9 not scored, 8 of 9 items not answered"),
        ("pacs", {f"q{n}": 2 for n in range(1, 6)}, "PACS 10 of 30"),
        ("bam-30", {"q4": 0, "q6": 0}, "BAM, 30 days, 13 of 23 items not answered"),
    ],
)
def test_a_measure_is_told_on_its_range(
    instrument: str, answers: dict[str, int], expected: str
) -> None:
    draft = validate_entry(body(instrument=instrument, answers=answers), now=NOW)

    assert draft.values.description() == expected


def test_an_item_that_was_passed_over_is_kept_apart_from_one_left_out() -> None:
    answers = {name: 0 for name in ZEROES if name not in {"q8", "q9"}}

    draft = validate_entry(
        body(answers=answers, unanswered={"answers.q9": "prefer_not_to_say"}), now=NOW
    )

    assert draft.unanswered == {"answers.q9": "prefer_not_to_say"}
    assert draft.values.derived().by_name()["score"] is None


def test_answers_are_read_in_the_order_of_the_items_however_they_are_stored() -> None:
    names = ["q10", "q9", "q7a", "q1", "q11"]
    stored = Measure(
        instrument="bam-7", version="1", answers=dict.fromkeys(names, 1), completed_at=NOW
    )

    assert list(stored.arranged().answers) == ["q1", "q7a", "q9", "q10", "q11"]
