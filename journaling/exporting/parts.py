"""What this room gives to an export: entries with every field, their history, and tombstones."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from django.db.models import QuerySet

from backend.kit.zones import zone
from care.access import Chart
from care.exporting import Cursor, Part, Row, of_rows
from journaling.entries import COLUMNS, Recorded, from_row
from journaling.kinds import KINDS
from journaling.models import (
    Assignment,
    BriefOpening,
    Entry,
    EntryRevision,
    SafetyEvent,
    SafetyPlan,
    SafetySign,
    SafetyTry,
    TaughtSkill,
)
from journaling.queries import safety_plans
from journaling.queries.assignments import NOTE_COLUMN
from journaling.queries.entries import visible
from journaling.queries.safety_events import TRY_COLUMN, WORDS_COLUMN
from journaling.revisions import open_before

_COMMON = (
    "id", "kind", "occurred_at", "time_zone", "local_date", "recorded_at", "received_at", "recall",
    "clock_suspect", "zone_suspect", "counts", "changed_late", "origin", "share", "discuss",
    "unanswered", "news", "news_at", "reviewed_at", "reviewed_by", "acknowledged_at", "rev", "seq",
)  # fmt: skip
#: Every field that any kind has, and what is computed from them: each a column, always.
_OF_KINDS = tuple(
    dict.fromkeys(
        name
        for kind in KINDS.values()
        for name in (*(field.name for field in kind.own_fields), *kind.derived.schema)
    )
)


def told(entry: Recorded) -> dict[str, Any]:
    """Tell an entry as the API does: common fields, those of its kind, and what is derived."""
    common = {name: getattr(entry, name) for name in _COMMON}
    # With the offset of the entry's own zone: the wall clock is clinical data.
    common["occurred_at"] = entry.occurred_at.astimezone(zone(entry.time_zone)).isoformat()
    return {**common, **entry.values, **entry.derived}


def _entries(chart: Chart, after: Cursor, limit: int) -> Sequence[tuple[Cursor, Row]]:
    rows = visible(chart).filter(row__gt=after or 0).order_by("row")
    return [
        (row[-1], told(from_row(row[:-1], chart.cipher)))
        for row in rows.values_list(*COLUMNS, "row")[:limit]
    ]


def _revisions(chart: Chart, after: Cursor, limit: int) -> Sequence[tuple[Cursor, Row]]:
    found = (
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
        for row, entry_id, rev, at, author, role, action, before in found[:limit]
    ]  # fmt: skip


def _before(chart: Chart, entry_id: UUID, rev: int, sealed: bytes | memoryview) -> dict[str, Any]:
    return open_before(bytes(sealed), entry_id=entry_id, rev=rev, cipher=chart.cipher)


def _tombstones(chart: Chart) -> "QuerySet[Entry]":
    return Entry.objects.filter(patient_id=chart.patient_id, deleted_at__isnull=False)


PARTS = (
    Part("entries", (*_COMMON, *_OF_KINDS), _entries),
    Part(
        "entry_history",
        ("entry", "rev", "at", "author", "author_role", "action", "before"),
        _revisions,
    ),
    of_rows(
        "deleted_entries",
        _tombstones,
        {
            name: name
            for name in ("id", "kind", "occurred_at", "received_at", "deleted_at", "rev", "seq")
        },
    ),
    of_rows(
        "assignments",
        lambda chart: Assignment.objects.filter(patient_id=chart.patient_id),
        {
            name: name
            for name in (
                "id",
                "skill",
                "per_week",
                "since",
                "until",
                "note",
                "assigned_at",
                "ended_at",
            )
        },
        sealed={"note": (NOTE_COLUMN, bytes.decode)},
    ),
    of_rows(
        "taught_skills",
        lambda chart: TaughtSkill.objects.filter(patient_id=chart.patient_id),
        {"skill": "skill", "taught_at": "taught_at"},
    ),
    of_rows(
        "safety_plans",
        lambda chart: SafetyPlan.objects.filter(patient_id=chart.patient_id),
        {"rev": "rev", "at": "at", "plan": "words"},
        sealed={"plan": (safety_plans.WORDS_COLUMN, orjson.loads)},
    ),
    of_rows(
        "safety_events",
        lambda chart: SafetyEvent.objects.filter(patient_id=chart.patient_id),
        {
            "id": "id",
            "level": "level",
            "opened_at": "opened_at",
            "last_sign_at": "last_sign_at",
            "acknowledged_at": "acknowledged_at",
            "reason": "reason",
            "reason_text": "words",
            "acknowledged_by": "acknowledged_by__display_name",
        },
        sealed={"reason_text": (WORDS_COLUMN, bytes.decode)},
    ),
    of_rows(
        "safety_signs",
        lambda chart: SafetySign.objects.filter(patient_id=chart.patient_id),
        {
            "event": "event_id",
            "entry": "entry_id",
            "entry_rev": "entry_rev",
            "kind": "kind",
            "occurred_at": "occurred_at",
            "level": "level",
            "fired": "fired",
            "at": "at",
        },
    ),
    of_rows(
        "safety_tries",
        lambda chart: SafetyTry.objects.filter(patient_id=chart.patient_id),
        {"event": "event_id", "at": "at", "by": "by__display_name", "note": "words"},
        sealed={"note": (TRY_COLUMN, bytes.decode)},
    ),
    of_rows(
        "brief_openings",
        lambda chart: BriefOpening.objects.filter(patient_id=chart.patient_id),
        {"session": "session_id", "opened_at": "opened_at", "clinician": "clinician_id"},
    ),
)
