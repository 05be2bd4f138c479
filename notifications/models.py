"""The tables of this room: what to say when, what became of it, and where it may be shown."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from backend.kit.ids import new_id
from notifications.alert_models import SafetyAlert  # noqa: F401 (one of this room)


class Purpose(models.TextChoices):
    """What a reminder is about; the words on a lock screen tell nothing of it."""

    CHECKIN = "checkin"
    SKILL = "skill"
    DOSE = "dose"
    PRE_SESSION = "pre_session"
    SESSION = "session"
    MEASURE = "measure"


class Reminder(models.Model):
    """One series of reminders, at wall-clock times in the patient's own zone."""

    row = models.BigAutoField(primary_key=True)
    #: Chosen by the phone, unique per patient only: it reveals nothing about anybody else.
    id = models.UUIDField()
    patient = models.ForeignKey(
        "care.Patient", db_index=False, on_delete=models.CASCADE, related_name="+"
    )
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    #: Minutes of the local day, ascending.
    minutes = models.JSONField()
    #: Bit 0 is Monday; null where every so many days is asked for instead.
    weekdays = models.PositiveSmallIntegerField(null=True)
    every_days = models.PositiveSmallIntegerField(null=True)
    every_from = models.DateField(null=True)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    #: So long before each of the patient's sessions, in place of times of the day.
    before_minutes = models.PositiveSmallIntegerField(null=True)
    expires_minutes = models.PositiveSmallIntegerField(default=60)
    nudge = models.BooleanField(default=False)
    skip_if_logged = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    rev = models.PositiveIntegerField(default=1)
    #: Keyed fingerprint of what was first sent under this id, so that a repeat is recognised.
    digest = models.BinaryField(max_length=32, null=True)
    #: The occurrence to come: when the engine takes it, and its name in the patient's calendar.
    next_due_at = models.DateTimeField(null=True)
    next_day = models.DateField(null=True)
    next_slot = models.SmallIntegerField(null=True)
    #: By how many seconds the engine takes it after its time, so that pushes are spread.
    next_spread = models.PositiveSmallIntegerField(db_default=0, default=0)
    #: The session that it announces.
    next_session = models.UUIDField(null=True)
    #: The occurrence handled last; nothing up to it is ever due again, whatever changes.
    last_day = models.DateField(null=True)
    last_slot = models.SmallIntegerField(null=True)
    #: Since when only every second one is sent, as three in a row were missed.
    halved_at = models.DateTimeField(null=True)
    #: Since when the patient is asked whether another time would suit them; null once answered.
    asked_at = models.DateTimeField(null=True)
    #: Misses before this instant count no more.
    misses_from = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    PHI: ClassVar = (
        "patient", "purpose", "minutes", "weekdays", "every_days", "every_from", "starts_on",
        "ends_on", "before_minutes", "expires_minutes", "nudge", "skip_if_logged", "active",
        "next_due_at", "next_day", "next_slot", "next_session", "last_day", "last_slot",
        "halved_at", "asked_at", "misses_from", "created_at", "deleted_at",
    )  # fmt: skip
    NOT_PHI: ClassVar = ("row", "id", "rev", "digest", "next_spread")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["patient", "id"], name="reminder_id_once_per_patient"),
            models.CheckConstraint(
                condition=Q(purpose__in=Purpose.values), name="reminder_purpose_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    weekdays__range=(1, 127), every_days__isnull=True, every_from__isnull=True
                )
                | Q(weekdays__isnull=True, every_days__gte=1, every_from__isnull=False),
                name="reminder_weekdays_or_every",
            ),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True)
                | Q(ends_on__isnull=True)
                | Q(ends_on__gte=F("starts_on")),
                name="reminder_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(next_due_at__isnull=True, next_day__isnull=True, next_slot__isnull=True)
                | Q(
                    active=True,
                    deleted_at__isnull=True,
                    next_due_at__isnull=False,
                    next_day__isnull=False,
                    next_slot__isnull=False,
                ),
                name="reminder_due_only_while_active",
            ),
            models.CheckConstraint(
                condition=Q(expires_minutes__range=(1, 1440)), name="reminder_expires_in_a_day"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_due_at", "row"],
                condition=Q(next_due_at__isnull=False),
                name="reminder_due",
            )
        ]


