"""Authenticator apps, passkeys and recovery codes: what a sign-in needs beside a password.

What must be used only once is a row, since a cache that each process keeps for itself can't see a
race.
"""

from typing import ClassVar

from django.db import models

from backend.kit.handling import (
    NEEDED_NO_LONGER,
    Handling,
    Key,
    NoRowPolicy,
    NotExported,
    Sealed,
    days,
    until_erased,
)
from backend.kit.ids import new_id
from backend.kit.sealed_fields import SealedText
from care.models.people import User


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
