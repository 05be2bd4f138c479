"""Sign-ins and their second factors, password resets, invitations, counters, idempotency keys.

What must be used only once is a row, since a cache that each process keeps for itself can't see a
race.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from backend.kit.handling import (
    NEEDED_NO_LONGER,
    Handling,
    Key,
    Merging,
    NoRowPolicy,
    NotExported,
    RowPolicy,
    Rows,
    Sealed,
    days,
    exported,
    until_erased,
)
from backend.kit.ids import new_id
from backend.kit.jobs import Job
from backend.kit.sealed_fields import SealedText
from care.models.people import Patient, User


class DeviceSession(models.Model):
    """One sign-in on one device; every request asks this row whether it still holds."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="device_sessions")
    device_name = SealedText(bound_to="sign_in.device_name", blank=True, default="")
    #: The ids of the refresh tokens that count: the newest, and the one before it for 30 seconds.
    current_jti = models.UUIDField()
    previous_jti = models.UUIDField(null=True)
    rotated_at = models.DateTimeField()
    #: How often its token was exchanged; a restore raises it (``backend.kit.ids``).
    generation = models.BigIntegerField(default=1)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_reason = models.CharField(max_length=30, blank=True)
    #: When this sign-in passed a second factor; null for staff means: enrol or prove one first.
    mfa_at = models.DateTimeField(null=True)
    #: When its user last proved again that they are who signed in.
    reauthenticated_at = models.DateTimeField(null=True)

    HANDLING: ClassVar = Handling(
        rows=NoRowPolicy("asked before anybody is signed in, by an id that only a token holds"),
        exports=exported("sign_ins", "id", "device_name", "created_at", "last_used_at",
            "expires_at", "revoked_at", "revoked_reason", whose="user_id"),
        keep=days(90, called="ended sign-ins", after=("revoked_at", "expires_at"),
            why="ours: who looked from where can be asked for a quarter; the access log keeps the "
            "id"),
        revocable=True,
        phi=("user", "device_name", "created_at", "last_used_at"),
        not_phi=("id", "current_jti", "previous_jti", "rotated_at", "generation", "expires_at",
            "revoked_at", "revoked_reason", "mfa_at", "reauthenticated_at"),
    )  # fmt: skip

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["user"], condition=Q(revoked_at__isnull=True), name="device_session_live"
            )
        ]


class PasswordReset(Job):
    """Somebody asked to set a new password; the code exists in the mail alone.

    The row is the job of that mail as well.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    #: Null when nobody of this name has an address: asking costs the same whoever it is.
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    asked_at = models.DateTimeField()
    fingerprint = models.CharField(max_length=64, null=True, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    HANDLING: ClassVar = Handling(
        rows=NoRowPolicy("a secret of a sign-in, as a fingerprint"),
        exports=NotExported("a secret of a sign-in"),
        keep=days(30, called="password resets", after=("expires_at",), why=NEEDED_NO_LONGER,
            only=Q(next_attempt_at__isnull=True)),
        phi=("user", "asked_at", "used_at"),
        not_phi=("id", "next_attempt_at", "lease_id", "attempts", "fingerprint", "expires_at"),
    )  # fmt: skip

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(next_attempt_at__isnull=False),
                name="password_reset_open",
            )
        ]


class Invitation(models.Model):
    """A code that lets one patient enrol once; only its fingerprint is stored."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="invitations")
    code_fingerprint = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.CLINIC, tasks=("sign-in", "task:retention"), writers=("patient",
            "clinician", "admin", "task:retention")),
        exports=NotExported("a secret of a sign-in"),
        keep=days(90, called="invitations", after=("used_at", "revoked_at", "expires_at"),
            why=NEEDED_NO_LONGER),
        merging=Merging.LEFT,
        phi=("patient", "created_at", "expires_at", "used_at", "revoked_at"),
        not_phi=("id", "code_fingerprint", "created_by"),
    )  # fmt: skip


