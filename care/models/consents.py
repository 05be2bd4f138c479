"""What patients agreed to, the support persons whom a consent names, and what left the clinic."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from backend.kit.handling import (
    NEEDED_NO_LONGER,
    RECORD,
    Handling,
    NotExported,
    RowPolicy,
    Rows,
    Sealed,
    days,
    exported,
    for_good,
    until_erased,
)
from backend.kit.ids import new_id
from backend.kit.sealed_fields import SealedText
from care.models.people import Patient, User


class Consent(models.Model):
    """What a patient agreed to, with the elements that 42 CFR 2.31(a) requires.

    Whose data: ``patient``. Who may disclose: ``discloser``. What and how much: ``scope``. To whom:
    ``recipient``. For what: ``purpose``. How it is taken back: ``text``, that of ``version``.
    Until when: ``expires_at`` or ``expires_event``. Signed by and when: ``signed_name`` and
    ``agreed_at``.
    """

    class Purpose(models.TextChoices):
        #: The care team may see what the patient shares, and neutral reminders may be sent.
        TREATMENT = "treatment"
        #: One named person may see a little of how it goes, and nothing else.
        FAMILY_SUPPORT = "family_support"
        #: One named clinician may read the SUD counselling notes (42 CFR 2.31(b)).
        COUNSELLING_NOTES = "counselling_notes"
        #: The clinic may hand parts of the record over to the next team, whom it names.
        HANDOVER = "handover"

    class Event(models.TextChoices):
        END_OF_TREATMENT = "end_of_treatment"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    version = models.CharField(max_length=40)
    #: What was shown and signed, word for word, and in which language (``care.consents.texts``):
    #: what a version said is known also when its file is gone.
    text = models.TextField(default="")
    language = models.CharField(max_length=5, default="")
    discloser = models.CharField(max_length=200, default="the clinic")
    #: Names of what may be seen (``care.access.data_categories.CONSENT_SCOPES``).
    scope = models.JSONField(default=list)
    recipient = SealedText(bound_to="consent.recipient", default="my care team")
    #: The one clinician whom a consent names, where its purpose asks for one.
    clinician = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    #: Of a consent to treatment: the recipient is this clinician, and it reaches nobody else.
    recipient_clinician = models.ForeignKey(
        User, db_index=False, on_delete=models.PROTECT, related_name="+", null=True
    )
    #: Of a consent to treatment: the recipient is nobody of the clinic, whose staff see nothing.
    is_for_others = models.BooleanField(default=False)
    signed_name = SealedText(bound_to="consent.signed_name", default="")
    agreed_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    expires_event = models.CharField(max_length=20, choices=Event.choices, null=True)
    revoked_at = models.DateTimeField(null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.CLINIC, tasks=("task:reminders", "task:safety"), writers=("patient",),
            also=("handed_over",), fixed=("scope", "is_for_others", "recipient_clinician_id",
            "agreed_at", "expires_at", "purpose", "version", "text", "language")),
        exports=exported("consents", "id", "purpose", "version", "text", "language", "discloser",
            "scope", "recipient", "signed_name", "agreed_at", "expires_at", "expires_event",
            "revoked_at"),
        keep=RECORD,
        survives_erasure="blanked: that they agreed is kept (42 CFR 2.31)",
        revocable=True,
        phi=("patient", "purpose", "version", "discloser", "scope", "recipient", "clinician",
            "recipient_clinician", "is_for_others", "signed_name", "agreed_at", "expires_at",
            "expires_event", "revoked_at"),
        not_phi=("id", "text", "language"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    purpose__in=["treatment", "family_support", "counselling_notes", "handover"]
                ),
                name="consent_purpose_known",
            ),
            models.CheckConstraint(
                condition=Q(purpose="counselling_notes", clinician__isnull=False)
                | ~Q(purpose="counselling_notes") & Q(clinician__isnull=True),
                name="consent_names_who_reads_notes",
            ),
            models.CheckConstraint(
                condition=Q(is_for_others=False, recipient_clinician__isnull=True)
                | Q(is_for_others=False, purpose="treatment")
                | Q(recipient_clinician__isnull=True, purpose="treatment"),
                name="consent_is_for_one_side",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["patient", "purpose"],
                condition=Q(revoked_at__isnull=True),
                name="consent_not_revoked",
            )
        ]


class Disclosure(models.Model):
    """One time that something of a patient left the clinic (45 CFR 164.528, 42 CFR 2.25)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, db_index=False, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    to = SealedText(bound_to="disclosure.to")
    purpose = models.CharField(max_length=40)
    what = models.CharField(max_length=200)
    #: The consent it rests on; none where the patient took it themselves.
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="+", null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.CLINIC, also=("looked", "taken", "transferred", "handed_over")),
        exports=exported("disclosures", "id", "at", "to", "purpose", "what", consent="consent_id"),
        keep=for_good("45 CFR 164.528: an account of six years"),
        survives_erasure="who got what is kept (42 CFR 2.25, 45 CFR 164.528)",
        phi=("patient", "at", "to", "purpose", "what", "consent"),
        not_phi=("id",),
    )  # fmt: skip

    class Meta:
        indexes: ClassVar = [models.Index(fields=["patient", "at"], name="disclosure_of_patient")]


