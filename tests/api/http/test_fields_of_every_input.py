"""Every input takes numbers, names, days and nulls by the same rules."""

import importlib
import pkgutil
from collections.abc import Iterator
from math import inf, nan
from typing import Annotated, Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError

import api
from api.http.fields import A_DAY, AN_INSTANT, Count, ListOf, Rule, WholeNumber
from api.http.inputs import Input
from api.http.text_fields import OneLine, Secret, Text, ZoneName
from api.skills.assignments import AssignmentChangeIn
from tests.api.responses import API, faults
from tests.cast import Cast, signed_in
from tests.kit.test_text import NOT_ON_A_LINE, UNSEEN, WRITTEN

for found in pkgutil.walk_packages(api.__path__, "api."):
    importlib.import_module(found.name)

#: What is free text: it may have lines.
FREE = {
    "reason", "goals", "note", "description", "caution", "text", "version", "skill", "address",
    "digest", "email", "language", "refresh", "earlier_refresh", "username", "comment", "insurance",
    "warning_signs", "what_i_do", "distractions", "safer_surroundings", "name", "contact",
    "cursor", "q", "module", "words", "result", "lesson",
    "high_risk_situations", "skills", "people", "meetings", "appointments",
    "paragraphs",
}  # fmt: skip


def shapes(of: type[Input] = Input) -> Iterator[type[Input]]:
    """Yield the inputs of the API, in one order whatever was imported first."""
    for one in sorted(of.__subclasses__(), key=lambda each: (each.__module__, each.__name__)):
        if one.__module__.startswith("api."):
            yield one
            yield from shapes(one)


def rules(kind: Any) -> Iterator[Rule]:
    """Find the rules that read single values, inside lists and beside null too."""
    if isinstance(kind, Rule):
        yield kind
    for part in get_args(kind):
        yield from rules(part)


FIELDS = [
    pytest.param(rule, id=f"{shape.__module__}.{shape.__name__}.{name}")
    for shape in shapes()
    for name, field in shape.model_fields.items()
    for rule in [*rules(field.annotation), *field.metadata]
    if isinstance(rule, Rule)
]


def of(*sorts: type) -> list[Any]:
    return [param for param in FIELDS if isinstance(param.values[0], sorts)]


def read(rule: Rule, value: Any) -> Any:
    reader: TypeAdapter[Any] = TypeAdapter(Annotated[Any, rule])
    return reader.validate_python(value)


def code(rule: Rule, value: Any) -> str:
    with pytest.raises(ValidationError) as refusal:
        read(rule, value)
    fault = refusal.value.errors()[0]
    assert not isinstance(value, str) or not value or value not in fault["msg"]
    return fault["type"]


def test_there_are_fields_of_every_sort() -> None:
    assert len(FIELDS) > 120
    for sort in (WholeNumber, OneLine, Secret, ZoneName, Text):
        assert of(sort)


@pytest.mark.parametrize(
    "rule", [one for one in of(WholeNumber) if type(one.values[0]) is WholeNumber]
)
def test_a_whole_number_may_be_written_as_a_fraction(rule: WholeNumber) -> None:
    assert read(rule, float(rule.least)) == rule.least
    assert type(read(rule, float(rule.least))) is int
    for bad in (rule.least + 0.5, inf, -inf, nan, str(rule.least), True, 1e300):
        assert code(rule, bad) in {"invalid", "max_value"}
    assert code(rule, rule.least - 1) == "min_value"
    assert code(rule, rule.most + 1) == "max_value"


@pytest.mark.parametrize("rule", of(Count))
def test_a_count_in_a_query_is_written_in_plain_digits(rule: Count) -> None:
    assert read(rule, str(rule.least)) == rule.least
    for bad in (f"{rule.least}.0", f"+{rule.least}", "-1", "x", "٧", str(rule.most + 1)):
        assert code(rule, bad) == "out_of_range"
    assert code(rule, "") == "blank"


def test_a_day_is_one_of_our_calendar() -> None:
    assert read(A_DAY, "2026-05-04").isoformat() == "2026-05-04"
    for bad in ("0001-01-01", "1899-12-31", "3000-01-01", "9999-12-31"):
        assert code(A_DAY, bad) == "out_of_range"
    strange: list[Any] = ["2026-5-4", "2026-02-30", "soon", 5, "2026-05-04T00:00:00Z"]
    for value in strange:
        assert code(A_DAY, value) == "invalid"


