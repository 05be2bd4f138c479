"""Where the signed-in patient's reminders are shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from api.http.answers import Page
from api.http.fields import Instant, OneOf
from api.http.inputs import Input, validated_body
from api.http.permissions import IsPatient
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.text_fields import OneLine, Text
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from notifications.models.device import Device
from notifications.push.devices import devices_of_patient, end_device, register_device
from notifications.push.webpush_messages import BrowserKeys, offered_public_key

PROVIDERS = [provider.value for provider in Device.Provider]
PLATFORMS = [platform.value for platform in Device.Platform]


class SubscriptionKeysIn(Input):
    """The keys of a browser's subscription, as ``PushSubscription.toJSON`` gives them."""

    p256dh: Annotated[str, OneLine(200)]
    auth: Annotated[str, OneLine(100)]


class DeviceIn(Input):
    """The address that Firebase gave to this app on this device, or a browser's subscription.

    With ``provider: webpush`` the address is the subscription's endpoint, ``keys`` are its keys and
    the platform is ``web``; ``web_key`` is the key of ``push/web-key`` that it was made with, where
    that may have been an older one. When ``push/web-key`` gives another key, subscribe again.

    A newer address of the same sign-in and platform takes the older one's place.
    ``covered_until``: up to when the phone has planned local notifications from
    ``reminders/upcoming``. Until then the server stays silent on this device for what stood there
    at this moment; what is planned or changed later is pushed. It is cut to the 336 hours that
    ``reminders/upcoming`` gives; further than a day beyond them is refused. When sessions or
    reminders change, a device that covers something gets a silent push with ``kind: refresh``: read
    ``reminders/upcoming`` again, plan anew, and say so here.
    """

    provider: Annotated[str, OneOf(PROVIDERS)]
    address: Annotated[str, Text(4096)]
    keys: SubscriptionKeysIn | None = None
    web_key: Annotated[str, OneLine(200)] | None = None
    platform: Annotated[str, OneOf(PLATFORMS)]
    app_version: Annotated[str, OneLine(40, may_be_blank=True)] = ""
    device_name: Annotated[str, OneLine(120, may_be_blank=True)] = ""
    covered_until: Instant | None = None

    def browser_keys(self) -> BrowserKeys | None:
        """Return what a browser gave to encrypt for it, if it did."""
        if self.keys is None:
            return None
        return BrowserKeys(self.keys.p256dh, self.keys.auth, self.web_key)


@dataclass(frozen=True, slots=True)
class DeviceOut:
    """A device; its address is never shown again."""

    id: UUID
    provider: Annotated[str, OneOf(PROVIDERS)]
    platform: Annotated[str, OneOf(PLATFORMS)]
    app_version: str
    device_name: str
    covered_until: datetime | None
    created_at: datetime
    last_seen_at: datetime
    current: bool

    @classmethod
    def of(cls, device: Device, current: UUID) -> Self:
        return cls(
            id=device.pk, provider=device.provider, platform=device.platform,
            app_version=device.app_version, device_name=device.device_name,
            covered_until=device.covered_until, created_at=device.created_at,
            last_seen_at=device.last_seen_at, current=device.device_session_id == current,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class DevicesOut(Page):
    """The devices that reminders go to."""

    results: Sequence[DeviceOut]


class Devices(APIView):
    """The signed-in patient's devices."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="list_devices", responses=DevicesOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List them, last seen first."""
        now = timezone.now()
        chart = open_own_chart(viewer=request.user, what=DataCategory.DEVICES, now=now)
        devices = devices_of_patient(chart=chart)
        return json_response(
            DevicesOut([DeviceOut.of(device, request.auth.pk) for device in devices])
        )

    @extend_schema(
        operation_id="register_device",
        request=DeviceIn,
        responses={200: DeviceOut, 201: DeviceOut},
    )
    def post(self, request: SignedIn) -> HttpResponse:
        """Send reminders here; an address belongs to whoever signed in there last."""
        sent = validated_body(DeviceIn, request)
        now = timezone.now()
        chart = open_own_chart(
            viewer=request.user, what=DataCategory.DEVICES, now=now, to_write=True
        )
        device, is_new = register_device(
            chart=chart,
            provider=sent.provider,
            address=sent.address,
            platform=sent.platform,
            app_version=sent.app_version,
            device_name=sent.device_name,
            covered_until=sent.covered_until,
            now=now,
            keys=sent.browser_keys(),
        )
        return json_response(DeviceOut.of(device, request.auth.pk), status=201 if is_new else 200)


class OneDevice(APIView):
    """One of the signed-in patient's devices."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="end_device", responses={204: None})
    def delete(self, request: SignedIn, device_id: UUID) -> HttpResponse:
        """Send nothing more there; the sign-in on it stays."""
        now = timezone.now()
        chart = open_own_chart(
            viewer=request.user, what=DataCategory.DEVICES, now=now, to_write=True
        )
        end_device(chart=chart, device_id=device_id, now=now)
        return HttpResponse(status=204)


@dataclass(frozen=True, slots=True)
class WebKeyOut:
    """The ``applicationServerKey`` of browsers, in base64url."""

    public_key: str


class WebKey(APIView):
    """The key that browsers subscribe to push with."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="get_web_push_key", responses=WebKeyOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """Read it before subscribing; 404 where no push to browsers is set up."""
        return json_response(WebKeyOut(offered_public_key()))
