"""Where the signed-in patient's reminders are shown."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.http.paging import unpaged
from api.http.permissions import IsPatient
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.serializer_fields import (
    ChoiceOf,
    InstantField,
    OneLineField,
    StrictInput,
    StringField,
    validated_body,
)
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from notifications.models.device import Device
from notifications.push.devices import devices_of_patient, end_device, register_device

PROVIDERS = [provider.value for provider in Device.Provider]
PLATFORMS = [platform.value for platform in Device.Platform]


class DeviceIn(StrictInput):
    """The address that Firebase gave to this app on this device.

    A newer address of the same sign-in and platform takes the older one's place.
    ``covered_until``: up to when the phone has planned local notifications from
    ``reminders/upcoming``. Until then the server stays silent on this device for what stood there
    at this moment; what is planned or changed later is pushed. It is cut to the 336 hours that
    ``reminders/upcoming`` gives; further than a day beyond them is refused. When sessions or
    reminders change, a device that covers something gets a silent push with ``kind: refresh``: read
    ``reminders/upcoming`` again, plan anew, and say so here.
    """

    provider = ChoiceOf(choices=PROVIDERS)
    address = StringField(min_length=1, max_length=4096)
    platform = ChoiceOf(choices=PLATFORMS)
    app_version = OneLineField(max_length=40, required=False, allow_blank=True, default="")
    device_name = OneLineField(max_length=120, required=False, allow_blank=True, default="")
    covered_until = InstantField(required=False, allow_null=True, default=None)


class DeviceOut(serializers.Serializer[Any]):
    """A device; its address is never shown again."""

    id = serializers.UUIDField()
    provider = serializers.ChoiceField(choices=PROVIDERS)
    platform = serializers.ChoiceField(choices=PLATFORMS)
    app_version = serializers.CharField()
    device_name = serializers.CharField()
    covered_until = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField()
    current = serializers.BooleanField()


class DevicesOut(serializers.Serializer[Any]):
    """The devices that reminders go to."""

    results = DeviceOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


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
            unpaged([_device_to_json(device, request.auth.pk) for device in devices])
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
            provider=sent["provider"],
            address=sent["address"],
            platform=sent["platform"],
            app_version=sent["app_version"],
            device_name=sent["device_name"],
            covered_until=sent["covered_until"],
            now=now,
        )
        return json_response(
            _device_to_json(device, request.auth.pk), status=201 if is_new else 200
        )


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


def _device_to_json(device: Device, current: UUID) -> dict[str, Any]:
    return {
        "id": device.pk,
        "provider": device.provider,
        "platform": device.platform,
        "app_version": device.app_version,
        "device_name": device.device_name,
        "covered_until": device.covered_until,
        "created_at": device.created_at,
        "last_seen_at": device.last_seen_at,
        "current": device.device_session_id == current,
    }
