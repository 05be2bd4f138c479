"""Asking for an export, and reading what was made of it."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from backend.kit.errors import NotThere
from care import access
from care.access import Chart, DataClass
from journaling.models import ExportJob, ExportPiece

State = ExportJob.State

FORMATS = ("json", "csv", "fhir")
MOST_A_DAY = 10
#: Where a piece lies; part of what its ciphertext is bound to.
COLUMN = "journaling.ExportPiece.sealed"
#: How far a job is that nobody has begun.
BEGINNING: dict[str, Any] = {"step": 0, "after": None, "rows": 0, "position": 0, "counts": {}}
#: So many pieces are in memory at once.
_AT_ONCE = 8


class TooManyExports(Exception):
    """The patient asked for more exports within a day than anybody needs."""


class NoSuchExport(NotThere):
    """There is none of this patient's."""


def request_export(
    *, chart: Chart, formats: Sequence[str], now: datetime
) -> tuple[ExportJob, bool]:
    """Ask for an export; while one is under way, that one is answered and nothing is added.

    :raises TooManyExports: ten were asked for within a day.
    """
    mine = ExportJob.objects.filter(patient_id=chart.patient_id)
    under_way = mine.filter(state__in=[State.WAITING, State.MAKING])
    if (found := under_way.first()) is not None:
        return found, False
    if mine.filter(requested_at__gt=now - timedelta(days=1)).count() >= MOST_A_DAY:
        raise TooManyExports
    try:
        with transaction.atomic():
            job = ExportJob.objects.create(
                patient_id=chart.patient_id, formats=list(formats), state=State.WAITING,
                wake_at=now, progress=BEGINNING, requested_at=now,
            )  # fmt: skip
            access.log_write(chart=chart, what=DataClass.EXPORT, now=now)
    except IntegrityError:
        # Asked for twice at once: the other one is under way.
        return under_way.get(), False
    return job, True


def export_of(*, chart: Chart, export_id: UUID) -> ExportJob:
    """Find one of the patient's exports.

    :raises NoSuchExport: none of this patient's.
    """
    found = ExportJob.objects.filter(patient_id=chart.patient_id, pk=export_id).first()
    if found is None:
        raise NoSuchExport
    return found


def exports_of(*, chart: Chart) -> list[ExportJob]:
    """List the patient's exports, newest first."""
    mine = ExportJob.objects.filter(patient_id=chart.patient_id)
    return list(mine.order_by("-requested_at", "-id")[: 2 * MOST_A_DAY])


def content(*, chart: Chart, job: ExportJob, file: str) -> Iterator[bytes]:
    """Read a finished file from its pieces, a few at a time."""
    position = 0
    while True:
        rows = ExportPiece.objects.filter(job_id=job.pk, file=file, position__gte=position)
        found = rows.order_by("position").values_list("position", "sealed")[:_AT_ONCE]
        pieces = list(found)
        for position, sealed in pieces:
            opened = chart.cipher.open(sealed, column=COLUMN, row=name_of(job.pk, file, position))
            yield zlib.decompress(opened)
        if len(pieces) < _AT_ONCE:
            return
        position += 1


def counted(job: ExportJob) -> dict[str, int]:
    """Count the rows of each part, as the first of the job's files has them."""
    return counts_in(job.formats[0], job.progress["counts"])


def counts_in(format_name: str, counts: Mapping[str, int]) -> dict[str, int]:
    """Pick the counts of one format, by part."""
    start = f"{format_name}/"
    return {name.removeprefix(start): n for name, n in counts.items() if name.startswith(start)}


def name_of(job: UUID, file: str, position: int) -> str:
    """Name one piece; part of what its ciphertext is bound to."""
    return f"{job}/{file}/{position}"
