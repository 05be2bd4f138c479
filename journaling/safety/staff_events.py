"""Safety events as staff reach them: the care team, and who is on duty or was called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from care.access.chart import Chart, NoSuchChart
from care.access.data_categories import DataCategory
from care.access.log import REASON_ON_CALL, log_read, log_reads_many
from care.access.open import open_chart
from care.accounts.names import namesake_labels_in
from care.models import User
from care.oncall.chart import open_on_call_chart
from journaling.safety.events import acknowledge_event, is_failed_contact, record_failed_contact
from journaling.safety.read_events import (
    EventPosition,
    VisibleEvent,
    event_of,
    event_patient,
    events_page,
)


def open_event_chart(
    *, viewer: User, event_id: UUID, now: datetime, to_write: bool = False
) -> Chart:
    """Open the care team's chart of whom an event is about, or one that shows events alone.

    Also for an event that isn't there a chart is asked for, so both refusals look the same.

    :raises care.access.chart.NoSuchChart: for everybody else; logged.
    """
    owner = event_patient(event_id=event_id)
    patient_id = owner.patient_id if owner is not None else event_id
    what = DataCategory.SAFETY_EVENTS
    try:
        return open_chart(
            viewer=viewer, patient_id=patient_id, what=what, now=now, to_write=to_write
        )
    except NoSuchChart:
        return open_on_call_chart(viewer=viewer, patient_id=patient_id, what=what, now=now)


def read_event(*, chart: Chart, event_id: UUID, now: datetime) -> VisibleEvent:
    """Read one event; that somebody on duty did is logged.

    :raises NoSuchEvent: when this chart shows none of that id.
    """
    event = event_of(chart=chart, event_id=event_id)
    if chart.reason == REASON_ON_CALL:
        log_read(chart=chart, what=DataCategory.SAFETY_EVENTS, now=now)
    return event


@dataclass(frozen=True, slots=True)
class EventList:
    """Events as a clinician may see them; ``labels`` distinguish patients of one name, by id."""

    events: Sequence[VisibleEvent]
    labels: Mapping[UUID, str]


def list_events(
    *,
    viewer: User,
    now: datetime,
    limit: int,
    only_open: bool,
    position: EventPosition | None = None,
    is_backwards: bool = False,
) -> EventList:
    """List events as ``events_page`` does; each patient's log says who saw them, and why."""
    events = events_page(
        viewer=viewer, now=now, limit=limit, only_open=only_open, position=position,
        is_backwards=is_backwards,
    )  # fmt: skip
    for reason, is_full in (("care_team", True), (REASON_ON_CALL, False)):
        shown = [event.patient_id for event in events if (event.entries is not None) is is_full]
        log_reads_many(
            viewer=viewer, patient_ids=shown, what=DataCategory.SAFETY_EVENTS, reason=reason,
            now=now,
        )  # fmt: skip
    names = [(event.patient_id, event.patient_name) for event in events]
    return EventList(events, namesake_labels_in(names, viewer=viewer, now=now))


def answer_event(
    *, chart: Chart, event_id: UUID, reason: str, note: str, now: datetime
) -> VisibleEvent:
    """Clear an event, or keep the try where the reason says that nobody was reached.

    :raises NoSuchEvent: when this chart shows none of that id, and for the patient.
    """
    if is_failed_contact(reason):
        return record_failed_contact(chart=chart, event_id=event_id, note=note, now=now)
    return acknowledge_event(chart=chart, event_id=event_id, reason=reason, note=note, now=now)
