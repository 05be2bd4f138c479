"""A clinic's own skills, triggers and targets, and the skills that a patient is shown."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from backend.kit.db.claims import claim
from backend.kit.db.compiled import CompiledQuery
from backend.kit.errors import ChangedMeanwhile, FieldError, InvalidInput
from backend.kit.text import fold_name
from care.access.chart import Chart
from care.models import User
from journaling.entries.kinds.craving import TRIGGERS
from journaling.models import Assignment, ClinicSkill, ClinicTerm, TaughtSkill
from journaling.skills import catalogue
from journaling.skills.catalogue import Skill
from journaling.skills.read import open_assignment_condition

#: What a clinic may say otherwise about a shipped skill, and must say about one that it adds.
OVERRIDABLE_FIELDS = (
    "name",
    "also_known_as",
    "module",
    "description",
    "minutes",
    "ratings",
    "caution",
)
_OVERRIDE_COLUMNS = ("slug", *OVERRIDABLE_FIELDS, "is_withdrawn", "rev", "changed_at")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{1,59}")
_TAG = re.compile(r"[a-z][a-z0-9_]{1,59}")
#: What must be said about a skill that does not ship.
_REQUIRED_FIELDS = ("name", "module", "description", "minutes")
#: More would be no list to pick from.
MAX_TERMS = 50


@dataclass(frozen=True, slots=True)
class PatientSkill:
    """One skill as a patient is shown it."""

    skill: Skill
    is_taught: bool
    is_assigned: bool


@dataclass(frozen=True, slots=True)
class ClinicSkillOverride:
    """What a clinic says about one skill; None is as shipped."""

    slug: str
    name: str | None
    also_known_as: str | None
    module: str | None
    description: str | None
    minutes: int | None
    ratings: list[str] | None
    caution: str | None
    is_withdrawn: bool
    rev: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class ClinicTerms:
    """Names in the order of the alphabet."""

    targets: tuple[str, ...]
    triggers: tuple[str, ...]


class ClinicSkillChanged(ChangedMeanwhile):
    """Somebody changed what the clinic says about the skill; nothing was written."""


def skills_of_clinic(*, clinic_id: UUID) -> dict[str, Skill]:
    """List the shipped skills with what the clinic says otherwise, then those that it adds."""
    return _with_overrides(ClinicSkill.objects.filter(clinic_id=clinic_id))


def skills_of_patient(*, chart: Chart) -> dict[str, Skill]:
    """List the skills of the patient's clinic."""
    return _with_overrides(ClinicSkill.objects.filter(clinic__users=chart.patient_id))


def _with_overrides(overrides: "QuerySet[ClinicSkill]") -> dict[str, Skill]:
    skills = dict(catalogue.shipped_skills())
    for row in overrides.order_by("slug").values("slug", "is_withdrawn", *OVERRIDABLE_FIELDS):
        slug = row.pop("slug")
        if row.pop("is_withdrawn"):
            skills.pop(slug, None)
        else:
            skills[slug] = _merge_override(slug, skills.get(slug), row)
    return skills


def clinic_skill_names(*, user_id: UUID) -> dict[str, str]:
    """Return the clinic's own names of skills, by slug."""
    return dict(_SKILL_NAMES.all(user=user_id))


def clinic_skill_overrides(*, clinic_id: UUID) -> list[ClinicSkillOverride]:
    """List what the clinic says itself, shipped or added, withdrawn or not."""
    rows = ClinicSkill.objects.filter(clinic_id=clinic_id).order_by("slug")
    return [ClinicSkillOverride(**row) for row in rows.values(*_OVERRIDE_COLUMNS)]


def _override_of(clinic_id: UUID, slug: str) -> ClinicSkillOverride:
    rows = ClinicSkill.objects.filter(clinic_id=clinic_id, slug=slug)
    return ClinicSkillOverride(**rows.values(*_OVERRIDE_COLUMNS).get())


def search_skills(
    *,
    clinic_id: UUID,
    chart: Chart | None,
    today: date,
    text: str = "",
    module: str | None = None,
    only_assigned: bool = False,
) -> list[PatientSkill]:
    """Find skills; for a patient what was assigned comes first, then what was taught.

    Without a chart nothing is taught or assigned. What was assigned is shown although the clinic
    withdrew it.
    """
    skills = skills_of_clinic(clinic_id=clinic_id)
    taught, assigned = (
        (set[str](), set[str]()) if chart is None else _taught_and_assigned(chart, today)
    )
    for slug in assigned - set(skills):
        if slug in catalogue.shipped_skills():
            skills[slug] = catalogue.shipped_skills()[slug]
    shown = [
        PatientSkill(skill, skill.slug in taught, skill.slug in assigned)
        for skill in skills.values()
        if catalogue.is_search_match(skill, text=text, module=module)
        and (skill.slug in assigned or not only_assigned)
    ]
    # Sorting keeps the catalogue's order among equals.
    return sorted(shown, key=lambda one: (not one.is_assigned, not one.is_taught))


