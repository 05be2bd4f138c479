"""Export jobs: request one, make it under a lease, read its files and expire them.

A job is made piece by piece; each piece and how far it goes are written together, under a lease
(``backend.kit.jobs``) that each piece renews. A worker that dies costs the piece it was at, and the
next one goes on from there; what a worker makes whose lease went to another is not kept.
"""

import logging
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from backend.kit.crypto import DecryptionFailed
from backend.kit.db import rls_actor
from backend.kit.db.claims import claim
from backend.kit.errors import NotThere
from backend.kit.jobs import Lease, LeaseLost, Queue
from care.access.chart import Chart, NoSuchChart
from care.access.data_categories import DataCategory
from care.access.log import log_write
from care.access.open import open_own_chart
from care.models import User
from journaling.exports.formats import ExportPart, ExportSubject
from journaling.exports.parts import ExportStep, export_steps
from journaling.models import ExportJob, ExportPiece

log = logging.getLogger(__name__)
State = ExportJob.State
FORMATS = ("json", "csv", "fhir")
MAX_EXPORTS_A_DAY = 10
#: Where a piece lies; part of what its ciphertext is bound to.
PIECE_COLUMN = ExportPiece.HANDLING.sealed["sealed"].bound_to
#: How far a job is that nobody has begun.
INITIAL_PROGRESS: dict[str, Any] = {
    "step": 0,
    "after": None,
    "rows": 0,
    "position": 0,
    "counts": {},
}
#: So many pieces are in memory at once.
_PIECES_AT_ONCE = 8
#: How long a finished file is kept, and why no longer.
EXPORT_RETENTION = timedelta(days=7)
EXPORT_RETENTION_SOURCE = (
    "as the patient was told; 45 CFR 164.502(b): a copy is asked for again where it is needed"
)
#: A worker stops here and goes on later, so that reminders never wait for an export.
MAX_WORK_PERIOD = timedelta(seconds=5)
#: How often in a row nothing could be written before it is given up.
MAX_ATTEMPTS = 5
EXPORTS = Queue(
    ExportJob,
    lease_period=timedelta(seconds=60),
    first_pause=timedelta(minutes=1),
    longest_pause=timedelta(minutes=4),
    condition=Q(state__in=[State.WAITING, State.MAKING]),
)
#: Rows of one piece.
PAGE_ROWS = 500
#: Exports whose files are deleted in one go.
_EXPIRED_AT_ONCE = 8


class TooManyExports(Exception):
    """The patient asked for more exports within a day than anybody needs."""


class NoSuchExport(NotThere):
    """There is none of this patient's."""


@dataclass(frozen=True, slots=True)
class WrittenPiece:
    """Some bytes of a file, where they belong, and how far the job is with them."""

    file: str
    position: int
    content: bytes
    progress: dict[str, Any]


def request_export(
    *, chart: Chart, formats: Sequence[str], now: datetime
) -> tuple[ExportJob, bool]:
    """Request an export; while one is under way, return that one and add nothing.

    :raises TooManyExports: ten were asked for within a day.
    """
    own_jobs = ExportJob.objects.filter(patient_id=chart.patient_id)
    under_way = own_jobs.filter(state__in=[State.WAITING, State.MAKING])
    if (running := under_way.first()) is not None:
        return running, False
    if own_jobs.filter(requested_at__gt=now - timedelta(days=1)).count() >= MAX_EXPORTS_A_DAY:
        raise TooManyExports
    try:
        with transaction.atomic():
            job = ExportJob.objects.create(
                patient_id=chart.patient_id, formats=list(formats), state=State.WAITING,
                next_attempt_at=now, progress=INITIAL_PROGRESS, requested_at=now,
            )  # fmt: skip
            log_write(chart=chart, what=DataCategory.EXPORT, now=now)
    except IntegrityError:
        # Asked for twice at once: the other one is under way.
        return under_way.get(), False
    return job, True


