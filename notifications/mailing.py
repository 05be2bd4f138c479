"""Mails that wait in the database: codes for a new password, word of an emergency, calls of staff.

Whether anything waits costs one indexed look each. Only what waits opens a connection, in a thread
of its own (``apart.py``), and a server that doesn't answer is left alone for a while.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from django.conf import settings
from django.db.models import F

from backend.kit import bulk
from care.actions import breaking_glass, oversight, resets
from care.actions.resets import NoMailServer
from notifications import calling
from notifications.apart import run_apart
from notifications.gateways import mail
from notifications.models import Gate

#: The gate of the mail server, beside those of the push services.
GATE = "mail"
#: How long it is left alone after it didn't answer: doubled each time in a row, up to the longest.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=5)
#: So often doubled it is as long as it gets.
MOST_FAULTS = 5

Clock = Callable[[], datetime]
Start = Callable[[str, Callable[[], object]], object]
Answer = TypeVar("Answer")


def start_all(*, clock: Clock, start: Start = run_apart) -> None:
    """Let everything be mailed that waits, each kind by itself; ``start`` runs it."""
    calling.note_calls(clock=clock)
    now = clock()
    for name, is_waiting, work in (
        ("safety", calling.is_any_due, partial(calling.send_alerts, clock=clock)),
        ("resets", resets.is_any_waiting, lambda: send_codes(now=clock())),
        ("emergencies", is_word_waiting, lambda: tell_of_emergencies(now=clock())),
    ):
        if is_waiting(now=now):
            start(name, work)


def send_codes(*, now: datetime) -> int:
    """Send the codes of forgotten passwords; without a mail server they wait till they are over."""
    if not settings.STAFF_MAIL:
        resets.forget_askings_of_nobody(now=now)
        return 0
    if _is_shut(now):
        return 0
    return resets.send_waiting_resets(mailer=_Line(now).send_reset, now=now)


def tell_of_emergencies(*, now: datetime) -> int:
    """Tell administrators of charts opened in an emergency and of what one of them did, by mail."""
    if not settings.STAFF_MAIL or _is_shut(now):
        return 0
    told = breaking_glass.tell_officers(mailer=_Line(now).send_emergency, now=now)
    line = _Line(now)
    return told + oversight.tell_of_acts(
        to_officer=line.send_act, to_concerned=line.send_act_about_you, now=now
    )


def is_word_waiting(*, now: datetime) -> bool:
    """Whether administrators wait for word of an emergency or of an act."""
    return breaking_glass.is_any_waiting(now=now) or oversight.is_any_waiting(now=now)


class _Line:
    """The way to the mail server in one run: once it doesn't answer, nothing more is tried."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._is_down = False

    def send_reset(self, address: str, code: str) -> None:
        self._try(lambda: mail.send_reset(address, code))

    def send_emergency(self, address: str) -> bool:
        return not self._is_down and self._try(lambda: mail.send_emergency(address))

    def send_act(self, address: str) -> bool:
        return not self._is_down and self._try(lambda: mail.send_act(address))

    def send_act_about_you(self, address: str) -> bool:
        return not self._is_down and self._try(lambda: mail.send_act_about_you(address))

    def _try(self, send: Callable[[], Answer]) -> Answer:
        try:
            answer = send()
        except NoMailServer:
            self._is_down = True
            _shut(self._now)
            raise
        Gate.objects.filter(pk=GATE, faults__gt=0).update(faults=0, shut_until=None, reason="")
        return answer


def _is_shut(now: datetime) -> bool:
    return Gate.objects.filter(pk=GATE, shut_until__gt=now).exists()


def _shut(now: datetime) -> None:
    bulk.insert_new(Gate, ("name", "reason"), [(GATE, "")])
    mine = Gate.objects.filter(pk=GATE)
    faults = min(mine.values_list("faults", flat=True).get(), MOST_FAULTS)
    pause = min(FIRST_PAUSE * 2**faults, LONGEST_PAUSE)
    mine.filter(faults__lt=MOST_FAULTS).update(faults=F("faults") + 1)
    mine.update(shut_until=now + pause, reason="no_answer")
