"""Which of a patient's briefs were opened, as the patient sees it."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Min

from care.access import Chart
from journaling.models import BriefOpening


def opened_at_of(*, chart: Chart, session_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """Tell when the brief about this patient was first opened, for each session where it was."""
    rows = (
        BriefOpening.objects.filter(patient_id=chart.patient_id, session_id__in=list(session_ids))
        .values_list("session_id")
        .annotate(first=Min("opened_at"))
    )
    return dict(rows)
