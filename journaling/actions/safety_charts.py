"""Opening a chart for a safety event: by the care team, or by who is on duty or was called."""

from datetime import datetime
from uuid import UUID

from care import access
from care.access import Chart, DataClass, NoSuchChart
from care.models import User
from journaling.queries.safety_events import whose


def open_event_chart(
    *, viewer: User, event_id: UUID, now: datetime, to_write: bool = False
) -> Chart:
    """Open the care team's chart of whom an event is about, or one that shows events alone.

    Also for an event that isn't there a chart is asked for, so both refusals look the same.

    :raises care.access.NoSuchChart: for everybody else; logged.
    """
    found = whose(event_id=event_id)
    patient_id = found.patient_id if found is not None else event_id
    what = DataClass.SAFETY_EVENTS
    try:
        return access.open_chart(
            viewer=viewer, patient_id=patient_id, what=what, now=now, to_write=to_write
        )
    except NoSuchChart:
        return access.open_duty_chart(viewer=viewer, patient_id=patient_id, what=what, now=now)