def export_of(*, chart: Chart, export_id: UUID) -> ExportJob:
    """Find one of the patient's exports.

    :raises NoSuchExport: none of this patient's.
    """
    job = ExportJob.objects.filter(patient_id=chart.patient_id, pk=export_id).first()
    if job is None:
        raise NoSuchExport
    return job


def exports_of(*, chart: Chart) -> list[ExportJob]:
    """List the patient's exports, newest first."""
    own_jobs = ExportJob.objects.filter(patient_id=chart.patient_id)
    return list(own_jobs.order_by("-requested_at", "-id")[: 2 * MAX_EXPORTS_A_DAY])


def read_export_file(*, chart: Chart, job: ExportJob, file: str) -> Iterator[bytes]:
    """Read a finished file from its pieces, a few at a time."""
    position = 0
    while True:
        rows = ExportPiece.objects.filter(job_id=job.pk, file=file, position__gte=position)
        next_rows = rows.order_by("position").values_list("position", "sealed")[:_PIECES_AT_ONCE]
        pieces = list(next_rows)
        for position, sealed in pieces:
            opened = chart.cipher.open(
                sealed, column=PIECE_COLUMN, row=piece_name(job.pk, file, position)
            )
            yield zlib.decompress(opened)
        if len(pieces) < _PIECES_AT_ONCE:
            return
        position += 1


def count_exported_rows(job: ExportJob) -> dict[str, int]:
    """Count the rows of each part, as the first of the job's files has them."""
    return counts_of_format(job.formats[0], job.progress["counts"])


def counts_of_format(format_name: str, counts: Mapping[str, int]) -> dict[str, int]:
    """Pick the counts of one format, by part."""
    start = f"{format_name}/"
    return {name.removeprefix(start): n for name, n in counts.items() if name.startswith(start)}


def piece_name(job: UUID, file: str, position: int) -> str:
    """Return the name of one piece; part of what its ciphertext is bound to."""
    return f"{job}/{file}/{position}"


@rls_actor.acting_as(rls_actor.EXPORTS_ACTOR)
def run_next_export(*, parts: Sequence[ExportPart], clock: Callable[[], datetime]) -> bool:
    """Work on one export for a few seconds; return whether there may be more to do at once.

    Two workers may run this at any moment: a job is one's who holds its lease.
    """
    now = clock()
    delete_expired_exports(now=now)
    lease = EXPORTS.claim_next(now=now, state=State.MAKING)
    if lease is None:
        return False
    try:
        with rls_actor.acting_as(rls_actor.user_actor(User.Role.PATIENT, lease.row.patient_id)):
            _continue_job(lease, parts, clock, now)
    except LeaseLost:
        log.warning("export_lease_lost")
    except (NoSuchChart, User.DoesNotExist, DecryptionFailed) as error:
        # No time will make a destroyed key or a closed account readable.
        log.error("export_stopped", extra={"reason": type(error).__name__})
        _stop(lease)
    except Exception:
        # One export that breaks must not keep the others waiting.
        log.exception("export_broke")
        if lease.row.attempts >= MAX_ATTEMPTS:
            _stop(lease)
        else:
            _require_held(lease.retry(now=clock(), state=State.WAITING))
    return True


@rls_actor.acting_as(rls_actor.EXPORTS_ACTOR)
def count_expired_exports(*, now: datetime) -> int:
    """Count the finished exports whose files should be gone by now."""
    return ExportJob.objects.filter(state=State.READY, next_attempt_at__lte=now).count()


