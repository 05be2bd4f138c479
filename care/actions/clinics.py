"""Clinics, as whoever runs the service adds them."""

from datetime import datetime

from django.db import transaction

from backend.kit.errors import InvalidInput
from backend.kit.zones import UnknownZone, zone
from care import trail
from care.access import DataClass
from care.models import AccessLogEntry, Clinic

_LONGEST = 200


def add_clinic(*, name: str, time_zone: str, now: datetime) -> Clinic:
    """Add a clinic, whose staff come in by codes afterwards (``care.actions.staff``).

    :raises backend.kit.errors.InvalidInput: naming ``name`` or ``time_zone``.
    """
    called = name.strip()
    if not 0 < len(called) <= _LONGEST:
        raise InvalidInput.of("name", "blank", "Say in 1 to 200 characters what it is called.")
    try:
        zone(time_zone)
    except UnknownZone:
        raise InvalidInput.of(
            "time_zone", "unknown_zone", "Name a zone of the IANA data, such as America/Chicago."
        ) from None
    with transaction.atomic():
        if Clinic.objects.filter(name__iexact=called).exists():
            raise InvalidInput.of("name", "name_taken", "There is a clinic of this name.")
        clinic = Clinic.objects.create(name=called, time_zone=time_zone, created_at=now)
        trail.save_row(
            None, patient_id=None, action=AccessLogEntry.Action.WRITE,
            data_class=DataClass.PROFILE, reason="clinic_added", at=now, actor_role="operator",
        )  # fmt: skip
    return clinic
