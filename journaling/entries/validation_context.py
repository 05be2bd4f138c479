"""What validation looks up about one patient, lazily.

That is the patient's vocabulary, and whether the clock of their phone fell back.

A phone that was offline sends late, and a queue may come in any order, so a time in the past is
doubted only where it can't be true:

- before the patient enrolled there was no phone of ours to write anything down. A later sign-in
  proves nothing: who was away for weeks signs in again and sends what the phone kept;
- what arrives a day late, though this phone sent something newer more than a day ago: its queue was
  sent then, and would have held this.
"""

from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import CharField, Max, Value

from care.access.chart import Chart
from journaling.entries.kinds.registry import SHIPPED_VOCABULARY
from journaling.entries.validate import CLOCK_TOLERANCE
from journaling.models import Assignment, ClinicSkill, ClinicTerm, Entry


class PatientVocabulary:
    """Clinic vocabulary of a patient, loaded lazily: shipped words, the clinic's, assignments.

    However many entries ask, it takes two statements at most, and none while all of it ships.
    """

    def __init__(self, chart: Chart) -> None:
        self.chart = chart

    def has(self, vocabulary: str, word: Any) -> bool:
        """Whether the word exists for this patient; others' words don't."""
        if vocabulary == "assignment":
            return word in self._assignments
        return SHIPPED_VOCABULARY.has(vocabulary, word) or (vocabulary, word) in self._of_clinic

    @cached_property
    def _of_clinic(self) -> frozenset[tuple[str, str]]:
        # Withdrawn ones too: what was practised offline before is kept.
        skills = ClinicSkill.objects.filter(clinic__users=self.chart.patient_id).values_list(
            Value("skill", output_field=CharField()), "slug"
        )
        terms = ClinicTerm.objects.filter(clinic__users=self.chart.patient_id)
        return frozenset(skills.union(terms.values_list("vocabulary", "name"), all=True))

    @cached_property
    def _assignments(self) -> frozenset[UUID]:
        rows = Assignment.objects.filter(patient_id=self.chart.patient_id)
        return frozenset(rows.values_list("id", flat=True))


#: So long a queue may take to arrive, in any order.
MAX_QUEUE_DELAY = timedelta(hours=24)


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
        if received_at - recorded_at <= MAX_QUEUE_DELAY:
            return False
        newest = self._sent_before(received_at)
        return newest is not None and recorded_at < newest - CLOCK_TOLERANCE

    def _sent_before(self, now: datetime) -> datetime | None:
        """Find the newest thing that this phone had written down when its queue was last sent."""
        if not self._was_asked and self._chart.device_session_id is not None:
            sent = Entry.objects.filter(
                patient_id=self._chart.patient_id,
                sent_by=self._chart.device_session_id,
                received_at__lt=now - MAX_QUEUE_DELAY,
                clock_suspect=False,
            )
            self._newest = sent.aggregate(newest=Max("recorded_at"))["newest"]
        self._was_asked = True
        return self._newest
