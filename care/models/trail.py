"""The access log."""

from typing import ClassVar

from django.db import models


class AccessLogEntry(models.Model):
    """Who reached for whose data, when, of what class and why, and whether it was granted.

    Ids stand here without foreign keys: the log outlives what it speaks of.
    """

    class Action(models.TextChoices):
        READ = "read"
        WRITE = "write"
        DENIED = "denied"

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor_id = models.UUIDField(null=True)
    actor_role = models.CharField(max_length=30)
    device_session_id = models.UUIDField(null=True)
    patient_id = models.UUIDField(null=True)
    action = models.CharField(max_length=6, choices=Action.choices)
    data_class = models.CharField(max_length=30)
    reason = models.CharField(max_length=30)
    request_id = models.CharField(max_length=64)

    PHI: ClassVar = ("at", "actor_id", "patient_id", "action", "data_class", "reason")
    NOT_PHI: ClassVar = ("id", "actor_role", "device_session_id", "request_id")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["patient_id", "at"], name="access_of_patient")]
