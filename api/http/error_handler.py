"""Errors as RFC 9457 ``application/problem+json``; no input value is repeated in them."""

from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError, ProgrammingError
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from drf_standardized_errors.types import ErrorResponse, ExceptionHandlerContext
from rest_framework import exceptions
from rest_framework.response import Response

from api.http import error_support
from api.http.errors import NotFound, PreconditionFailed, Problem, TooManyAttempted, Unavailable
from api.http.json_parser import InvalidJson
from backend.kit.db.claims import is_refused_by_policy
from backend.kit.errors import MAX_ERRORS, ChangedMeanwhile, InvalidInput, NotThere
from care.access.open import NothingShown
from care.accounts import password_reset, passwords, second_factor, staff_invitations
from care.accounts.throttle import TooManyAttempts
from care.consents.restrictions import RestrictionAnswered
from care.handovers.make import NoHandoverConsent
from care.people.enrol import AlreadyEnrolled, InvitationInvalid
from care.programme import care_team
from care.programme.episodes import EpisodeOpen, EpisodeOver, NotPhysician
from care.sessions.calendar_links import LinkCreatedMeanwhile
from care.sessions.feedback import SessionNotOver
from care.sessions.for_brief import IsGroupSession
from care.sessions.move_requests import SessionOfGroup, SessionUnderWay
from care.sessions.own_session import NotAhead, NotWithOnePatient
from care.sessions.plan import SessionDiffers
from care.support.guests import NotForGuests
from care.support.invite import ConsentAlreadyAccepted
from journaling.briefs.review import BriefNotOpened
from journaling.education.assign import LessonAlreadyAssigned
from journaling.entries.edit import NotACraving
from journaling.entries.record import DayTaken, EntryDeleted, EntryDiffers
from journaling.skills.assign import AlreadyAssigned, AlreadyClosed
from journaling.sync.protocol import CursorGone
from notifications.reminders.edit import ReminderDiffers

PROBLEM_CONTENT_TYPE = "application/problem+json"
SERVER_ERROR_DETAIL = "Something went wrong on our side."
TOO_MANY_FIELDS_DETAIL = "The request has more fields than any of ours."
TITLES = {
    400: "Invalid input",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    410: "Gone",
    412: "Changed meanwhile",
    413: "Too large",
    415: "Unsupported media type",
    422: "Not processable",
    428: "Precondition required",
    429: "Too many requests",
    500: "Internal server error",
    503: "Not available now",
}
_CODES = {"error": "failed", "invalid": "invalid_input", "permission_denied": "forbidden"}


def handle_exception(exc: Exception, context: ExceptionHandlerContext) -> Response | None:
    """Return the response to an exception of a view, with safety support for patients."""
    response = ProblemHandler(exc, context).run()
    if response is not None:
        block = error_support.support_for_error(exc, response.status_code, context)
        if block is not None:
            response.data["support"] = block
    return response


class FieldFaults(exceptions.ValidationError):
    """Faults of fields, with the code of the answer as a whole."""

    def __init__(
        self, faults: dict[str, list[exceptions.ErrorDetail]], *, problem_code: str
    ) -> None:
        super().__init__(faults)
        self.problem_code = problem_code


class ProblemHandler(ExceptionHandler):
    """Convert exceptions of the other rooms into problems, and set the content type."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        """Convert ``InvalidInput``, database errors and mapped exceptions into DRF's own."""
        if isinstance(exc, InvalidInput):
            by_field: dict[str, list[exceptions.ErrorDetail]] = {}
            for error in exc.errors:
                detail = exceptions.ErrorDetail(error.detail, code=error.code)
                by_field.setdefault(error.field, []).append(detail)
            return FieldFaults(by_field, problem_code=exc.code)
        if isinstance(exc, SuspiciousOperation):
            # Django read more than it takes, such as a query string of thousands of fields.
            return exceptions.ParseError(TOO_MANY_FIELDS_DETAIL, code="too_many_fields")
        problem = problem_of(exc)
        if problem is not None:
            return problem
        if isinstance(exc, ProgrammingError) and is_refused_by_policy(exc):
            return NotFound()
        if isinstance(exc, OperationalError):
            # No connection in time, a statement that took too long, a locked file: the phone keeps
            # what it has and sends it again.
            return Unavailable()
        if isinstance(exc, exceptions.ValidationError) and isinstance(exc.detail, dict):
            # Faults of a list come by place; the library would drop place 0.
            exc.detail = {str(place): faults for place, faults in exc.detail.items()}
        return super().convert_known_exceptions(exc)

    def get_response(self, exc: exceptions.APIException, data: dict[str, Any]) -> Response:
        """Return the response with the content type of problems."""
        headers = self.get_headers(exc)
        return Response(
            data, status=exc.status_code, headers=headers, content_type=PROBLEM_CONTENT_TYPE
        )


class ProblemFormatter(ExceptionFormatter):
    """Format the library's flat list of errors as a problem."""

    def format_error_response(self, error_response: ErrorResponse) -> dict[str, Any]:
        """Build the body."""
        code = _code(self.exc)
        fields = isinstance(self.exc, exceptions.ValidationError)
        detail = "Some fields can't be taken." if fields else str(self.exc.detail)
        return {
            "type": f"urn:between:{code}",
            "title": TITLES.get(self.exc.status_code, "Refused"),
            "status": self.exc.status_code,
            "detail": detail
            if self.exc.status_code < 500 or code != "failed"
            else SERVER_ERROR_DETAIL,
            "code": code,
            "errors": [
                {"field": error.attr or self._place(), "code": error.code, "detail": error.detail}
                for error in error_response.errors[:MAX_ERRORS]
                if fields or self._place()
            ],
        }

    def _place(self) -> str:
        """Return the field at which parsing the body stopped, if it is known."""
        return self.exc.field if isinstance(self.exc, InvalidJson) else ""


