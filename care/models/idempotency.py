"""Requests that make something, remembered for a day, so that sending one again makes nothing."""

from typing import ClassVar

from django.db import models

from backend.kit.ids import new_id
from care.models.people import User


class IdempotencyKey(models.Model):
    """One request under a key of its caller's choice, and the answer it got.

    Only fingerprints of key and request are stored, and the answer is encrypted; while there is
    none the request is under way.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, db_index=False, on_delete=models.CASCADE, related_name="+")
    key_fingerprint = models.CharField(max_length=64)
    request_fingerprint = models.CharField(max_length=64)
    sealed_answer = models.BinaryField(null=True)
    created_at = models.DateTimeField()

    PHI: ClassVar = ("user", "sealed_answer", "created_at")
    NOT_PHI: ClassVar = ("id", "key_fingerprint", "request_fingerprint")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "key_fingerprint"], name="idempotency_key_once")
        ]
