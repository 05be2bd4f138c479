"""Safety support inside error responses, and the crisis lines of a clinic as this process last read them.

A database that is locked, full or down keeps nobody from a number: what ships is a file, and what
a clinic added was read before or stands in a later answer.

What a patient sends may say that they are not safe. Whatever becomes of it (a conflict, a fault in
another field, a full disk), its structured answers were read, so the block of safety stands in the
refusal as ``support``, and staff are called where the database can still write. A fault of ours is
answered with the crisis lines to everybody who may be a patient, whatever they asked for.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any
from uuid import UUID

from django.db import Error, OperationalError
from django.utils import timezone
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request

from api.http.json_parser import BodyTooLarge, InvalidJson, parse_json_leniently
from backend.kit.db.claims import lock_timeout
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from care.models import User
from care.oncall.safety_settings import clinic_resources
from journaling.safety.respond import safety_response_for_refused
from journaling.safety.support import Support, support_without_answer

#: So long is a database asked for a clinic's own lines; then those are told that are known.
CRISIS_LINES_WAIT_SECONDS = 0.3

_cached_lines: dict[UUID | None, Sequence[Mapping[str, Any]]] = {}
#: More clinics than one service has; who asks for ids that are none fills no memory.
_MAX_CACHED_CLINICS = 1_000


def clinic_crisis_lines(clinic_id: UUID | None) -> Sequence[Mapping[str, Any]]:
    """Read a clinic's own lines (without an id those of the only one), or remember them.

    A clinic that was never read here has none to remember: the shipped lines are told alone.
    """
    try:
        with lock_timeout(CRISIS_LINES_WAIT_SECONDS):
            found = clinic_resources(clinic_id=clinic_id)
    except Error:
        return cached_crisis_lines(clinic_id)
    if found or clinic_id in _cached_lines:
        if len(_cached_lines) >= _MAX_CACHED_CLINICS:
            _cached_lines.clear()
        _cached_lines[clinic_id] = found
    return found


def cached_crisis_lines(clinic_id: UUID | None) -> Sequence[Mapping[str, Any]]:
    """List what was last read of a clinic's own lines, asking nobody."""
    return _cached_lines.get(clinic_id) or _cached_lines.get(None) or ()


log = logging.getLogger(__name__)

#: How a view finds the bodies that may answer something about safety.
EntryFinder = Callable[[Any], Sequence[Any]]
_METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
#: A database that kept one waiting for long is asked again, but no patient waits as long twice.
SUPPORT_WAIT_SECONDS = 1.0


def entries_in_body(sent: Any) -> Sequence[Any]:
    """Find one entry, or part of one, in a body; also where a list was put around it."""
    return sent if isinstance(sent, list) else [sent]


def entries_in_list(name: str) -> EntryFinder:
    """Find entries in a list of a body, in a body that is a list, or one that stands alone."""

    def find(sent: Any) -> Sequence[Any]:
        return entries_in_body(
            sent.get(name) if isinstance(sent, Mapping) and name in sent else sent
        )

    return find


def support_for_error(
    exc: Exception, status: int, context: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Make the block of safety for a refusal, or None where there is nothing to help with.

    It raises nothing: whatever else goes wrong, the crisis lines are told.
    """
    request = context.get("request")
    user = getattr(request, "_user", None)
    if request is None or (user is not None and user.role != User.Role.PATIENT):
        return None
    try:
        found = _support_for_answers(exc, request, user, context)
        if found is None and (status >= 500 or _is_unreadable(exc, context)):
            found = support_without_answer(cached_crisis_lines(user.clinic_id if user else None))
    except Exception:
        log.exception("safety answer failed", extra={"event": "safety_failed", "code": "refused"})
        found = support_without_answer()
    return found.told() if found is not None else None


def _support_for_answers(
    exc: Exception, request: Request, user: User | None, context: Mapping[str, Any]
) -> Support | None:
    find: EntryFinder | None = getattr(context["view"], "find_entries", None)
    if find is None or request.method not in _METHODS_WITH_BODY:
        return None
    sent = find(_read_body_again(exc, request))
    if not sent:
        return None
    now = timezone.now()
    is_down = isinstance(exc, OperationalError)
    with lock_timeout(SUPPORT_WAIT_SECONDS) if is_down else nullcontext():
        return safety_response_for_refused(
            chart=_own_chart(user), sent=sent, now=now,
            entry_id=(context.get("kwargs") or {}).get("entry_id"),
        )  # fmt: skip


def _own_chart(user: User | None) -> Chart | None:
    """Open the patient's own chart, or none where nobody is signed in or no database answers."""
    if user is None:
        return None
    try:
        return open_own_chart(
            viewer=user, what=DataCategory.ENTRIES, now=timezone.now(), to_write=True
        )
    except Exception:
        log.exception("safety answer failed", extra={"event": "safety_failed", "code": "chart"})
        return None


def _read_body_again(exc: Exception, request: Request) -> Any:
    """Read the body again, also where strict reading refused it."""
    if isinstance(exc, InvalidJson):
        return exc.read
    if isinstance(exc, UnsupportedMediaType):
        return parse_json_leniently(request._request.body)  # DRF refused it by its type alone
    return request.data


def _is_unreadable(exc: Exception, context: Mapping[str, Any]) -> bool:
    """Whether a body that might have said something could not be read at all."""
    is_door = getattr(context["view"], "find_entries", None) is not None
    unreadable = isinstance(exc, InvalidJson) and exc.read is None
    return is_door and (unreadable or isinstance(exc, BodyTooLarge))
