"""A patient asks to have a session moved, until it is answered."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from care.access.chart import Chart, NoSuchChart
from care.models import AccessLogEntry, Consent, MoveRequest, TreatmentSession
from care.sessions.move_requests import (
    MoveRequestView,
    NoSessionToMove,
    SessionOfGroup,
    SessionUnderWay,
    ask_to_move,
    dismiss_move_request,
    move_requests_at,
    move_requests_to,
    open_move_request_chart,
)
from care.sessions.plan import change_session
from tests import cast as people
from tests.cast import Cast, own_chart

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 4, 15, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
AHEAD = NOW + timedelta(days=2)


@pytest.fixture
def session(cast: Cast) -> TreatmentSession:
    """Plan one of maya's in two days."""
    return people.session(cast.dr_okafor, starts_at=AHEAD, with_patient=cast.maya)


def asks(
    cast: Cast, session: TreatmentSession, *, note: str = "", reason: str = "work",
    now: datetime = NOW,
) -> tuple[MoveRequestView, bool]:  # fmt: skip
    return ask_to_move(
        chart=own_chart(cast.maya), session_id=session.pk, reason=reason, note=note, now=now
    )


def standing(cast: Cast) -> list[str]:
    return [one.reason for one in move_requests_to(viewer=cast.dr_okafor, now=LATER)]


def test_asked_twice_it_is_one_with_the_newer_words(cast: Cast, session: TreatmentSession) -> None:
    first, is_new = asks(cast, session, note="canary 🌊")
    same, is_new_again = asks(cast, session, note="canary 🌊", now=LATER)
    other, _ = asks(cast, session, reason="", note="later that day", now=LATER)

    assert (is_new, is_new_again) == (True, False)
    assert same == first
    assert (other.reason, other.note, other.asked_at) == ("", "later that day", LATER)
    assert MoveRequest.objects.count() == 1
    assert b"later" not in bytes(MoveRequest.objects.get().words or b"")
    assert AccessLogEntry.objects.filter(action="write", data_class="sessions").count() == 2


def test_who_holds_the_session_reads_it_and_nobody_else(
    cast: Cast, session: TreatmentSession
) -> None:
    asked, _ = asks(cast, session, note="canary")
    people.joins(cast.maya.pk, cast.dr_lind)

    assert move_requests_to(viewer=cast.dr_okafor, now=LATER) == [replace(asked, name="Maya")]
    assert move_requests_to(viewer=cast.dr_lind, now=LATER) == []
    logged = AccessLogEntry.objects.filter(reason="move_requests")
    assert list(logged.values_list("patient_id", "actor_id")) == [(cast.maya.pk, cast.dr_okafor.pk)]
    Consent.objects.filter(patient_id=cast.maya.pk).update(scope=["shared_entries"])
    assert standing(cast) == []


@pytest.mark.parametrize("change", ["moved", "cancelled", "renamed", "begun"])
def test_it_stands_until_the_session_has_another_time(
    cast: Cast, session: TreatmentSession, change: str
) -> None:
    asks(cast, session)
    possible: dict[str, dict[str, Any]] = {
        "moved": {"starts_at": AHEAD + timedelta(hours=2), "ends_at": AHEAD + timedelta(hours=3)},
        "cancelled": {"cancelled": True},
        "renamed": {"title": "Another"},
        "begun": {},
    }
    changes = possible[change]
    change_session(
        clinician=cast.dr_okafor, session_id=session.pk, rev=1, changes=changes, now=LATER
    )

    at = AHEAD if change == "begun" else LATER
    left = move_requests_to(viewer=cast.dr_okafor, now=at)

    assert len(left) == (1 if change == "renamed" else 0)


def test_it_is_dismissed_once_and_can_be_asked_again(cast: Cast, session: TreatmentSession) -> None:
    asks(cast, session)
    chart = open_move_request_chart(viewer=cast.dr_okafor, session_id=session.pk, now=LATER)

    dismiss_move_request(chart=chart, session_id=session.pk, now=LATER)
    dismiss_move_request(chart=chart, session_id=session.pk, now=LATER + timedelta(hours=1))

    assert standing(cast) == []
    shown = move_requests_at(chart=own_chart(cast.maya), session_ids=[session.pk])
    assert shown[session.pk].dismissed_at == LATER
    _, is_new = asks(cast, session, now=LATER)
    assert not is_new
    assert standing(cast) == ["work"]
    assert MoveRequest.objects.get().dismissed_by is None


def test_the_patient_takes_it_back(cast: Cast, session: TreatmentSession) -> None:
    asks(cast, session)

    dismiss_move_request(chart=own_chart(cast.maya), session_id=session.pk, now=LATER)

    assert standing(cast) == []
    assert MoveRequest.objects.get().dismissed_by == cast.maya.pk


def test_nothing_is_dismissed_that_nobody_asked(cast: Cast, session: TreatmentSession) -> None:
    with pytest.raises(NoSessionToMove):
        dismiss_move_request(chart=own_chart(cast.maya), session_id=session.pk, now=NOW)
    for user in (cast.dr_lind, cast.noah):
        with pytest.raises(NoSuchChart):
            open_move_request_chart(viewer=user, session_id=session.pk, now=NOW)


def test_nobody_asks_for_another_or_for_a_group_or_too_late(
    cast: Cast, session: TreatmentSession
) -> None:
    group = people.group(cast.dr_okafor, cast.maya)
    of_group = people.session(cast.dr_okafor, starts_at=AHEAD, kind="group", with_group=group)
    begun = people.session(cast.dr_okafor, starts_at=NOW, with_patient=cast.maya)
    team: Chart = open_move_request_chart(viewer=cast.dr_okafor, session_id=session.pk, now=NOW)

    with pytest.raises(NoSessionToMove):
        ask_to_move(chart=own_chart(cast.noah), session_id=session.pk, reason="", note="", now=NOW)
    with pytest.raises(NoSessionToMove):
        ask_to_move(chart=team, session_id=session.pk, reason="", note="", now=NOW)
    with pytest.raises(SessionOfGroup):
        asks(cast, of_group)
    with pytest.raises(SessionUnderWay):
        asks(cast, begun)
    TreatmentSession.objects.filter(pk=session.pk).update(cancelled_at=NOW)
    with pytest.raises(SessionUnderWay):
        asks(cast, session)
    assert not MoveRequest.objects.exists()
