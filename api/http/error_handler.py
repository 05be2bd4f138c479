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
from api.http.errors import NotFound, Unavailable
from api.http.exception_mapping import problem_of
from api.http.json_parser import InvalidJson
from backend.kit.db.claims import is_refused_by_policy
from backend.kit.errors import MAX_ERRORS, InvalidInput

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


class ProblemHandler(ExceptionHandler):
    """Convert exceptions of the other rooms into problems, and set the content type."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        """Convert ``InvalidInput``, database errors and mapped exceptions into DRF's own."""
        if isinstance(exc, InvalidInput):
            by_field: dict[str, list[exceptions.ErrorDetail]] = {}
            for error in exc.errors:
                detail = exceptions.ErrorDetail(error.detail, code=error.code)
                by_field.setdefault(error.field, []).append(detail)
            return exceptions.ValidationError(by_field)
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
    if isinstance(exc, exceptions.ValidationError):
        return "invalid_input"
    codes = exc.get_codes()
    code = codes if isinstance(codes, str) else exc.default_code
    return _CODES.get(code, code)
