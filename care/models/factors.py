"""What guards a sign-in besides the password, and the way back after a forgotten one.

The authenticator app's secret and passkeys stand in allauth's ``Authenticator``; what must be used
once only stands here, since a cache that each process keeps for itself can't see a race.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from backend.kit.ids import new_id
from care.models.people import User


class PendingFactor(models.Model):
    """An authenticator app that was shown its secret and has not given its first code yet."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    sealed_secret = models.BinaryField()
    started_at = models.DateTimeField()

    PHI: ClassVar = ()
    NOT_PHI: ClassVar = ("user", "sealed_secret", "started_at")


class CodeUse(models.Model):
    """The newest time step whose one-time code a user has used; none up to it opens again."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    last_step = models.BigIntegerField()

    PHI: ClassVar = ()
    NOT_PHI: ClassVar = ("user", "last_step")


class RecoveryCode(models.Model):
    """A code for a day without the phone; only its fingerprint is stored."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    fingerprint = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    PHI: ClassVar = ()
    NOT_PHI: ClassVar = ("id", "user", "fingerprint", "made_at", "used_at")


class PasswordReset(models.Model):
    """Somebody asked to set a new password; the code exists in the mail alone."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    #: Null when nobody of this name has an address: asking costs the same whoever it is.
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    asked_at = models.DateTimeField()
    #: When the mail is tried (again); null once it was sent or given up.
    wake_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    fingerprint = models.CharField(max_length=64, null=True, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    PHI: ClassVar = ("user", "asked_at", "used_at")
    NOT_PHI: ClassVar = ("id", "wake_at", "attempts", "fingerprint", "expires_at")

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["wake_at"], condition=Q(wake_at__isnull=False), name="password_reset_open"
            )
        ]
