"""Every refusal as RFC 9457 ``application/problem+json``; never an input value, never a hint."""

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


class ProblemFormatter(ExceptionFormatter):
    """Shape the library's flat list of errors as a problem."""

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
        """Find where a body could not be read, if that has a name."""
        return self.exc.field if isinstance(self.exc, InvalidJson) else ""


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


def _code(exc: exceptions.APIException) -> str:
    if isinstance(exc, exceptions.ValidationError):
        return "invalid_input"
    codes = exc.get_codes()
    code = codes if isinstance(codes, str) else exc.default_code
    return _CODES.get(code, code)


class ProblemHandler(ExceptionHandler):
    """Turn our rooms' refusals into problems, and label every answer as one."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        """Read ``InvalidInput`` as what DRF calls a validation error."""
        if isinstance(exc, InvalidInput):
            by_field: dict[str, list[exceptions.ErrorDetail]] = {}
            for error in exc.errors:
                told = exceptions.ErrorDetail(error.detail, code=error.code)
                by_field.setdefault(error.field, []).append(told)
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
        """Answer with the problem's own content type."""
        headers = self.get_headers(exc)
        return Response(
            data, status=exc.status_code, headers=headers, content_type=PROBLEM_CONTENT_TYPE
        )


def handle_exception(exc: Exception, context: ExceptionHandlerContext) -> Response | None:
    """Answer an exception that a view raised, with help where a patient may need it."""
    response = ProblemHandler(exc, context).run()
    if response is not None:
        block = error_support.support_for_error(exc, response.status_code, context)
        if block is not None:
            response.data["support"] = block
    return response
