"""Forty guesses of one password at once: exactly five are checked (R7, SECURITY §1.7)."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Lock
from typing import Any
from unittest.mock import patch

from django.contrib.auth import hashers

from care.accounts import sign_in
from care.accounts.throttle import ACCOUNT_LIMIT
from care.models import DeviceSession, User
from tests.proofs.race.contest_result import Tally
from tests.proofs.race.racing_threads import arena, send

HANDS = 40


class Checks:
    """Counts how often a password was really hashed."""

    def __init__(self) -> None:
        self.made = 0
        self._lock = Lock()

    def counting(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap the real function, which still runs."""

        def counted(*args: Any, **kwargs: Any) -> Any:
            with self._lock:
                self.made += 1
            return real(*args, **kwargs)

        return counted


@contextmanager
def _counted() -> Iterator[Checks]:
    checks = Checks()
    with (
        patch.object(sign_in, "check_password", checks.counting(hashers.check_password)),
        patch.object(sign_in, "make_password", checks.counting(hashers.make_password)),
    ):
        yield checks


def guess_race(rounds: int) -> Tally:
    """Guess one account's password forty times at once; every other round, nobody has the name."""
    tally = Tally("sign-in: five guesses", HANDS)
    known = User.objects.get(username="dr_okafor")
    with arena(HANDS) as ring, _counted() as checks:
        for turn in range(rounds):
            name = f"guessed-{turn}"
            if turn % 2:
                _known_as(name, known)
            checks.made = 0
            guesses = [
                partial(
                    send, "POST", "auth/token",
                    {"username": name, "password": f"wrong guess number {guess}"},
                    address=f"10.{turn >> 16}.{turn >> 8 & 255}.{turn & 255}",
                )
                for guess in range(HANDS)
            ]  # fmt: skip
            answers = ring.together(guesses)
            tally.count(
                checks=(checks.made, ACCOUNT_LIMIT),
                answers=(
                    Counter((answer.status, answer.code) for answer in answers),
                    Counter({(401, "invalid_credentials"): ACCOUNT_LIMIT,
                             (429, "too_many"): HANDS - ACCOUNT_LIMIT}),
                ),
                signed_in=(DeviceSession.objects.filter(user__username=name).count(), 0),
            )  # fmt: skip
    return tally


def _known_as(name: str, like: User) -> None:
    User.objects.create(
        clinic_id=like.clinic_id, role=User.Role.CLINICIAN, username=name, display_name=name,
        time_zone=like.time_zone, password=like.password,
    )  # fmt: skip
