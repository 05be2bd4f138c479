"""Sessions that come back every week."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from backend.kit.ids import new_id
from backend.kit.sealed import SealedText
from care.models.people import Clinic, Patient, User
from care.models.programme import Group, TreatmentSession


class SessionSeries(models.Model):
    """A weekly session: one weekday and one wall-clock time in the clinic's zone, across DST.

    Its occurrences are rows of ``TreatmentSession``, made ahead of time up to ``made_until``.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    clinician = models.ForeignKey(User, on_delete=models.PROTECT, related_name="series")
    kind = models.CharField(max_length=20, choices=TreatmentSession.Kind.choices)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+", null=True)
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="+", null=True)
    title = SealedText(bound_to="series.title", blank=True, default="")
    place = SealedText(bound_to="series.place", blank=True, default="")
    time_zone = models.CharField(max_length=64)
    starts_on = models.DateField()
    #: The last day that may have one; null while it goes on.
    ends_on = models.DateField(null=True)
    clock = models.TimeField()
    minutes = models.PositiveSmallIntegerField()
    every_weeks = models.PositiveSmallIntegerField(default=1)
    #: Occurrences exist for the days before this one.
    made_until = models.DateField()
    rev = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    PHI: ClassVar = (
        "patient", "group", "kind", "title", "place", "starts_on", "ends_on", "clock", "minutes",
        "every_weeks",
    )  # fmt: skip
    NOT_PHI: ClassVar = (
        "id", "clinic", "clinician", "time_zone", "made_until", "rev", "created_at",
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(patient__isnull=False, group__isnull=True)
                | Q(patient__isnull=True, group__isnull=False),
                name="series_of_patient_or_group",
            ),
            models.CheckConstraint(
                condition=Q(minutes__range=(1, 1440)), name="series_within_a_day"
            ),
            models.CheckConstraint(
                condition=Q(every_weeks__range=(1, 8)), name="series_every_1_to_8_weeks"
            ),
            models.CheckConstraint(
                condition=Q(made_until__gte=F("starts_on")), name="series_made_from_its_start"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["made_until"], name="series_to_make")]
