"""Assigning skills and marking them taught: a clinician's call."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import DateTimeField, F, Value
from django.db.models.functions import Coalesce

from backend.kit.db.claims import claim
from backend.kit.errors import ChangedMeanwhile, InvalidInput
from backend.kit.ids import new_id
from backend.kit.subscribers import Subscribers
from backend.kit.text import is_blank
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_write
from journaling.models import Assignment, TaughtSkill
from journaling.skills.catalogue import Skill
from journaling.skills.read import NOTE_COLUMN, OUTCOME_NOTE_COLUMN, NoSuchAssignment

#: Three times a day; more is no homework. The table holds it as well.
MAX_TIMES_A_WEEK = 21
MAX_ASSIGNMENT_NOTE_LENGTH = 1_000
#: How homework may end.
OUTCOMES: tuple[str, ...] = tuple(Assignment.Outcome.values)
MAX_ASSIGNMENT_PERIOD = timedelta(days=366)


class OnlyCareTeamAssigns(Exception):
    """Patients don't assign skills to themselves; they practise what they like without."""


class AlreadyAssigned(Exception):
    """The skill is assigned to this patient now: change that assignment, or end it."""

    def __init__(self, assignment_id: UUID) -> None:
        self.assignment_id = assignment_id
        super().__init__("already_assigned")


class AssignmentChanged(ChangedMeanwhile):
    """Somebody changed the assignment since it was read; nothing was written."""


class AlreadyClosed(Exception):
    """It was said before how this assignment ended, and something else; nothing was written."""


class AssignmentSubscriber(Protocol):
    """Whoever follows assignments; told the same again it must change nothing."""

    def __call__(self, *, chart: Chart, assignment_id: UUID, now: datetime) -> None:
        """Follow one that was made, changed or ended, in its transaction."""


ASSIGNMENT_SUBSCRIBERS: Subscribers[AssignmentSubscriber] = Subscribers()


def assign_skill(
    *,
    chart: Chart,
    skill: str,
    per_week: int,
    until: date | None,
    note: str,
    skills: Mapping[str, Skill],
    today: date,
    now: datetime,
) -> UUID:
    """Assign a skill from today on, so many times a week; return the assignment's id.

    A skill is assigned once at a time, also when two assign it at the same moment; an assignment
    whose last day has passed makes room. ``today`` is the patient's, ``skills`` their clinic's.

    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    :raises AlreadyAssigned: naming the assignment that stands.
    :raises OnlyCareTeamAssigns: through the patient's own chart.
    """
    _require_care_team(chart)
    _validate_skill(skill, skills)
    _validate_times(per_week=per_week, until=until, since=today)
    assignment_id = new_id()
    of_skill = Assignment.objects.filter(patient_id=chart.patient_id, skill=skill)
    try:
        with transaction.atomic():
            of_skill.filter(ended_at__isnull=True, until__lt=today).update(
                ended_at=now, rev=F("rev") + 1
            )
            Assignment(
                id=assignment_id,
                patient_id=chart.patient_id,
                skill=skill,
                per_week=per_week,
                since=today,
                until=until,
                note=_seal_note(chart, note, assignment_id),
                assigned_at=now,
                assigned_by=chart.viewer_id,
            ).save(force_insert=True)
            log_write(chart=chart, what=DataCategory.SKILLS, now=now)
            _tell_of_assignment(chart, assignment_id, now)
    except IntegrityError:
        open_id = of_skill.filter(ended_at__isnull=True).values_list("id", flat=True).first()
        if open_id is None:
            raise
        raise AlreadyAssigned(open_id) from None
    return assignment_id


def change_assignment(
    *, chart: Chart, assignment_id: UUID, rev: int, changes: Mapping[str, Any], now: datetime
) -> None:
    """Change how often, until when, or the note; the skill and its first day stay.

    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    :raises journaling.skills.read.NoSuchAssignment: this patient has none, or it is ended.
    :raises AssignmentChanged: ``rev`` is not the newest.
    :raises OnlyCareTeamAssigns: through the patient's own chart.
    """
    _require_care_team(chart)
    since = _first_day_of_open(chart, assignment_id)
    _validate_times(per_week=changes.get("per_week", 1), until=changes.get("until"), since=since)
    fresh = {name: changes[name] for name in ("per_week", "until") if name in changes}
    if "note" in changes:
        fresh["note"] = _seal_note(chart, changes["note"], assignment_id)
    _update_assignment(chart, assignment_id, rev, fresh, now)


def end_assignment(*, chart: Chart, assignment_id: UUID, rev: int, now: datetime) -> None:
    """End an assignment; it stays on record with its progress.

    :raises journaling.skills.read.NoSuchAssignment: this patient has none, or it is ended.
    :raises AssignmentChanged: ``rev`` is not the newest.
    :raises OnlyCareTeamAssigns: through the patient's own chart.
    """
    _require_care_team(chart)
    _first_day_of_open(chart, assignment_id)
    fresh = {"ended_at": now, "ended_by": chart.viewer_id}
    _update_assignment(chart, assignment_id, rev, fresh, now)


