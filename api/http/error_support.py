"""Safety support inside error responses.

What a patient sends may say that they are not safe. Whatever becomes of the request (a conflict, an
error in another field, a full disk), its structured answers are evaluated, so the error response
carries ``support``, and staff are called where the database can still write. A server error carries
the crisis lines for everybody who may be a patient, whatever they asked for.

The crisis lines do not depend on the database: the shipped ones are a file, and those that a clinic
added are cached in this process when they are read.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from uuid import UUID

import orjson
from django.db import Error, OperationalError
from django.utils import timezone
from drf_standardized_errors.types import ExceptionHandlerContext
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request

from api.http.json_parser import BodyTooLarge, InvalidJson, parse_json_leniently
from api.http.support_answer import SupportOut
from backend.kit.db.claims import lock_timeout
from backend.kit.languages import ENGLISH
from backend.kit.strict_json import Json
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from care.models import User
from care.models.oncall import CrisisLine
from care.oncall.safety_settings import clinic_resources
from journaling.safety.respond import safety_response_for_refused
from journaling.safety.support import Support, support_without_answer

log = logging.getLogger(__name__)
#: How a view finds the bodies that may answer something about safety.
EntryFinder = Callable[[Json], Sequence[Json]]
#: How long the database may take to read a clinic's own lines; then the cached ones are used.
CRISIS_LINES_WAIT_SECONDS = 0.3
#: How long the database may take for the support block after it has timed out once.
SUPPORT_WAIT_SECONDS = 1.0
_METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_cached_lines: dict[UUID | None, Sequence[CrisisLine]] = {}
#: More clinics than one service has; it bounds the memory that requests for unknown ids can take.
_MAX_CACHED_CLINICS = 1_000


def support_for_error(
    exc: Exception, status: int, context: ExceptionHandlerContext
) -> dict[str, Json] | None:
    """Return the safety support for an error response, or None where none is needed.

    It never raises: whatever else goes wrong, the crisis lines are returned.
    """
    request = context["request"]
    user: User | None = getattr(request, "_user", None)
    if request is None or (user is not None and user.role != User.Role.PATIENT):
        return None
    try:
        support = _support_for_answers(exc, request, user, context)
        if support is None and (status >= 500 or _is_unreadable(exc, context)):
            support = support_without_answer(
                cached_crisis_lines(user.clinic_id if user else None), language=_language_of(user)
            )
    except Exception:
        log.exception("safety answer failed", extra={"event": "safety_failed", "code": "refused"})
        support = support_without_answer(language=_language_of(user))
    return _plain(SupportOut.of(support)) if support is not None else None


def entries_in_body(sent: Json) -> Sequence[Json]:
    """Return the entry, or part of one, in a body; also where a list was put around it."""
    return sent if isinstance(sent, list) else [sent]


def entries_in_list(name: str) -> EntryFinder:
    """Return a finder of entries: in a list of the body, in the body itself, or a single one."""

    def find(sent: Json) -> Sequence[Json]:
        return entries_in_body(sent[name] if isinstance(sent, dict) and name in sent else sent)

    return find


def clinic_crisis_lines(clinic_id: UUID | None) -> Sequence[CrisisLine]:
    """Return a clinic's own lines (without an id those of the only clinic), or the cached ones.

    For a clinic that this process has never read the cache is empty: then only the shipped lines
    are shown.
    """
    try:
        with lock_timeout(CRISIS_LINES_WAIT_SECONDS):
            lines = clinic_resources(clinic_id=clinic_id)
    except Error:
        return cached_crisis_lines(clinic_id)
    if lines or clinic_id in _cached_lines:
        if len(_cached_lines) >= _MAX_CACHED_CLINICS:
            _cached_lines.clear()
        _cached_lines[clinic_id] = lines
    return lines


def cached_crisis_lines(clinic_id: UUID | None) -> Sequence[CrisisLine]:
    """Return a clinic's own lines as this process last read them, without a query."""
    return _cached_lines.get(clinic_id) or _cached_lines.get(None) or ()


def _plain(answer: SupportOut) -> dict[str, Json]:
    """Return the JSON of it, for a body that DRF writes and ``orjson`` does not."""
    plain: dict[str, Json] = orjson.loads(orjson.dumps(answer))
    return plain


def _support_for_answers(
    exc: Exception, request: Request, user: User | None, context: ExceptionHandlerContext
) -> Support | None:
    find: EntryFinder | None = getattr(context["view"], "find_entries", None)
    if find is None or request.method not in _METHODS_WITH_BODY:
        return None
    sent = find(_read_body_again(exc, request))
    if not sent:
        return None
    now, entry_id = timezone.now(), context["kwargs"].get("entry_id")
    is_down = isinstance(exc, OperationalError)
    with lock_timeout(SUPPORT_WAIT_SECONDS) if is_down else nullcontext():
        return safety_response_for_refused(
            chart=_own_chart(user), sent=sent, now=now,
            entry_id=entry_id if isinstance(entry_id, UUID) else None, language=_language_of(user),
        )  # fmt: skip


def _language_of(user: User | None) -> str:
    """Return in which language to help; where nobody could be asked who it is, in English."""
    return ENGLISH if user is None else user.reading_language


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


def _read_body_again(exc: Exception, request: Request) -> Json:
    """Return the parsed body, also where strict parsing refused it."""
    if isinstance(exc, InvalidJson):
        return exc.read
    if isinstance(exc, UnsupportedMediaType):
        return parse_json_leniently(request.body)  # DRF refused it by its type alone
    parsed: Json = request.data
    return parsed


def _is_unreadable(exc: Exception, context: ExceptionHandlerContext) -> bool:
    """Whether a body that may hold entries could not be parsed at all."""
    takes_entries = getattr(context["view"], "find_entries", None) is not None
    unreadable = isinstance(exc, InvalidJson) and exc.read is None
    return takes_entries and (unreadable or isinstance(exc, BodyTooLarge))
