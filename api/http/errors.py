"""Exceptions that views raise.

They are apart from ``api.http.error_handler``, which formats the response: DRF imports
``api.http.authentication`` while it imports itself, and the handler needs all of DRF.
"""

from rest_framework import exceptions


class Problem(exceptions.APIException):
    """An error response with a stable code; ``detail`` is for people and may be reworded."""

    def __init__(
        self, *, status: int, code: str, detail: str, retry_after: int | None = None
    ) -> None:
        super().__init__(detail=detail, code=code)
        self.status_code = status
        if retry_after is not None:
            self.wait = retry_after


class NotFound(Problem):
    """The resource does not exist for this caller; it may exist for others."""

    def __init__(self) -> None:
        super().__init__(status=404, code="not_found", detail="Not found.")


class PreconditionFailed(Problem):
    """The caller edited an older revision."""

    def __init__(self) -> None:
        detail = "It was changed meanwhile. Read it again, then send your change."
        super().__init__(status=412, code="stale", detail=detail)


class Unavailable(Problem):
    """The database did not answer in time; nothing is lost by sending it again."""

    def __init__(self) -> None:
        detail = "Not available right now. Nothing is lost: please send it again."
        super().__init__(status=503, code="unavailable", detail=detail, retry_after=5)


class TooManyAttempted(Problem):
    """A secret was tried too often."""

    def __init__(self, retry_after: int) -> None:
        detail = "Too many tries. Please wait."
        super().__init__(status=429, code="too_many", detail=detail, retry_after=retry_after)


class Unauthenticated(Problem):
    """The caller is not authenticated. An expired token is 401 too, so phones keep their queue."""

    auth_header = 'Bearer realm="api"'

    def __init__(self, *, code: str, detail: str) -> None:
        super().__init__(status=401, code=code, detail=detail)