def close_assignment(
    *, chart: Chart, assignment_id: UUID, outcome: str, note: str, now: datetime
) -> None:
    """End an assignment as it was spoken of in a session, with words of the clinician about it.

    ``outcome`` is one of ``Assignment.Outcome``: discussed; kept, the patient goes on with it by
    themselves; changed, something else takes its place; dropped. One that had only ended gets its
    outcome as well, and keeps the instant of its end. The same outcome again changes nothing; of
    two who close it at the same moment one wins.

    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    :raises journaling.skills.read.NoSuchAssignment: this patient has none of that id.
    :raises AlreadyClosed: with another outcome.
    :raises OnlyCareTeamAssigns: through the patient's own chart.
    """
    _require_care_team(chart)
    if outcome not in OUTCOMES:
        raise InvalidInput.of("outcome", "unknown_value", "Must be an outcome of homework.")
    of_patient = Assignment.objects.filter(patient_id=chart.patient_id, id=assignment_id)
    fresh = {
        "ended_at": Coalesce(F("ended_at"), Value(now, DateTimeField())),
        "ended_by": chart.viewer_id,
        "outcome": outcome,
        "outcome_note": _seal_note(chart, note, assignment_id, column=OUTCOME_NOTE_COLUMN),
    }
    with transaction.atomic():
        if claim(of_patient.filter(outcome__isnull=True), rev=F("rev") + 1, **fresh):
            log_write(chart=chart, what=DataCategory.SKILLS, now=now)
            _tell_of_assignment(chart, assignment_id, now)
            return
    said = of_patient.values_list("outcome", flat=True).first()
    if said is None:
        raise NoSuchAssignment
    if said != outcome:
        raise AlreadyClosed


def mark_taught(
    *, chart: Chart, skill: str, is_taught: bool, skills: Mapping[str, Skill], now: datetime
) -> None:
    """Mark a skill as taught to the patient, or take the mark back; a repeat changes nothing.

    :raises backend.kit.errors.InvalidInput: no such skill.
    :raises OnlyCareTeamAssigns: through the patient's own chart.
    """
    _require_care_team(chart)
    if is_taught:
        _validate_skill(skill, skills)
    with transaction.atomic():
        if is_taught:
            TaughtSkill.objects.bulk_create(
                [
                    TaughtSkill(
                        patient_id=chart.patient_id, skill=skill,
                        taught_at=now, taught_by=chart.viewer_id,
                    )
                ],
                ignore_conflicts=True,
            )  # fmt: skip
        else:
            TaughtSkill.objects.filter(patient_id=chart.patient_id, skill=skill).delete()
        log_write(chart=chart, what=DataCategory.SKILLS, now=now)


def _require_care_team(chart: Chart) -> None:
    if chart.is_own:
        raise OnlyCareTeamAssigns


def _validate_skill(skill: str, skills: Mapping[str, Skill]) -> None:
    if skill not in skills:
        raise InvalidInput.of("skill", "unknown_skill", "The clinic offers no such skill.")


def _validate_times(*, per_week: int, until: date | None, since: date) -> None:
    if not 1 <= per_week <= MAX_TIMES_A_WEEK:
        raise InvalidInput.of("per_week", "out_of_range", f"Must be from 1 to {MAX_TIMES_A_WEEK}.")
    if until is not None and not since <= until <= since + MAX_ASSIGNMENT_PERIOD:
        detail = "Must not lie before the first day, nor more than a year after it."
        raise InvalidInput.of("until", "out_of_range", detail)


def _first_day_of_open(chart: Chart, assignment_id: UUID) -> date:
    """Find the first day of an assignment that was not ended."""
    row = Assignment.objects.filter(
        patient_id=chart.patient_id, id=assignment_id, ended_at__isnull=True
    ).values_list("since", flat=True)
    since = row.first()
    if since is None:
        raise NoSuchAssignment
    return since


def _update_assignment(
    chart: Chart, assignment_id: UUID, rev: int, fresh: Mapping[str, Any], now: datetime
) -> None:
    same = Assignment.objects.filter(
        patient_id=chart.patient_id, id=assignment_id, rev=rev, ended_at__isnull=True
    )
    with transaction.atomic():
        if not claim(same, rev=F("rev") + 1, **fresh):
            raise AssignmentChanged
        log_write(chart=chart, what=DataCategory.SKILLS, now=now)
        _tell_of_assignment(chart, assignment_id, now)


def _tell_of_assignment(chart: Chart, assignment_id: UUID, now: datetime) -> None:
    for follow in ASSIGNMENT_SUBSCRIBERS:
        follow(chart=chart, assignment_id=assignment_id, now=now)


def _seal_note(
    chart: Chart, note: str, assignment_id: UUID, *, column: str = NOTE_COLUMN
) -> bytes | None:
    if is_blank(note):
        return None
    return chart.cipher.seal(note.encode(), column=column, row=assignment_id)
