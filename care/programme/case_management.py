"""What a patient needs beside treatment, and the tasks that come of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from backend.kit.db.claims import claim
from backend.kit.errors import InvalidInput, NotThere, enforce_limit
from backend.kit.ids import new_id
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_write
from care.access.open import open_chart_of_row
from care.access.patient_lock import lock_patient
from care.access.rules import membership_holds
from care.models import CareNeed, CareTask, CareTeamMembership, User
from care.programme.care_team import TeamMember, care_team_of

NEED_KINDS = (
    "housing", "work", "transport", "food", "money", "legal", "health", "childcare", "education",
    "other",
)  # fmt: skip
MAX_TEXT_LENGTH = 500
#: Ours: no stay has so many; a slip or a broken client would.
MOST_NEEDS, MOST_TASKS = 100, 500
_NEED = CareNeed.HANDLING.sealed["words"].bound_to
_TASK = CareTask.HANDLING.sealed["words"].bound_to


class NoSuchTask(NotThere):
    """This chart shows no task of that id."""


class OnlyCareTeamManages(Exception):
    """Needs and tasks are written down by the care team."""


@dataclass(frozen=True, slots=True)
class NeedView:
    """One need, decrypted; it is open until it is met."""

    id: UUID
    kind: str
    text: str
    noted_at: datetime
    met_at: datetime | None
    noted_by: UUID


@dataclass(frozen=True, slots=True)
class TaskView:
    """One task, decrypted; ``owner_id`` is None where it is the patient's own."""

    id: UUID
    text: str
    owner_id: UUID | None
    need_id: UUID | None
    due_on: date | None
    made_at: datetime
    done_at: datetime | None
    made_by: UUID
    done_by: UUID | None


@dataclass(frozen=True, slots=True)
class CaseView:
    """A patient's needs and tasks, their care team, and the names of all who stand in these."""

    needs: Sequence[NeedView]
    tasks: Sequence[TaskView]
    team: Sequence[TeamMember]
    names: Mapping[UUID, str]


def case_of(*, chart: Chart, now: datetime) -> CaseView:
    """Read needs and tasks with who noted, has or finished them, also where they have left."""
    needs, tasks = needs_of(chart=chart), tasks_of(chart=chart)
    ids = {one.noted_by for one in needs}
    ids |= {who for one in tasks for who in (one.made_by, one.owner_id, one.done_by) if who}
    names = dict(User.objects.filter(pk__in=ids).values_list("pk", "display_name"))
    team = care_team_of(patient_id=chart.patient_id, now=now)
    return CaseView(needs, tasks, team, names)


def needs_of(*, chart: Chart) -> Sequence[NeedView]:
    """List the patient's needs: the open ones first, then the newest."""
    rows = CareNeed.objects.filter(patient_id=chart.patient_id).order_by("-noted_at", "-id")
    return sorted((_need(chart, row) for row in rows), key=lambda one: one.met_at is not None)


def note_need(
    *, chart: Chart, kind: str, text: str, is_met: bool, now: datetime
) -> tuple[NeedView, bool]:
    """Note a need, or that one is met; return it, and whether it is new.

    One of the same kind and words is the same need. A need that was met and comes back is a new
    one.

    :raises backend.kit.errors.InvalidInput: there are too many.
    :raises OnlyCareTeamManages: through the patient's own chart.
    """
    if chart.is_own:
        raise OnlyCareTeamManages
    with transaction.atomic():
        lock_patient(chart.patient_id)
        rows = CareNeed.objects.filter(patient_id=chart.patient_id)
        still_open = list(rows.filter(met_at__isnull=True, kind=kind))
        known = next((row for row in still_open if _need(chart, row).text == text), None)
        if known is None:
            enforce_limit(rows.count(), most=MOST_NEEDS, what="needs")
        row = known or _new_need(chart, kind, text, now)
        if known is None or is_met:
            row.met_at = now if is_met else None
            row.save(force_insert=known is None)
            log_write(chart=chart, what=DataCategory.PROGRAMME, now=now)
    return _need(chart, row), known is None