class Handover(models.Model):
    """A summary for the next team behind a link, under a key that only the link has.

    Here stand the encrypted file, and fingerprints of the address and of the passcode.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    #: What it rests on; it names the recipient, and ends the link with itself.
    consent = models.ForeignKey(Consent, on_delete=models.CASCADE, related_name="+")
    parts = models.JSONField()
    link_fingerprint = models.CharField(max_length=64, unique=True)
    passcode_fingerprint = models.CharField(max_length=64)
    #: A compact JWE.
    file = models.TextField()
    made_at = models.DateTimeField()
    #: No foreign key: who made it stays on record when their account is gone.
    made_by = models.UUIDField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    wrong_attempts = models.PositiveSmallIntegerField(default=0)
    fetches = models.PositiveIntegerField(default=0)
    last_fetched_at = models.DateTimeField(null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.TEAM, tasks=("task:handovers", "task:retention"), writers=("patient",
            "clinician", "task:handovers", "task:retention"), fixed=("consent_id", "parts",
            "link_fingerprint", "passcode_fingerprint", "file", "made_at", "expires_at")),
        exports=exported("handovers", "id", "parts", "made_at", "expires_at", "revoked_at",
            "fetches", "last_fetched_at", consent="consent_id", recipient="consent__recipient"),
        keep=days(90, called="handovers", after=("revoked_at", "expires_at"),
            why=NEEDED_NO_LONGER),
        revocable=True,
        phi=("patient", "consent", "parts", "file", "made_at", "made_by", "expires_at",
            "revoked_at", "fetches", "last_fetched_at"),
        not_phi=("id", "link_fingerprint", "passcode_fingerprint", "wrong_attempts"),
    )  # fmt: skip


class RestrictionRequest(models.Model):
    """A patient's request to restrict how their record is used, and the answer (42 CFR 2.26)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    #: What is asked for, in the patient's words, encrypted.
    words = models.BinaryField()
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=8, null=True)
    #: Why it was answered so, encrypted.
    answer_words = models.BinaryField(null=True)
    answered_at = models.DateTimeField(null=True)
    #: No foreign key: who answered stays on record when their account is gone.
    answered_by = models.UUIDField(null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.TEAM, writers=("patient", "clinician")),
        exports=exported("restriction_requests", "id", "asked_at", "answer", "answered_at",
            request="words", reason="answer_words"),
        keep=RECORD,
        sealed={
            "words": Sealed("care.RestrictionRequest.words"),
            "answer_words": Sealed("care.RestrictionRequest.answer_words"),
        },
        phi=("patient", "words", "asked_at", "answer", "answer_words", "answered_at",
            "answered_by"),
        not_phi=("id",),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    answer__isnull=True, answer_words__isnull=True, answered_at__isnull=True,
                    answered_by__isnull=True,
                )
                | Q(
                    answer__in=["granted", "declined"], answer_words__isnull=False,
                    answered_at__isnull=False, answered_by__isnull=False,
                ),
                name="restriction_answered_with_a_reason",
            )
        ]  # fmt: skip


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
