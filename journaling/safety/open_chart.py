"""Opening a chart for a safety event: by the care team, or by who is on duty or was called."""

from datetime import datetime
from uuid import UUID

from care.access.chart import Chart, NoSuchChart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import User
from care.oncall.chart import open_on_call_chart
from journaling.safety.read_events import event_patient


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
