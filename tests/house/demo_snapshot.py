"""What the demo clinic tells, as values that two loads can be compared by."""

import hashlib
from datetime import UTC, date, datetime
from typing import Any

import orjson
from django.apps import apps

from backend.demo.loader import CLINIC_ID
from backend.demo.people import PATIENTS
from backend.demo.phone_uploads import uploads_of_patient
from backend.demo.programme import ZONE
from backend.kit.timezones import start_of_day
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from care.models import (
    Attendance,
    Certification,
    ClinicProfile,
    CommunityResource,
    Consent,
    Episode,
    SessionSeries,
    TreatmentSession,
    User,
)
from journaling.entries.entry import EntryValue
from journaling.entries.read import entries_between

NOW = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
PASSWORD = "quiet-harbor-lamp-seven"
EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


def everything() -> dict[str, list[str]]:
    """Take every row of every table of ours, as text."""
    return {
        model._meta.label: sorted(str(row) for row in model._default_manager.values_list())
        for model in apps.get_models()
        if model.__module__.split(".")[0] in {"care", "journaling", "notifications"}
    }


def entries_of(user: User, now: datetime) -> list[EntryValue]:
    """Read a patient's whole journal as themselves."""
    viewer = User.objects.select_related("patient").get(pk=user.pk)
    chart = open_own_chart(viewer=viewer, what=DataCategory.ENTRIES, now=now)
    return entries_between(chart=chart, since=EVER[0], until=EVER[1])


def digest_of(now: datetime) -> str:
    """Fingerprint what the demo says, leaving out ids and keys, which are new in each load."""
    told: list[Any] = []
    for user in User.objects.filter(clinic_id=CLINIC_ID).order_by("username"):
        told.append([user.username, user.display_name, user.role, user.time_zone, user.created_at])
        if user.role == User.Role.PATIENT:
            told.append([_told(entry) for entry in entries_of(user, now)])
    told.append(_rows(Episode, "patient__user__username", "level_of_care", "admitted_on",
                      "discharged_on", "planned_hours_per_week"))  # fmt: skip
    told.append(_rows(Consent, "patient__user__username", "agreed_at", "revoked_at"))
    told.append(_rows(Certification, "patient__user__username", "certified_on"))
    told.append(_rows(SessionSeries, "clinician__username", "patient__user__username",
                      "group__name", "kind", "starts_on", "clock", "made_until"))  # fmt: skip
    told.append(_rows(TreatmentSession, "clinician__username", "patient__user__username", "kind",
                      "group__name", "starts_at", "ends_at", "place", "series_day"))  # fmt: skip
    told.append(_rows(Attendance, "session__starts_at", "patient__user__username", "status",
                      "minutes"))  # fmt: skip
    told.append(_rows(ClinicProfile, "rev", "at", "name", "phone", "crisis_phone"))
    told.append(_rows(CommunityResource, "id", "name", "verified_at", "created_at"))
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _told(e: EntryValue) -> tuple[Any, ...]:
    # PostgreSQL stores the keys of a JSON object in an order of its own.
    values = orjson.dumps(e.values.by_name(), option=orjson.OPT_SORT_KEYS)
    return e.id, e.seq, e.received_at, e.local_date, e.recall, e.share, e.discuss, values


def _rows(model: Any, *columns: str) -> list[str]:
    return sorted(map(repr, model.objects.values_list(*columns)))


def journals(today: date) -> str:
    """Fingerprint what all the phones of the demo sent, without any database."""
    until = start_of_day(today, ZONE)
    sent = [uploads_of_patient(who, today=today, until=until) for who in PATIENTS]
    return hashlib.sha256(repr(sent).encode()).hexdigest()
