"""The schema view: generated once a process, since anybody may request it and it is slow."""

from threading import Lock
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

_cached_texts: dict[type[BaseRenderer], bytes] = {}
#: Generating it changes what the generator stores on each view: two at once break each other.
_write_lock = Lock()


class CachedSchemaView(SpectacularAPIView):
    """The description of this API (OpenAPI 3.1), as YAML or JSON."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return it in the format that was asked for."""
        renderer: Any = request.accepted_renderer
        charset = f"; charset={renderer.charset}" if renderer.charset else ""
        response = HttpResponse(
            self._text(renderer), content_type=f"{renderer.media_type}{charset}"
        )
        response["Content-Disposition"] = f'inline; filename="schema.{renderer.format}"'
        return response

    def _text(self, renderer: BaseRenderer) -> bytes:
        kind = type(renderer)
        with _write_lock:
            if kind not in _cached_texts:
                generator: Any = self.generator_class()
                schema = generator.get_schema(request=None, public=True)
                text: str | bytes = renderer.render(schema, renderer_context={})
                _cached_texts[kind] = text if isinstance(text, bytes) else text.encode()
            return _cached_texts[kind]
