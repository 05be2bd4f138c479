"""Body and community in a brief: what was asked of the body is read, each number on its scale."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from journaling.briefs import limits
from journaling.entries.kinds.daily import DiaryCard
from journaling.entries.kinds.vital_sign import UNITS_BY_TYPE
from tests import cast as people
from tests.cast import Cast
from tests.journaling.briefs.brief_scenario import SESSION_AT, at, read, section, texts, wrote


def planned(cast: Cast, *, days: int = 7) -> UUID:
    people.session(cast.dr_okafor, starts_at=at(days, 10), with_patient=cast.maya, status="present")
    return people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya).pk


def cards(cast: Cast, days: Sequence[int], **fields: Any) -> None:
    """Fill in the diary card of so many days ago, in the evening."""
    for day in days:
        wrote(cast.maya, "daily", at(day, 21), **fields)


def body(cast: Cast, session_id: UUID) -> list[str]:
    return texts(read(cast.dr_okafor, session_id), "body")


def test_what_nobody_asked_is_named_in_one_line(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "mood", at(2))

    found = section(read(cast.dr_okafor, session_id), "body")

    assert [line.text for line in found.lines] == [
        "Not asked: medicine, readings, meals, movement, pain, meetings."
    ]
    assert found.lines[0].is_unasked
    assert found.lines[0].entries == ()


def test_medicine_counts_the_days_asked_and_what_was_left_open(cast: Cast) -> None:
    session_id = planned(cast)
    cards(cast, [1, 2, 3], medication_taken=True)
    cards(cast, [4], medication_taken=False)
    cards(cast, [5], unanswered={"medication_taken": "prefer_not_to_say"}, supplements_taken=True)
    cards(cast, [6], sleep_hours=7)

    [medicine, _] = body(cast, session_id)

    assert medicine == (
        "Medicine: taken on 3 of 5 days asked, 1 left open. Supplements: taken on 1 of 1 day asked."
    )


def test_a_line_carries_the_cards_that_answer_it(cast: Cast) -> None:
    session_id = planned(cast)
    answered = wrote(cast.maya, "daily", at(2, 21), medication_taken=False)
    wrote(cast.maya, "daily", at(3, 21), sleep_hours=7)

    [medicine, _] = section(read(cast.dr_okafor, session_id), "body").lines

    assert medicine.entries == (answered.id,)
    assert medicine.text == "Medicine: taken on 0 of 1 day asked."


def test_doses_are_counted_by_medicine_whatever_the_capitals(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "dose", at(3, 8), name="Naltrexone", taken=True)
    wrote(cast.maya, "dose", at(2, 8), name="naltrexone", taken=False, reason="felt sick")
    wrote(cast.maya, "dose", at(1, 8), name="naltrexone ", taken=True)
    wrote(cast.maya, "dose", at(1, 9), name="magnesium", taken=True)

    assert body(cast, session_id)[0] == (
        "Doses logged: naltrexone taken 2 of 3 times, magnesium taken 1 of 1 time."
        " Last skipped: “felt sick”."
    )


def test_a_dose_written_down_late_stands_in_no_figure_and_is_told(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "dose", at(5, 8), later=timedelta(days=3))

    assert body(cast, session_id)[0] == "1 dose, written down 3 days later (not in figures)."


def test_a_card_filled_in_late_is_no_silence(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "daily", at(6, 21), later=timedelta(days=3), medication_taken=True, pain=4)

    told = body(cast, session_id)

    assert told == [
        "Medicine: only on diary cards that stand in no figure.",
        "Pain: only on diary cards that stand in no figure.",
        "Not asked: readings, meals, movement, meetings.",
    ]


def test_a_reading_stands_beside_the_one_before_in_the_same_unit(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "reading", at(9), type="weight", value=79.5, unit="kg")
    wrote(cast.maya, "reading", at(2), type="weight", value=81, unit="kg")
    for day, upper, lower in ((3, 150, 95), (1, 142, 90)):
        wrote(cast.maya, "reading", at(day), type="blood_pressure", value=upper, unit="mmHg",
              diastolic=lower)  # fmt: skip

    assert body(cast, session_id)[0] == (
        "Weight 81 kg, Sun Mar 22 (79.5 on Sun Mar 15);"
        " blood pressure 142/90 mmHg, Mon Mar 23 (150/95 on Sat Mar 21)."
    )


def test_a_reading_in_another_unit_is_compared_with_nothing(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "reading", at(3), type="weight", value=178, unit="lb")
    wrote(cast.maya, "reading", at(2), type="weight", value=81, unit="kg")

    assert body(cast, session_id)[0] == "Weight 81 kg, Sun Mar 22."


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (1, "Out of their usual: meals median 1 a day (4 days),"
            " against 3 in the 14 days before (5 days)."),
        (3, "As usual: meals."),
    ],
)  # fmt: skip
def test_meals_are_told_where_they_are_out_of_the_persons_usual(
    cast: Cast, now: int, expected: str
) -> None:
    session_id = planned(cast)
    for day, meals in zip(range(9, 14), (2, 3, 3, 4, 3), strict=True):
        cards(cast, [day], meals=meals)
    cards(cast, [1, 2, 3, 4], meals=now)

    assert body(cast, session_id)[0] == expected


@pytest.mark.parametrize(("inside", "before"), [(3, 5), (4, 3)])
def test_with_fewer_than_four_days_nothing_is_compared(
    cast: Cast, inside: int, before: int
) -> None:
    session_id = planned(cast)
    cards(cast, range(9, 9 + before), pain=1)
    cards(cast, range(1, 1 + inside), pain=8)

    assert body(cast, session_id)[0] == (
        f"Too early to compare: pain median 8 of 10 ({inside} days)."
    )


def test_no_pain_is_an_answer_and_an_open_card_is_none(cast: Cast) -> None:
    session_id = planned(cast)
    cards(cast, [1], pain=0)
    cards(cast, [2], unanswered={"pain": "skipped"})

    assert body(cast, session_id)[0] == "Too early to compare: pain median 0 of 10 (1 day)."


def test_what_was_passed_over_each_time_is_left_open(cast: Cast) -> None:
    session_id = planned(cast)
    cards(cast, [1, 2], unanswered={"pain": "skipped", "meals": "skipped"})

    assert body(cast, session_id)[0] == "Left open: meals, pain."


def test_balance_keeps_its_scale_and_leaves_out_what_was_not_rated(cast: Cast) -> None:
    session_id = planned(cast)
    cards(cast, [1], balance={"mind": 1, "body": 3})
    cards(cast, [2], balance={"mind": 2})

    assert body(cast, session_id)[0] == "Balance, median of 0-4: mind 1.5, body 3 (2 days)."


def test_meetings_are_counted_by_kind(cast: Cast) -> None:
    session_id = planned(cast)
    for day in (1, 3):
        wrote(cast.maya, "meeting", at(day, 19), meeting_kind="mutual_help")
    wrote(cast.maya, "meeting", at(3, 12), meeting_kind="faith group")

    assert body(cast, session_id)[0] == (
        "3 meetings attended on 2 of 7 days: mutual help 2, faith group 1."
    )


def test_emotions_of_the_diary_card_stand_beside_sleep(cast: Cast) -> None:
    session_id = planned(cast)
    cards(cast, [1], sleep_hours=6, emotions={"anger": 2, "sadness": 4})
    cards(cast, [2], emotions={"anger": 3})

    assert texts(read(cast.dr_okafor, session_id), "mood_sleep")[-1] == (
        "Sleep: median 6 hours (1 night)."
        " Emotions of the diary card, at most of 5: sadness 4, anger 3 (2 days)."
    )


#: An answer to each question of the diary card.
ANSWERS: dict[str, Any] = {
    "urges": {"use": {"peak": 2, "acted": False}}, "emotions": {"fear": 5}, "sleep_hours": 5,
    "sleep_quality": 1, "medication_taken": True, "supplements_taken": True, "meals": 2,
    "movement_minutes": 15, "pain": 3, "balance": {"spirit": 2}, "barrier": "no bus",
    "pleasant_event": "a walk", "safety_check": {"safe_now": True}, "note": "a long day",
}  # fmt: skip


def test_every_question_of_the_diary_card_has_an_answer_here() -> None:
    assert set(ANSWERS) == {field.name for field in DiaryCard.fields} - {"date"}


@pytest.mark.parametrize("field", sorted(set(ANSWERS) - {"note"}))
def test_no_question_of_the_diary_card_is_asked_and_read_by_nobody(cast: Cast, field: str) -> None:
    session_id = planned(cast)
    card = wrote(cast.maya, "daily", at(2, 21), **{field: ANSWERS[field]})

    read_by = {
        part.key
        for part in read(cast.dr_okafor, session_id).sections
        for line in part.lines
        if card.id in line.entries and "eft open" not in line.text
    }

    assert read_by - {"header", "data"}


def test_at_most_four_lines_however_much_was_logged(cast: Cast) -> None:
    session_id = planned(cast)
    for day in range(1, 14):
        cards(cast, [day], medication_taken=True, supplements_taken=False, meals=day % 4, pain=2,
              movement_minutes=30, balance={"mind": 2})  # fmt: skip
        for kind, units in UNITS_BY_TYPE.items():
            wrote(cast.maya, "reading", at(day), type=kind, value=60 + day, unit=units[0])
        wrote(cast.maya, "dose", at(day, 8), name=f"medicine {day}")
        wrote(cast.maya, "meeting", at(day, 19))

    told = body(cast, session_id)

    assert len(told) == 4
    assert max(map(len, told)) < 400
    assert limits.MAX_LINES == 45