@rls_actor.acting_as(rls_actor.EXPORTS_ACTOR)
def delete_expired_exports(*, now: datetime) -> int:
    """Delete the files of a few exports that have expired; return how many exports those were.

    A worker does so before it looks for work, ``retention`` where no worker came. Files are copies:
    what they were made of stays, also under a legal hold. Safe to repeat, and at once by two.
    """
    over = ExportJob.objects.filter(state=State.READY, next_attempt_at__lte=now).order_by(
        "next_attempt_at", "id"
    )
    deleted = 0
    for pk in list(over.values_list("pk", flat=True)[:_EXPIRED_AT_ONCE]):
        with transaction.atomic():
            expired = ExportJob.objects.filter(pk=pk, state=State.READY)
            if claim(expired, state=State.EXPIRED, next_attempt_at=None):
                ExportPiece.objects.filter(job_id=pk).delete()
                deleted += 1
    return deleted


def _continue_job(
    lease: Lease[ExportJob],
    parts: Sequence[ExportPart],
    clock: Callable[[], datetime],
    began: datetime,
) -> None:
    job = lease.row
    viewer = User.objects.select_related("patient").get(pk=job.patient_id)
    chart = open_own_chart(
        viewer=viewer,
        what=DataCategory.EXPORT,
        now=began,
        to_write=job.progress != INITIAL_PROGRESS,
    )
    steps = export_steps(job.formats, parts)
    progress = dict(job.progress)
    about = ExportSubject(job.patient_id, job.requested_at)
    while progress["step"] < len(steps):
        piece = _write_piece(chart, steps[progress["step"]], progress, about)
        _store_piece(lease, chart, piece, clock())
        progress = piece.progress
        if clock() - began > MAX_WORK_PERIOD and progress["step"] < len(steps):
            _require_held(lease.release(next_attempt_at=clock(), state=State.WAITING))
            return
    now = clock()
    _require_held(
        lease.release(
            next_attempt_at=now + EXPORT_RETENTION,
            state=State.READY,
            ready_at=now,
            expires_at=now + EXPORT_RETENTION,
        )
    )


def _write_piece(
    chart: Chart, step: ExportStep, progress: dict[str, Any], about: ExportSubject
) -> WrittenPiece:
    """Write the next page of a part, with what comes before or after it where it begins or ends."""
    part, writer, written = step.part, step.writer, progress["rows"]
    page = part.page(chart, progress["after"], PAGE_ROWS)
    counts = progress["counts"] | {f"{step.format}/{part.name}": written + len(page)}
    content = writer.opens(about, part, is_first=step.is_first) if written == 0 else b""
    content += writer.rows(about, part, [row for _, row in page], has_begun=written > 0)
    then = {"counts": counts, "position": progress["position"] + 1}
    if len(page) == PAGE_ROWS:
        then |= {"step": progress["step"], "after": page[-1][0], "rows": written + PAGE_ROWS}
    else:
        content += writer.closes(
            part, is_last=step.is_last, counts=counts_of_format(step.format, counts)
        )
        then |= {"step": progress["step"] + 1, "after": None, "rows": 0}
        then |= {"position": 0} if step.is_last else {}
    return WrittenPiece(step.file, progress["position"], content, then)


def _store_piece(lease: Lease[ExportJob], chart: Chart, piece: WrittenPiece, now: datetime) -> None:
    job_id = lease.row.pk
    name = piece_name(job_id, piece.file, piece.position)
    sealed = chart.cipher.seal(zlib.compress(piece.content), column=PIECE_COLUMN, row=name)
    with transaction.atomic():
        lease.renew(now=now, progress=piece.progress, attempts=0)
        ExportPiece.objects.create(
            job_id=job_id, file=piece.file, position=piece.position, sealed=sealed
        )


def _stop(lease: Lease[ExportJob]) -> None:
    """Give it up; nobody can fetch the part that was made."""
    with transaction.atomic():
        if is_held := lease.finish(state=State.STOPPED):
            ExportPiece.objects.filter(job_id=lease.row.pk).delete()
    _require_held(is_held)


def _require_held(is_held: bool) -> None:  # noqa: FBT001 (what a lease answers)
    if not is_held:
        log.warning("export_lease_lost")
