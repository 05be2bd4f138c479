"""Tables of where reminders go: devices, and the shared throttle of each gateway."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from backend.kit.handling import (
    NEEDED_NO_LONGER,
    Handling,
    NoRowPolicy,
    NotExported,
    RowPolicy,
    Rows,
    days,
    exported,
    until_erased,
)
from backend.kit.sealed_fields import SealedText


class Device(models.Model):
    """One address of one phone or browser, as long as it belongs to this sign-in."""

    class Provider(models.TextChoices):
        FCM_TOKEN = "fcm_token"  # noqa: S105 (the name of a kind of address)
        FCM_FID = "fcm_fid"
        WEB_PUSH = "webpush"

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
    #: It allows nobody else to send; still it identifies one phone and is never logged.
    address = SealedText(bound_to="device.address")
    #: What a browser gave to encrypt for it, and the VAPID key of its subscription; with it anybody
    #: could send to this browser, so that it is sealed, exported to nobody and never logged.
    subscription = SealedText(bound_to="device.subscription", null=True)
    fingerprint = models.CharField(max_length=64)
    platform = models.CharField(max_length=7, choices=Platform.choices)
    app_version = models.CharField(max_length=40, blank=True)
    device_name = SealedText(bound_to="device.device_name", blank=True, default="")
    #: Until when the phone has planned local notifications by itself, and exactly which: by
    #: occurrence, when it is due and the revision of its reminder.
    covered_until = models.DateTimeField(null=True)
    covered = models.JSONField(null=True)
    #: When the phone is due for a refresh of its plan; null where none is wanted.
    refresh_at = models.DateTimeField(null=True)
    #: When a refresh was requested last, and when the last one was sent.
    refresh_asked_at = models.DateTimeField(null=True)
    refreshed_at = models.DateTimeField(null=True)
    refresh_tries = models.PositiveSmallIntegerField(db_default=0)
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.CharField(max_length=30, blank=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.CLINIC, tasks=("task:reminders", "task:retention"), writers=("patient",
            "task:reminders", "task:retention")),
        exports=exported("devices", "id", "provider", "platform", "app_version", "device_name",
            "created_at", "last_seen_at", "ended_at", "ended_reason"),
        keep=days(90, called="addresses of phones", after=("ended_at",), why=NEEDED_NO_LONGER),
        phi=("patient", "device_session", "address", "subscription", "fingerprint", "platform",
            "device_name", "covered_until", "covered", "refresh_at", "refresh_asked_at",
            "refreshed_at", "created_at", "last_seen_at", "ended_at", "ended_reason"),
        not_phi=("id", "provider", "app_version", "refresh_tries"),
    )  # fmt: skip

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
                condition=Q(provider__in=["fcm_token", "fcm_fid", "webpush"]),
                name="device_provider_known",
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


class GatewayThrottle(models.Model):
    """The shared circuit breaker and rate limit of one gateway."""

    name = models.CharField(max_length=80, primary_key=True)
    #: Null while sending is allowed. After this instant one worker may send one probe.
    blocked_until = models.DateTimeField(null=True)
    reason = models.CharField(max_length=40, blank=True)
    #: How many messages in a row it answered with a fault, or not at all.
    consecutive_faults = models.PositiveSmallIntegerField(db_default=0)
    #: The rate limit of all workers together: when the next message may be sent, and when the
    #: ramp started.
    next_send_at = models.DateTimeField(null=True)
    ramp_started_at = models.DateTimeField(null=True)

    HANDLING: ClassVar = Handling(
        rows=NoRowPolicy("the brake of a gateway"),
        exports=NotExported("names nobody"),
        keep=until_erased("one row a gateway"),
        not_phi=("name", "blocked_until", "reason", "consecutive_faults", "next_send_at",
            "ramp_started_at"),
    )  # fmt: skip
