"""Writing down what left the clinic (45 CFR 164.528, 42 CFR 2.25)."""

from datetime import datetime
from uuid import UUID

from care.access import Chart
from care.models import Disclosure


def record_disclosure(
    *, chart: Chart, to: str, purpose: str, what: str, consent_id: UUID | None, now: datetime
) -> None:
    """Write down that something of a patient went to somebody; no consent where they took it."""
    Disclosure.objects.create(
        patient_id=chart.patient_id, at=now, to=to, purpose=purpose, what=what,
        consent_id=consent_id,
    )  # fmt: skip