def _code(exc: exceptions.APIException) -> str:
    if isinstance(exc, FieldFaults):
        return exc.problem_code
    if isinstance(exc, exceptions.ValidationError):
        return "invalid_input"
    codes = exc.get_codes()
    code = codes if isinstance(codes, str) else exc.default_code
    return _CODES.get(code, code)


#: Status, code and detail; braces in the detail are attributes of the exception.
ANSWERS: dict[type[Exception], tuple[int, str, str]] = {
    second_factor.OtpRequired: (
        403, "otp_required", "Send the code of your authenticator app, or a recovery code, as otp."
    ),
    second_factor.OtpInvalid: (400, "otp_invalid", "This code can't be used."),
    second_factor.NoPendingTotp: (409, "nothing_pending", "Begin with POST auth/mfa/totp."),
    second_factor.NoSecondFactor: (409, "no_second_factor", "Enrol an authenticator app first."),
    passwords.WrongPassword: (403, "wrong_password", "The password is wrong."),
    password_reset.ResetInvalid: (400, "reset_invalid", "This code can't be used."),
    InvitationInvalid: (400, "invite_invalid", "This code can't be used."),
    staff_invitations.StaffCodeInvalid: (400, "invite_invalid", "This code can't be used."),
    AlreadyEnrolled: (409, "already_enrolled", "This patient has enrolled already."),
    ConsentAlreadyAccepted: (
        409, "already_accepted", "This person has come in. To end it, take the consent back."
    ),
    care_team.NotPrimaryTherapist: (
        403, "primary_therapist_required",
        "Only a primary therapist of this patient decides who treats them.",
    ),
    care_team.LastPrimaryTherapist: (
        409, "last_primary_therapist", "A patient keeps at least one primary therapist."
    ),
    SessionDiffers: (
        409, "session_differs",
        "There is a session of this kind with them at that time, planned otherwise.",
    ),
    LinkCreatedMeanwhile: (
        409, "made_meanwhile", "Another address was made at the same moment. Ask again."
    ),
    NoHandoverConsent: (
        409, "handover_not_agreed",
        "The patient agreed to no handover that is in force, or not to this one.",
    ),
    RestrictionAnswered: (
        409, "already_answered", "It was answered already, with another answer or reason."
    ),
    EpisodeOpen: (
        409, "episode_open", "An episode of care is open; change its level instead."
    ),
    EpisodeOver: (409, "no_open_episode", "No episode of care is open."),
    NotPhysician: (
        403, "physician_required", "Only a physician of the patient's care team certifies."
    ),
    **dict.fromkeys(
        (IsGroupSession, NotWithOnePatient),
        (409, "no_individual_brief", "Only a session with one patient has a brief of its own."),
    ),
    NotAhead: (
        409, "session_not_ahead", "This session has begun or was cancelled."
    ),
    SessionOfGroup: (
        409, "group_session",
        "A session of a group has one time for everybody: talk to who leads it.",
    ),
    SessionUnderWay: (409, "session_not_ahead", "This session has begun or was cancelled."),
    NotForGuests: (
        409, "not_family", "Support persons are invited to family sessions alone.",
    ),
    NothingShown: (
        409, "nothing_shown",
        "Who holds this session is shown none of your entries, so no page is made of them.",
    ),
    BriefNotOpened: (
        409, "not_shown", "No brief of this digest was shown to you: open the brief first."
    ),
    EntryDiffers: (
        409, "entry_differs", "An entry of this id exists with other content."
    ),
    EntryDeleted: (
        409, "entry_deleted", "The entry of this id was deleted; an id is used once."
    ),
    DayTaken: (
        409, "day_taken", "The diary card of that day is entry {0.card_id}: change that one."
    ),
    NotACraving: (409, "not_a_craving", "Only a craving has a later rating."),
    AlreadyAssigned: (
        409, "already_assigned",
        "It is assigned already, as {0.assignment_id}: change or end that one.",
    ),
    SessionNotOver: (
        409, "not_to_be_rated", "It has not begun, was cancelled, or is more than two weeks ago."
    ),
    AlreadyClosed: (409, "already_closed", "It is closed already, with another outcome."),
    LessonAlreadyAssigned: (
        409, "lesson_already_assigned", "It is given already: end that before it is given anew."
    ),
    CursorGone: (
        410, "cursor_purged",
        "What changed since that cursor is not known any more. Start with null.",
    ),
    ReminderDiffers: (409, "reminder_differs", "A reminder of this id exists with another plan."),
}  # fmt: skip


def problem_of(exc: Exception) -> Problem | None:
    """Return the problem for a domain exception, or None for one that is not mapped."""
    if isinstance(exc, NotThere):
        return NotFound()
    if isinstance(exc, ChangedMeanwhile):
        return PreconditionFailed()
    if isinstance(exc, TooManyAttempts):
        return TooManyAttempted(exc.retry_after)
    if type(exc) not in ANSWERS:
        return None
    status, code, detail = ANSWERS[type(exc)]
    return Problem(status=status, code=code, detail=detail.format(exc))
