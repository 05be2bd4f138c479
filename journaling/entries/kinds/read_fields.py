"""Read the fields of an entry from untrusted JSON: all of them or faults, or what is valid."""

from collections.abc import Callable, Mapping, Sequence

from backend.kit.errors import FieldError, InvalidInput
from journaling.entries.kinds.field_types import EntryField, FieldType, InvalidValue, Json


def read_fields(
    fields: Sequence[EntryField], sent: Mapping[str, Json]
) -> tuple[dict[str, Json], list[FieldError]]:
    """Read every field of the list; null and left out both mean *missing*, within a field too.

    All faults are gathered, so that a phone can show them at once.
    """
    values: dict[str, Json] = {}
    faults: list[FieldError] = []
    for field in fields:
        value = sent.get(field.name)
        if value is None:
            if field.required:
                faults.append(FieldError(field.name, "required", "This field is required."))
            continue
        try:
            read = field.type.read(value)
            if read is not None:
                values[field.name] = read
        except InvalidValue as refusal:
            faults.append(FieldError(field.name, refusal.code, refusal.detail))
    return values, faults


def read_valid_fields(fields: Sequence[EntryField], sent: Mapping[str, Json]) -> dict[str, Json]:
    """Read what can be read of every field, and None for the rest; nothing is ever refused.

    A field of several answers (one with ``read_partly``) gives those that can be read.
    """
    return {field.name: _read_what_is_valid(field.type, sent.get(field.name)) for field in fields}


def _read_what_is_valid(field_type: FieldType, value: Json) -> Json:
    if value is None:
        return None
    try:
        return field_type.read(value)
    except InvalidValue:
        partly: Callable[[Json], Json] = getattr(field_type, "read_partly", _no_value)
        return partly(value)


def _no_value(_value: Json) -> None:
    return None


def raise_faults(faults: Sequence[FieldError]) -> None:
    """Refuse the input when there is any fault.

    :raises backend.kit.errors.InvalidInput: with all of them.
    """
    if faults:
        raise InvalidInput(faults)