def test_an_instant_is_one_of_our_calendar() -> None:
    assert read(AN_INSTANT, "2026-05-04T08:30Z").minute == 30
    for bad in ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2026-05-04T08:30", "soon"):
        assert code(AN_INSTANT, bad) in {"out_of_range", "not_an_instant"}


@pytest.mark.parametrize("rule", of(OneLine))
def test_a_name_is_kept_as_it_was_typed(rule: OneLine) -> None:
    assert rule.most is not None
    for typed in WRITTEN.values():
        if len(typed) <= rule.most:
            assert read(rule, typed) == typed
    for bad in NOT_ON_A_LINE.values():
        assert code(rule, bad) in {"invalid_characters", "null_characters_not_allowed"}
    if not rule.may_be_blank:
        for bad in UNSEEN.values():
            assert code(rule, bad) == "blank"


@pytest.mark.parametrize("shape", sorted(set(shapes()), key=str))
def test_free_text_is_named_as_such(shape: type[Input]) -> None:
    for name, field in shape.model_fields.items():
        assert name in FREE or not [
            rule for rule in [*rules(field.annotation), *field.metadata] if type(rule) is Text
        ]


@pytest.mark.parametrize("shape", sorted(set(shapes()), key=str))
def test_null_is_what_was_left_out_where_a_field_may_be(shape: type[Input]) -> None:
    optional = [
        field.alias or name for name, field in shape.model_fields.items() if not field.is_required()
    ]
    refused: set[Any] = set()
    try:
        shape.model_validate(dict.fromkeys(optional))
    except ValidationError as refusal:
        refused = {fault["loc"][0] for fault in refusal.errors()}

    assert not refused & set(optional)


@pytest.mark.parametrize("sent", [{}, {"until": None}, {"until": None, "note": ""}])
def test_a_change_tells_null_from_left_out(sent: dict[str, Any]) -> None:
    change = AssignmentChangeIn.model_validate(sent, context={"is_change": True})

    assert change.given() == sent


def test_null_takes_nothing_back_that_must_stand(cast: Cast) -> None:
    client = signed_in(cast.maya)

    refused = client.patch(API + "me", {"display_name": None}, headers={"If-Match": '"1"'})

    assert faults(refused) == {"display_name": "null"}


def test_every_fault_is_named_at_once_by_its_path(cast: Cast) -> None:
    client = signed_in(cast.maya)
    body = {"quiet_hours": {"start": "25:00", "till": 5}, "language": 7, "day_starts_hour": 99}

    refused = client.patch(API + "me", body, headers={"If-Match": '"1"'})

    assert faults(refused) == {
        "language": "invalid", "day_starts_hour": "max_value",
        "quiet_hours.till": "unknown_field",
    }  # fmt: skip


def test_twenty_faults_are_named_at_most(cast: Cast) -> None:
    body = {f"x{place}": 1 for place in range(40)}

    refused = signed_in(cast.maya).patch(API + "me", body, headers={"If-Match": '"1"'})

    assert len(refused.json()["errors"]) == 20
    assert set(faults(refused).values()) == {"unknown_field"}


@pytest.mark.parametrize("rule", of(ZoneName))
def test_a_zone_may_be_an_offset(rule: ZoneName) -> None:
    assert read(rule, "GMT+02:00") == "Etc/GMT-2"
    assert read(rule, "America/Chicago") == "America/Chicago"
    assert code(rule, "Mars/Base") == "unknown_zone"


@pytest.mark.parametrize("rule", of(Secret))
def test_a_secret_is_read_in_one_spelling(rule: Secret) -> None:
    assert rule.most is not None
    assert read(rule, "e\u0301\u00a0ｘ１") == "é x1"
    assert code(rule, "x" * (rule.most + 1)) == "max_length"
    assert len(read(rule, "e\u0301" * rule.most)) == rule.most


def test_a_list_that_is_too_long_is_not_looked_into() -> None:
    class Never(Rule):
        def read(self, sent: Any) -> Any:
            raise AssertionError(sent)

    reader: TypeAdapter[Any] = TypeAdapter(Annotated[list[Annotated[Any, Never()]], ListOf(3)])

    with pytest.raises(ValidationError) as refusal:
        reader.validate_python([1] * 4)
    assert refusal.value.errors()[0]["type"] == "max_length"
