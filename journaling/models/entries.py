"""Entries: one typed row each, and what they said before a change."""

from typing import ClassVar

import orjson
from django.db import models
from django.db.models import Case, F, Q, When

from backend.kit.handling import (
    Export,
    ExportedBySlice,
    Handling,
    Revisions,
    RowPolicy,
    Rows,
    Sealed,
    columns,
    until_erased,
)
from backend.kit.sealed_fields import SealedJson, SealedText


class Entry(models.Model):
    """One thing a patient recorded. Which columns are used depends on ``kind``.

    Null means *missing* and is never zero. All free text of an entry is in ``encrypted_text``;
    what names a substance, a meeting or a target of the patient's own is sealed in its column.
    """

    row = models.BigAutoField(primary_key=True)
    #: Chosen by the phone, unique per patient only: it reveals nothing about anybody else.
    id = models.UUIDField()
    patient = models.ForeignKey(
        "care.Patient", db_index=False, on_delete=models.CASCADE, related_name="+"
    )
    kind = models.CharField(max_length=20)
    rev = models.PositiveIntegerField(default=1)
    seq = models.BigIntegerField()
    digest = models.BinaryField(max_length=32)

    # Provenance: the phone's clock, its zone at that moment, and ours.
    occurred_at = models.DateTimeField()
    time_zone = models.CharField(max_length=64)
    recorded_at = models.DateTimeField()
    received_at = models.DateTimeField()
    #: Where it stands in every list: when it occurred, or when it arrived if the clock is doubted.
    timeline_at = models.GeneratedField(
        expression=Case(When(clock_suspect=True, then=F("received_at")), default=F("occurred_at")),
        output_field=models.DateTimeField(),
        db_persist=True,
    )
    local_date = models.DateField()
    recall = models.CharField(max_length=10)
    clock_suspect = models.BooleanField()
    #: Whether it may stand in a statistic: not recalled by more than 48 hours, and at a known time.
    is_countable = models.BooleanField()
    #: Whether a counted value was first given or changed more than 48 hours after the event.
    changed_late = models.BooleanField(db_default=False)
    #: Why and since when it is news (``journaling.entries.entry.News``); null where it arrived in
    #: the minute in which it occurred.
    news = models.CharField(max_length=8, null=True)
    news_at = models.DateTimeField(null=True)
    origin = models.CharField(max_length=44, default="self")
    share = models.CharField(max_length=26, default="care_team")
    discuss = models.BooleanField(default=False)
    #: When somebody of the care team read it, and who; an edit takes that back.
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.UUIDField(null=True)
    #: When somebody of the care team said "let's talk about this", and who.
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.UUIDField(null=True)
    encrypted_text = models.BinaryField(null=True)

    #: The sign-in that sent it: it identifies the phone, and so its clock.
    sent_by = models.UUIDField(null=True)
    #: Fields asked and passed over, each with how (journaling/entries/kinds/header.py).
    unanswered = models.JSONField(null=True)
    safety_check = models.JSONField(null=True)
    deleted_at = models.DateTimeField(null=True)

    # craving
    intensity = models.SmallIntegerField(null=True)
    target = SealedText(bound_to="entry.target", null=True)
    triggers = SealedJson(bound_to="entry.triggers", null=True)
    skills = models.JSONField(null=True)
    intensity_after = models.SmallIntegerField(null=True)
    minutes_later = models.SmallIntegerField(null=True)
    outcome = models.CharField(max_length=20, null=True)
    # mood
    valence = models.SmallIntegerField(null=True)
    energy = models.SmallIntegerField(null=True)
    labels = models.JSONField(null=True)
    associations = models.JSONField(null=True)
    emotions = models.JSONField(null=True)
    # skill_practice
    skill = models.CharField(max_length=60, null=True)
    considered = models.BooleanField(null=True)
    wanted_to = models.BooleanField(null=True)
    attempted = models.BooleanField(null=True)
    able = models.BooleanField(null=True)
    automatic = models.BooleanField(null=True)
    helped = models.BooleanField(null=True)
    rating_before = models.SmallIntegerField(null=True)
    rating_after = models.SmallIntegerField(null=True)
    minutes = models.SmallIntegerField(null=True)
    planned = models.BooleanField(null=True)
    assignment = models.UUIDField(null=True)
    # use
    substance = SealedText(bound_to="entry.substance", null=True)
    amount = models.FloatField(null=True)
    unit = SealedText(bound_to="entry.unit", null=True)
    alone = models.BooleanField(null=True)
    approximate = models.BooleanField(null=True)
    # daily
    date = models.DateField(null=True)
    urges = SealedJson(bound_to="entry.urges", null=True)
    sleep_hours = models.FloatField(null=True)
    sleep_quality = models.SmallIntegerField(null=True)
    medication_taken = models.BooleanField(null=True)
    supplements_taken = models.BooleanField(null=True)
    meals = models.SmallIntegerField(null=True)
    movement_minutes = models.SmallIntegerField(null=True)
    pain = models.SmallIntegerField(null=True)
    balance = models.JSONField(null=True)
    # pre_session
    coming_in = SealedJson(bound_to="entry.coming_in", null=True)
    session = models.UUIDField(null=True)
    # measure
    instrument = models.CharField(max_length=40, null=True)
    version = models.CharField(max_length=20, null=True)
    answers = models.JSONField(null=True)
    completed_at = models.DateTimeField(null=True)
    # dose
    taken = models.BooleanField(null=True)
    # reading
    type = models.CharField(max_length=20, null=True)
    value = models.FloatField(null=True)
    diastolic = models.SmallIntegerField(null=True)
    # meeting
    meeting_kind = SealedText(bound_to="entry.meeting_kind", null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.SHARED_ENTRIES, tasks=("task:reminders", "task:safety"),
            writers=("patient", "clinician")),
        exports=(ExportedBySlice("entries"), Export("deleted_entries", columns("id", "kind",
            "occurred_at", "received_at", "deleted_at", "rev", "seq"),
            only=Q(deleted_at__isnull=False))),
        keep=until_erased("the medical record; what a patient deleted of it is purged by "
            "journaling/entries/edit.py"),
        sealed={"encrypted_text": Sealed("journaling.Entry.words", read=orjson.loads)},
        phi=("patient", "kind", "occurred_at", "time_zone", "recorded_at", "received_at",
            "timeline_at", "local_date", "recall", "clock_suspect", "is_countable", "changed_late",
            "news", "news_at", "origin", "share", "discuss", "reviewed_at", "reviewed_by",
            "acknowledged_at", "acknowledged_by", "encrypted_text", "intensity", "target",
            "triggers", "skills", "intensity_after", "minutes_later", "outcome", "valence",
            "energy", "labels", "associations", "emotions", "skill", "considered", "wanted_to",
            "attempted", "able", "automatic", "helped", "rating_before", "rating_after", "minutes",
            "planned", "assignment", "substance", "amount", "unit", "alone", "approximate",
            "unanswered", "safety_check", "deleted_at", "date", "urges", "sleep_hours",
            "sleep_quality", "medication_taken", "supplements_taken", "meals", "movement_minutes",
            "pain", "balance", "coming_in", "session", "instrument", "version", "answers",
            "completed_at", "taken", "type", "value", "diastolic", "meeting_kind"),
        not_phi=("row", "id", "rev", "seq", "digest", "sent_by"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["patient", "id"], name="entry_id_once_per_patient"),
            models.UniqueConstraint(fields=["patient", "seq"], name="entry_seq_once_per_patient"),
            # CLINICAL §2: one diary card per local day.
            models.UniqueConstraint(
                fields=["patient", "date"],
                condition=Q(kind="daily", deleted_at__isnull=True),
                name="entry_one_diary_card_a_day",
            ),
            models.CheckConstraint(
                condition=Q(intensity__isnull=True) | Q(intensity__range=(0, 10)),
                name="entry_intensity_0_10",
            ),
            models.CheckConstraint(
                condition=Q(intensity_after__isnull=True) | Q(intensity_after__range=(0, 10)),
                name="entry_intensity_after_0_10",
            ),
            models.CheckConstraint(
                condition=Q(valence__isnull=True) | Q(valence__range=(-3, 3)),
                name="entry_valence_3_3",
            ),
            models.CheckConstraint(
                condition=Q(energy__isnull=True) | Q(energy__range=(-3, 3)), name="entry_energy_3_3"
            ),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=False)
                | (~Q(kind="craving") | Q(intensity__isnull=False, target__isnull=False))
                & (~Q(kind="mood") | Q(valence__isnull=False))
                & (~Q(kind="skill_practice") | Q(skill__isnull=False))
                & (~Q(kind="use") | Q(substance__isnull=False))
                & (~Q(kind="daily") | Q(date__isnull=False))
                & (~Q(kind="measure") | Q(instrument__isnull=False, version__isnull=False))
                & (~Q(kind="dose") | Q(taken__isnull=False))
                & (~Q(kind="reading") | Q(type__isnull=False, value__isnull=False))
                & (~Q(kind="meeting") | Q(meeting_kind__isnull=False))
                & (~Q(kind="note") | Q(encrypted_text__isnull=False)),
                name="entry_has_what_its_kind_requires",
            ),
        ]
        indexes: ClassVar = [
            # Sums over many patients are read from it alone: 13 pages a patient, not 172.
            models.Index(
                fields=["patient", "timeline_at"],
                condition=Q(deleted_at__isnull=True),
                include=[
                    "kind", "local_date", "share", "is_countable", "intensity", "valence", "skill",
                    "wanted_to", "attempted", "able", "automatic", "helped", "recorded_at",
                    "received_at", "clock_suspect",
                ],
                name="entry_timeline",
            ),
            # The few that were recalled days later: whether reminders were answered asks for them.
            models.Index(
                fields=["patient", "received_at"],
                condition=Q(is_countable=False, deleted_at__isnull=True),
                name="entry_recalled",
            ),
            models.Index(
                fields=["patient", "timeline_at"],
                condition=Q(discuss=True),
                name="entry_to_discuss",
            ),
            # Skills used in cravings are few, and sums of practice count them in.
            models.Index(
                fields=["patient", "timeline_at"],
                condition=Q(kind="craving", skills__isnull=False, deleted_at__isnull=True),
                name="entry_skills_in_cravings",
            ),
            # What arrived, was marked or was changed later: few, and counted from it alone.
            models.Index(
                fields=["patient", "news_at"],
                condition=Q(news_at__isnull=False, deleted_at__isnull=True),
                include=[
                    "kind", "share", "timeline_at", "reviewed_at",
                ],
                name="entry_news",
            ),
            # Questionnaires are few, and looked for over months.
            models.Index(
                fields=["patient", "timeline_at"],
                condition=Q(kind="measure"),
                name="entry_measures",
            ),
        ]  # fmt: skip


class EntryRevision(models.Model):
    """One change of an entry: who made it, when, and what stood there before, encrypted."""

    class Action(models.TextChoices):
        CHANGED = "changed"
        DELETED = "deleted"

    row = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(Entry, db_index=False, on_delete=models.CASCADE, related_name="+")
    #: The revision that this change made.
    rev = models.PositiveIntegerField()
    at = models.DateTimeField()
    #: No foreign key: what somebody changed stays on record when their account is gone.
    author_id = models.UUIDField()
    author_role = models.CharField(max_length=10)
    action = models.CharField(max_length=7, choices=Action.choices)
    #: The whole content before the change.
    before = models.BinaryField()

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.PARENT, writers=("patient",), via="entry"),
        exports=(ExportedBySlice("entry_history"),),
        keep=until_erased("goes with its entry"),
        sealed={"before": Sealed("journaling.EntryRevision.before", read=orjson.loads)},
        revisions=Revisions.NEVER_RAISED,
        phi=("entry", "rev", "at", "author_id", "author_role", "action", "before"),
        not_phi=("row",),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entry", "rev"], name="entry_revision_once"),
            models.CheckConstraint(
                condition=Q(action__in=["changed", "deleted"]), name="entry_revision_action_known"
            ),
        ]
