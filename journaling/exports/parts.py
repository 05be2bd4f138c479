"""All parts of an export in their order, and the steps in which they are written to files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.kit.handling import Export, NotExported, columns, handled_models
from backend.kit.strict_json import Json
from backend.kit.timezones import get_zone
from care.access.chart import Chart
from care.models import AccessLogEntry
from care.people.patients import patient_name, supporter_names
from journaling.entries.entry import ENTRY_COLUMNS, EntryValue, entry_from_row, open_revision
from journaling.entries.kinds.registry import KINDS
from journaling.entries.read import visible_entries
from journaling.exports.fhir_bundle import QUESTIONNAIRES, FhirFile
from journaling.exports.fhir_plans import CURRENT_VERSIONS
from journaling.exports.fhir_programme import PROGRAMME_RESOURCES
from journaling.exports.formats import (
    CsvFile,
    ExportCursor,
    ExportPart,
    ExportRow,
    FormatWriter,
    JsonFile,
)
from journaling.exports.tables import table_part
from journaling.models import EntryRevision

_COMMON_COLUMNS = (
    "id", "kind", "occurred_at", "time_zone", "local_date", "recorded_at", "received_at", "recall",
    "clock_suspect", "zone_suspect", "counts", "changed_late", "origin", "share", "discuss",
    "unanswered", "news", "news_at", "reviewed_at", "reviewed_by", "acknowledged_at", "rev", "seq",
)  # fmt: skip
#: What a column shows where the entry has another name for it.
_ATTRIBUTES = {"counts": "is_countable"}
#: Every field that any kind has, and what is computed from them: each a column, always.
_KIND_COLUMNS = tuple(
    dict.fromkeys(
        name for kind in KINDS.values() for name in (*kind.names, *kind.derived_type.schema())
    )
)


def entry_row(entry: EntryValue) -> dict[str, Any]:
    """Return an entry as the API does: common fields, those of its kind, and what is derived."""
    common = {name: getattr(entry, _ATTRIBUTES.get(name, name)) for name in _COMMON_COLUMNS}
    # With the offset of the entry's own zone: the wall clock is clinical data.
    common["occurred_at"] = entry.occurred_at.astimezone(get_zone(entry.time_zone)).isoformat()
    return {**common, **entry.values.by_name(), **entry.values.derived().by_name()}


def _entry_rows(
    chart: Chart, after: ExportCursor, limit: int
) -> Sequence[tuple[ExportCursor, ExportRow]]:
    rows = visible_entries(chart).filter(row__gt=after or 0).order_by("row")
    return [
        (row[-1], entry_row(entry_from_row(row[:-1], chart.cipher)))
        for row in rows.values_list(*ENTRY_COLUMNS, "row")[:limit]
    ]


def _revision_rows(
    chart: Chart, after: ExportCursor, limit: int
) -> Sequence[tuple[ExportCursor, ExportRow]]:
    revisions = (
        EntryRevision.objects.filter(entry__patient_id=chart.patient_id, row__gt=after or 0)
        .order_by("row")
        .values_list(
            "row", "entry__id", "rev", "at", "author_id", "author_role", "action", "before"
        )
    )
    return [
        (
            row,
            {
                "entry": entry_id, "rev": rev, "at": at, "author": author, "author_role": role,
                "action": action, "before": _before(chart, entry_id, rev, before),
            },
        )
        for row, entry_id, rev, at, author, role, action, before in revisions[:limit]
    ]  # fmt: skip


def _before(chart: Chart, entry_id: UUID, rev: int, sealed: bytes | memoryview) -> dict[str, Json]:
    return open_revision(bytes(sealed), entry_id=entry_id, rev=rev, cipher=chart.cipher)


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
_SLICE_PARTS = {
    part.name: part
    for part in (
        ExportPart("entries", (*_COMMON_COLUMNS, *_KIND_COLUMNS), _entry_rows),
        ExportPart(
            "entry_history",
            ("entry", "rev", "at", "author", "author_role", "action", "before"),
            _revision_rows,
        ),
        ACCESS_LOG_PART,
    )
}
#: The order of the parts in a file; whatever else tables declare comes after these.
_ORDER = (
    "profile", "entries", "entry_history", "deleted_entries", "assignments", "taught_skills",
    "situation_plans", "safety_plans", "safety_events", "safety_signs", "safety_tries",
    "brief_openings", "reminders", "occurrences", "devices", "time_zones", "consents",
    "disclosures", "support_people", "break_glass", "personal_targets", "care_team", "episodes",
    "admissions", "level_changes", "care_plans", "certifications", "sessions", "session_series",
    "attendance", "groups", "sign_ins", "access_log",
)  # fmt: skip


def all_export_parts() -> tuple[ExportPart, ...]:
    """List the parts of every room in the order of a file, as tables declare them."""
    declared = declared_parts(made_by_slices=_SLICE_PARTS)
    return tuple(declared[name] for name in dict.fromkeys((*_ORDER, *declared)))


#: What other systems read as FHIR; the rest of an export has no resource of its own there.
FHIR_PARTS = ("profile", QUESTIONNAIRES.name, "entries", *PROGRAMME_RESOURCES)


@dataclass(frozen=True, slots=True)
class ExportStep:
    """One part of one file."""

    format: str
    file: str
    part: ExportPart
    writer: FormatWriter
    is_first: bool
    is_last: bool


def export_steps(formats: Sequence[str], parts: Sequence[ExportPart]) -> tuple[ExportStep, ...]:
    """List the steps; the same formats and parts always give the same ones, in the same order."""
    made: list[ExportStep] = []
    for name in formats:
        if name == "csv":
            for part in parts:
                made += _steps_of_file("csv", [part], CsvFile(), file=csv_file_name(part.name))
        elif name == "fhir":
            made += _steps_of_file("fhir", _fhir_parts(parts), FhirFile())
        else:
            made += _steps_of_file("json", parts, JsonFile())
    return tuple(made)


def csv_file_name(part: str) -> str:
    """Return the file name of a part's table."""
    return f"csv/{part}"


def _fhir_parts(parts: Sequence[ExportPart]) -> list[ExportPart]:
    known = {part.name: part for part in (*parts, QUESTIONNAIRES, *CURRENT_VERSIONS)}
    return [known[name] for name in FHIR_PARTS]


def _steps_of_file(
    name: str, parts: Sequence[ExportPart], writer: FormatWriter, *, file: str = ""
) -> list[ExportStep]:
    last = len(parts) - 1
    return [
        ExportStep(name, file or name, part, writer, is_first=n == 0, is_last=n == last)
        for n, part in enumerate(parts)
    ]
