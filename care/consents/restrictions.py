"""Requests to restrict how a record is used, and the answers of the clinic (42 CFR 2.26)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.kit.db.claims import claim
from backend.kit.errors import NotThere, enforce_limit
from backend.kit.ids import new_id
from care.access.chart import Chart, NotTheOwner
from care.access.data_categories import DataCategory
from care.access.log import log_write
from care.access.open import open_chart_of_row
from care.access.patient_lock import lock_patient
from care.models import RestrictionRequest, User

GRANTED, DECLINED = "granted", "declined"
ANSWERS = (GRANTED, DECLINED)
MAX_TEXT_LENGTH = 1_000
#: Ours: nobody asks for so many; a slip or a broken client would.
MOST_REQUESTS = 100
_WORDS = RestrictionRequest.HANDLING.sealed["words"].bound_to
_ANSWER = RestrictionRequest.HANDLING.sealed["answer_words"].bound_to


class NoSuchRestriction(NotThere):
    """This chart shows no request of that id."""


class OnlyTheClinicAnswers(Exception):
    """A request is answered by the care team, not by who made it."""


class RestrictionAnswered(Exception):
    """It was answered otherwise before; nothing was changed."""


@dataclass(frozen=True, slots=True)
class RestrictionView:
    """One request, decrypted, with its answer once there is one."""

    id: UUID
    text: str
    asked_at: datetime
    answer: str | None
    reason: str | None
    answered_at: datetime | None
    answered_by: str


def restrictions_of(*, chart: Chart) -> Sequence[RestrictionView]:
    """List the patient's requests, the newest first."""
    rows = RestrictionRequest.objects.filter(patient_id=chart.patient_id)
    return _views(chart, list(rows.order_by("-asked_at", "-id")))


def ask_to_restrict(*, chart: Chart, text: str, now: datetime) -> tuple[RestrictionView, bool]:
    """Ask for a restriction; return it, and whether it is new. The same words wait once.

    :raises NotTheOwner: through anybody's chart but the patient's own.
    :raises backend.kit.errors.InvalidInput: there are too many.
    """
    if not chart.is_own:
        raise NotTheOwner
    with transaction.atomic():
        lock_patient(chart.patient_id)
        rows = RestrictionRequest.objects.filter(patient_id=chart.patient_id)
        waiting = _views(chart, list(rows.filter(answer__isnull=True)))
        known = next((one for one in waiting if one.text == text), None)
        if known is not None:
            return known, False
        enforce_limit(rows.count(), most=MOST_REQUESTS, what="requests")
        row_id = new_id()
        words = chart.cipher.seal(text.encode(), column=_WORDS, row=row_id)
        row = RestrictionRequest.objects.create(
            id=row_id, patient_id=chart.patient_id, words=words, asked_at=now
        )
        log_write(chart=chart, what=DataCategory.CONSENT, now=now)
    (made,) = _views(chart, [row])
    return made, True


def open_restriction_chart(*, viewer: User, request_id: UUID, now: datetime) -> Chart:
    """Open the chart of who asked, to answer.

    :raises care.access.chart.NoSuchChart: for whoever does not treat them; logged.
    """
    return open_chart_of_row(
        viewer=viewer, rows=RestrictionRequest.objects.filter(pk=request_id), row_id=request_id,
        what=DataCategory.CONSENT, now=now,
    )  # fmt: skip


def answer_restriction(
    *, chart: Chart, request_id: UUID, answer: str, reason: str, now: datetime
) -> RestrictionView:
    """Grant or decline a request, with a reason that the patient reads; the same again is a repeat.

    :raises NoSuchRestriction: this chart shows none of that id.
    :raises RestrictionAnswered: it has another answer.
    :raises OnlyTheClinicAnswers: through the patient's own chart.
    """
    if chart.is_own:
        raise OnlyTheClinicAnswers
    rows = RestrictionRequest.objects.filter(patient_id=chart.patient_id, pk=request_id)
    words = chart.cipher.seal(reason.encode(), column=_ANSWER, row=request_id)
    with transaction.atomic():
        is_answered = claim(
            rows.filter(answer__isnull=True), answer=answer, answer_words=words, answered_at=now,
            answered_by=chart.viewer_id,
        )  # fmt: skip
        if is_answered:
            log_write(chart=chart, what=DataCategory.CONSENT, now=now)
    views = _views(chart, list(rows))
    if not views:
        raise NoSuchRestriction
    if (views[0].answer, views[0].reason) != (answer, reason):
        raise RestrictionAnswered
    return views[0]


def _views(chart: Chart, rows: Sequence[RestrictionRequest]) -> list[RestrictionView]:
    ids = {row.answered_by for row in rows if row.answered_by is not None}
    names = dict(User.objects.filter(pk__in=ids).values_list("pk", "display_name"))
    return [
        RestrictionView(
            row.pk,
            chart.cipher.open(row.words, column=_WORDS, row=row.pk).decode(),
            row.asked_at,
            row.answer,
            _reason(chart, row),
            row.answered_at,
            names.get(row.answered_by, "") if row.answered_by is not None else "",
        )
        for row in rows
    ]


def _reason(chart: Chart, row: RestrictionRequest) -> str | None:
    if row.answer_words is None:
        return None
    return chart.cipher.open(row.answer_words, column=_ANSWER, row=row.pk).decode()
