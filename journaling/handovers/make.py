"""Make a handover: gather what goes along, write the sheet and the bundle, and store them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from care.access.chart import Chart
from care.consents.restrictions import GRANTED, RestrictionView, restrictions_of
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


@dataclass(frozen=True, slots=True)
class HandoverOverview:
    """Handovers, the consents in force on which one can be made, and granted restrictions."""

    handovers: list[HandoverView]
    consents: list[HandoverConsent]
    restrictions: list[RestrictionView]


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


def read_handovers(*, chart: Chart, now: datetime) -> HandoverOverview:
    """Read the patient's handovers, what another can be made on, and what limits it."""
    granted = [one for one in restrictions_of(chart=chart) if one.answer == GRANTED]
    return HandoverOverview(
        handovers_of(chart=chart), handover_consents(chart=chart, now=now), granted
    )
