"""Making exports: the database says what is to be made, by whom, and how far it is.

A job is made piece by piece; each piece and how far it goes are written together, under a lease
that each piece renews. A worker that dies costs the piece it was at, and the next one goes on from
there; what a worker makes whose lease went to another is not kept.
"""

import logging
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from backend.kit import actors
from backend.kit.cipher import Unreadable
from backend.kit.ids import new_id
from backend.kit.rows import claim
from care import access
from care.access import Chart, DataClass, NoSuchChart
from care.exporting import Part
from care.models import User
from journaling.exporting.jobs import BEGINNING, COLUMN, counts_in, name_of
from journaling.exporting.plan import Step, steps_of
from journaling.exporting.writing import About
from journaling.models import ExportJob, ExportPiece

log = logging.getLogger(__name__)
State = ExportJob.State

#: How long a finished file is kept, and why no longer.
KEPT = timedelta(days=7)
SOURCE = "as the patient was told; 45 CFR 164.502(b): a copy is asked for again where it is needed"
LEASE = timedelta(seconds=60)
#: A worker stops here and goes on later, so that reminders never wait for an export.
SLICE = timedelta(seconds=5)
#: How often in a row nothing could be written before it is given up, and how long between.
MOST_ATTEMPTS = 5
PAUSE = timedelta(minutes=1)
#: Rows of one piece.
PAGE = 500
#: Candidates looked at, and files forgotten, in one go.
_AT_ONCE = 8


class LeaseLost(Exception):
    """Another worker holds the job by now; what this one made is not kept."""


@dataclass(frozen=True, slots=True)
class Held:
    """One job in the hands of one worker."""

    job: ExportJob
    fence: UUID


@dataclass(frozen=True, slots=True)
class Piece:
    """Some bytes of a file, where they belong, and how far the job is with them."""

    file: str
    position: int
    content: bytes
    progress: dict[str, Any]


@actors.acting_as(actors.EXPORTS)
def make_next(*, parts: Sequence[Part], clock: Callable[[], datetime]) -> bool:
    """Work on one export for a few seconds; return whether there may be more to do at once.

    Two workers may run this at any moment: a job is one's who holds its lease.
    """
    now = clock()
    forget_expired(now=now)
    held = _take(now)
    if held is None:
        return False
    try:
        with actors.acting_as(actors.person(User.Role.PATIENT, held.job.patient_id)):
            _go_on(held, parts, clock, now)
    except LeaseLost:
        log.warning("export_lease_lost")
    except (NoSuchChart, User.DoesNotExist, Unreadable) as error:
        # No time will make a destroyed key or a closed account readable.
        log.error("export_stopped", extra={"reason": type(error).__name__})
        _release(held, state=State.STOPPED, wake_at=None)
    except Exception:
        # One export that breaks must not keep the others waiting.
        log.exception("export_broke")
        is_over = held.job.attempts + 1 >= MOST_ATTEMPTS
        wake_at = None if is_over else clock() + PAUSE * (held.job.attempts + 1)
        _release(held, state=State.STOPPED if is_over else State.WAITING, wake_at=wake_at)
    return True


def _take(now: datetime) -> Held | None:
    due = ExportJob.objects.filter(wake_at__lte=now, state__in=[State.WAITING, State.MAKING])
    for job in due.order_by("wake_at", "id")[:_AT_ONCE]:
        fence = new_id()
        same = ExportJob.objects.filter(pk=job.pk, state=job.state, wake_at=job.wake_at)
        if claim(same, state=State.MAKING, fence=fence, wake_at=now + LEASE,
                 attempts=F("attempts") + 1):  # fmt: skip
            return Held(job, fence)
    return None


