"""One event per episode, derived as often as you like, and nothing of what is private."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import AccessLogEntry, CareTeamMembership, StaffCall, User
from care.people.enrol import revoke_treatment_consents
from journaling.entries.edit import change_entry, delete_entry
from journaling.models import SafetyEvent, SafetySign
from journaling.safety.events import EPISODE_GAP, acknowledge_event
from journaling.safety.read_events import events_page
from journaling.safety.respond import safety_response_for
from tests.cast import Cast, joins, own_chart
from tests.on_call_clinic import (
    CLOSED,
    HOUR,
    MINUTE,
    OPEN,
    body,
    save,
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


@pytest.mark.parametrize(("peak", "events"), [(0, 0), (2, 0), (3, 1), (5, 1)])
def test_levels_2_and_3_make_an_event_and_a_notice_none(cast: Cast, peak: int, events: int) -> None:
    say(cast.maya, urge(peak), now=OPEN)

    assert SafetyEvent.objects.count() == events


def test_an_event_says_how_serious_since_when_and_by_which_rules(cast: Cast) -> None:
    say(cast.maya, urge(4), now=OPEN)

    event, sign = the_event(), SafetySign.objects.get()
    assert (event.level, event.audience, event.patient_id) == (2, "care_team", cast.maya.pk)
    assert (event.opened_at, event.last_sign_at, event.acknowledged_at) == (OPEN, OPEN, None)
    assert sign.fired == {"suicide_urge_notice": 4, "suicide_urge_urgent": 4}


def test_the_write_is_on_record_with_the_patient_as_its_maker(cast: Cast) -> None:
    say(cast.maya, urge(4), now=OPEN)

    row = AccessLogEntry.objects.get(data_class="safety_events")
    assert (row.actor_id, row.patient_id, row.action) == (cast.maya.pk, cast.maya.pk, "write")


def test_the_same_entry_again_is_answered_alike_and_makes_no_second_event(cast: Cast) -> None:
    set_up(cast)
    entry = save(cast.maya, unsafe(), now=OPEN)
    chart = own_chart(cast.maya, now=OPEN)
    first = safety_response_for(chart=chart, entries=[entry], now=OPEN)

    again = safety_response_for(chart=chart, entries=[entry], now=OPEN + MINUTE)

    assert again == first
    assert SafetyEvent.objects.count() == SafetySign.objects.count() == 1
    assert StaffCall.objects.count() == 2


def test_signs_close_together_are_one_episode(cast: Cast) -> None:
    say(cast.maya, urge(3), now=OPEN)
    say(cast.maya, body(safety_check={"intent": False, "plan": True}), now=OPEN + HOUR)
    say(cast.maya, body("pre_session", coming_in={"die": 4}), now=OPEN + 2 * HOUR)

    event = the_event()
    assert SafetySign.objects.filter(event=event).count() == 3
    assert (event.level, event.opened_at) == (3, OPEN)
    assert event.last_sign_at == OPEN + 2 * HOUR


@pytest.mark.parametrize(
    ("gap", "events"), [(EPISODE_GAP - MINUTE, 1), (EPISODE_GAP, 2), (timedelta(days=3), 2)]
)
def test_after_a_quiet_half_day_it_is_another_episode(
    cast: Cast, gap: timedelta, events: int
) -> None:
    say(cast.maya, urge(3), now=OPEN)
    say(cast.maya, body("pre_session", coming_in={"die": 3}), now=OPEN + gap)

    assert SafetyEvent.objects.count() == events


def test_a_more_serious_sign_raises_the_event_and_calls_anew(cast: Cast) -> None:
    set_up(cast)
    say(cast.maya, urge(3), now=OPEN)
    assert list(StaffCall.objects.values_list("part", flat=True)) == ["duty"]

    found = say(cast.maya, unsafe(), now=OPEN + MINUTE)

    assert found is not None
    assert found.staff_notified
    assert the_event().level == 3
    assert sorted(StaffCall.objects.filter(step=1).values_list("part", flat=True)) == [
        "backup",
        "duty",
    ]


def test_one_more_sign_of_the_same_level_calls_nobody_again(cast: Cast) -> None:
    set_up(cast)
    say(cast.maya, urge(3), now=OPEN)

    found = say(cast.maya, body("pre_session", coming_in={"die": 3}), now=OPEN + MINUTE)

    assert found is not None
    assert found.staff_notified
    assert StaffCall.objects.count() == 1


def test_what_comes_after_the_acknowledgement_is_a_new_event(cast: Cast) -> None:
    say(cast.maya, urge(3), now=OPEN)
    clear(cast, the_event().pk)

    say(cast.maya, unsafe(), now=OPEN + MINUTE)

    assert SafetyEvent.objects.filter(acknowledged_at__isnull=True).count() == 1
    assert SafetyEvent.objects.count() == 2


def change(cast: Cast, entry_id: UUID, changes: dict[str, Any], *, now: Any) -> Any:
    chart = own_chart(cast.maya, now=now)
    entry = change_entry(chart=chart, entry_id=entry_id, rev=None, changes=changes, now=now)
    return safety_response_for(chart=chart, entries=[entry], now=now)


def test_an_edit_that_says_nothing_new_wakes_nobody_after_the_acknowledgement(
    cast: Cast,
) -> None:
    sent = urge(4)
    say(cast.maya, sent, now=OPEN)
    clear(cast, the_event().pk)

    found = change(cast, UUID(sent["id"]), {"note": "a word more"}, now=OPEN + HOUR)

    assert found.level == 2
    assert SafetyEvent.objects.count() == 1
    assert SafetySign.objects.count() == 2
    assert the_event().acknowledged_at == OPEN


def test_an_edit_that_says_more_is_a_new_sign_though_the_rules_are_the_same(cast: Cast) -> None:
    sent = urge(3)
    say(cast.maya, sent, now=OPEN)
    clear(cast, the_event().pk)

    change(cast, UUID(sent["id"]), {"urges": {"suicide": {"peak": 5}}}, now=OPEN + HOUR)

    assert SafetyEvent.objects.filter(acknowledged_at__isnull=True).count() == 1


def test_taking_an_answer_back_clears_nothing(cast: Cast) -> None:
    sent = urge(3)
    say(cast.maya, sent, now=OPEN)

    change(cast, UUID(sent["id"]), {"urges": {"suicide": {"peak": 0}}}, now=OPEN + MINUTE)
    delete_entry(chart=own_chart(cast.maya), entry_id=UUID(sent["id"]), rev=None, now=OPEN + MINUTE)

    assert the_event().acknowledged_at is None


@pytest.mark.parametrize("make", [urge, unsafe])
def test_what_is_private_helps_the_patient_and_tells_nobody(cast: Cast, make: Any) -> None:
    set_up(cast)

    found = say(cast.maya, make(share="private"), now=OPEN)

    assert found is not None
    assert found.level >= 2
    assert not found.staff_notified
    assert "private" in found.not_monitored
    assert SafetyEvent.objects.count() == StaffCall.objects.count() == 0


def test_sharing_it_later_tells_staff_then(cast: Cast) -> None:
    set_up(cast)
    sent = unsafe(share="private")
    say(cast.maya, sent, now=OPEN)

    found = change(cast, UUID(sent["id"]), {"share": "care_team"}, now=OPEN + MINUTE)

    assert found.staff_notified
    assert the_event().opened_at == OPEN + MINUTE


def test_what_the_own_therapist_alone_may_know_is_an_event_of_its_own(cast: Cast) -> None:
    joins(cast.maya.pk, cast.dr_lind, role=CareTeamMembership.Role.NURSE)
    say(cast.maya, urge(3), now=OPEN)
    say(cast.maya, unsafe(share="individual_therapist_only"), now=OPEN)

    own, team = SafetyEvent.objects.order_by("-level")
    assert (own.audience, own.level) == ("individual_therapist_only", 3)
    assert (team.audience, team.level) == ("care_team", 2)
    mine = events_page(viewer=cast.dr_okafor, now=OPEN, limit=10, only_open=True)
    nurses = events_page(viewer=cast.dr_lind, now=OPEN, limit=10, only_open=True)
    assert {event.id for event in mine} == {own.pk, team.pk}
    assert {event.id for event in nurses} == {team.pk}


def test_the_own_therapist_alone_is_called_and_it_is_told_honestly(cast: Cast) -> None:
    set_up(cast)
    # Wednesday: dr_lind is on duty, and dr_okafor, who treats maya, is not.
    wednesday = OPEN + timedelta(days=2)
    sent = unsafe(share="individual_therapist_only", at=wednesday)

    found = say(cast.maya, sent, now=wednesday)

    assert found is not None
    assert not found.staff_notified
    assert "your own therapist only" in found.not_monitored
    call = StaffCall.objects.get()
    assert (call.clinician_id, call.part, call.at_work) == (cast.dr_okafor.pk, "therapist", False)


def test_staff_are_told_at_once_where_somebody_is_on_duty(cast: Cast) -> None:
    set_up(cast)

    found = say(cast.maya, urge(3), now=OPEN)

    assert found is not None
    assert found.staff_notified
    assert "on duty now" in found.not_monitored
    call = StaffCall.objects.get()
    assert (call.clinician_id, call.part, call.at_work) == (cast.dr_okafor.pk, "duty", True)
    assert (call.next_attempt_at, call.sent_at) == (OPEN, None)


@pytest.mark.parametrize(
    ("make", "calls", "words"),
    [(urge, 0, "sent a notice then"), (unsafe, 2, "may not read it before they are back")],
)
def test_outside_the_hours_nobody_is_said_to_know(
    cast: Cast, make: Any, calls: int, words: str
) -> None:
    set_up(cast)

    found = say(cast.maya, make(at=CLOSED), now=CLOSED)

    assert found is not None
    assert not found.staff_notified
    assert words in found.not_monitored
    assert StaffCall.objects.count() == calls


def test_without_alerts_the_screen_says_before_the_next_session(cast: Cast) -> None:
    set_up(cast, alerts_on=None)

    found = say(cast.maya, unsafe(), now=OPEN)

    assert found is not None
    assert not found.staff_notified
    assert "before your next session" in found.not_monitored
    assert the_event().next_call_at is None
    assert StaffCall.objects.count() == 0


def test_a_patient_who_ended_consent_is_helped_and_nobody_is_called(cast: Cast) -> None:
    set_up(cast)
    revoke_treatment_consents(patient_id=cast.maya.pk, now=OPEN)

    found = say(cast.maya, unsafe(), now=OPEN)

    assert found is not None
    assert (found.level, found.staff_notified) == (3, False)
    assert StaffCall.objects.count() == 0


def test_a_clinic_may_tighten_a_rule(cast: Cast) -> None:
    set_up(cast, tightened={"suicide_urge_urgent": {"at_least": 1}})

    found = say(cast.maya, urge(1), now=OPEN)

    assert found is not None
    assert (found.level, found.staff_notified) == (2, True)


def test_a_clinics_own_line_stands_in_the_block(cast: Cast) -> None:
    line = {
        "key": "clinic", "name": "Harbor Clinic", "call": "1-555-0100", "text": None,
        "chat": None, "url": None, "region": "US-IL", "language": "en",
        "verified_at": "2026-05-01", "source": "the clinic",
    }  # fmt: skip
    set_up(cast, resources=[line])

    found = say(cast.maya, urge(1), now=OPEN)

    assert found is not None
    assert found.resources[-1].call == "1-555-0100"