class StaffInvitation(models.Model):
    """A code with which one member of staff sets their own password, once; kept as a fingerprint.

    Nobody else ever knows a password of theirs: not who invited them, and not who runs the system.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    code_fingerprint = models.CharField(max_length=64, unique=True)
    #: Null when it was made with a shell on the server.
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    HANDLING: ClassVar = Handling(
        rows=NoRowPolicy("a secret of a sign-in, as a fingerprint"),
        exports=NotExported("a secret of a sign-in of staff"),
        keep=days(90, called="invitations of staff", after=("used_at", "revoked_at", "expires_at"),
            why=NEEDED_NO_LONGER),
        not_phi=("id", "user", "code_fingerprint", "created_by", "created_at", "expires_at",
            "used_at", "revoked_at"),
    )  # fmt: skip


class AttemptCounter(models.Model):
    """How often a secret was tried lately; the key is a fingerprint of whose and where from."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    window_started_at = models.DateTimeField()

    HANDLING: ClassVar = Handling(
        rows=NoRowPolicy("counts fingerprints, before anybody is signed in"),
        exports=NotExported("counts of fingerprints"),
        keep=days(1, called="attempts", after=("window_started_at",), why=NEEDED_NO_LONGER),
        not_phi=("key", "count", "window_started_at"),
    )  # fmt: skip


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

    HANDLING: ClassVar = Handling(
        rows=NoRowPolicy("fingerprints of requests, and answers under the master key"),
        exports=NotExported("copies of answers, for a day"),
        keep=days(1, called="answers to repeated requests", after=("created_at",),
            why=NEEDED_NO_LONGER),
        sealed={"sealed_answer": Sealed("idempotency", Key.RING)},
        phi=("user", "sealed_answer", "created_at"),
        not_phi=("id", "key_fingerprint", "request_fingerprint"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "key_fingerprint"], name="idempotency_key_once")
        ]


class PendingTotp(models.Model):
    """An authenticator app that was shown its secret and has not given its first code yet."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    sealed_secret = models.BinaryField()
    started_at = models.DateTimeField()

    HANDLING: ClassVar = Handling(
        rows=NoRowPolicy("a secret of a sign-in, under the master key"),
        exports=NotExported("a secret of a sign-in"),
        keep=days(1, called="begun factors", after=("started_at",), why=NEEDED_NO_LONGER),
        sealed={"sealed_secret": Sealed("pending", Key.RING)},
        not_phi=("user", "sealed_secret", "started_at"),
    )  # fmt: skip


class TotpSecret(models.Model):
    """The secret that a user shares with their authenticator app, and the last code they used."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    sealed_secret = models.BinaryField()
    #: The newest time step whose code was used (RFC 6238); none up to it opens again.
    last_step = models.BigIntegerField()
    created_at = models.DateTimeField()

    HANDLING: ClassVar = Handling(
        rows=NoRowPolicy("a secret of a sign-in, under the master key"),
        exports=NotExported("a secret of a sign-in"),
        keep=until_erased("one row an account, as long as its factor"),
        sealed={"sealed_secret": Sealed("totp", Key.RING)},
        not_phi=("user", "sealed_secret", "last_step", "created_at"),
    )  # fmt: skip


class Passkey(models.Model):
    """A WebAuthn credential that may stand in for the code of its owner's authenticator app."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = SealedText(bound_to="passkey.name")
    #: As browsers write it, in base64url: at most 1,023 bytes.
    credential_id = models.CharField(max_length=1364, unique=True)
    #: A COSE key in CBOR (RFC 9052), in base64url.
    public_key = models.TextField()
    #: How often it signed, as it counts itself; 0 for ever where it doesn't count.
    sign_count = models.BigIntegerField()
    #: Whether it knew its owner by PIN or body when it was added; then it must at each sign-in.
    verifies_user = models.BooleanField()
    #: How a browser reaches it: "usb", "nfc", "ble", "hybrid", "internal".
    transports = models.JSONField()
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    HANDLING: ClassVar = Handling(
        rows=NoRowPolicy("public keys of who may sign in, and names under the master key"),
        exports=NotExported("a key to a sign-in"),
        keep=until_erased("as long as its owner's second factor"),
        not_phi=("id", "user", "name", "credential_id", "public_key", "sign_count",
            "verifies_user", "transports", "created_at", "last_used_at"),
    )  # fmt: skip


class RecoveryCode(models.Model):
    """A code for a day without the phone; only its fingerprint is stored."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    fingerprint = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    HANDLING: ClassVar = Handling(
        rows=NoRowPolicy("a secret of a sign-in, as a fingerprint"),
        exports=NotExported("a secret of a sign-in"),
        keep=until_erased("replaced by the next set of codes"),
        not_phi=("id", "user", "fingerprint", "made_at", "used_at"),
    )  # fmt: skip
