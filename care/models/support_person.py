"""Support persons: who uses an account by which consent, and the codes that let them in."""

from typing import ClassVar

from django.db import models

from backend.kit.handling import (
    NEEDED_NO_LONGER,
    Handling,
    NotExported,
    RowPolicy,
    Rows,
    days,
    exported,
    until_erased,
)
from backend.kit.ids import new_id
from care.models.consents import Consent
from care.models.people import Patient, User


class SupportCode(models.Model):
    """A code that lets the person whom one consent names in, once; a fingerprint is stored."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    consent = models.ForeignKey(Consent, on_delete=models.CASCADE, related_name="+")
    code_fingerprint = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.TEAM, tasks=("sign-in", "task:retention"), writers=("patient",
            "task:retention")),
        exports=NotExported("a secret of a sign-in; the consent that it belongs to is exported"),
        keep=days(90, called="codes of support persons", after=("used_at", "revoked_at",
            "expires_at"), why=NEEDED_NO_LONGER),
        phi=("patient", "consent", "created_at", "expires_at", "used_at", "revoked_at"),
        not_phi=("id", "code_fingerprint"),
    )  # fmt: skip


class SupportPerson(models.Model):
    """The account of the person whom a consent names; a consent has one, an account may have many.

    Whether it still shows anything is the consent's to say, at each look.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    consent = models.OneToOneField(Consent, on_delete=models.CASCADE, related_name="support_person")
    supporter = models.ForeignKey(User, on_delete=models.PROTECT, related_name="supports")
    #: When they used the code, and said that they pass nothing on (42 CFR 2.32).
    accepted_at = models.DateTimeField()
    #: The patient's local day whose looks stand in the accounting of disclosures already.
    accounted_on = models.DateField(null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.SUPPORT_PERSON, writers=("patient", "supporter")),
        exports=exported("support_people", "accepted_at", "accounted_on", consent="consent_id",
            name="consent__recipient"),
        keep=until_erased("as the consent that names them"),
        phi=("patient", "consent", "supporter", "accepted_at", "accounted_on"),
        not_phi=("id",),
    )  # fmt: skip
