"""Nobody has more of anything than work needs, and who meets a limit is told which."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from backend.kit.errors import InvalidInput
from care import constants
from care.accounts import device_sessions, staff_invitations
from care.consents import consents
from care.models import (
    Consent,
    DeviceSession,
    Group,
    Invitation,
    SessionSeries,
    TreatmentSession,
    User,
)
from care.people import enrol as people_enrol
from care.people import profile
from care.programme import groups
from care.programme.groups import get_or_create_group, save_group
from care.sessions import plan as sessions_plan
from care.sessions import series
from care.sessions.occurrences import WeeklyRecurrence
from care.sessions.plan import PlannedSession, plan_session
from care.sessions.series import change_series_from, plan_series
from care.support import invite as support_invite
from notifications.models.device import Device
from notifications.push import devices as push_devices
from notifications.push.devices import end_device, register_device
from tests import cast as cast_of
from tests.cast import Cast, own_chart

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def until_refused(act: Callable[[int], object], *, most: int) -> InvalidInput:
    """Do it as often as one may; the next time is refused, and changes nothing."""
    for number in range(most):
        act(number)
    with pytest.raises(InvalidInput) as refusal:
        act(most)
    assert refusal.value.errors[0].code == "too_many"
    assert str(most) in refusal.value.errors[0].detail
    return refusal.value


def test_consents_of_one_purpose(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consents, "MOST_CONSENTS", 4)
    before = Consent.objects.count()  # one of treatment

    def agree(_: int, purpose: str = "family_support") -> Any:
        return consents.record_consent(
            chart=own_chart(cast.maya), purpose=purpose, version="2026-01", scope=["session_times"],
            recipient="Sam", signed_name="Maya", expires_at=None,
            expires_event="end_of_treatment", now=NOW,
        )  # fmt: skip

    until_refused(agree, most=4)

    assert Consent.objects.count() == before + 4
    one = Consent.objects.filter(purpose="family_support").latest("agreed_at")
    consents.revoke_consent(chart=own_chart(cast.maya), consent_id=one.pk, now=NOW)
    assert agree(5).pk


def test_groups_of_a_clinic(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "MOST_GROUPS", 3)

    until_refused(lambda n: get_or_create_group(clinician=cast.dr_lind, name=f"{n}"), most=3)

    assert Group.objects.count() == 3
    with pytest.raises(InvalidInput):
        save_group(
            admin=cast.ada, group_id=cast.clinic.pk, name="x", leader_id=cast.dr_lind.pk, now=NOW
        )


def test_patients_who_have_not_come_in(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people_enrol, "MOST_INVITED", 3)

    def invite(number: int, by: User = cast.dr_lind) -> object:
        return people_enrol.invite_patient(
            clinician=by, display_name=f"Iris {number}", time_zone="UTC", now=NOW
        )

    until_refused(invite, most=3)

    assert User.objects.filter(display_name__startswith="Iris").count() == 3
    assert invite(9, cast.dr_okafor)


def test_codes_for_one_person_within_a_day(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (people_enrol, support_invite, staff_invitations):
        monkeypatch.setattr(module, "MOST_CODES_A_DAY", 3)
    patient, _ = people_enrol.invite_patient(
        clinician=cast.dr_lind, display_name="Iris", time_zone="UTC", now=NOW - 2 * DAY
    )
    consent = cast_of.agrees(cast.maya)

    def again(_: int, now: datetime = NOW) -> object:
        return people_enrol.renew_invitation(patient_id=patient.pk, clinician=cast.dr_lind, now=now)

    until_refused(again, most=3)
    until_refused(
        lambda _: support_invite.create_support_code(
            chart=own_chart(cast.maya), consent_id=consent.pk, now=NOW
        ),
        most=3,
    )
    until_refused(
        lambda _: staff_invitations.renew_staff_invitation(
            admin=cast.ada, user_id=cast.dr_lind.pk, now=NOW
        ),
        most=3,
    )
    live = Invitation.objects.filter(patient=patient, revoked_at__isnull=True)
    assert live.count() == 1
    assert again(4, NOW + DAY + timedelta(seconds=1))


def test_moves_of_the_clock_within_a_day(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile, "MOST_ZONES_A_DAY", 3)

    def move(number: int) -> object:
        user = User.objects.get(pk=cast.maya.pk)
        zone = ("UTC", "America/Denver")[number % 2]
        return profile.change_profile(user=user, rev=user.rev, changes={"time_zone": zone}, now=NOW)

    until_refused(move, most=3)


def test_devices_of_a_patient(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push_devices, "MOST_DEVICES", 3)

    def register(number: int) -> Any:
        return register_device(
            chart=own_chart(cast.maya), provider="fcm_token", address=f"address-{number}",
            platform="ios", app_version="1", device_name="phone", covered_until=None, now=NOW,
        )  # fmt: skip

    until_refused(register, most=3)

    assert Device.objects.count() == 3
    assert register(1)[1] is False  # one that is there registers again
    end_device(chart=own_chart(cast.maya), device_id=register(0)[0].pk, now=NOW)
    assert register(7)[1] is True


def test_who_signs_in_once_more_ends_what_was_used_longest_ago(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_sessions, "MOST_SIGN_INS", 3)
    made = [
        device_sessions.start_device_session(
            user=cast.maya, device_name=f"{n}", now=NOW + n * timedelta(hours=1)
        )
        for n in range(5)
    ]
    other = device_sessions.start_device_session(user=cast.noah, device_name="", now=NOW)

    live = DeviceSession.objects.filter(user=cast.maya, revoked_at__isnull=True)
    assert {row.pk for row in live} == {one.pk for one in made[2:]}
    other.refresh_from_db()
    assert other.revoked_at is None
    assert set(
        DeviceSession.objects.exclude(revoked_at=None).values_list("revoked_reason", flat=True)
    ) == {"too_many"}


def plan(cast: Cast, starts_at: datetime, **more: Any) -> TreatmentSession:
    what: dict[str, Any] = {
        "clinician": cast.dr_okafor, "kind": "individual", "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=50), "patient_id": cast.maya.pk,
    }  # fmt: skip
    weekly = more.pop("weekly", None)
    plan = PlannedSession(**(what | more))
    if weekly is None:
        return plan_session(plan=plan, now=NOW)[0]
    return plan_series(plan=plan, weekly=weekly, now=NOW)[0]


def test_sessions_of_one_day_and_ahead(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions_plan, "MOST_SESSIONS_A_DAY", 3)
    monkeypatch.setattr(sessions_plan, "MOST_SESSIONS_AHEAD", 5)

    until_refused(lambda n: plan(cast, NOW + DAY + n * timedelta(hours=1)), most=3)
    plan(cast, NOW + 3 * DAY)
    plan(cast, NOW + 5 * DAY)
    with pytest.raises(InvalidInput, match="too_many"):
        plan(cast, NOW + 7 * DAY)

    assert TreatmentSession.objects.count() == 5
    assert plan(cast, NOW + 7 * DAY, clinician=cast.dr_lind, patient_id=cast.noah.pk)


def test_weekly_sessions_of_one_patient(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.setattr(series, "MOST_SERIES", 3)
    monkeypatch.setattr(sessions_plan, "MOST_SESSIONS_AHEAD", 5_000)
    until_refused(
        lambda n: plan(cast, NOW + n * timedelta(hours=1), weekly=WeeklyRecurrence()), most=3
    )

    assert SessionSeries.objects.count() == 3


@pytest.mark.parametrize("back", [timedelta(days=732), timedelta(days=26 * 365)])
def test_a_weekly_session_began_at_most_two_years_ago(cast: Cast, back: timedelta) -> None:
    with pytest.raises(InvalidInput, match="starts_at:too_long_ago"):
        plan(cast, NOW - back, weekly=WeeklyRecurrence())
    every_day = WeeklyRecurrence(days=tuple(range(7)))
    with pytest.raises(InvalidInput, match="starts_at:too_many"):
        plan(cast, NOW - timedelta(days=731), weekly=every_day)
    assert not TreatmentSession.objects.exists()
    made = plan(cast, NOW - timedelta(days=731), weekly=WeeklyRecurrence())

    assert TreatmentSession.objects.count() <= constants.MOST_OCCURRENCES_AT_ONCE
    with pytest.raises(InvalidInput, match="starts_at:too_long_ago"):
        change_series_from(
            clinician=cast.dr_okafor, session_id=made.pk, rev=made.rev,
            changes={"starts_at": NOW - back, "ends_at": NOW - back + timedelta(minutes=50)},
            now=NOW,
        )  # fmt: skip


def test_every_limit_leaves_room_for_work() -> None:
    assert constants.MOST_SESSIONS_AHEAD >= 5 * 12 * 7
    assert constants.MOST_SIGN_INS >= 20
    assert constants.MOST_CODES_A_DAY >= 10
    assert timezone.is_aware(NOW)
