"""Every shape that a door reads takes numbers, names, days and nulls by the same rules."""

import importlib
import pkgutil
from collections.abc import Iterator
from math import inf, nan
from typing import Any

import pytest
from rest_framework import serializers

import api
from api.http.serializer_fields import (
    DayField,
    ListOf,
    OneLineField,
    SecretField,
    StrictInput,
    StringField,
    WholeNumberField,
    ZoneField,
)
from tests.api.responses import API, faults
from tests.cast import Cast, signed_in
from tests.kit.test_text import NOT_ON_A_LINE, UNSEEN, WRITTEN

for found in pkgutil.walk_packages(api.__path__, "api."):
    importlib.import_module(found.name)

#: What is free text: it may have lines.
FREE = {
    "reason", "goals", "note", "description", "caution", "text", "version", "skill", "address",
    "digest", "email", "language", "refresh", "earlier_refresh", "username", "comment",
}  # fmt: skip


def shapes(of: type[StrictInput] = StrictInput) -> Iterator[type[StrictInput]]:
    for one in of.__subclasses__():
        yield one
        yield from shapes(one)


def leaves(field: Any) -> Iterator[Any]:
    """Find the fields that read single values, inside lists too."""
    if isinstance(field, serializers.ListField):
        yield from leaves(field.child)
    else:
        yield field


FIELDS = [
    pytest.param(leaf, id=f"{shape.__module__}.{shape.__name__}.{name}")
    for shape in shapes()
    for name, field in shape().fields.items()
    for leaf in leaves(field)
]


def of(*sorts: type) -> list[Any]:
    return [param for param in FIELDS if isinstance(param.values[0], sorts)]


def code(field: Any, value: Any) -> str:
    with pytest.raises(serializers.ValidationError) as refusal:
        field.run_validation(value)
    codes: Any = refusal.value.get_codes()
    return str(codes[0])


@pytest.mark.parametrize("field", of(serializers.IntegerField))
def test_a_whole_number_may_be_written_as_a_fraction(field: Any) -> None:
    low = field.min_value if field.min_value is not None else 1

    assert isinstance(field, WholeNumberField)
    assert field.run_validation(float(low)) == low
    assert type(field.run_validation(float(low))) is int
    for bad in (low + 0.5, inf, -inf, nan, str(low), True, 1e300):
        assert code(field, bad) in {"invalid", "max_value"}


@pytest.mark.parametrize("field", of(serializers.DateField))
def test_a_day_is_one_of_our_calendar(field: Any) -> None:
    assert isinstance(field, DayField)
    assert field.run_validation("2026-05-04").isoformat() == "2026-05-04"
    for bad in ("0001-01-01", "1899-12-31", "3000-01-01", "9999-12-31"):
        assert code(field, bad) == "out_of_range"
    strange: list[Any] = ["2026-5-4", "2026-02-30", "soon", 5, "2026-05-04T00:00:00Z"]
    for value in strange:
        assert code(field, value) == "invalid"


@pytest.mark.parametrize("field", of(serializers.DateTimeField))
def test_an_instant_is_one_of_our_calendar(field: Any) -> None:
    assert field.run_validation("2026-05-04T08:30Z").minute == 30
    for bad in ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2026-05-04T08:30", "soon"):
        assert code(field, bad) in {"out_of_range", "not_an_instant"}


@pytest.mark.parametrize("field", of(OneLineField))
def test_a_name_is_kept_as_it_was_typed(field: Any) -> None:
    for typed in WRITTEN.values():
        if len(typed) <= field.max_length:
            assert field.run_validation(typed) == typed
    for bad in NOT_ON_A_LINE.values():
        assert code(field, bad) in {"invalid_characters", "null_characters_not_allowed"}
    if not field.allow_blank:
        for bad in UNSEEN.values():
            assert code(field, bad) == "blank"


@pytest.mark.parametrize("param", of(serializers.CharField), ids=lambda p: str(type(p)))
def test_text_is_read_by_a_rule_of_ours(param: Any) -> None:
    is_ours = type(param).__module__.startswith("api.")
    is_query = isinstance(param.parent, serializers.Serializer) and type(
        param.parent
    ).__name__.endswith("Query")

    assert is_ours or is_query or isinstance(param, serializers.RegexField)
    if type(param) is StringField:
        assert param.field_name in FREE or isinstance(param.parent, ListOf)


@pytest.mark.parametrize("shape", sorted(set(shapes()), key=str))
def test_null_is_what_was_left_out_where_a_field_may_be(shape: type[StrictInput]) -> None:
    optional = [name for name, field in shape().fields.items() if not field.required]
    reader = shape(data=dict.fromkeys(optional))
    reader.is_valid()

    assert not set(reader.errors) & set(optional)


def test_null_takes_nothing_back_that_must_stand(cast: Cast) -> None:
    client = signed_in(cast.maya)

    refused = client.patch(API + "me", {"display_name": None}, headers={"If-Match": '"1"'})

    assert faults(refused) == {"display_name": "null"}


@pytest.mark.parametrize("field", of(ZoneField))
def test_a_zone_may_be_an_offset(field: Any) -> None:
    assert field.run_validation("GMT+02:00") == "Etc/GMT-2"
    assert field.run_validation("America/Chicago") == "America/Chicago"
    assert code(field, "Mars/Base") == "unknown_zone"


@pytest.mark.parametrize("field", of(SecretField))
def test_a_secret_is_read_in_one_spelling(field: Any) -> None:
    assert field.run_validation("e\u0301\u00a0ｘ１") == "é x1"
    assert code(field, "x" * (field.longest + 1)) == "max_length"
    assert len(field.run_validation("e\u0301" * field.longest)) == field.longest


def test_a_list_that_is_too_long_is_not_looked_into() -> None:
    class Never(serializers.Field[Any, Any, Any, Any]):
        def to_internal_value(self, data: Any) -> Any:
            raise AssertionError(data)

    assert code(ListOf(child=Never(), max_length=3), [1] * 4) == "max_length"
