"""Writing a safety plan: the patient alone does, and every version stays."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from backend.kit import text
from backend.kit.errors import ChangedMeanwhile, FieldError, InvalidInput, fit_to_tell
from backend.kit.ids import new_id
from care import access
from care.access import Chart, DataClass
from journaling.actions.entries import NotTheOwner
from journaling.kinds.fields import Refused, plain_text
from journaling.models import Journal, SafetyPlan
from journaling.queries.safety_plans import PlanVersion, plan_of, seal
from journaling.safety.plan import LABELS, OF_PEOPLE, Plan

MOST_ITEMS = 20
LONGEST_ITEM = 500
LONGEST_NAME = 120


class PlanChanged(ChangedMeanwhile):
    """The plan has another revision than the caller read; nothing was changed."""


def write_plan(*, chart: Chart, rev: int, sent: Mapping[str, Any], now: datetime) -> PlanVersion:
    """Put a new version in the place of revision ``rev`` (0: there was none yet).

    The same content again, on top of itself, makes no new version.

    :raises backend.kit.errors.InvalidInput: naming every field at fault.
    :raises PlanChanged: ``rev`` is not the newest.
    :raises NotTheOwner: through anybody's chart but the patient's own.
    """
    if not chart.is_own:
        raise NotTheOwner
    plan = read_plan(sent)
    with transaction.atomic():
        # The journal's lock, also where there is no entry yet.
        Journal.objects.get_or_create(patient_id=chart.patient_id)
        list(Journal.objects.select_for_update().filter(patient_id=chart.patient_id))
        newest = plan_of(chart=chart)
        if rev != (newest.rev if newest is not None else 0):
            raise PlanChanged
        if newest is not None and newest.plan == plan:
            return newest
        version_id = new_id()
        SafetyPlan(
            id=version_id,
            patient_id=chart.patient_id,
            rev=rev + 1,
            at=now,
            words=seal(plan, version_id=version_id, cipher=chart.cipher),
        ).save(force_insert=True)
        access.log_write(chart=chart, what=DataClass.SAFETY_PLAN, now=now)
    return PlanVersion(rev + 1, now, plan)


def read_plan(sent: Mapping[str, Any]) -> Plan:
    """Check a plan: lists of short texts, and lists of people with a name and how to reach them.

    :raises backend.kit.errors.InvalidInput: naming every field at fault.
    """
    faults = [
        FieldError(fit_to_tell(name), "unknown_field", "A plan has no such field.")
        for name in sent
        if name not in LABELS
    ]
    plan: dict[str, list[Any]] = {}
    for name in LABELS:
        try:
            plan[name] = _items(name, sent.get(name))
        except Refused as refusal:
            faults.append(FieldError(name, refusal.code, refusal.detail))
    if faults:
        raise InvalidInput(faults)
    return plan


def _items(name: str, value: Any) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise Refused("not_a_list", "Must be a list.")
    if len(value) > MOST_ITEMS:
        raise Refused("too_many", f"At most {MOST_ITEMS}.")
    return [_person(item) if name in OF_PEOPLE else _text(item, LONGEST_ITEM) for item in value]


def _person(value: Any) -> dict[str, str | None]:
    """Take ``{name, contact?}``, or a name alone."""
    if isinstance(value, str):
        return {"name": _name(value), "contact": None}
    if not isinstance(value, dict) or not set(value) <= {"name", "contact"}:
        raise Refused("not_a_person", "Must be an object of name and contact.")
    contact = value.get("contact")
    return {
        "name": _name(value.get("name")),
        "contact": _text(contact, LONGEST_NAME) if contact is not None else None,
    }


def _name(value: Any) -> str:
    name = _text(value, LONGEST_NAME)
    if not text.is_one_line(name):
        raise Refused("invalid_characters", text.ONE_LINE)
    return name


def _text(value: Any, longest: int) -> str:
    line = plain_text(value, longest=longest)
    if text.is_blank(line):
        raise Refused("blank", "Must not be blank.")
    return line
