"""One code, given by eight requests at once: of a second factor, or of a mail (R8, R41).

Of a second factor, four sign in with it and four prove themselves again with it, so that neither
door may keep a book of its own about which codes were used.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from unittest.mock import patch

from django.contrib.auth.hashers import check_password
from django.utils import timezone

from api.http import authentication
from care.accounts import device_sessions, password_reset, passwords, second_factor, sign_in
from care.models import (
    AccessLogEntry,
    AttemptCounter,
    DeviceSession,
    PasswordReset,
    RecoveryCode,
    TotpSecret,
    User,
)
from tests import cast as people
from tests.authenticator_app import code_at, enrolled
from tests.notifications.staff.outbox_runs import mailed_codes
from tests.proofs.race.contest_result import Tally
from tests.proofs.race.racing_threads import Answer, Arena, arena, send

HANDS = 8


def totp_race(rounds: int) -> Tally:
    """Give one code of the authenticator app eight times at once: it opens once."""
    tally = Tally("second factor: a code once", HANDS)
    user = User.objects.get(username="dr_okafor")
    secret, _ = enrolled(user, at=timezone.now() - timedelta(hours=1))
    app = TotpSecret.objects.filter(user_id=user.pk)
    with arena(HANDS) as ring, _unlimited():
        for _ in range(rounds):
            app.update(last_step=0)
            _judge(tally, ring, user, code_at(secret))
    return tally


def recovery_race(rounds: int) -> Tally:
    """Give one recovery code eight times at once: it opens once, and the other nine stay."""
    tally = Tally("recovery code: once", HANDS)
    user = User.objects.get(username="dr_okafor")
    # Another contest may have left some for later than an hour ago.
    AttemptCounter.objects.all().delete()
    enrolled(user, at=timezone.now() - timedelta(hours=1))
    with arena(HANDS) as ring, _unlimited():
        for _ in range(rounds):
            codes = second_factor.renew_recovery_codes(user=user, now=timezone.now())
            _judge(tally, ring, user, codes[0], left=len(codes) - 1)
    return tally


def reset_race(rounds: int) -> Tally:
    """Set eight new passwords at once with one mailed code: one holds, and every sign-in ends."""
    tally = Tally("password reset: once", HANDS)
    noah = User.objects.get(username="noah")
    User.objects.filter(pk=noah.pk).update(
        sealed_email=password_reset.seal_email(noah, "n@example.org")
    )
    live = DeviceSession.objects.filter(user=noah, revoked_at__isnull=True)
    with arena(HANDS) as ring:
        for turn in range(rounds):
            AttemptCounter.objects.all().delete()
            device_sessions.start_device_session(user=noah, device_name="", now=timezone.now())
            code = _mailed_code(noah)
            words = [f"quiet words {turn} of hand {hand}" for hand in range(HANDS)]
            answers = ring.together([
                partial(
                    send, "POST", "auth/password/reset/confirm",
                    {"code": code, "new_password": fresh}, address=f"10.0.0.{hand}",
                )
                for hand, fresh in enumerate(words)
            ])  # fmt: skip
            won = [
                fresh for fresh, answer in zip(words, answers, strict=True) if answer.status == 204
            ]
            stored = str(User.objects.values_list("password", flat=True).get(pk=noah.pk))
            tally.count(
                answers=(
                    Counter((answer.status, (answer.body or {}).get("code")) for answer in answers),
                    Counter({(204, None): 1, (400, "reset_invalid"): HANDS - 1}),
                ),
                holds=([fresh for fresh in words if check_password(fresh, stored)], won),
                open=(PasswordReset.objects.filter(used_at__isnull=True).count(), 0),
                signed_in=(live.count(), 0),
            )
    return tally


def _mailed_code(user: User) -> str:
    """Ask for a code as somebody who forgot their password, and read it in the mail."""
    now = timezone.now()
    password_reset.request_reset(username=str(user.username), now=now)
    ((_, code),) = mailed_codes(now)
    return code


def _judge(tally: Tally, ring: Arena, user: User, code: str, left: int | None = None) -> None:
    """Let eight give the code, and count what they were told and what is stored."""
    DeviceSession.objects.filter(user=user).delete()
    AttemptCounter.objects.all().delete()
    waiting, token = _waiting(user)
    denials = AccessLogEntry.objects.filter(action="denied", reason="wrong_otp")
    before = denials.count()
    signing_in = {"username": user.username, "password": people.PASSWORD, "otp": code}
    proof = {"password": people.PASSWORD, "otp": code}
    calls: list[Callable[[], Answer]] = [
        partial(send, "POST", "auth/token", signing_in),
        partial(send, "POST", "auth/step-up", proof, token=token),
    ] * (HANDS // 2)
    answers = ring.together(calls)
    waiting.refresh_from_db()
    at_the_door, proved = (
        sum(answer.status == status for answer in answers) for status in (200, 204)
    )
    found: dict[str, tuple[object, object]] = {
        "opened": (at_the_door + proved, 1),
        "refused": (
            Counter(answer.code for answer in answers if answer.status not in (200, 204)),
            Counter(otp_invalid=HANDS - 1),
        ),
        "sign_ins": (DeviceSession.objects.filter(user=user).count(), 1 + at_the_door),
        "proved": (waiting.reauthenticated_at is not None, bool(proved)),
        "audited": (denials.count() - before, HANDS - 1),
    }
    if left is not None:
        unused = RecoveryCode.objects.filter(user_id=user.pk, used_at__isnull=True)
        found["left"] = (unused.count(), left)
    tally.count(**found)


def _waiting(user: User) -> tuple[DeviceSession, str]:
    """Sign somebody in whose proof is over, with the token of that sign-in."""
    now = timezone.now()
    session = device_sessions.start_device_session(
        user=user, device_name="", now=now, passed_at=now
    )
    DeviceSession.objects.filter(pk=session.pk).update(reauthenticated_at=None)
    return session, str(authentication.token_pair(session, now=now).access)


@contextmanager
def _unlimited() -> Iterator[None]:
    """Let all eight reach for the code; that five get so far is another contest's matter."""
    with (
        patch.object(sign_in, "ACCOUNT_LIMIT", HANDS),
        patch.object(passwords, "ACCOUNT_LIMIT", HANDS),
        patch.object(second_factor, "ACCOUNT_LIMIT", HANDS),
    ):
        yield
