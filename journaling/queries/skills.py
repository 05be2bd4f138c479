"""The catalogue as one clinic has it, and as one patient is shown it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q

from backend.kit.prepared import Prepared
from care.access import Chart
from care.models import User
from journaling import catalogue
from journaling.catalogue import Skill
from journaling.models import Assignment, ClinicSkill, TaughtSkill

#: What a clinic may say otherwise about a shipped skill, and must say about one that it adds.
OVERRIDES = ("name", "also_known_as", "module", "description", "minutes", "ratings", "caution")


@dataclass(frozen=True, slots=True)
class ShownSkill:
    """One skill as a patient is shown it."""

    skill: Skill
    is_taught: bool
    is_assigned: bool


def skills_of_clinic(*, clinic_id: UUID) -> dict[str, Skill]:
    """List the shipped skills with what the clinic says otherwise, then those that it adds."""
    rows = ClinicSkill.objects.filter(clinic_id=clinic_id).order_by("slug")
    found = dict(catalogue.skills())
    for row in rows.values("slug", "is_withdrawn", *OVERRIDES):
        slug = row.pop("slug")
        if row.pop("is_withdrawn"):
            found.pop(slug, None)
        else:
            found[slug] = _merged(slug, found.get(slug), row)
    return found


def names_of_clinic(*, user_id: UUID) -> dict[str, str]:
    """Tell what the clinic of somebody calls skills, where it says so itself."""
    return dict(_NAMES.all(user=user_id))


def clinic_skills(*, clinic_id: UUID) -> list[dict[str, Any]]:
    """List what the clinic says itself, shipped or added, withdrawn or not; null is as shipped."""
    rows = ClinicSkill.objects.filter(clinic_id=clinic_id).order_by("slug")
    return list(rows.values("slug", *OVERRIDES, "is_withdrawn", "rev", "changed_at"))


def skills_shown(
    *,
    clinic_id: UUID,
    chart: Chart | None,
    today: date,
    text: str = "",
    module: str | None = None,
    only_assigned: bool = False,
) -> list[ShownSkill]:
    """Find skills; for a patient what was assigned comes first, then what was taught.

    Without a chart nothing is taught or assigned. What was assigned is shown although the clinic
    withdrew it.
    """
    skills = skills_of_clinic(clinic_id=clinic_id)
    taught, assigned = (set[str](), set[str]()) if chart is None else _of_patient(chart, today)
    for slug in assigned - set(skills):
        if slug in catalogue.skills():
            skills[slug] = catalogue.skills()[slug]
    shown = [
        ShownSkill(skill, skill.slug in taught, skill.slug in assigned)
        for skill in skills.values()
        if catalogue.is_found(skill, text=text, module=module)
        and (skill.slug in assigned or not only_assigned)
    ]
    # Sorting keeps the catalogue's order among equals.
    return sorted(shown, key=lambda one: (not one.is_assigned, not one.is_taught))


def _names(*, user: UUID) -> Any:
    rows = ClinicSkill.objects.filter(clinic__users=user, name__isnull=False)
    return rows.values_list("slug", "name")


_NAMES = Prepared(_names, user=User._meta.pk)


def is_open(today: date) -> Q:
    """Build the condition under which an assignment still stands on a local day of the patient."""
    return Q(ended_at__isnull=True) & (Q(until__isnull=True) | Q(until__gte=today))


def _of_patient(chart: Chart, today: date) -> tuple[set[str], set[str]]:
    taught = TaughtSkill.objects.filter(patient_id=chart.patient_id)
    assigned = Assignment.objects.filter(is_open(today), patient_id=chart.patient_id)
    return (
        set(taught.values_list("skill", flat=True)),
        set(assigned.values_list("skill", flat=True)),
    )


def _merged(slug: str, shipped: Skill | None, said: Mapping[str, Any]) -> Skill:
    given = {name: value for name, value in said.items() if value is not None}
    if "ratings" in given:
        given["ratings"] = tuple(given["ratings"])
    if shipped is not None:
        return replace(shipped, **given)
    blank = Skill(slug, "", "", "", "", "", (), 0, (), needs_contact=False, caution="")
    return replace(blank, tradition="clinic", **given)
