"""A patient's own targets: what they watch besides the urges that everybody is asked about."""

from collections.abc import Sequence
from datetime import datetime

import orjson
from django.db import IntegrityError, transaction
from django.db.models import F

from backend.kit.errors import ChangedMeanwhile, InvalidInput
from backend.kit.rows import claim
from backend.kit.text import folded
from care import access
from care.access import Chart, DataClass
from care.models import PersonalTargets
from care.queries.targets import COLUMN

#: CLINICAL §2: up to four personal targets on a diary card.
MOST_TARGETS = 4


class TargetsChanged(ChangedMeanwhile):
    """Somebody changed the targets since they were read; nothing was written."""


def set_targets(*, chart: Chart, names: Sequence[str], rev: int, now: datetime) -> int:
    """Replace the patient's targets, by themselves or by their care team; return the new revision.

    Before the first ones the revision is 0. Entries that name an earlier target stay as they are.

    :raises backend.kit.errors.InvalidInput: more than four, or one twice.
    :raises TargetsChanged: ``rev`` is not the newest.
    """
    if len(names) > MOST_TARGETS:
        raise InvalidInput.of("targets", "too_many", f"At most {MOST_TARGETS} targets.")
    if len(set(map(folded, names))) < len(names):
        raise InvalidInput.of("targets", "doubled", "Each target once.")
    columns = {
        "words": chart.cipher.seal(orjson.dumps(list(names)), column=COLUMN, row=chart.patient_id),
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
            _first(chart, columns)
        access.log_write(chart=chart, what=DataClass.TARGETS, now=now)
    return rev + 1


def _first(chart: Chart, columns: dict[str, object]) -> None:
    try:
        with transaction.atomic():
            PersonalTargets(patient_id=chart.patient_id, **columns).save(force_insert=True)
    except IntegrityError:
        raise TargetsChanged from None
