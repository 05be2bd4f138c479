"""What a clinic adds to the shipped skills, triggers and targets, or says otherwise."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from backend.kit.errors import ChangedMeanwhile, FieldError, InvalidInput
from backend.kit.rows import claim
from backend.kit.text import folded
from journaling import catalogue
from journaling.kinds.craving import TRIGGERS
from journaling.models import ClinicSkill, ClinicTerm
from journaling.queries.skills import OVERRIDES

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{1,59}")
_TAG = re.compile(r"[a-z][a-z0-9_]{1,59}")
#: What must be said about a skill that does not ship.
_NEEDED = ("name", "module", "description", "minutes")
#: More would be no list to pick from.
MOST_TERMS = 50


class ClinicSkillChanged(ChangedMeanwhile):
    """Somebody changed what the clinic says about the skill; nothing was written."""


def set_clinic_skill(
    *,
    clinic_id: UUID,
    changed_by: UUID,
    slug: str,
    said: Mapping[str, Any],
    is_withdrawn: bool,
    rev: int,
    now: datetime,
) -> int:
    """Replace what the clinic says about a skill, or add one; return the new revision.

    What is left out or null is as shipped. Before the first time the revision is 0. Nothing is
    deleted: a skill that was practised keeps its name, so it can only be withdrawn.

    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    :raises ClinicSkillChanged: ``rev`` is not the newest.
    """
    _refuse_shape(slug, said)
    columns = {name: said.get(name) for name in OVERRIDES} | {
        "is_withdrawn": is_withdrawn, "changed_at": now, "changed_by": changed_by,
    }  # fmt: skip
    if rev:
        same = ClinicSkill.objects.filter(clinic_id=clinic_id, slug=slug, rev=rev)
        if not claim(same, rev=F("rev") + 1, **columns):
            raise ClinicSkillChanged
        return rev + 1
    try:
        with transaction.atomic():
            ClinicSkill(clinic_id=clinic_id, slug=slug, **columns).save(force_insert=True)
    except IntegrityError:
        raise ClinicSkillChanged from None
    return 1


def set_clinic_terms(*, clinic_id: UUID, targets: Iterable[str], triggers: Iterable[str]) -> None:
    """Replace what the clinic offers as triggers and targets; the same again changes nothing.

    What is no longer offered is still taken from a phone that wrote it while offline.

    :raises backend.kit.errors.InvalidInput: naming the list at fault.
    """
    wanted = {"target": list(targets), "trigger": list(triggers)}
    _refuse_terms(wanted)
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


def _refuse_shape(slug: str, said: Mapping[str, Any]) -> None:
    shipped = catalogue.skills().get(slug)
    faults = []
    if not _SLUG.fullmatch(slug):
        faults.append(FieldError("slug", "invalid", "Lower case letters, digits and dashes."))
    if shipped is None:
        faults += [
            FieldError(name, "required", "A skill that does not ship needs it.")
            for name in _NEEDED
            if said.get(name) is None
        ]
    elif shipped.caution and said.get("caution") == "":
        detail = "A caution that ships can be put into other words, not taken away."
        faults.append(FieldError("caution", "required", detail))
    if faults:
        raise InvalidInput(faults)


def _refuse_terms(wanted: Mapping[str, list[str]]) -> None:
    faults = []
    for vocabulary, names in wanted.items():
        field = f"{vocabulary}s"
        if len(names) > MOST_TERMS:
            faults.append(FieldError(field, "too_many", f"At most {MOST_TERMS}."))
        elif len(set(map(folded, names))) < len(names):
            faults.append(FieldError(field, "doubled", "Each name once."))
    if not all(_TAG.fullmatch(name) and name not in TRIGGERS for name in wanted["trigger"]):
        detail = "Lower case letters, digits and underscores, and none that ships."
        faults.append(FieldError("triggers", "invalid", detail))
    if faults:
        raise InvalidInput(faults)
