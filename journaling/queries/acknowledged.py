"""Which entries were answered with "let's talk about this"."""

from collections.abc import Collection
from uuid import UUID

from care.access import Chart
from journaling.models import Entry


def talked_about(*, chart: Chart, entries: Collection[UUID]) -> set[UUID]:
    """Find those of the entries on which a clinician said it."""
    if not entries:
        return set()
    return set(
        Entry.objects.filter(
            patient_id=chart.patient_id, id__in=entries, acknowledged_at__isnull=False
        ).values_list("id", flat=True)
    )
