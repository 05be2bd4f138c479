"""What a patient says of their plan of care: a yes to a version, or what should be otherwise."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from backend.kit.db.compiled import CompiledQuery
from backend.kit.errors import NotThere
from backend.kit.ids import new_id
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_write
from care.access.patient_lock import lock_patient
from care.models import CarePlan, CarePlanResponse

_BINDING = CarePlanResponse.HANDLING.sealed["words"].bound_to
MAX_COMMENT_LENGTH = 1_000
#: More than the column holds names no version.
_MAX_REV = 2**31 - 1


class NoSuchVersion(NotThere):
    """There is no version of that number of this patient's plan."""


class OnlyThePatientAnswers(Exception):
    """Nobody agrees to a plan of care in the patient's place."""


@dataclass(frozen=True, slots=True)
class PlanResponse:
    """What the patient said last, and of which version."""

    plan_rev: int
    agreed: bool
    comment: str
    at: datetime


def respond_to_plan(
    *, chart: Chart, plan_rev: int, agreed: bool, comment: str, now: datetime
) -> PlanResponse:
    """Write down what the patient says of a version, with the time; the same again adds nothing.

    An older version may be answered too: what was agreed to is what was read.

    :raises NoSuchVersion: there is none of that number.
    :raises OnlyThePatientAnswers: through anybody else's chart.
    """
    if not chart.is_own:
        raise OnlyThePatientAnswers
    versions = CarePlan.objects.filter(patient_id=chart.patient_id)
    if plan_rev > _MAX_REV or not versions.filter(rev=plan_rev).exists():
        raise NoSuchVersion
    row_id: UUID = new_id()
    sealed = chart.cipher.seal(comment.encode(), column=_BINDING, row=row_id)
    with transaction.atomic():
        lock_patient(chart.patient_id)
        said = response_to_plan(chart=chart)
        if said is not None and (said.plan_rev, said.agreed, said.comment) == (
            plan_rev, agreed, comment,
        ):  # fmt: skip
            return said
        CarePlanResponse(
            id=row_id, patient_id=chart.patient_id, plan_rev=plan_rev, agreed=agreed, at=now,
            words=sealed if comment else None,
        ).save(force_insert=True)  # fmt: skip
        log_write(chart=chart, what=DataCategory.PROGRAMME, now=now)
    return PlanResponse(plan_rev, agreed, comment, now)


def response_to_plan(*, chart: Chart) -> PlanResponse | None:
    """Read what the patient said last of their plan; one statement."""
    row = _NEWEST.first(patient_id=chart.patient_id)
    if row is None:
        return None
    row_id, plan_rev, agreed, words, at = row
    comment = ""
    if words is not None:
        comment = chart.cipher.open(words, column=_BINDING, row=row_id).decode()
    return PlanResponse(plan_rev, agreed, comment, at)


def _newest(*, patient_id: UUID) -> Any:
    rows = CarePlanResponse.objects.filter(patient_id=patient_id).order_by("-at", "-id")
    return rows.values_list("id", "plan_rev", "agreed", "words", "at")[:1]


_NEWEST = CompiledQuery(_newest, patient_id=CarePlanResponse._meta.get_field("patient"))
