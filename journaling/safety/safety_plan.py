"""A patient's own safety plan (CLINICAL §3): its fields, reading it, writing a new version.

Only the patient writes it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict, TypeVar
from uuid import UUID

import orjson
from django.db import transaction

from backend.kit import text
from backend.kit.crypto import PatientCipher
from backend.kit.errors import ChangedMeanwhile, FieldError, InvalidInput, safe_field_name
from backend.kit.ids import new_id
from backend.kit.strict_json import Json
from care.access.chart import Chart, NotTheOwner
from care.access.data_categories import DataCategory
from care.access.log import log_write
from journaling.entries.kinds.field_types import InvalidValue, validate_text
from journaling.models import SafetyPlan
from journaling.models.journal import lock_journal

#: What a phone shows as headings; the words inside are the patient's.
PLAN_LABELS = {
    "warning_signs": "My warning signs",
    "what_i_do": "What I do myself",
    "distractions": "People and places that take my mind off it",
    "people_i_ask": "People I ask for help",
    "professionals": "Professionals",
    "safer_surroundings": "Making my surroundings safer",
}
#: What the words of a version are bound to.
PLAN_TEXT_COLUMN = SafetyPlan.HANDLING.sealed["words"].bound_to
MAX_PLAN_ITEMS = 20
MAX_ITEM_LENGTH = 500
MAX_NAME_LENGTH = 120
T = TypeVar("T")


class PlanPerson(TypedDict):
    """Somebody to ask for help, and how to reach them."""

    name: str
    contact: str | None


class PlanContent(TypedDict):
    """What the plan says, as it is stored."""

    warning_signs: list[str]
    what_i_do: list[str]
    distractions: list[str]
    people_i_ask: list[PlanPerson]
    professionals: list[PlanPerson]
    safer_surroundings: list[str]


class PlanHidden(Exception):
    """This chart shows no safety plan: its viewer is not on the care team."""


class PlanChanged(ChangedMeanwhile):
    """The plan has another revision than the caller read; nothing was changed."""


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """One version of the plan, and when it was written."""

    rev: int
    at: datetime
    plan: PlanContent


def newest_plan_of(*, chart: Chart) -> PlanVersion | None:
    """Read the newest version, or nothing where the patient wrote none.

    :raises PlanHidden: for a chart of somebody who is only on duty.
    """
    versions = _versions(chart, limit=1)
    return versions[0] if versions else None


def plan_history(*, chart: Chart) -> list[PlanVersion]:
    """Read every version, the newest first.

    :raises PlanHidden: for a chart of somebody who is only on duty.
    """
    return _versions(chart)


def write_plan(*, chart: Chart, rev: int, sent: Mapping[str, Json], now: datetime) -> PlanVersion:
    """Store a new version in the place of revision ``rev`` (0: there was none yet).

    The same content again, on top of itself, makes no new version.

    :raises backend.kit.errors.InvalidInput: naming every field at fault.
    :raises PlanChanged: ``rev`` is not the newest.
    :raises NotTheOwner: through anybody's chart but the patient's own.
    """
    if not chart.is_own:
        raise NotTheOwner
    plan = validate_plan(sent)
    with transaction.atomic():
        lock_journal(patient_id=chart.patient_id)
        newest = newest_plan_of(chart=chart)
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
            words=seal_plan(plan, version_id=version_id, cipher=chart.cipher),
        ).save(force_insert=True)
        log_write(chart=chart, what=DataCategory.SAFETY_PLAN, now=now)
    return PlanVersion(rev + 1, now, plan)


def validate_plan(sent: Mapping[str, Json]) -> PlanContent:
    """Check a plan: lists of short texts, and lists of people with a name and how to reach them.

    :raises backend.kit.errors.InvalidInput: naming every field at fault.
    """
    faults = [
        FieldError(safe_field_name(name), "unknown_field", "A plan has no such field.")
        for name in sent
        if name not in PLAN_LABELS
    ]

    def read(name: str, read_item: Callable[[Json], T]) -> list[T]:
        try:
            return _read_items(sent.get(name), read_item)
        except InvalidValue as refusal:
            faults.append(FieldError(name, refusal.code, refusal.detail))
            return []

    plan = PlanContent(
        warning_signs=read("warning_signs", _read_line),
        what_i_do=read("what_i_do", _read_line),
        distractions=read("distractions", _read_line),
        people_i_ask=read("people_i_ask", _read_person),
        professionals=read("professionals", _read_person),
        safer_surroundings=read("safer_surroundings", _read_line),
    )
    if faults:
        raise InvalidInput(faults)
    return plan


def people_in_plan(plan: PlanContent | None) -> list[PlanPerson]:
    """List the people that the patient wants to ask, then the professionals."""
    return [] if plan is None else [*plan["people_i_ask"], *plan["professionals"]]


def seal_plan(plan: PlanContent, *, version_id: UUID, cipher: PatientCipher) -> bytes:
    """Encrypt a plan for exactly this version."""
    return cipher.seal(orjson.dumps(plan), column=PLAN_TEXT_COLUMN, row=version_id)


def _versions(chart: Chart, *, limit: int | None = None) -> list[PlanVersion]:
    if not chart.sharing_levels:
        raise PlanHidden
    rows = SafetyPlan.objects.filter(patient_id=chart.patient_id).order_by("-rev")
    return [
        PlanVersion(row.rev, row.at, _open_plan(row, chart.cipher))
        for row in (rows if limit is None else rows[:limit])
    ]


def _open_plan(row: SafetyPlan, cipher: PatientCipher) -> PlanContent:
    opened: PlanContent = orjson.loads(cipher.open(row.words, column=PLAN_TEXT_COLUMN, row=row.pk))
    return opened


def _read_items(value: Json, read_item: Callable[[Json], T]) -> list[T]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidValue("not_a_list", "Must be a list.")
    if len(value) > MAX_PLAN_ITEMS:
        raise InvalidValue("too_many", f"At most {MAX_PLAN_ITEMS}.")
    return [read_item(item) for item in value]


def _read_person(value: Json) -> PlanPerson:
    """Read ``{name, contact?}``, or a name alone."""
    if isinstance(value, str):
        return PlanPerson(name=_read_name(value), contact=None)
    if not isinstance(value, dict) or not set(value) <= {"name", "contact"}:
        raise InvalidValue("not_a_person", "Must be an object of name and contact.")
    contact = value.get("contact")
    return PlanPerson(
        name=_read_name(value.get("name")),
        contact=None if contact is None else _read_line(contact, longest=MAX_NAME_LENGTH),
    )


def _read_name(value: Json) -> str:
    name = _read_line(value, longest=MAX_NAME_LENGTH)
    if not text.is_one_line(name):
        raise InvalidValue("invalid_characters", text.NOT_ONE_LINE)
    return name


def _read_line(value: Json, longest: int = MAX_ITEM_LENGTH) -> str:
    line = validate_text(value, longest=longest)
    if text.is_blank(line):
        raise InvalidValue("blank", "Must not be blank.")
    return line
