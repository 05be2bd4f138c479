"""The parts of an export of a patient's data that are columns of tables, as these declare them.

An export is made in pieces, so that a worker that dies costs one piece: a part is read page by
page, each row with the cursor after which reading goes on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Model

from backend.kit.handling import Export, NotExported, Sealed, columns, handled_models
from care.access.chart import Chart
from care.models import AccessLogEntry
from care.people.patients import patient_name, supporter_names

#: What is kept about patients and stands in no export, whoever asks: 42 CFR 2.31(b) and 45 CFR
#: 164.524(a)(1)(i). It says nothing about whether there is any.
NOT_EXPORTED = (
    "SUD counselling notes that a clinician keeps for themselves, apart from the record",
)
ExportRow = Mapping[str, Any]
#: Where reading goes on: a plain JSON value that the next page begins after; None is the beginning.
ExportCursor = Any
ReadPage = Callable[[Chart, ExportCursor, int], Sequence[tuple[ExportCursor, ExportRow]]]


@dataclass(frozen=True, slots=True)
class ExportPart:
    """One kind of thing in an export; a table has exactly these columns, always.

    ``page`` reads up to so many rows after a cursor, oldest or first ones first.
    """

    name: str
    columns: tuple[str, ...]
    page: ReadPage


def table_part(
    model: type[Model],
    export: Export,
    *,
    finish: Callable[[Chart, list[dict[str, Any]]], None] = lambda _chart, _rows: None,
) -> ExportPart:
    """Make a part of a table's rows, with the columns that the table declares.

    ``finish`` may add to the rows of a page what a table alone can't give.
    """
    sealed = _sealed_columns(model, export)

    def page(
        chart: Chart, after: ExportCursor, limit: int
    ) -> Sequence[tuple[ExportCursor, ExportRow]]:
        selected = model._default_manager.filter(export.only, **{export.whose: chart.patient_id})
        if after is not None:
            selected = selected.filter(pk__gt=UUID(after) if isinstance(after, str) else after)
        paths = export.columns.values()
        taken = list(selected.order_by("pk").values_list("pk", *paths)[:limit])
        shown_rows = [dict(zip(export.columns, row[1:], strict=True)) for row in taken]
        for row, shown in zip(taken, shown_rows, strict=True):
            for column, how in sealed.items():
                if shown[column] is not None:
                    opened = chart.cipher.open(shown[column], column=how.bound_to, row=row[0])
                    shown[column] = how.read(opened)
        finish(chart, shown_rows)
        places = [str(row[0]) if isinstance(row[0], UUID) else row[0] for row in taken]
        return list(zip(places, shown_rows, strict=True))

    return ExportPart(export.part, tuple(export.columns), page)


def declared_parts(*, made_by_slices: Mapping[str, ExportPart]) -> dict[str, ExportPart]:
    """Make the parts that the tables of every room declare, by name, in the order of tables.

    :raises KeyError: a table leaves a part to a slice, and ``made_by_slices`` has none so named.
    """
    return {
        export.part: table_part(model, export)
        if isinstance(export, Export)
        else made_by_slices[export.part]
        for model, handling in handled_models()
        if not isinstance(handling.exports, NotExported)
        for export in handling.exports
    }


def _sealed_columns(model: type[Model], export: Export) -> dict[str, Sealed]:
    declared = dict(handled_models())[model].sealed
    return {column: declared[path] for column, path in export.columns.items() if path in declared}


def _add_actor_names(chart: Chart, rows: list[dict[str, Any]]) -> None:
    unnamed = {row["actor"] for row in rows if not row["actor_name"]} - {None, chart.patient_id}
    names = supporter_names(chart=chart, ids=unnamed) if unnamed else {}
    if any(row["actor"] == chart.patient_id for row in rows):
        names[chart.patient_id] = patient_name(patient_id=chart.patient_id)
    for row in rows:
        row["actor_name"] = row["actor_name"] or names.get(row["actor"])


ACCESS_LOG_PART = table_part(
    AccessLogEntry,
    Export(
        "access_log",
        columns("at", "actor_role", "action", "data_class", "reason", actor="actor_id",
                actor_name="actor_name"),
    ),
    finish=_add_actor_names,
)  # fmt: skip
