"""Help that does not wait for a save: a refusal too carries what the patient needs now.

What a patient sends may say that they are not safe. Whatever becomes of it (a conflict, a fault in
another field, a full disk), its structured answers were read, so the block of safety stands in the
refusal as ``support``, and staff are called where the database can still write. A fault of ours is
answered with the crisis lines to everybody who may be a patient, whatever they asked for.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from django.db import OperationalError
from django.utils import timezone
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request

from api import crisis_lines
from api.parsing import NotStrict, TooLarge, parse_leniently
from backend.kit.waiting import waiting_at_most
from care import access
from care.access import Chart, DataClass
from care.models import User
from journaling import actions
from journaling.safety.support import Support, without_answer

log = logging.getLogger(__name__)

#: How a view finds the bodies that may answer something about safety.
Finder = Callable[[Any], Sequence[Any]]
_SENDING = frozenset({"POST", "PUT", "PATCH"})
#: A database that kept one waiting for long is asked again, but no patient waits as long twice.
PATIENCE_SECONDS = 1.0


def in_body(sent: Any) -> Sequence[Any]:
    """Find one entry, or part of one, in a body; also where a list was put around it."""
    return sent if isinstance(sent, list) else [sent]


def in_list(name: str) -> Finder:
    """Find entries in a list of a body, in a body that is a list, or one that stands alone."""

    def find(sent: Any) -> Sequence[Any]:
        return in_body(sent.get(name) if isinstance(sent, Mapping) and name in sent else sent)

    return find


def help_with(exc: Exception, status: int, context: Mapping[str, Any]) -> dict[str, Any] | None:
    """Make the block of safety for a refusal, or None where there is nothing to help with.

    It raises nothing: whatever else goes wrong, the crisis lines are told.
    """
    request = context.get("request")
    user = getattr(request, "_user", None)
    if request is None or (user is not None and user.role != User.Role.PATIENT):
        return None
    try:
        found = _by_answers(exc, request, user, context)
        if found is None and (status >= 500 or _is_unread(exc, context)):
            found = without_answer(crisis_lines.remembered(user.clinic_id if user else None))
    except Exception:
        log.exception("safety answer failed", extra={"event": "safety_failed", "code": "refused"})
        found = without_answer()
    return found.told() if found is not None else None


def _by_answers(
    exc: Exception, request: Request, user: User | None, context: Mapping[str, Any]
) -> Support | None:
    find: Finder | None = getattr(context["view"], "answers_sent", None)
    if find is None or request.method not in _SENDING:
        return None
    sent = find(_body(exc, request))
    if not sent:
        return None
    now = timezone.now()
    is_down = isinstance(exc, OperationalError)
    with waiting_at_most(PATIENCE_SECONDS) if is_down else nullcontext():
        return actions.respond_to_refused(
            chart=_chart(user), sent=sent, now=now,
            entry_id=(context.get("kwargs") or {}).get("entry_id"),
        )  # fmt: skip


def _chart(user: User | None) -> Chart | None:
    """Open the patient's own chart, or none where nobody is signed in or no database answers."""
    if user is None:
        return None
    try:
        return access.open_own_chart(
            viewer=user, what=DataClass.ENTRIES, now=timezone.now(), to_write=True
        )
    except Exception:
        log.exception("safety answer failed", extra={"event": "safety_failed", "code": "chart"})
        return None


def _body(exc: Exception, request: Request) -> Any:
    """Read the body again, also where strict reading refused it."""
    if isinstance(exc, NotStrict):
        return exc.read
    if isinstance(exc, UnsupportedMediaType):
        return parse_leniently(request._request.body)  # DRF refused it by its type alone
    return request.data


def _is_unread(exc: Exception, context: Mapping[str, Any]) -> bool:
    """Whether a body that might have said something could not be read at all."""
    is_door = getattr(context["view"], "answers_sent", None) is not None
    unreadable = isinstance(exc, NotStrict) and exc.read is None
    return is_door and (unreadable or isinstance(exc, TooLarge))
