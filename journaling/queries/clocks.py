"""Whether the clock of a patient's phone fell back (CLINICAL §2): flagged, never repaired.

A phone that was offline sends late, and a queue may come in any order, so a time in the past is
doubted only where it can't be true:

- before the patient enrolled there was no phone of ours to write anything down. A later sign-in
  proves nothing: who was away for weeks signs in again and sends what the phone kept;
- what arrives a day late, though this phone sent something newer more than a day ago: its queue was
  sent then, and would have held this.
"""

from datetime import datetime, timedelta

from django.db.models import Max

from care.access import Chart
from journaling.models import Entry
from journaling.provenance import CLOCK_TOLERANCE

#: So long a queue may take to arrive, in any order.
QUEUE = timedelta(hours=24)


class PhoneClock:
    """What is known of the clock of the phone through which a chart is written.

    The database is asked only about what arrives a day late, once for any number of entries.
    """

    def __init__(self, chart: Chart) -> None:
        self._chart = chart
        self._newest: datetime | None = None
        self._was_asked = False

    def is_behind(self, *, recorded_at: datetime, received_at: datetime) -> bool:
        """Whether something was written down at a time that was over for this phone."""
        enrolled_at = self._chart.enrolled_at
        if enrolled_at is not None and recorded_at < enrolled_at - CLOCK_TOLERANCE:
            return True
        if received_at - recorded_at <= QUEUE:
            return False
        newest = self._sent_before(received_at)
        return newest is not None and recorded_at < newest - CLOCK_TOLERANCE

    def _sent_before(self, now: datetime) -> datetime | None:
        """Find the newest thing that this phone had written down when its queue was last sent."""
        if not self._was_asked and self._chart.device_session_id is not None:
            sent = Entry.objects.filter(
                patient_id=self._chart.patient_id,
                sent_by=self._chart.device_session_id,
                received_at__lt=now - QUEUE,
                clock_suspect=False,
            )
            self._newest = sent.aggregate(newest=Max("recorded_at"))["newest"]
        self._was_asked = True
        return self._newest
