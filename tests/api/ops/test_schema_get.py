"""GET /api/schema/: anybody may ask, so that it is written once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import Client

from api.ops import schema_view


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Count how often the description is made, beginning with a process that made none."""
    made: list[object] = []
    generator = schema_view.CachedSchemaView.generator_class

    class Counting(generator):  # type: ignore[misc, valid-type] # the framework's
        def get_schema(self, *args: Any, **kwargs: Any) -> Any:
            made.append(self)
            return super().get_schema(*args, **kwargs)

    monkeypatch.setattr(schema_view, "_cached_texts", {})
    monkeypatch.setattr(schema_view.CachedSchemaView, "generator_class", Counting)
    return made


def test_many_who_ask_at_once_get_the_same(db: None, written: list[object]) -> None:
    def ask(_: int) -> tuple[int, bytes]:
        response = Client().get("/api/schema/?version=9&lang=de")
        return response.status_code, response.content

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(ask, range(8)))

    assert len(found) == 1
    (status, text) = found.pop()
    assert (status, text[:8]) == (200, b"openapi:")
    assert len(written) == 1


def test_each_form_is_written_for_itself(db: None, written: list[object]) -> None:
    kinds = ("application/yaml", "application/json", "application/json")

    texts = [Client().get("/api/schema/", headers={"Accept": kind}).content for kind in kinds]

    assert texts[0] != texts[1] == texts[2]
    assert len(written) == 2