def tasks_of(*, chart: Chart) -> Sequence[TaskView]:
    """List the patient's tasks: what is to be done first, by its day; then the newest done."""
    rows = CareTask.objects.filter(patient_id=chart.patient_id).order_by("-made_at", "-id")
    views = [_task(chart, row) for row in rows]
    still_open = sorted(
        (one for one in views if one.done_at is None),
        key=lambda one: (one.due_on is None, one.due_on or date.max),
    )
    return [*still_open, *(one for one in views if one.done_at is not None)]


def add_task(
    *, chart: Chart, text: str, owner_id: UUID | None, need_id: UUID | None, due_on: date | None,
    now: datetime,
) -> TaskView:  # fmt: skip
    """Write down what is to be done; ``owner_id`` is somebody of the care team, None the patient.

    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    :raises OnlyCareTeamManages: through the patient's own chart.
    """
    if chart.is_own:
        raise OnlyCareTeamManages
    _validate_task(chart, owner_id, need_id, now)
    row_id = new_id()
    row = CareTask(
        id=row_id, patient_id=chart.patient_id, need_id=need_id, owner_id=owner_id, due_on=due_on,
        made_at=now, made_by=chart.viewer_id,
        words=chart.cipher.seal(text.encode(), column=_TASK, row=row_id),
    )  # fmt: skip
    with transaction.atomic():
        row.save(force_insert=True)
        log_write(chart=chart, what=DataCategory.PROGRAMME, now=now)
    return _task(chart, row)


def open_task_chart(*, viewer: User, task_id: UUID, now: datetime) -> Chart:
    """Open the chart of whose task it is, to say that it is done.

    :raises care.access.chart.NoSuchChart: for anybody but the patient and their care team; logged.
    """
    return open_chart_of_row(
        viewer=viewer, rows=CareTask.objects.filter(pk=task_id), row_id=task_id,
        what=DataCategory.PROGRAMME, now=now,
    )  # fmt: skip


def finish_task(*, chart: Chart, task_id: UUID, now: datetime) -> TaskView:
    """Mark a task as done; again changes nothing. A patient finishes their own alone.

    :raises NoSuchTask: this chart shows none of that id, or it is not theirs to finish.
    """
    rows = CareTask.objects.filter(patient_id=chart.patient_id, pk=task_id)
    if chart.is_own:
        rows = rows.filter(owner_id__isnull=True)
    with transaction.atomic():
        if claim(rows.filter(done_at__isnull=True), done_at=now, done_by=chart.viewer_id):
            log_write(chart=chart, what=DataCategory.PROGRAMME, now=now)
    row = rows.first()
    if row is None:
        raise NoSuchTask
    return _task(chart, row)


def _validate_task(
    chart: Chart, owner_id: UUID | None, need_id: UUID | None, now: datetime
) -> None:
    team = CareTeamMembership.objects.filter(membership_holds(now), patient_id=chart.patient_id)
    if owner_id is not None and not team.filter(clinician_id=owner_id).exists():
        raise InvalidInput.of("owner", "not_on_the_team", "Must be somebody of the care team.")
    needs = CareNeed.objects.filter(patient_id=chart.patient_id)
    if need_id is not None and not needs.filter(pk=need_id).exists():
        raise InvalidInput.of("need", "unknown", "The patient has no such need.")
    tasks = CareTask.objects.filter(patient_id=chart.patient_id)
    enforce_limit(tasks.count(), most=MOST_TASKS, what="tasks")


def _new_need(chart: Chart, kind: str, text: str, now: datetime) -> CareNeed:
    row_id = new_id()
    return CareNeed(
        id=row_id, patient_id=chart.patient_id, kind=kind, noted_at=now, noted_by=chart.viewer_id,
        words=chart.cipher.seal(text.encode(), column=_NEED, row=row_id),
    )  # fmt: skip


def _need(chart: Chart, row: CareNeed) -> NeedView:
    text = chart.cipher.open(row.words, column=_NEED, row=row.pk).decode()
    return NeedView(row.pk, row.kind, text, row.noted_at, row.met_at, row.noted_by)


def _task(chart: Chart, row: CareTask) -> TaskView:
    text = chart.cipher.open(row.words, column=_TASK, row=row.pk).decode()
    return TaskView(
        row.pk, text, row.owner_id, row.need_id, row.due_on, row.made_at, row.done_at, row.made_by,
        row.done_by,
    )  # fmt: skip
