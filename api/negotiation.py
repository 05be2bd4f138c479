"""Which of its types a door answers with: never a refusal for what the caller would rather have."""

from typing import Any

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation


class AnyType(DefaultContentNegotiation):
    """Honour ``Accept`` where a door has several types, and ignore it where none is asked for.

    Almost every door answers one type: calendar programs, Prometheus and browsers that fetch a file
    ask for their own, and must not get 406 for it (RFC 9110, 12.5.1 leaves both open).
    """

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        """Take the renderer that was asked for, or else the door's first."""
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except NotAcceptable:
            return renderers[0], renderers[0].media_type