class Occurrence(models.Model):
    """One reminder at one local day and slot: the outbox row, and what became of it."""

    class State(models.TextChoices):
        PENDING = "pending"
        LEASED = "leased"
        SENT = "sent"
        FAILED = "failed"
        DEAD_DEVICE = "dead_device"
        EXPIRED = "expired"
        SKIPPED = "skipped"
        UNKNOWN = "unknown"

    #: The states in which a worker still has something to do.
    OPEN: ClassVar = (State.PENDING, State.LEASED)

    #: Derived from reminder, day and slot, so that a phone can name it before it is due.
    id = models.UUIDField(primary_key=True)
    reminder = models.ForeignKey(
        Reminder, db_index=False, on_delete=models.CASCADE, related_name="occurrences"
    )
    patient = models.ForeignKey(
        "care.Patient", db_index=False, on_delete=models.CASCADE, related_name="+"
    )
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    local_day = models.DateField()
    #: The minute of the local day; a nudge has a slot of its own.
    slot = models.SmallIntegerField()
    #: The session that it announces; day and slot are then those of its start, at the clinic.
    session = models.UUIDField(null=True)
    due_at = models.DateTimeField()
    #: After this instant it is never shown: it is the end of the push's life as well.
    not_after = models.DateTimeField()
    #: When a worker may take it: its time, the end of a claim (a lease may last longer), or the
    #: next try.
    wake_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, choices=State.choices)
    #: Why it stands where it stands: a code of ours, or the gateway's.
    reason = models.CharField(max_length=40, db_default="")
    #: Names the one holder of a lease; a result under another name is not recorded.
    fence = models.UUIDField(null=True)
    #: How often a worker began on it, whatever came of it; while it is in hand, how often before.
    attempts = models.PositiveSmallIntegerField(db_default=0)
    #: How often of these the worker died before it wrote down what came of it.
    deaths = models.PositiveSmallIntegerField(db_default=0)
    #: How often the gateway left open whether it took the message.
    doubts = models.PositiveSmallIntegerField(db_default=0)
    #: Ids of the devices that took or refused it while another has still to be tried.
    accepted = models.JSONField(null=True)
    sent_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    snoozed_at = models.DateTimeField(null=True)
    #: What replaces what on the phone: equal on Android, APNs, the web and a local notification.
    tag = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    PHI: ClassVar = (
        "patient", "purpose", "local_day", "slot", "session", "due_at", "not_after", "wake_at",
        "state", "reason", "sent_at", "opened_at", "answered_at", "snoozed_at", "created_at",
    )  # fmt: skip
    NOT_PHI: ClassVar = (
        "id",
        "reminder",
        "fence",
        "attempts",
        "deaths",
        "doubts",
        "accepted",
        "tag",
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["reminder", "local_day", "slot"], name="occurrence_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "pending", "leased", "sent", "failed", "dead_device", "expired",
                        "skipped", "unknown",
                    ]
                ),
                name="occurrence_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "leased"], wake_at__isnull=False)
                | (~Q(state__in=["pending", "leased"]) & Q(wake_at__isnull=True)),
                name="occurrence_open_has_wake",
            ),
            models.CheckConstraint(
                condition=~Q(state="leased") | Q(fence__isnull=False),
                name="occurrence_lease_has_holder",
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False),
                name="occurrence_sent_has_instant",
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(
                fields=["wake_at", "id"],
                condition=Q(wake_at__isnull=False),
                name="occurrence_open",
            ),
            models.Index(fields=["patient", "due_at"], name="occurrence_of_patient"),
            # What the metrics tell of the last day.
            models.Index(fields=["created_at"], name="occurrence_made"),
        ]


class Lease(models.Model):
    """What one holder has in hand: written once a chunk, so that no occurrence has to be."""

    fence = models.UUIDField(primary_key=True)
    #: Until when all that stands under this fence is the holder's; their own ``wake_at`` tells it
    #: of what was claimed and never begun.
    until = models.DateTimeField()
    #: Ids of the occurrences begun last. Whoever dies has tried these, and no others.
    in_hand = models.JSONField()

    PHI: ClassVar = ()
    NOT_PHI: ClassVar = ("fence", "until", "in_hand")


