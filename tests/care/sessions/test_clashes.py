"""What a session would lie over, as far as the one who plans may know of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from care.models import AccessLogEntry, CareTeamMembership, TreatmentSession
from care.sessions.clashes import PlannedTimes, find_clashes
from tests import cast as people
from tests.cast import Cast

TEN = datetime(2026, 5, 4, 15, 0, tzinfo=UTC)
NOW = TEN - timedelta(days=2)
HOUR = timedelta(hours=1)


def found(cast: Cast, **wanted: Any) -> list[tuple[str, str]]:
    asked = {
        "patient_id": cast.maya.pk, "group_id": None, "place": "", "spans": [(TEN, TEN + HOUR)],
    }  # fmt: skip
    planned = PlannedTimes(**(asked | wanted))
    told = find_clashes(viewer=cast.dr_okafor, planned=planned, now=NOW)
    return [(clash.why, clash.whom) for clash in told]


def test_a_session_of_the_same_patient_with_anybody_is_in_the_way(cast: Cast) -> None:
    people.joins(cast.maya.pk, cast.dr_lind)
    people.session(cast.dr_lind, starts_at=TEN + HOUR / 2, with_patient=cast.maya)

    assert found(cast) == [("patient", "Maya")]


@pytest.mark.parametrize(
    ("starts", "minutes", "is_in_the_way"),
    [
        (TEN - HOUR, 60, False),
        (TEN - HOUR, 61, True),
        (TEN + HOUR, 50, False),
        (TEN + HOUR - timedelta(minutes=1), 50, True),
        (TEN - HOUR, 300, True),
        (TEN + timedelta(minutes=10), 5, True),
    ],
)
def test_what_ends_when_it_begins_is_not_in_the_way(
    cast: Cast, starts: datetime, minutes: int, *, is_in_the_way: bool
) -> None:
    people.session(cast.dr_okafor, starts_at=starts, with_patient=cast.maya, minutes=minutes)

    assert bool(found(cast)) is is_in_the_way


def test_ones_own_session_with_somebody_else_is_in_the_way(cast: Cast) -> None:
    people.joins(cast.noah.pk, cast.dr_okafor)
    people.session(cast.dr_okafor, starts_at=TEN, with_patient=cast.noah)

    assert found(cast) == [("therapist", "Noah")]


def test_a_group_that_the_patient_is_in_is_in_the_way(cast: Cast) -> None:
    group = people.group(cast.dr_lind, cast.maya)
    people.session(cast.dr_lind, starts_at=TEN, with_group=group)
    other = people.group(cast.dr_lind, cast.noah, name="Evening group")
    people.session(cast.dr_lind, starts_at=TEN, with_group=other)

    assert found(cast) == [("member", "Morning group")]


def test_a_members_own_session_is_in_the_way_of_the_group(cast: Cast) -> None:
    people.joins(cast.maya.pk, cast.dr_lind)
    group = people.group(cast.dr_okafor, cast.maya)
    people.session(cast.dr_lind, starts_at=TEN, with_patient=cast.maya)

    assert found(cast, patient_id=None, group_id=group.pk) == [("member", "Maya")]


def test_the_group_itself_is_in_its_own_way(cast: Cast) -> None:
    group = people.group(cast.dr_okafor, cast.maya)
    people.session(cast.dr_okafor, starts_at=TEN, with_group=group)

    assert found(cast, patient_id=None, group_id=group.pk) == [("group", "Morning group")]


def test_a_room_that_a_group_is_in_is_in_the_way(cast: Cast) -> None:
    group = people.group(cast.dr_lind, cast.noah)
    people.session(cast.dr_lind, starts_at=TEN, with_group=group)
    TreatmentSession.objects.update(place="Room  2")

    assert found(cast, place="room 2") == [("place", "Morning group")]
    assert found(cast, place="Room 3") == []
    assert found(cast, place="") == []


def test_nobody_learns_of_a_patient_whom_they_do_not_treat(cast: Cast) -> None:
    people.session(cast.dr_lind, starts_at=TEN, with_patient=cast.noah)
    TreatmentSession.objects.update(place="Room 2")

    assert found(cast, place="Room 2") == []
    CareTeamMembership.objects.filter(patient_id=cast.maya.pk).update(ends_at=NOW)
    people.session(cast.dr_lind, starts_at=TEN, with_patient=cast.maya)
    assert found(cast) == []


def test_what_is_cancelled_or_moves_itself_is_not_in_the_way(cast: Cast) -> None:
    gone = people.session(cast.dr_okafor, starts_at=TEN, with_patient=cast.maya)
    TreatmentSession.objects.update(cancelled_at=NOW)
    moves = people.session(cast.dr_okafor, starts_at=TEN, with_patient=cast.maya)

    assert found(cast, beside=[moves.pk]) == []
    assert gone.pk != moves.pk


def test_any_of_many_weeks_counts_and_what_lies_between_does_not(cast: Cast) -> None:
    weeks = [(TEN + timedelta(weeks=n), TEN + timedelta(weeks=n) + HOUR) for n in range(10)]
    people.session(cast.dr_okafor, starts_at=TEN + timedelta(weeks=7), with_patient=cast.maya)
    people.session(cast.dr_okafor, starts_at=TEN + timedelta(days=3), with_patient=cast.maya)

    assert found(cast, spans=weeks) == [("patient", "Maya")]
    assert found(cast, spans=[]) == []


def test_who_is_named_is_logged_and_nobody_else(cast: Cast) -> None:
    people.session(cast.dr_okafor, starts_at=TEN, with_patient=cast.maya)
    people.session(cast.dr_lind, starts_at=TEN, with_patient=cast.noah)

    found(cast)

    rows = AccessLogEntry.objects.filter(data_class="sessions")
    assert list(rows.values_list("patient_id", "action", "reason")) == [
        (cast.maya.pk, "read", "choosing")
    ]


@pytest.mark.parametrize("count", [2, 12])
def test_it_costs_the_same_however_many_there_are(cast: Cast, count: int) -> None:
    for n in range(count):
        people.session(cast.dr_okafor, starts_at=TEN + timedelta(minutes=n), with_patient=cast.maya)

    with CaptureQueriesContext(connection) as seen:
        found(cast)

    assert len(seen) == 2
