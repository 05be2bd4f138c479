"""Homework is closed as it was spoken of: discussed, kept, changed or dropped."""

from datetime import timedelta

import pytest

from backend.kit.errors import InvalidInput
from journaling.models import Assignment
from journaling.skills.assign import (
    OUTCOMES,
    AlreadyClosed,
    OnlyCareTeamAssigns,
    close_assignment,
    end_assignment,
)
from journaling.skills.read import NoSuchAssignment
from notifications.models.reminder import Reminder
from tests.cast import Cast, own_chart
from tests.journaling.skills.homework import NOW, TODAY, assigned, team_chart, told

LATER = NOW + timedelta(days=3)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_patient_and_team_read_how_it_ended_and_what_was_said(cast: Cast, outcome: str) -> None:
    one = assigned(cast, note="Try it before dinner")

    close_assignment(
        chart=team_chart(cast), assignment_id=one, outcome=outcome, note="You did 🌊", now=LATER
    )

    (own,) = told(own_chart(cast.maya), with_ended=True)
    assert (own.outcome, own.outcome_note, own.ended_at) == (outcome, "You did 🌊", LATER)
    assert (own.note, own.rev) == ("Try it before dinner", 2)
    assert told(team_chart(cast), with_ended=True) == [own]
    assert told(own_chart(cast.maya)) == []
    row = Assignment.objects.get()
    assert row.ended_by == cast.dr_okafor.pk
    assert row.outcome_note is not None
    assert b"You did" not in bytes(row.outcome_note)


def test_its_reminders_end_with_it(cast: Cast) -> None:
    one = assigned(cast)
    assert Reminder.objects.filter(purpose="skill", deleted_at__isnull=True).exists()

    close_assignment(
        chart=team_chart(cast), assignment_id=one, outcome="discussed", note="", now=LATER
    )

    assert not Reminder.objects.filter(purpose="skill", deleted_at__isnull=True).exists()


def test_the_same_outcome_again_changes_nothing_and_another_is_refused(cast: Cast) -> None:
    one, chart = assigned(cast), team_chart(cast)
    close_assignment(chart=chart, assignment_id=one, outcome="kept", note="well", now=LATER)
    before = Assignment.objects.values().get()

    close_assignment(chart=chart, assignment_id=one, outcome="kept", note="", now=LATER)
    with pytest.raises(AlreadyClosed):
        close_assignment(chart=chart, assignment_id=one, outcome="dropped", note="", now=LATER)

    assert Assignment.objects.values().get() == before


def test_one_that_only_ended_gets_its_outcome_and_keeps_its_end(cast: Cast) -> None:
    one, chart = assigned(cast), team_chart(cast)
    end_assignment(chart=chart, assignment_id=one, rev=1, now=NOW)

    close_assignment(chart=chart, assignment_id=one, outcome="changed", note="", now=LATER)

    row = Assignment.objects.get()
    assert (row.outcome, row.ended_at) == ("changed", NOW)


def test_closing_makes_room_for_the_same_skill(cast: Cast) -> None:
    one = assigned(cast)
    close_assignment(chart=team_chart(cast), assignment_id=one, outcome="changed", note="", now=NOW)

    again = assigned(cast, per_week=2)

    assert [row.id for row in told(team_chart(cast))] == [again]


def test_neither_the_patient_nor_somebody_elses_therapist_closes_it(cast: Cast) -> None:
    one = assigned(cast)

    with pytest.raises(OnlyCareTeamAssigns):
        close_assignment(
            chart=own_chart(cast.maya), assignment_id=one, outcome="kept", note="", now=NOW
        )
    with pytest.raises(NoSuchAssignment):
        close_assignment(
            chart=team_chart(cast), assignment_id=cast.maya.pk, outcome="kept", note="", now=NOW
        )
    with pytest.raises(InvalidInput) as refusal:
        close_assignment(
            chart=team_chart(cast), assignment_id=one, outcome="done", note="", now=NOW
        )

    assert [error.field for error in refusal.value.errors] == ["outcome"]
    row = Assignment.objects.get()
    assert (row.outcome, row.ended_at, row.since) == (None, None, TODAY)