class Device(models.Model):
    """One address of one phone or browser, as long as it belongs to this sign-in."""

    class Provider(models.TextChoices):
        FCM_TOKEN = "fcm_token"  # noqa: S105 (the name of a kind of address)
        FCM_FID = "fcm_fid"

    class Platform(models.TextChoices):
        ANDROID = "android"
        IOS = "ios"
        WEB = "web"

    id = models.UUIDField(primary_key=True, editable=False)
    patient = models.ForeignKey("care.Patient", on_delete=models.CASCADE, related_name="+")
    device_session = models.ForeignKey(
        "care.DeviceSession", on_delete=models.CASCADE, related_name="+", null=True
    )
    provider = models.CharField(max_length=9, choices=Provider.choices)
    #: Whoever knows it can't send with it; still it names one phone and is never logged.
    address = models.TextField()
    fingerprint = models.CharField(max_length=64)
    platform = models.CharField(max_length=7, choices=Platform.choices)
    app_version = models.CharField(max_length=40, blank=True)
    device_name = models.CharField(max_length=120, blank=True)
    #: Until when the phone has planned local notifications by itself, and exactly which: by
    #: occurrence, when it is due and the revision of its reminder.
    covered_until = models.DateTimeField(null=True)
    covered = models.JSONField(null=True)
    #: When the phone is told to look at its plan again; null where there is nothing to tell.
    refresh_at = models.DateTimeField(null=True)
    #: When the plan changed last that it has to be told of, and when it was told last.
    refresh_asked_at = models.DateTimeField(null=True)
    refreshed_at = models.DateTimeField(null=True)
    refresh_tries = models.PositiveSmallIntegerField(db_default=0)
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.CharField(max_length=30, blank=True)

    PHI: ClassVar = (
        "patient", "device_session", "address", "fingerprint", "platform", "device_name",
        "covered_until", "covered", "refresh_at", "refresh_asked_at", "refreshed_at", "created_at",
        "last_seen_at", "ended_at", "ended_reason",
    )  # fmt: skip
    NOT_PHI: ClassVar = ("id", "provider", "app_version", "refresh_tries")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["fingerprint"],
                condition=Q(ended_at__isnull=True),
                name="device_address_lives_once",
            ),
            # A phone has one sign-in of ours, and one address: an older one would ring as well.
            models.UniqueConstraint(
                fields=["device_session", "platform"],
                condition=Q(ended_at__isnull=True),
                name="device_one_address_per_sign_in",
            ),
            models.CheckConstraint(
                condition=Q(provider__in=["fcm_token", "fcm_fid"]), name="device_provider_known"
            ),
            models.CheckConstraint(
                condition=Q(platform__in=["android", "ios", "web"]), name="device_platform_known"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["patient"], condition=Q(ended_at__isnull=True), name="device_live"
            ),
            models.Index(
                fields=["refresh_at", "id"],
                condition=Q(refresh_at__isnull=False),
                name="device_to_refresh",
            ),
        ]


class Gate(models.Model):
    """A gateway's shared brake: while it is shut nobody sends, and it says how fast all may."""

    name = models.CharField(max_length=30, primary_key=True)
    #: Null while it is open. Later than this one worker may send one message to see.
    shut_until = models.DateTimeField(null=True)
    reason = models.CharField(max_length=40, blank=True)
    #: How many messages in a row it answered with a fault, or not at all.
    faults = models.PositiveSmallIntegerField(db_default=0)
    #: The sending of all workers together: when the next message may leave, and since when the
    #: pace has been growing.
    free_at = models.DateTimeField(null=True)
    ramp_at = models.DateTimeField(null=True)

    PHI: ClassVar = ()
    NOT_PHI: ClassVar = ("name", "shut_until", "reason", "faults", "free_at", "ramp_at")


class Recipient(models.Model):
    """What holds for all reminders of one patient; its row is the lock that orders them."""

    patient = models.OneToOneField(
        "care.Patient", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    paused_until = models.DateTimeField(null=True)
    #: When the newest message had its turn, and which one: others keep their distance.
    turn_at = models.DateTimeField(null=True)
    turn_of = models.UUIDField(null=True)
    turn_is_nudge = models.BooleanField(null=True)
    #: The instants of the newest messages, as many as one day may have.
    turns = models.JSONField(null=True)
    #: When the patient last did something about a reminder.
    heard_at = models.DateTimeField(null=True)

    PHI: ClassVar = ("patient", "paused_until", "turn_at", "turns", "heard_at")
    NOT_PHI: ClassVar = ("turn_of", "turn_is_nudge")


class DefaultReminder(models.Model):
    """One reminder of the plan that a clinic gives to each new patient, who may change it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(
        "care.Clinic", db_index=False, on_delete=models.CASCADE, related_name="+"
    )
    place = models.PositiveSmallIntegerField()
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    minutes = models.JSONField()
    weekdays = models.PositiveSmallIntegerField(null=True)
    every_days = models.PositiveSmallIntegerField(null=True)
    before_minutes = models.PositiveSmallIntegerField(null=True)
    expires_minutes = models.PositiveSmallIntegerField()
    nudge = models.BooleanField()
    skip_if_logged = models.BooleanField()

    PHI: ClassVar = ()
    NOT_PHI: ClassVar = (
        "id", "clinic", "place", "purpose", "minutes", "weekdays", "every_days", "before_minutes",
        "expires_minutes", "nudge", "skip_if_logged",
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["clinic", "place"], name="default_reminder_place"),
            models.CheckConstraint(
                condition=Q(purpose__in=Purpose.values), name="default_reminder_purpose_known"
            ),
        ]
