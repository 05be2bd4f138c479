"""Signing in, staying signed in, and how it ends."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from care.accounts import device_sessions
from care.accounts import sign_in as accounts_sign_in
from care.accounts.device_sessions import live_session
from care.accounts.sign_in import InvalidCredentials
from care.accounts.throttle import ACCOUNT_LIMIT, ADDRESS_LIMIT, ATTEMPT_WINDOW, TooManyAttempts
from care.models import AccessLogEntry, DeviceSession, User
from tests.cast import PASSWORD, Cast

ADDRESS = "192.0.2.1"


def sign_in(
    name: str, password: str = PASSWORD, *, now: datetime | None = None, address: str = ADDRESS
) -> DeviceSession:
    _, session = accounts_sign_in.sign_in(
        username=name,
        password=password,
        address=address,
        device_name="phone",
        now=now or timezone.now(),
    )
    return session


@pytest.mark.parametrize("name", ["maya", " MAYA ", "ｍａｙａ"])
def test_a_name_is_one_name_however_it_is_typed(cast: Cast, name: str) -> None:
    assert sign_in(name).user_id == cast.maya.pk


@pytest.mark.parametrize(
    ("name", "password"), [("maya", "wrong"), ("nobody", PASSWORD), ("maya", PASSWORD + " ")]
)
def test_a_wrong_guess_is_refused_and_audited(cast: Cast, name: str, password: str) -> None:
    with pytest.raises(InvalidCredentials):
        sign_in(name, password)

    assert DeviceSession.objects.count() == 0
    assert AccessLogEntry.objects.get().reason == "wrong_password"


def test_a_disabled_user_is_refused_like_a_wrong_password(cast: Cast) -> None:
    User.objects.filter(pk=cast.maya.pk).update(is_active=False)

    with pytest.raises(InvalidCredentials):
        sign_in("maya")


def test_the_sixth_try_is_not_even_looked_at(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    checks: list[str] = []

    def wrong(password: str, _: str) -> bool:
        checks.append(password)
        return False

    monkeypatch.setattr(accounts_sign_in, "check_password", wrong)
    for _ in range(ACCOUNT_LIMIT):
        with pytest.raises(InvalidCredentials):
            sign_in("maya", "wrong")

    with pytest.raises(TooManyAttempts) as refusal:
        sign_in("maya", PASSWORD)

    assert len(checks) == ACCOUNT_LIMIT
    assert 0 < refusal.value.retry_after <= ATTEMPT_WINDOW.total_seconds()


def test_nobody_is_locked_out_for_ever(cast: Cast) -> None:
    now = timezone.now()
    for _ in range(ACCOUNT_LIMIT + 3):
        with pytest.raises((InvalidCredentials, TooManyAttempts)):
            sign_in("maya", "wrong", now=now)

    assert sign_in("maya", now=now + ATTEMPT_WINDOW).user_id == cast.maya.pk


def test_the_right_password_starts_the_count_anew(cast: Cast) -> None:
    for _ in range(3):
        for _ in range(ACCOUNT_LIMIT - 1):
            with pytest.raises(InvalidCredentials):
                sign_in("maya", "wrong")
        sign_in("maya")


def test_guessing_at_many_names_from_one_address_ends_too(cast: Cast) -> None:
    for n in range(ADDRESS_LIMIT):
        with pytest.raises(InvalidCredentials):
            sign_in(f"name{n}", "wrong")

    with pytest.raises(TooManyAttempts):
        sign_in("name-of-nobody-yet", "wrong")
    assert sign_in("maya", address="192.0.2.2").user_id == cast.maya.pk


def test_a_right_password_does_not_wipe_out_the_guesses_of_its_address(cast: Cast) -> None:
    for n in range(ADDRESS_LIMIT - 1):
        with pytest.raises(InvalidCredentials):
            sign_in(f"name{n}", "wrong")
    sign_in("maya")
    with pytest.raises(InvalidCredentials):
        sign_in("name-x", "wrong")

    with pytest.raises(TooManyAttempts):
        sign_in("name-y", "wrong")


def test_many_passwords_for_one_name_lock_it_from_every_address(cast: Cast) -> None:
    for n in range(ACCOUNT_LIMIT):
        with pytest.raises(InvalidCredentials):
            sign_in("maya", f"guess{n}", address=f"192.0.2.{n}")

    with pytest.raises(TooManyAttempts):
        sign_in("maya", "guess", address="192.0.2.99")


def test_an_unknown_name_costs_a_hash_as_well(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[int] = []
    monkeypatch.setattr(accounts_sign_in, "make_password", lambda _: hashed.append(1))

    with pytest.raises(InvalidCredentials):
        sign_in("nobody", "wrong")

    assert hashed == [1]


class TestRefresh:
    """A refresh token works once; for 30 seconds it gives the same successor again."""

    def test_a_refresh_gives_the_next_token(self, cast: Cast) -> None:
        session = sign_in("maya")

        fresh = device_sessions.refresh_session(
            session_id=session.pk, jti=session.current_jti, now=timezone.now()
        )

        assert fresh.current_jti != session.current_jti
        assert (fresh.previous_jti, fresh.generation) == (session.current_jti, 2)

    def test_a_lost_answer_is_given_again(self, cast: Cast) -> None:
        now = timezone.now()
        session = sign_in("maya", now=now)
        first = device_sessions.refresh_session(
            session_id=session.pk, jti=session.current_jti, now=now
        )

        again = device_sessions.refresh_session(
            session_id=session.pk, jti=session.current_jti, now=now + timedelta(seconds=30)
        )

        assert (again.current_jti, again.generation) == (first.current_jti, first.generation)

    def test_an_old_token_ends_the_sign_in_and_is_audited(self, cast: Cast) -> None:
        now = timezone.now()
        session = sign_in("maya", now=now)
        device_sessions.refresh_session(session_id=session.pk, jti=session.current_jti, now=now)

        with pytest.raises(device_sessions.TokenReused):
            device_sessions.refresh_session(
                session_id=session.pk, jti=session.current_jti, now=now + timedelta(seconds=31)
            )

        assert DeviceSession.objects.get().revoked_reason == "refresh_reuse"
        assert AccessLogEntry.objects.latest("id").reason == "refresh_reuse"
        assert live_session(session_id=session.pk, now=now) is None

    def test_a_token_from_two_rotations_ago_ends_the_sign_in_at_once(self, cast: Cast) -> None:
        now = timezone.now()
        session = sign_in("maya", now=now)
        second = device_sessions.refresh_session(
            session_id=session.pk, jti=session.current_jti, now=now
        )
        device_sessions.refresh_session(session_id=session.pk, jti=second.current_jti, now=now)

        with pytest.raises(device_sessions.TokenReused):
            device_sessions.refresh_session(session_id=session.pk, jti=session.current_jti, now=now)

    def test_a_token_of_no_sign_in_is_invalid(self, cast: Cast) -> None:
        with pytest.raises(device_sessions.TokenInvalid):
            device_sessions.refresh_session(session_id=uuid4(), jti=uuid4(), now=timezone.now())

    def test_a_patient_who_comes_every_month_stays_signed_in(self, cast: Cast) -> None:
        now = timezone.now()
        session = sign_in("maya", now=now)
        for _ in range(6):
            now += timedelta(days=29)
            session = device_sessions.refresh_session(
                session_id=session.pk, jti=session.current_jti, now=now
            )

        assert live_session(session_id=session.pk, now=now) is not None

    def test_after_thirty_days_away_a_patient_signs_in_again(self, cast: Cast) -> None:
        now = timezone.now()
        session = sign_in("maya", now=now)

        with pytest.raises(device_sessions.SessionRevoked):
            device_sessions.refresh_session(
                session_id=session.pk,
                jti=session.current_jti,
                now=now + settings.PATIENT_DEVICE_LIFETIME,
            )

    def test_staff_are_signed_out_after_a_day_whatever_they_do(self, cast: Cast) -> None:
        now = timezone.now()
        session = sign_in("dr_okafor", now=now)
        for _ in range(25):
            now += timedelta(minutes=57)
            live_session(session_id=session.pk, now=now)
            session = device_sessions.refresh_session(
                session_id=session.pk, jti=session.current_jti, now=now
            )

        with pytest.raises(device_sessions.SessionRevoked):
            device_sessions.refresh_session(
                session_id=session.pk, jti=session.current_jti, now=now + timedelta(minutes=57)
            )

    def test_staff_who_left_for_an_hour_do_not_come_back_by_refreshing(self, cast: Cast) -> None:
        now = timezone.now()
        session = sign_in("dr_okafor", now=now)

        with pytest.raises(device_sessions.SessionRevoked):
            device_sessions.refresh_session(
                session_id=session.pk,
                jti=session.current_jti,
                now=now + timedelta(hours=1, seconds=1),
            )

    def test_a_signed_out_token_refreshes_nothing(self, cast: Cast) -> None:
        session = sign_in("maya")
        device_sessions.end_session(session_id=session.pk, reason="signed_out", now=timezone.now())

        with pytest.raises(device_sessions.SessionRevoked):
            device_sessions.refresh_session(
                session_id=session.pk, jti=session.current_jti, now=timezone.now()
            )


class TestLiveSession:
    """Whether a sign-in holds is asked of its row on every request."""

    def test_user_and_sign_in_come_in_one_statement(self, cast: Cast) -> None:
        session = sign_in("maya")

        with CaptureQueriesContext(connection) as seen:
            found = live_session(session_id=session.pk, now=timezone.now())
            assert found is not None
            assert found[0].patient.pk == cast.maya.pk

        assert len(seen) == 1
        assert found[0].device_session_id == session.pk

    def test_a_disabled_user_is_out_at_once(self, cast: Cast) -> None:
        session = sign_in("maya")
        User.objects.filter(pk=cast.maya.pk).update(is_active=False)

        assert live_session(session_id=session.pk, now=timezone.now()) is None

    def test_staff_who_did_nothing_for_an_hour_are_out(self, cast: Cast) -> None:
        now = timezone.now()
        session = sign_in("dr_okafor", now=now)

        assert live_session(session_id=session.pk, now=now + timedelta(hours=1, seconds=1)) is None

    def test_a_patient_who_did_nothing_for_weeks_is_still_in(self, cast: Cast) -> None:
        now = timezone.now()
        session = sign_in("maya", now=now)

        assert live_session(session_id=session.pk, now=now + timedelta(days=29)) is not None

    def test_use_is_noted_once_a_minute_at_most(self, cast: Cast) -> None:
        now = timezone.now()
        session = sign_in("maya", now=now)

        live_session(session_id=session.pk, now=now + timedelta(seconds=59))
        assert DeviceSession.objects.get().last_used_at == session.last_used_at
        live_session(session_id=session.pk, now=now + timedelta(seconds=61))
        assert DeviceSession.objects.get().last_used_at == now + timedelta(seconds=61)


def test_nobody_ends_a_sign_in_of_somebody_else(cast: Cast) -> None:
    session = sign_in("maya")

    ended = device_sessions.end_own_session(
        user=cast.noah, session_id=session.pk, reason="revoked_by_user", now=timezone.now()
    )

    assert ended is False
    assert live_session(session_id=session.pk, now=timezone.now()) is not None