def _go_on(
    held: Held, parts: Sequence[Part], clock: Callable[[], datetime], began: datetime
) -> None:
    job = held.job
    viewer = User.objects.select_related("patient").get(pk=job.patient_id)
    chart = access.open_own_chart(
        viewer=viewer, what=DataClass.EXPORT, now=began, to_write=job.progress != BEGINNING
    )
    steps = steps_of(job.formats, parts)
    progress = dict(job.progress)
    about = About(job.patient_id, job.requested_at)
    while progress["step"] < len(steps):
        piece = _write(chart, steps[progress["step"]], progress, about)
        _keep(held, chart, piece, clock())
        progress = piece.progress
        if clock() - began > SLICE and progress["step"] < len(steps):
            _release(held, state=State.WAITING, wake_at=clock())
            return
    now = clock()
    _release(held, state=State.READY, wake_at=now + KEPT, ready_at=now, expires_at=now + KEPT)


def _write(chart: Chart, step: Step, progress: dict[str, Any], about: About) -> Piece:
    """Write the next page of a part, with what comes before or after it where it begins or ends."""
    part, writer, written = step.part, step.writer, progress["rows"]
    page = part.page(chart, progress["after"], PAGE)
    counts = progress["counts"] | {f"{step.format}/{part.name}": written + len(page)}
    content = writer.opens(about, part, is_first=step.is_first) if written == 0 else b""
    content += writer.rows(about, part, [row for _, row in page], has_begun=written > 0)
    then = {"counts": counts, "position": progress["position"] + 1}
    if len(page) == PAGE:
        then |= {"step": progress["step"], "after": page[-1][0], "rows": written + PAGE}
    else:
        content += writer.closes(part, is_last=step.is_last, counts=counts_in(step.format, counts))
        then |= {"step": progress["step"] + 1, "after": None, "rows": 0}
        then |= {"position": 0} if step.is_last else {}
    return Piece(step.file, progress["position"], content, then)


def _keep(held: Held, chart: Chart, piece: Piece, now: datetime) -> None:
    name = name_of(held.job.pk, piece.file, piece.position)
    sealed = chart.cipher.seal(zlib.compress(piece.content), column=COLUMN, row=name)
    with transaction.atomic():
        if not claim(_mine(held), progress=piece.progress, wake_at=now + LEASE, attempts=0):
            raise LeaseLost
        ExportPiece.objects.create(
            job_id=held.job.pk, file=piece.file, position=piece.position, sealed=sealed
        )


def _release(held: Held, *, state: str, wake_at: datetime | None, **columns: Any) -> None:
    with transaction.atomic():
        is_mine = claim(_mine(held), state=state, wake_at=wake_at, fence=None, **columns)
        if is_mine and state == State.STOPPED:
            # Nobody can fetch the part that was made.
            ExportPiece.objects.filter(job_id=held.job.pk).delete()
    if not is_mine:
        log.warning("export_lease_lost")


def _mine(held: Held) -> Any:
    return ExportJob.objects.filter(pk=held.job.pk, state=State.MAKING, fence=held.fence)


@actors.acting_as(actors.EXPORTS)
def count_expired(*, now: datetime) -> int:
    """Count the finished exports whose files should be gone by now."""
    return ExportJob.objects.filter(state=State.READY, wake_at__lte=now).count()


@actors.acting_as(actors.EXPORTS)
def forget_expired(*, now: datetime) -> int:
    """Delete the files of a few exports that have expired; return how many exports those were.

    A worker does so before it looks for work, ``retention`` where no worker came. Files are copies:
    what they were made of stays, also under a legal hold. Safe to repeat, and at once by two.
    """
    over = ExportJob.objects.filter(state=State.READY, wake_at__lte=now).order_by("wake_at", "id")
    gone = 0
    for pk in list(over.values_list("pk", flat=True)[:_AT_ONCE]):
        with transaction.atomic():
            mine = ExportJob.objects.filter(pk=pk, state=State.READY)
            if claim(mine, state=State.EXPIRED, wake_at=None):
                ExportPiece.objects.filter(job_id=pk).delete()
                gone += 1
    return gone
