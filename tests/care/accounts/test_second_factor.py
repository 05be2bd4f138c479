"""The second factor opens once, for its owner, within its minute."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from care.accounts import second_factor
from care.accounts.device_sessions import start_device_session
from care.accounts.second_factor import OtpInvalid, OtpRequired
from care.accounts.throttle import TooManyAttempts
from care.models import AccessLogEntry, DeviceSession, PendingTotp, RecoveryCode, TotpSecret
from tests.authenticator_app import code_at, enrolled, wrong_code
from tests.cast import Cast

HOUR = timedelta(hours=1)


def passes(cast: Cast, code: str, **moment: timedelta) -> bool:
    now = timezone.now() + moment.get("later", timedelta())
    try:
        return second_factor.verify_second_factor(user=cast.dr_okafor, code=code, now=now) == now
    except OtpInvalid:
        return False


def test_without_one_nothing_is_asked(cast: Cast) -> None:
    passed = second_factor.verify_second_factor(user=cast.maya, code="", now=timezone.now())

    assert passed is None


def test_a_shown_secret_counts_after_its_first_code_only(cast: Cast) -> None:
    now = timezone.now()
    made = second_factor.begin_totp(user=cast.dr_okafor, now=now)

    assert not TotpSecret.objects.exists()
    with pytest.raises(OtpInvalid):
        second_factor.confirm_totp(
            user=cast.dr_okafor, code=wrong_code(made.secret), session_id=cast.ada.pk, now=now
        )
    assert not TotpSecret.objects.exists()
    codes = second_factor.confirm_totp(
        user=cast.dr_okafor, code=code_at(made.secret, now), session_id=cast.ada.pk, now=now
    )

    assert len(set(codes)) == 10
    assert not PendingTotp.objects.exists()
    assert TotpSecret.objects.get().user_id == cast.dr_okafor.pk


def test_a_secret_and_its_codes_stand_nowhere_in_clear(cast: Cast) -> None:
    secret, codes = enrolled(cast.dr_okafor, at=timezone.now() - HOUR)

    kept = str(list(TotpSecret.objects.values())) + str(list(RecoveryCode.objects.values()))
    assert secret not in kept
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)


def test_a_new_app_ends_every_other_sign_in(cast: Cast) -> None:
    now = timezone.now()
    here, there = (
        start_device_session(user=cast.dr_okafor, device_name=name, now=now) for name in ("a", "b")
    )
    made = second_factor.begin_totp(user=cast.dr_okafor, now=now)

    second_factor.confirm_totp(
        user=cast.dr_okafor, code=code_at(made.secret, now), session_id=here.pk, now=now
    )

    live = DeviceSession.objects.get(revoked_at=None)
    assert (live.pk, live.mfa_at) == (here.pk, now)
    there.refresh_from_db()
    assert there.revoked_reason == "second_factor_changed"


def test_a_code_opens_once(cast: Cast) -> None:
    secret, _ = enrolled(cast.dr_okafor, at=timezone.now() - HOUR)
    code = code_at(secret)

    assert passes(cast, code)
    assert not passes(cast, code)
    assert TotpSecret.objects.get().last_step == int(timezone.now().timestamp()) // 30


def test_an_earlier_code_does_not_open_after_a_later_one(cast: Cast) -> None:
    secret, _ = enrolled(cast.dr_okafor, at=timezone.now() - HOUR)
    earlier, later = code_at(secret), code_at(secret, timezone.now() + timedelta(seconds=30))

    assert passes(cast, later, later=timedelta(seconds=15))
    assert not passes(cast, earlier)


@pytest.mark.parametrize(("seconds", "opens"), [(0, True), (30, True), (90, False), (-90, False)])
def test_a_code_lives_for_its_half_minute_and_the_next(
    cast: Cast, seconds: int, opens: bool
) -> None:
    secret, _ = enrolled(cast.dr_okafor, at=timezone.now() - HOUR)

    assert passes(cast, code_at(secret), later=timedelta(seconds=seconds)) is opens


def test_a_recovery_code_opens_once_however_it_is_typed(cast: Cast) -> None:
    _, codes = enrolled(cast.dr_okafor, at=timezone.now() - HOUR)

    assert passes(cast, codes[3].upper().replace("-", " "))
    assert not passes(cast, codes[3])
    assert passes(cast, codes[4])


def test_nobody_opens_with_somebody_elses_codes(cast: Cast) -> None:
    enrolled(cast.dr_okafor, at=timezone.now() - HOUR)
    secret, codes = enrolled(cast.dr_lind, at=timezone.now() - HOUR)

    assert not passes(cast, codes[0])
    assert not passes(cast, code_at(secret))


def test_renewed_recovery_codes_replace_the_earlier_ones(cast: Cast) -> None:
    _, before = enrolled(cast.dr_okafor, at=timezone.now() - HOUR)

    after = second_factor.renew_recovery_codes(user=cast.dr_okafor, now=timezone.now())

    assert not passes(cast, before[0])
    assert passes(cast, after[0])


def test_a_missing_code_is_asked_for_and_counts_as_no_try(cast: Cast) -> None:
    secret, _ = enrolled(cast.dr_okafor, at=timezone.now() - HOUR)
    for _ in range(9):
        with pytest.raises(OtpRequired):
            second_factor.verify_second_factor(user=cast.dr_okafor, code=" ", now=timezone.now())

    assert passes(cast, code_at(secret))


def test_the_sixth_guess_is_not_even_checked(cast: Cast) -> None:
    secret, codes = enrolled(cast.dr_okafor, at=timezone.now() - HOUR)
    for _ in range(5):
        assert not passes(cast, wrong_code(secret))

    for right in (code_at(secret), codes[0]):
        with pytest.raises(TooManyAttempts):
            passes(cast, right)
    assert not RecoveryCode.objects.filter(used_at__isnull=False).exists()


def test_an_operator_takes_a_lost_factor_away(cast: Cast) -> None:
    enrolled(cast.dr_okafor, at=timezone.now() - HOUR)
    start_device_session(user=cast.dr_okafor, device_name="a", now=timezone.now())

    second_factor.remove_second_factor(user=cast.dr_okafor, now=timezone.now())

    assert not TotpSecret.objects.exists()
    assert not RecoveryCode.objects.exists()
    assert not DeviceSession.objects.filter(revoked_at=None).exists()


def test_the_command_does_so_and_writes_it_down(cast: Cast) -> None:
    enrolled(cast.dr_okafor, at=timezone.now() - HOUR)

    call_command("admin", "reset-factor", "Dr_Okafor")

    assert not TotpSecret.objects.exists()
    assert AccessLogEntry.objects.get().reason == "second_factor_reset"
    with pytest.raises(CommandError, match="Nobody has this name"):
        call_command("admin", "reset-factor", "nobody")
