"""Staff clear events with a reason, once, for everybody; what each sees of them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import AccessLogEntry, CareTeamMembership, User
from care.oncall.chart import open_on_call_chart
from journaling.models import SafetyEvent, SafetySign
from journaling.safety.events import acknowledge_event
from journaling.safety.read_events import (
    NoSuchEvent,
    count_open_events,
    event_of,
    events_in_chart,
    events_page,
)
from tests.cast import Cast, joins, own_chart, staff
from tests.on_call_clinic import (
    HOUR,
    MINUTE,
    OPEN,
    body,
    reyes,
    say,
    set_up,
    the_event,
    unsafe,
    urge,
)


def chart_of(viewer: User, cast: Cast, *, now: Any = OPEN) -> Chart:
    return open_chart(
        viewer=viewer, patient_id=cast.maya.pk, what=DataCategory.SAFETY_EVENTS, now=now,
        to_write=True,
    )  # fmt: skip


def clear(cast: Cast, event: UUID, *, reason: str = "reached_safe", now: Any = OPEN) -> Any:
    return acknowledge_event(
        chart=chart_of(cast.dr_okafor, cast, now=now), event_id=event, reason=reason, now=now
    )


def test_clearing_is_for_everybody_and_stops_the_calls(cast: Cast) -> None:
    set_up(cast)
    say(cast.maya, unsafe(), now=OPEN)

    seen = clear(cast, the_event().pk, now=OPEN + MINUTE)

    event = the_event()
    assert (event.acknowledged_at, event.acknowledged_by_id) == (
        OPEN + MINUTE, cast.dr_okafor.pk,
    )  # fmt: skip
    assert (event.reason, event.next_call_at) == ("reached_safe", None)
    assert seen.acknowledged_at == OPEN + MINUTE
    assert AccessLogEntry.objects.filter(
        actor_id=cast.dr_okafor.pk, action="write", data_class="safety_events"
    ).exists()


def test_clearing_twice_leaves_the_first_as_it_is(cast: Cast) -> None:
    say(cast.maya, urge(3), now=OPEN)
    clear(cast, the_event().pk)

    seen = clear(cast, the_event().pk, reason="other words", now=OPEN + HOUR)

    assert (seen.reason, seen.acknowledged_at) == ("reached_safe", OPEN)
    assert the_event().words is None


def test_words_of_ones_own_are_kept_encrypted(cast: Cast) -> None:
    say(cast.maya, urge(3), now=OPEN)

    clear(cast, the_event().pk, reason="Spoke with her, canary-reason")

    event = the_event()
    assert event.reason == "other"
    assert event.words is not None
    assert b"canary" not in bytes(event.words)
    opened = own_chart(cast.maya).cipher.open(
        event.words, column="journaling.SafetyEvent.words", row=event.pk
    )
    assert opened.decode() == "Spoke with her, canary-reason"


def test_a_patient_clears_nothing(cast: Cast) -> None:
    say(cast.maya, urge(3), now=OPEN)

    with pytest.raises(NoSuchEvent):
        acknowledge_event(
            chart=own_chart(cast.maya), event_id=the_event().pk, reason="other", now=OPEN
        )

    assert the_event().acknowledged_at is None


def test_a_chart_of_somebody_else_clears_nothing(cast: Cast) -> None:
    say(cast.maya, urge(3), now=OPEN)
    foreign = open_chart(
        viewer=cast.dr_lind, patient_id=cast.noah.pk, what=DataCategory.SAFETY_EVENTS, now=OPEN,
        to_write=True,
    )  # fmt: skip

    with pytest.raises(NoSuchEvent):
        acknowledge_event(chart=foreign, event_id=the_event().pk, reason="other", now=OPEN)
    with pytest.raises(NoSuchEvent):
        event_of(chart=foreign, event_id=the_event().pk)

    assert the_event().acknowledged_at is None


def test_who_is_on_duty_clears_what_the_team_may_know_and_nothing_else(cast: Cast) -> None:
    set_up(cast)
    say(cast.maya, urge(3), now=OPEN)
    say(cast.maya, unsafe(share="individual_therapist_only"), now=OPEN)
    own, team = SafetyEvent.objects.order_by("-level")
    chart = open_on_call_chart(
        viewer=reyes(), patient_id=cast.maya.pk, what=DataCategory.SAFETY_EVENTS, now=OPEN
    )

    seen = acknowledge_event(chart=chart, event_id=team.pk, reason="reached_safe", now=OPEN)
    with pytest.raises(NoSuchEvent):
        acknowledge_event(chart=chart, event_id=own.pk, reason="reached_safe", now=OPEN)

    assert (seen.entries, seen.codes) == (None, None)
    assert (seen.patient_name, seen.therapists) == ("Maya", ("Dr. Okafor",))


def test_the_database_keeps_an_event_whole(cast: Cast) -> None:
    say(cast.maya, urge(3), now=OPEN)
    impossible: list[dict[str, Any]] = [
        {"acknowledged_at": OPEN},
        {"acknowledged_at": OPEN, "acknowledged_by": cast.dr_okafor.pk},
        {"acknowledged_by": cast.dr_okafor.pk},
        {"reason": "reached_safe"},
        {"level": 1},
        {"audience": "private"},
        {
            "acknowledged_at": OPEN, "acknowledged_by": cast.dr_okafor.pk,
            "reason": "reached_safe", "next_call_at": OPEN,
        },
    ]  # fmt: skip

    for columns in impossible:
        with pytest.raises(IntegrityError), transaction.atomic():
            SafetyEvent.objects.update(**columns)


def test_one_revision_makes_one_sign(cast: Cast) -> None:
    say(cast.maya, urge(3), now=OPEN)
    sign = SafetySign.objects.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        SafetySign.objects.create(
            event=sign.event, patient_id=sign.patient_id, entry_id=sign.entry_id,
            entry_rev=sign.entry_rev, level=2, fired={}, at=OPEN,
        )  # fmt: skip


def test_an_event_in_a_chart_is_one_that_was_open_in_the_window(cast: Cast) -> None:
    say(cast.maya, urge(3), now=OPEN)
    clear(cast, the_event().pk, now=OPEN + HOUR)
    chart = chart_of(cast.dr_okafor, cast)

    def seen(since: Any, until: Any) -> int:
        return len(events_in_chart(chart=chart, since=since, until=until))

    assert seen(OPEN - HOUR, OPEN + 2 * HOUR) == 1
    assert seen(OPEN + MINUTE, OPEN + 2 * HOUR) == 1
    assert seen(OPEN + 2 * HOUR, OPEN + 3 * HOUR) == 0
    assert seen(OPEN - HOUR, OPEN) == 0


def test_open_events_are_counted_within_what_each_chart_shows(cast: Cast) -> None:
    say(cast.maya, urge(3), now=OPEN)
    say(cast.maya, unsafe(share="individual_therapist_only"), now=OPEN)
    say(cast.noah, urge(3), now=OPEN)
    both = frozenset({"care_team", "individual_therapist_only"})

    found = count_open_events(
        sharing_levels={cast.maya.pk: both, cast.noah.pk: frozenset({"care_team"})}
    )
    less = count_open_events(sharing_levels={cast.maya.pk: frozenset({"care_team"})})

    assert found == {cast.maya.pk: 2, cast.noah.pk: 1}
    assert less == {cast.maya.pk: 1}


def test_a_page_of_events_asks_as_often_for_many_as_for_one(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    nurse = staff(cast.clinic, "nurse", "Nurse")
    for user in (cast.maya, cast.noah):
        joins(user.pk, nurse, role=CareTeamMembership.Role.NURSE)
        for days in range(5):
            at = OPEN + timedelta(days=days)
            say(user, body("pre_session", at=at, coming_in={"die": 3}), now=at)

    with django_assert_max_num_queries(8):
        found = events_page(viewer=nurse, now=OPEN, limit=50, only_open=True)

    assert len(found) == 10
    assert [event.opened_at for event in found] == sorted(
        (event.opened_at for event in found), reverse=True
    )
