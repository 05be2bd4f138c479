"""Medical screenings as a dated checklist: asked for, done, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import orjson
from django.db import transaction
from django.db.models import F

from backend.kit.errors import InvalidInput, enforce_limit
from backend.kit.ids import new_id
from backend.kit.text import fold_name
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_write
from care.access.patient_lock import lock_patient
from care.models import Screening

_BINDING = Screening.HANDLING.sealed["words"].bound_to
MAX_KIND_LENGTH, MAX_RESULT_LENGTH = 60, 500
#: Ours: no stay has so many; a slip or a broken client would.
MOST_SCREENINGS = 500


class OnlyCareTeamScreens(Exception):
    """Patients read their screenings; the care team writes them down."""


@dataclass(frozen=True, slots=True)
class ScreeningView:
    """One screening, decrypted; days are of the clinic's calendar. It is due until it is done."""

    id: UUID
    kind: str
    asked_on: date
    done_on: date | None
    result: str
    rev: int


def screenings_of(*, chart: Chart) -> Sequence[ScreeningView]:
    """List the patient's screenings: what is due first, then the newest."""
    rows = Screening.objects.filter(patient_id=chart.patient_id)
    found = [_opened(row, chart) for row in rows.order_by("-asked_on", "-id")]
    return sorted(found, key=lambda one: one.done_on is not None)


def note_screening(
    *, chart: Chart, kind: str, asked_on: date, done_on: date | None, result: str, today: date,
    now: datetime,
) -> tuple[ScreeningView, bool]:  # fmt: skip
    """Note that a screening was asked for, or done; return it, and whether it is new.

    One of the same kind and day of asking is the same screening: its day and result are replaced.
    ``today`` is the clinic's.

    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    :raises OnlyCareTeamScreens: through the patient's own chart.
    """
    if chart.is_own:
        raise OnlyCareTeamScreens
    _validate(asked_on, done_on, result, today)
    with transaction.atomic():
        lock_patient(chart.patient_id)
        rows = Screening.objects.filter(patient_id=chart.patient_id)
        known = next(
            (row for row in rows.filter(asked_on=asked_on)
             if fold_name(_opened(row, chart).kind) == fold_name(kind)), None,
        )  # fmt: skip
        if known is None:
            enforce_limit(rows.count(), most=MOST_SCREENINGS, what="screenings")
        row = known or Screening(id=new_id(), patient_id=chart.patient_id, asked_on=asked_on)
        row.done_on, row.changed_at, row.changed_by = done_on, now, chart.viewer_id
        words = orjson.dumps({"kind": kind, "result": result})
        row.words = chart.cipher.seal(words, column=_BINDING, row=row.pk)
        if known is not None:
            row.rev = F("rev") + 1
        row.save(force_insert=known is None)
        row.refresh_from_db(fields=["rev"])
        log_write(chart=chart, what=DataCategory.MEDICAL, now=now)
    return _opened(row, chart), known is None


def _validate(asked_on: date, done_on: date | None, result: str, today: date) -> None:
    if asked_on > today:
        raise InvalidInput.of("asked_on", "in_the_future", "Must not be in the future.")
    if done_on is not None and not asked_on <= done_on <= today:
        detail = "Must lie from the day of asking to today."
        raise InvalidInput.of("done_on", "out_of_range", detail)
    if done_on is None and result:
        raise InvalidInput.of("result", "not_done", "What was not done has no result.")


def _opened(row: Screening, chart: Chart) -> ScreeningView:
    words = orjson.loads(chart.cipher.open(row.words, column=_BINDING, row=row.pk))
    return ScreeningView(row.pk, words["kind"], row.asked_on, row.done_on, words["result"], row.rev)
