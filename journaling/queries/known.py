"""Which words exist for one patient beside the shipped ones; asked only when an entry uses one."""

from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import CharField, Value

from care.access import Chart
from journaling.kinds import SHIPPED
from journaling.models import Assignment, ClinicSkill, ClinicTerm


class WordsOf:
    """Knows what ships, what the patient's clinic added, and what was assigned to the patient.

    However many entries ask, it takes two statements at most, and none while all of it ships.
    """

    def __init__(self, chart: Chart) -> None:
        self.chart = chart

    def has(self, vocabulary: str, word: Any) -> bool:
        """Whether the word exists; nobody learns of what belongs to somebody else."""
        if vocabulary == "assignment":
            return word in self._assignments
        return SHIPPED.has(vocabulary, word) or (vocabulary, word) in self._of_clinic

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