def terms_of_clinic(*, clinic_id: UUID) -> ClinicTerms:
    """List the clinic's own triggers and targets."""
    rows = ClinicTerm.objects.filter(clinic_id=clinic_id, is_withdrawn=False).order_by("name", "id")
    terms = list(rows.values_list("vocabulary", "name"))
    return ClinicTerms(
        targets=tuple(name for vocabulary, name in terms if vocabulary == "target"),
        triggers=tuple(name for vocabulary, name in terms if vocabulary == "trigger"),
    )


def set_clinic_skill(
    *,
    clinic_id: UUID,
    changed_by: UUID,
    slug: str,
    said: Mapping[str, Any],
    is_withdrawn: bool,
    rev: int,
    now: datetime,
) -> ClinicSkillOverride:
    """Replace what the clinic says about a skill, or add one; return what it says now.

    What is left out or null is as shipped. Before the first time the revision is 0. Nothing is
    deleted: a skill that was practised keeps its name, so it can only be withdrawn.

    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    :raises ClinicSkillChanged: ``rev`` is not the newest.
    """
    _validate_skill(slug, said)
    columns = {name: said.get(name) for name in OVERRIDABLE_FIELDS} | {
        "is_withdrawn": is_withdrawn, "changed_at": now, "changed_by": changed_by,
    }  # fmt: skip
    if rev:
        same = ClinicSkill.objects.filter(clinic_id=clinic_id, slug=slug, rev=rev)
        if not claim(same, rev=F("rev") + 1, **columns):
            raise ClinicSkillChanged
        return _override_of(clinic_id, slug)
    try:
        with transaction.atomic():
            ClinicSkill(clinic_id=clinic_id, slug=slug, **columns).save(force_insert=True)
    except IntegrityError:
        raise ClinicSkillChanged from None
    return _override_of(clinic_id, slug)


def set_clinic_terms(
    *, clinic_id: UUID, targets: Iterable[str], triggers: Iterable[str]
) -> ClinicTerms:
    """Replace what the clinic offers, and return it; the same again changes nothing.

    What is no longer offered is still taken from a phone that wrote it while offline.

    :raises backend.kit.errors.InvalidInput: naming the list at fault.
    """
    wanted = {"target": list(targets), "trigger": list(triggers)}
    _validate_terms(wanted)
    with transaction.atomic():
        for vocabulary, names in wanted.items():
            rows = ClinicTerm.objects.filter(clinic_id=clinic_id, vocabulary=vocabulary)
            rows.exclude(name__in=names).update(is_withdrawn=True)
            rows.filter(name__in=names).update(is_withdrawn=False)
            ClinicTerm.objects.bulk_create(
                (
                    ClinicTerm(clinic_id=clinic_id, vocabulary=vocabulary, name=name)
                    for name in names
                ),
                ignore_conflicts=True,
            )
    return terms_of_clinic(clinic_id=clinic_id)


def _skill_names_query(*, user: UUID) -> Any:
    rows = ClinicSkill.objects.filter(clinic__users=user, name__isnull=False)
    return rows.values_list("slug", "name")


_SKILL_NAMES = CompiledQuery(_skill_names_query, user=User._meta.pk)


def _taught_and_assigned(chart: Chart, today: date) -> tuple[set[str], set[str]]:
    taught = TaughtSkill.objects.filter(patient_id=chart.patient_id)
    assigned = Assignment.objects.filter(
        open_assignment_condition(today), patient_id=chart.patient_id
    )
    return (
        set(taught.values_list("skill", flat=True)),
        set(assigned.values_list("skill", flat=True)),
    )


def _merge_override(slug: str, shipped: Skill | None, overrides: Mapping[str, Any]) -> Skill:
    own_values = {name: value for name, value in overrides.items() if value is not None}
    if "ratings" in own_values:
        own_values["ratings"] = tuple(own_values["ratings"])
    if shipped is not None:
        return replace(shipped, **own_values)
    blank = Skill(slug, "", "", "", "", "", (), 0, (), needs_contact=False, caution="")
    return replace(blank, tradition="clinic", **own_values)


def _validate_skill(slug: str, said: Mapping[str, Any]) -> None:
    shipped = catalogue.shipped_skills().get(slug)
    faults = []
    if not _SLUG.fullmatch(slug):
        faults.append(FieldError("slug", "invalid", "Lower case letters, digits and dashes."))
    if shipped is None:
        faults += [
            FieldError(name, "required", "A skill that does not ship needs it.")
            for name in _REQUIRED_FIELDS
            if said.get(name) is None
        ]
    elif shipped.caution and said.get("caution") == "":
        detail = "A caution that ships can be put into other words, not taken away."
        faults.append(FieldError("caution", "required", detail))
    if faults:
        raise InvalidInput(faults)


def _validate_terms(wanted: Mapping[str, list[str]]) -> None:
    faults = []
    for vocabulary, names in wanted.items():
        field = f"{vocabulary}s"
        if len(names) > MAX_TERMS:
            faults.append(FieldError(field, "too_many", f"At most {MAX_TERMS}."))
        elif len(set(map(fold_name, names))) < len(names):
            faults.append(FieldError(field, "doubled", "Each name once."))
    if not all(_TAG.fullmatch(name) and name not in TRIGGERS for name in wanted["trigger"]):
        detail = "Lower case letters, digits and underscores, and none that ships."
        faults.append(FieldError("triggers", "invalid", detail))
    if faults:
        raise InvalidInput(faults)
