"""Make a handover: gather what goes along, write the sheet and the bundle, and store them."""

from datetime import datetime
from uuid import UUID

from care.access.chart import Chart
from care.handovers.make import (
    DEFAULT_DAYS,
    HandoverConsent,
    HandoverView,
    MadeHandover,
    consent_to_hand_over,
    handover_consents,
    handovers_of,
    store_handover,
)
from journaling.handovers.bundle import write_bundle
from journaling.handovers.sheet import write_sheet
from journaling.handovers.summary import summarize


def make_handover(
    *, chart: Chart, consent_id: UUID | None, days: int = DEFAULT_DAYS, now: datetime
) -> MadeHandover:
    """Hand over what the patient agreed to, behind a new link; link and passcode are told once.

    :raises care.handovers.make.NoHandoverConsent: the patient agreed to none that is in force.
    :raises backend.kit.errors.InvalidInput: several consents are in force, and none was named.
    """
    consent = consent_to_hand_over(chart=chart, consent_id=consent_id, now=now)
    summary = summarize(chart=chart, consent=consent, now=now)
    bundle = write_bundle(summary, sheet=write_sheet(summary))
    return store_handover(chart=chart, consent=consent, bundle=bundle, days=days, now=now)


def read_handovers(
    *, chart: Chart, now: datetime
) -> tuple[list[HandoverView], list[HandoverConsent]]:
    """List the patient's handovers, and the consents on which one can be made."""
    return handovers_of(chart=chart), handover_consents(chart=chart, now=now)
