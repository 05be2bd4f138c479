"""The list of who answers at any hour is dated, whole, and holds no number that has rotted."""

import re
from datetime import date, timedelta
from typing import Any, cast

import orjson
import pytest

from api.http.support_answer import ResourceOut
from care.models.oncall import CrisisLine
from journaling.safety.support import (
    _FILE,
    CrisisResource,
    list_crisis_resources,
    order_for_emergency,
    parse_crisis_resource,
    shipped_crisis_resources,
    stale_crisis_resources,
)

TODAY = date(2026, 11, 24)


def own(**changes: Any) -> CrisisLine:
    line = CrisisLine(
        key="clinic",
        name="Harbor Clinic",
        call="1-555-0100",
        text=None,
        chat=None,
        url=None,
        region="US-IL",
        language="en",
        verified_at="2026-11-01",
        source="the clinic",
    )
    return cast("CrisisLine", {**line, **changes})


def by_key() -> dict[str, CrisisResource]:
    return {resource.key: resource for resource in shipped_crisis_resources()}


def test_exactly_the_numbers_of_the_clinical_facts_ship() -> None:
    found = by_key()

    assert set(found) == {
        "988", "988_spanish", "988_veterans", "911", "crisis_text_line", "samhsa",
    }  # fmt: skip
    assert "press 2" in found["988_spanish"].name
    assert "press 1" in found["988_veterans"].name
    assert (found["988_veterans"].call, found["988_veterans"].text) == ("988", "838255")
    assert (found["988"].call, found["988"].text) == ("988", "988")
    assert found["988"].chat is not None
    assert found["911"].call == "911"
    assert found["crisis_text_line"].text == "741741"
    assert found["samhsa"].call == "1-800-662-4357"


def test_no_line_that_ended_is_offered() -> None:
    # "988 press 3" ended in July 2025.
    said = _FILE.read_text(encoding="utf-8").casefold()
    assert set(re.findall(r"(?:press|marque) (\d)", said)) == {"1", "2"}


@pytest.mark.parametrize(
    "resource", shipped_crisis_resources(), ids=lambda resource: str(resource.key)
)
def test_each_says_where_it_holds_and_who_says_so(resource: CrisisResource) -> None:
    ways = (resource.call, resource.text, resource.chat)

    assert any(ways)
    assert resource.region == "US"
    assert resource.language == ("es" if resource.key == "988_spanish" else "en")
    assert resource.source.startswith("https://")
    assert date(2026, 1, 1) < resource.verified_at
    assert all(url is None or url.startswith("https://") for url in (resource.url, resource.chat))


def test_a_phone_is_not_told_our_own_key() -> None:
    shown = orjson.loads(orjson.dumps(ResourceOut.of(by_key()["988"])))

    assert set(shown) == {
        "name", "call", "text", "chat", "url", "region", "language", "verified_at", "source",
    }  # fmt: skip


def test_a_clinics_own_lines_come_after_the_shipped_ones() -> None:
    found = list_crisis_resources([own()])

    assert found[:-1] == shipped_crisis_resources()
    assert found[-1].name == "Harbor Clinic"


def test_in_an_emergency_911_and_988_lead_and_the_rest_keeps_its_order() -> None:
    keys = [resource.key for resource in order_for_emergency(list_crisis_resources([own()]))]

    assert keys == [
        "911", "988", "988_spanish", "988_veterans", "crisis_text_line", "samhsa", "clinic",
    ]  # fmt: skip


def test_who_reads_spanish_has_the_line_that_answers_in_it_first() -> None:
    lines = list_crisis_resources([own()], language="es")
    first = [line.key for line in order_for_emergency(lines)[:3]]

    assert lines[0].name == "Línea 988 en español: llame y marque 2, o envíe AYUDA"
    assert {line.key for line in lines} == {line.key for line in list_crisis_resources([own()])}
    assert first == ["911", "988_spanish", "988"]


@pytest.mark.parametrize(("days", "expected"), [(0, False), (180, False), (181, True)])
def test_a_number_is_stale_past_180_days(days: int, expected: bool) -> None:
    resource = parse_crisis_resource(own(verified_at=(TODAY - timedelta(days=days)).isoformat()))

    assert resource.is_stale(today=TODAY) is expected
    assert bool(stale_crisis_resources([resource], today=TODAY)) is expected


@pytest.mark.parametrize("fault", [{"verified_at": "soon"}, {"press": "3"}])
def test_a_line_that_is_not_dated_or_not_known_is_refused(fault: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        parse_crisis_resource(own(**fault))
