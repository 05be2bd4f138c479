"""JSON is read strictly, in time that grows with its length alone."""

import json
from typing import Any

import pytest

from backend.kit import strict_json
from backend.kit.strict_json import MAX_KEYS, MAX_VALUES, StrictJsonError


class Counting(str):
    """A key that counts how often it is compared."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        Counting.compared += 1
        return super().__eq__(other)

    __hash__ = str.__hash__


def comparisons(n: int) -> int:
    """Count the comparisons that finding a doubled key costs, in the worst place for it."""
    keys: list[tuple[str, Any]] = [(Counting(f"k{place}"), 0) for place in range(n)]
    Counting.compared = 0
    assert strict_json._first_duplicate_key([*keys, (Counting(f"k{n - 1}"), 0)]) == f"k{n - 1}"
    return Counting.compared


def test_the_search_for_a_doubled_key_grows_with_the_number_of_keys() -> None:
    assert comparisons(32_000) < 10 * comparisons(3_200) + 1_000


def fault(text: str) -> str:
    with pytest.raises(StrictJsonError) as refusal:
        strict_json.parse_strict_json(text.encode("utf-8", "surrogatepass"))
    return refusal.value.code


@pytest.mark.parametrize("n", [MAX_KEYS + 1, 8_000, 32_000])
def test_an_object_with_too_many_keys_is_refused_whole(n: int) -> None:
    keys = {f"k{place}": place for place in range(n)}

    assert fault(json.dumps(keys)) == "too_many_keys"
    assert fault(json.dumps({"inner": [keys]})) == "too_many_keys"


def test_as_many_keys_as_we_take_are_taken() -> None:
    keys = {f"k{place}": place for place in range(MAX_KEYS)}

    assert strict_json.parse_strict_json(json.dumps(keys).encode()) == keys


@pytest.mark.parametrize(
    "value",
    [[0] * MAX_VALUES, [[0] * 200] * 100, [{"a": 0}] * MAX_VALUES, [[[]]] * (MAX_VALUES // 2)],
    ids=["flat", "lists", "objects", "empty"],
)
def test_too_many_values_are_refused_whole(value: Any) -> None:
    assert fault(json.dumps(value)) == "too_many_values"


def test_a_hundred_diary_cards_are_not_too_many() -> None:
    card = {"urges": {str(n): {"peak": 1, "acted": False} for n in range(8)}} | {
        f"field{n}": n for n in range(60)
    }
    sent = {"ops": [card] * 100}

    assert strict_json.parse_strict_json(json.dumps(sent).encode()) == sent


@pytest.mark.parametrize(
    "text", ['{"a": NaN}', '{"a": Infinity}', '{"a": -Infinity}', "", "{", '"\\ud83d', "1" * 5_000]
)
def test_what_is_no_json_is_refused(text: str) -> None:
    assert fault(text) == "not_json"


def test_what_is_no_utf_8_is_refused() -> None:
    with pytest.raises(StrictJsonError):
        strict_json.parse_strict_json(b'{"a": "\xff"}')


@pytest.mark.parametrize("text", ["[" * 25 + "]" * 25, "[" * 100_000, '{"a":' * 50_000])
def test_depth_is_refused(text: str) -> None:
    assert fault(text) in {"too_deep", "not_json"}
