"""One refresh token, presented by eight requests at once (R5, SECURITY §1.1 and §1.3)."""

from datetime import timedelta
from functools import partial

from django.conf import settings
from django.utils import timezone

from api.http import authentication
from care.accounts.device_sessions import start_device_session
from care.models import AccessLogEntry, DeviceSession, User
from tests.proofs.race.contest_result import Tally
from tests.proofs.race.racing_threads import Answer, Arena, arena, send

HANDS = 8


def refresh_race(rounds: int) -> Tally:
    """Refresh one token eight times at once, then go on with its successor."""
    tally = Tally("refresh: one successor", HANDS)
    session = _signed_in()
    refresh = str(authentication.token_pair(session, now=timezone.now()).refresh)
    with arena(HANDS) as ring:
        for _ in range(rounds):
            generation = session.generation
            answers = _present(ring, refresh)
            session.refresh_from_db()
            good = [answer.body for answer in answers if answer.status == 200]
            tally.count(
                statuses=(sorted(answer.status for answer in answers), [200] * HANDS),
                successors=(len({body["refresh"] for body in good}), 1),
                generation=(session.generation, generation + 1),
                revoked=(session.revoked_at, None),
                signed_in=(_working(ring, [body["access"] for body in good]), HANDS),
            )
            if session.revoked_at is not None or not good:
                session = _signed_in()
                pair = authentication.token_pair(session, now=timezone.now())
                good = [{"access": pair.access, "refresh": pair.refresh}]
            refresh = good[0]["refresh"]
    return tally


def reuse_race(rounds: int) -> Tally:
    """Present a token after its grace, eight times at once: the sign-in ends, on record."""
    tally = Tally("refresh: late reuse ends it", HANDS)
    with arena(HANDS) as ring:
        for _ in range(rounds):
            session = _signed_in()
            pair = authentication.token_pair(session, now=timezone.now())
            successor = send("POST", "auth/token/refresh", {"refresh": pair.refresh}).body
            late = timezone.now() - settings.REFRESH_GRACE - timedelta(seconds=1)
            DeviceSession.objects.filter(pk=session.pk).update(rotated_at=late)
            answers = _present(ring, str(pair.refresh))
            session.refresh_from_db()
            audited = AccessLogEntry.objects.filter(
                device_session_id=session.pk, reason="refresh_reuse", action="denied"
            )
            heir = send("POST", "auth/token/refresh", {"refresh": successor["refresh"]})
            tally.count(
                statuses=({answer.status for answer in answers}, {401}),
                reused=("token_reused" in {answer.code for answer in answers}, True),
                others=({answer.code for answer in answers} - {"token_reused", "session_revoked"},
                        set()),
                reason=(session.revoked_reason, "refresh_reuse"),
                audited=(audited.exists(), True),
                heir=((heir.status, heir.code), (401, "session_revoked")),
                access=(send("GET", "me", token=successor["access"]).status, 401),
            )  # fmt: skip
    return tally


def _present(ring: Arena, refresh: str) -> list[Answer]:
    once = partial(send, "POST", "auth/token/refresh", {"refresh": refresh})
    return ring.together([once] * HANDS)


def _working(ring: Arena, accesses: list[str]) -> int:
    """Count the access tokens that open a door."""
    calls = [partial(send, "GET", "me", token=access) for access in accesses]
    return sum(answer.status == 200 for answer in ring.together(calls)) if calls else 0


def _signed_in() -> DeviceSession:
    noah = User.objects.get(username="noah")
    return start_device_session(user=noah, device_name="", now=timezone.now())
