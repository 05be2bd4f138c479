"""Rate limits: count how often a secret is tried, exactly, before it is checked."""

from datetime import datetime, timedelta
from math import ceil

from django.db import connection

from backend.kit.client_ip import throttle_network
from backend.kit.crypto import fingerprint
from backend.kit.db.claims import fetch_returning
from care.models import AttemptCounter

#: SECURITY R7: at most so many checks per account and window; wider per address.
ACCOUNT_LIMIT = 5
ADDRESS_LIMIT = 100
ATTEMPT_WINDOW = timedelta(minutes=15)


class TooManyAttempts(Exception):
    """The secret was tried too often; ``retry_after`` seconds remain."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(retry_after)


def count_attempt(*, what: str, whose: str, limit: int, now: datetime) -> None:
    """Count one try of a secret before it is checked, or a wrong one after it was.

    One upsert decides, so that of any number of parallel guesses exactly ``limit`` get through.
    Nobody is locked out for ever: the window ends 15 minutes after its first try.

    :raises TooManyAttempts: when the window has no try left.
    """
    table = connection.ops.quote_name(AttemptCounter._meta.db_table)
    expired = f"{table}.window_started_at <= %s"
    start, cutoff = (
        connection.ops.adapt_datetimefield_value(at) for at in (now, now - ATTEMPT_WINDOW)
    )
    key = _key(what, whose)
    row = fetch_returning(
        f"INSERT INTO {table} (key, count, window_started_at) VALUES (%s, 1, %s) "  # noqa: S608 (own table name)
        f"ON CONFLICT (key) DO UPDATE SET "
        f"count = CASE WHEN {expired} THEN 1 ELSE {table}.count + 1 END, "
        f"window_started_at = CASE WHEN {expired} THEN %s ELSE {table}.window_started_at END "
        "RETURNING count",
        [key, start, cutoff, cutoff, start],
    )
    if row is None or row[0] > limit:
        started = AttemptCounter.objects.values_list("window_started_at", flat=True).get(key=key)
        raise TooManyAttempts(max(1, ceil((started + ATTEMPT_WINDOW - now).total_seconds())))


def count_wrong_attempt(*, what: str, address: str, limit: int, now: datetime) -> None:
    """Count one wrong try of a secret from an address, after it was checked.

    So nobody is refused for what others at the same address tried: behind a clinic's one address a
    right secret goes on opening. Only whoever guesses on is told to wait.

    :raises TooManyAttempts: when so many wrong ones came from there.
    """
    count_attempt(what=what, whose=throttle_network(address), limit=limit, now=now)


def is_address_over_limit(*, what: str, address: str, limit: int, now: datetime) -> bool:
    """Whether so many wrong tries came from an address that the next one would be refused."""
    rows = AttemptCounter.objects.filter(
        key=_key(what, throttle_network(address)),
        count__gte=limit,
        window_started_at__gt=now - ATTEMPT_WINDOW,
    )
    return rows.exists()


def reset_attempts(*, what: str, whose: str) -> None:
    """Start counting anew, after the right secret was given."""
    AttemptCounter.objects.filter(key=_key(what, whose)).delete()


def _key(what: str, whose: str) -> str:
    return fingerprint(whose, purpose=f"attempts:{what}")
