"""What the programme's doors take and answer."""

from typing import Any

from rest_framework import serializers

from api.reading import ChoiceOf, DayField, IdField, Input, ListOf, PlainText, YesNoField
from care.actions import episodes
from care.models import Admission

LEVELS = list(episodes.LEVELS)


class Hours(serializers.DecimalField):
    """Hours a week, in steps of a tenth, as a JSON number."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=4, decimal_places=1, min_value=0, max_value=100, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """Take numbers only."""
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return super().to_internal_value(data) + 0  # minus zero is zero


class AdmissionIn(Input):
    """What admission to intensive outpatient care asks; every one must be met."""

    physician = IdField(help_text="The physician who certifies; of the care team.")
    symptoms = ChoiceOf(choices=[one.value for one in Admission.Symptoms])
    lower_level_insufficient = YesNoField()
    tolerates_intensity = YesNoField()
    co_occurring_manageable = YesNoField()
    not_at_imminent_risk = YesNoField()
    complies = ChoiceOf(choices=[one.value for one in Admission.Compliance])


class EpisodeIn(Input):
    """An admission; ``admission`` is asked for ``intensive_outpatient`` only."""

    patient = IdField()
    level_of_care = ChoiceOf(choices=LEVELS)
    admitted_on = DayField()
    planned_hours_per_week = Hours(required=False, allow_null=True, default=None)
    admission = AdmissionIn(required=False, allow_null=True, default=None)


class LevelChangeIn(Input):
    """A step to another level, or the discharge, with its reason."""

    to = ChoiceOf(choices=[*LEVELS, episodes.DISCHARGE])
    on = DayField()
    reason = PlainText(max_length=1000)
    planned_hours_per_week = Hours(required=False, allow_null=True, default=None)
    admission = AdmissionIn(required=False, allow_null=True, default=None)


class CertificationIn(Input):
    """A physician's certification of the open episode."""

    patient = IdField()
    certified_on = DayField(required=False)


class PlanIn(Input):
    """The plan of care as it shall stand."""

    hours_per_week = Hours()
    goals = ListOf(child=PlainText(max_length=500), max_length=20)
    reviewed_on = DayField(required=False)


class Asked(Input):
    """Whose."""

    patient = IdField(required=False)


class EpisodeOut(serializers.Serializer[Any]):
    """One episode of care; dates are days of the clinic's calendar."""

    id = serializers.UUIDField()
    patient = serializers.UUIDField()
    level_of_care = serializers.ChoiceField(choices=LEVELS)
    admitted_on = serializers.DateField()
    discharged_on = serializers.DateField(allow_null=True)
    planned_hours_per_week = serializers.FloatField(allow_null=True)
    admission_asked_at = serializers.DateTimeField(allow_null=True)


class EpisodesOut(serializers.Serializer[Any]):
    """Episodes, newest first."""

    results = EpisodeOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class LevelChangeOut(serializers.Serializer[Any]):
    """One step; ``entered`` is the episode that it opened, null for a discharge."""

    id = serializers.UUIDField()
    step = serializers.ChoiceField(choices=["up", "down", "discharge"])
    on = serializers.DateField()
    reason = serializers.CharField()
    decided_by = serializers.CharField()
    entered = serializers.UUIDField(allow_null=True)


class LevelChangesOut(serializers.Serializer[Any]):
    """The steps that ended or began an episode."""

    results = LevelChangeOut(many=True)


class CertificationOut(serializers.Serializer[Any]):
    """One certification; it holds until ``renew_by``."""

    id = serializers.UUIDField()
    patient = serializers.UUIDField()
    episode = serializers.UUIDField()
    physician = serializers.CharField()
    certified_on = serializers.DateField()
    renew_by = serializers.DateField()


class CertificationsOut(serializers.Serializer[Any]):
    """Certifications, newest first."""

    results = CertificationOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class DueOut(serializers.Serializer[Any]):
    """Something that the programme asks for."""

    code = serializers.CharField()
    on = serializers.DateField(allow_null=True)
    text = serializers.CharField()


class PlanOut(serializers.Serializer[Any]):
    """The plan of care and what is due; ``rev`` is 0 while there is no plan."""

    rev = serializers.IntegerField()
    hours_per_week = serializers.FloatField(allow_null=True)
    goals = serializers.ListField(child=serializers.CharField())
    reviewed_on = serializers.DateField(allow_null=True)
    review_due_on = serializers.DateField(allow_null=True)
    written_by = serializers.CharField()
    written_at = serializers.DateTimeField(allow_null=True)
    hours_next_seven_days = serializers.FloatField()
    due = DueOut(many=True)
