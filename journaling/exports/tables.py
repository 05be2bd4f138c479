"""A part of an export made of a table's rows, with the columns that the table declares."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Model

from backend.kit.handling import Export, Sealed, handled_models
from care.access.chart import Chart
from journaling.exports.formats import ExportCursor, ExportPart, ExportRow


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


def _sealed_columns(model: type[Model], export: Export) -> dict[str, Sealed]:
    declared = dict(handled_models())[model].sealed
    return {column: declared[path] for column, path in export.columns.items() if path in declared}
