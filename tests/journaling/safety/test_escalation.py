"""A stopped clock walks through an event: who is called when, until somebody acknowledges."""

from datetime import datetime, timedelta

import pytest

from care.models import Patient, StaffCall, User
from care.people.enrol import revoke_treatment_consents
from journaling.models import SafetyEvent
from journaling.safety.escalation import URGENT_REPEAT, escalate_due
from tests.cast import Cast
from tests.on_call_clinic import (
    CLOSED,
    HOUR,
    MINUTE,
    OPEN,
    OPENS_AGAIN,
    reyes,
    say,
    set_up,
    the_event,
    unsafe,
    urge,
)


def called(at: datetime) -> list[str]:
    rows = StaffCall.objects.filter(at=at).order_by("part", "clinician__username")
    return [f"{part}:{name}" for part, name in rows.values_list("part", "clinician__username")]


def walk(since: datetime, until: datetime, *, every: timedelta = MINUTE) -> dict[int, list[str]]:
    """Tick from one instant to another; tell after how many minutes who was called."""
    now, found = since, {}
    while now <= until:
        escalate_due(now=now)
        if called(now):
            found[round((now - since) / MINUTE)] = called(now)
        now += every
    return found


def test_level_2_goes_from_duty_to_backup_after_the_set_minutes_and_comes_back(
    cast: Cast,
) -> None:
    set_up(cast, escalate_minutes=20)
    say(cast.maya, urge(3), now=OPEN)

    assert called(OPEN) == ["duty:dr_okafor"]
    found = walk(OPEN, OPEN + 5 * HOUR)

    both = ["backup:dr_reyes", "duty:dr_okafor"]
    assert found == {
        0: ["duty:dr_okafor"],
        20: both,
        20 + URGENT_REPEAT // MINUTE: both,
    }


def test_level_3_calls_both_at_once_and_every_few_minutes(cast: Cast) -> None:
    set_up(cast, repeat_minutes=10)
    say(cast.maya, unsafe(), now=OPEN)

    found = walk(OPEN, OPEN + 31 * MINUTE)

    both = ["backup:dr_reyes", "duty:dr_okafor"]
    assert found == {0: both, 10: both, 20: both, 30: both}


def test_an_acknowledgement_ends_it(cast: Cast) -> None:
    set_up(cast)
    say(cast.maya, unsafe(), now=OPEN)
    SafetyEvent.objects.update(
        acknowledged_at=OPEN, acknowledged_by=cast.dr_okafor.pk, reason="reached_safe",
        next_call_at=None,
    )  # fmt: skip

    assert walk(OPEN + MINUTE, OPEN + 8 * HOUR) == {}


def test_level_2_in_the_evening_calls_nobody_before_the_clinic_opens(cast: Cast) -> None:
    set_up(cast)
    say(cast.maya, urge(3, at=CLOSED), now=CLOSED)
    assert the_event().next_call_at == OPENS_AGAIN

    found = walk(CLOSED, OPENS_AGAIN + 30 * MINUTE)

    opening = round((OPENS_AGAIN - CLOSED) / MINUTE)
    assert found == {
        opening: ["duty:dr_okafor"],
        opening + 15: ["backup:dr_reyes", "duty:dr_okafor"],
    }


def test_level_2_late_in_the_day_escalates_the_next_morning(cast: Cast) -> None:
    set_up(cast)
    late = OPEN + 6 * HOUR + 50 * MINUTE  # ten minutes before five
    say(cast.maya, urge(3, at=late), now=late)
    assert called(late) == ["duty:dr_okafor"]

    found = walk(late + MINUTE, OPENS_AGAIN)

    assert list(found.values()) == [["backup:dr_reyes", "duty:dr_okafor"]]
    assert called(OPENS_AGAIN) == ["backup:dr_reyes", "duty:dr_okafor"]


def test_level_3_in_the_evening_calls_at_once_every_hour_and_when_the_clinic_opens(
    cast: Cast,
) -> None:
    set_up(cast)
    say(cast.maya, unsafe(at=CLOSED), now=CLOSED)

    found = walk(CLOSED, OPENS_AGAIN + 5 * MINUTE)

    assert list(found)[:4] == [0, 60, 120, 180]
    assert called(OPENS_AGAIN) == called(OPENS_AGAIN + 5 * MINUTE)
    assert called(OPENS_AGAIN) == ["backup:dr_reyes", "duty:dr_okafor"]
    assert not StaffCall.objects.filter(at__lt=OPENS_AGAIN, at_work=True).exists()
    assert StaffCall.objects.filter(at=OPENS_AGAIN, at_work=True).count() == 2


def test_the_rota_of_the_moment_counts_not_that_of_the_event(cast: Cast) -> None:
    set_up(cast)
    tuesday = OPEN + timedelta(days=1, hours=6, minutes=55)
    say(cast.maya, unsafe(at=tuesday), now=tuesday)
    assert "duty:dr_okafor" in called(tuesday)

    wednesday = OPENS_AGAIN + timedelta(days=1)
    walk(tuesday + MINUTE, wednesday)

    assert called(wednesday) == ["backup:dr_reyes", "duty:dr_lind"]


@pytest.mark.parametrize("what", ["consent", "discharge", "alerts"])
def test_who_may_not_be_told_of_any_more_ends_the_calls(cast: Cast, what: str) -> None:
    set_up(cast)
    say(cast.maya, unsafe(), now=OPEN)
    if what == "consent":
        revoke_treatment_consents(patient_id=cast.maya.pk, now=OPEN + MINUTE)
    elif what == "discharge":
        Patient.objects.filter(pk=cast.maya.pk).update(discharged_at=OPEN + MINUTE)
    else:
        set_up(cast, alerts_on=None)

    assert walk(OPEN + MINUTE, OPEN + HOUR) == {}
    assert the_event().next_call_at is None


def test_who_left_the_clinic_is_called_no_more_and_the_backup_stands_in(cast: Cast) -> None:
    set_up(cast)
    User.objects.filter(pk=cast.dr_okafor.pk).update(is_active=False)

    found = say(cast.maya, urge(3), now=OPEN)

    assert found is not None
    assert found.staff_notified
    assert called(OPEN) == ["backup:dr_reyes"]
    assert StaffCall.objects.get().clinician_id == reyes().pk


def test_an_outage_of_hours_is_followed_by_one_step_and_no_burst(cast: Cast) -> None:
    set_up(cast)
    say(cast.maya, unsafe(), now=OPEN)

    assert escalate_due(now=OPEN + 3 * HOUR) == 1
    assert escalate_due(now=OPEN + 3 * HOUR) == 0

    assert called(OPEN + 3 * HOUR) == ["backup:dr_reyes", "duty:dr_okafor"]
    assert StaffCall.objects.count() == 4


def test_each_event_takes_its_own_steps(cast: Cast) -> None:
    set_up(cast)
    say(cast.maya, unsafe(), now=OPEN)
    say(cast.noah, urge(3), now=OPEN)

    escalate_due(now=OPEN + 5 * MINUTE)

    at_five = StaffCall.objects.filter(at=OPEN + 5 * MINUTE)
    assert set(at_five.values_list("patient_id", flat=True)) == {cast.maya.pk}
