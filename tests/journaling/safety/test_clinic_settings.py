"""What a clinic adds is checked before it is stored: nothing looser, no line without its date."""

from typing import Any

import orjson
import pytest

from api.http.support_answer import ResourceOut
from backend.kit.errors import InvalidInput
from journaling.safety.clinic_settings import (
    MAX_OWN_RESOURCES,
    validate_own_resources,
    validate_tightened_rules,
)
from journaling.safety.support import list_crisis_resources

LINE: dict[str, Any] = {
    "name": "Harbor Clinic, on call",
    "call": "1-555-0100",
    "region": "US-IL",
    "language": "en",
    "verified_at": "2026-05-01",
    "source": "the clinic's own page",
}


def faults(read: Any, sent: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refused:
        read(sent)
    return {error.field: error.code for error in refused.value.errors}


def test_stricter_rules_are_taken_as_they_are() -> None:
    wish = {"suicide_urge_urgent": {"at_least": 2}, "phq9_item9_notice": {"level": 2}}

    assert validate_tightened_rules(wish) == wish
    assert validate_tightened_rules({}) == {}


def test_every_looser_rule_is_named() -> None:
    sent = {
        "suicide_urge_urgent": {"at_least": 5},
        "intent": {"level": 1},
        "unknown": {"level": 3},
        "self_harm_urge_urgent": {"at_least": 2},
    }

    assert faults(validate_tightened_rules, sent) == {
        "tightened.suicide_urge_urgent": "not_tighter",
        "tightened.intent": "not_tighter",
        "tightened.unknown": "not_tighter",
    }


@pytest.mark.parametrize("sent", [[], "strict", 3])
def test_rules_that_are_no_object_are_refused(sent: Any) -> None:
    assert faults(validate_tightened_rules, sent) == {"tightened": "not_an_object"}


def test_a_line_of_ones_own_is_stored_in_the_form_of_the_shipped_ones() -> None:
    stored = validate_own_resources([LINE])

    (line,) = list_crisis_resources(stored)[-1:]
    assert (line.key, line.call, line.text, line.url) == ("clinic-0", "1-555-0100", None, None)
    shown = orjson.loads(orjson.dumps(ResourceOut.of(line)))
    assert shown | LINE == shown


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": ""}, "required"),
        ({"region": None}, "required"),
        ({"source": None}, "required"),
        ({"call": None}, "no_way"),
        ({"verified_at": "yesterday"}, "not_a_date"),
        ({"verified_at": None}, "not_a_date"),
        ({"verified_at": 20260501}, "not_a_date"),
        ({"call": 988}, "not_text"),
        ({"name": "x" * 201}, "not_text"),
        ({"key": "988"}, "unknown_field"),
        ({"press": "3"}, "unknown_field"),
    ],
)
def test_a_line_without_what_makes_it_usable_is_refused(change: dict[str, Any], code: str) -> None:
    assert code in faults_of_line(LINE | change)


def faults_of_line(line: Any) -> set[str]:
    with pytest.raises(InvalidInput) as refused:
        validate_own_resources([LINE, line])
    assert {error.field for error in refused.value.errors} == {"resources.1"}
    return {error.code for error in refused.value.errors}


@pytest.mark.parametrize("sent", [{}, "988", 7, [LINE] * (MAX_OWN_RESOURCES + 1)])
def test_lines_that_are_no_list_are_refused(sent: Any) -> None:
    assert faults(validate_own_resources, sent) == {"resources": "not_a_list"}


@pytest.mark.parametrize("line", ["988", None, ["988"]])
def test_a_line_that_is_no_object_is_refused(line: Any) -> None:
    assert faults_of_line(line) == {"unknown_field"}
