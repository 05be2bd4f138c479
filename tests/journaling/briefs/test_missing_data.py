"""What a brief says where nothing is known, and that it says nothing twice."""

from datetime import timedelta
from uuid import UUID

import pytest

from journaling.models import Assignment
from tests import cast as people
from tests.cast import Cast
from tests.journaling.briefs.brief_scenario import SESSION_AT, at, read, texts, wrote


def planned(cast: Cast, *, weeks_ahead: int = 0) -> UUID:
    people.admitted(cast.maya, on=at(22).date(), hours=9)
    people.session(
        cast.dr_okafor, starts_at=at(1, 10), with_patient=cast.maya, status="present", minutes=60
    )
    starts_at = SESSION_AT + timedelta(weeks=weeks_ahead)
    return people.session(cast.dr_okafor, starts_at=starts_at, with_patient=cast.maya).pk


def given(cast: Cast, skill: str) -> None:
    Assignment.objects.create(
        patient_id=cast.maya.pk, skill=skill, per_week=3, since=at(5).date(), assigned_at=at(5),
        assigned_by=cast.dr_okafor.pk,
    )  # fmt: skip


def test_of_who_is_silent_nobody_says_that_homework_was_not_done(cast: Cast) -> None:
    session_id = planned(cast)
    given(cast, "check-the-facts")

    silent = texts(read(cast.dr_okafor, session_id), "in_the_way")
    wrote(cast.maya, "mood", at(0, 8))
    logged = texts(read(cast.dr_okafor, session_id), "in_the_way")

    assert "Homework: nothing was logged. Assigned: Check the facts (3 a week agreed)." in silent
    assert "Homework: Check the facts not practised (3 a week agreed)." in logged


def test_sessions_that_nobody_held_are_none_whose_attendance_is_missing(cast: Cast) -> None:
    told = texts(read(cast.dr_okafor, planned(cast)), "in_the_way")

    assert told[0] == "Sessions: no attendance is on record in this window."


@pytest.mark.parametrize(
    ("weeks_ahead", "said"),
    [
        (0, "Attended this week so far: 1 h of 9 h planned."),
        (1, "Attended in the week before it, so far: 1 h of 9 h planned."),
        (2, "Attended in the week of Mon Mar 23, so far: 1 h of 9 h planned."),
    ],
)
def test_hours_of_a_week_that_has_not_begun_are_not_told_as_none(
    cast: Cast, weeks_ahead: int, said: str
) -> None:
    told = texts(read(cast.dr_okafor, planned(cast, weeks_ahead=weeks_ahead)), "header")[1]

    assert told.endswith(said)


def test_what_the_agenda_quotes_is_not_quoted_again_beside_the_use(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "use", at(1, 20), before="An old box.", discuss=True)
    wrote(cast.maya, "use", at(1, 21), before="Another one.")

    found = read(cast.dr_okafor, session_id)

    assert any("“An old box.”" in told for told in texts(found, "agenda"))
    assert not any("An old box" in told for told in texts(found, "use"))
    assert any("Just before: “Another one.”" in told for told in texts(found, "use"))


def test_an_outcome_that_is_not_known_is_told_plainly(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "craving", at(0, 8), outcome="still_deciding")

    assert "Outcome: not known." in texts(read(cast.dr_okafor, session_id), "craving")
