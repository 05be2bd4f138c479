"""A patient's personal targets: what they watch besides the urges that everybody is asked about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from django.db import IntegrityError, transaction
from django.db.models import F

from backend.kit.db.claims import claim
from backend.kit.errors import ChangedMeanwhile, InvalidInput
from backend.kit.text import fold_name
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_write
from care.models import PersonalTargets

#: What the ciphertext of the names is bound to, with the patient.
TARGETS_BINDING = PersonalTargets.HANDLING.sealed["words"].bound_to
#: CLINICAL §2: up to four personal targets on a diary card.
MOST_TARGETS = 4


class TargetsChanged(ChangedMeanwhile):
    """Somebody changed the targets since they were read; nothing was written."""


@dataclass(frozen=True, slots=True)
class PersonalTargetsView:
    """The names in the patient's order; ``rev`` is 0 before the first ones."""

    names: tuple[str, ...]
    rev: int
    changed_at: datetime | None
    changed_by_role: str | None


def targets_of(*, chart: Chart) -> PersonalTargetsView:
    """Read the targets of the patient whose chart this is."""
    row = (
        PersonalTargets.objects.filter(patient_id=chart.patient_id)
        .values_list("words", "rev", "changed_at", "changed_by_role")
        .first()
    )
    if row is None:
        return PersonalTargetsView((), 0, None, None)
    words, rev, changed_at, role = row
    names = orjson.loads(chart.cipher.open(words, column=TARGETS_BINDING, row=chart.patient_id))
    return PersonalTargetsView(tuple(names), rev, changed_at, role)


def set_targets(*, chart: Chart, names: Sequence[str], rev: int, now: datetime) -> int:
    """Replace the patient's targets, by themselves or by their care team; return the new revision.

    Before the first ones the revision is 0. Entries that name an earlier target stay as they are.

    :raises backend.kit.errors.InvalidInput: more than four, or one twice.
    :raises TargetsChanged: ``rev`` is not the newest.
    """
    if len(names) > MOST_TARGETS:
        raise InvalidInput.of("targets", "too_many", f"At most {MOST_TARGETS} targets.")
    if len(set(map(fold_name, names))) < len(names):
        raise InvalidInput.of("targets", "doubled", "Each target once.")
    columns = {
        "words": chart.cipher.seal(
            orjson.dumps(list(names)), column=TARGETS_BINDING, row=chart.patient_id
        ),
        "changed_at": now,
        "changed_by": chart.viewer_id,
        "changed_by_role": chart.viewer_role,
    }
    with transaction.atomic():
        if rev:
            same = PersonalTargets.objects.filter(patient_id=chart.patient_id, rev=rev)
            if not claim(same, rev=F("rev") + 1, **columns):
                raise TargetsChanged
        else:
            _insert_first(chart, columns)
        log_write(chart=chart, what=DataCategory.TARGETS, now=now)
    return rev + 1


def _insert_first(chart: Chart, columns: dict[str, object]) -> None:
    try:
        with transaction.atomic():
            PersonalTargets(patient_id=chart.patient_id, **columns).save(force_insert=True)
    except IntegrityError:
        raise TargetsChanged from None
