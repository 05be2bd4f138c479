"""Fill a clinic with patients and what they logged, and print who should see whom.

``python -m tests.proofs.rls.fill_patients 12`` on a database of its own.
"""

import json
import sys
from typing import Any

import django

django.setup()

from django.utils import timezone  # noqa: E402 (apps must be ready)

from api.http import authentication  # noqa: E402 (the same)
from backend.kit.db import rls_actor  # noqa: E402 (the same)
from care.accounts.device_sessions import start_device_session  # noqa: E402 (the same)
from care.models import Clinic, User  # noqa: E402 (the same)
from journaling.entries.record import record_entry  # noqa: E402 (the same)
from notifications.models.reminder import Recipient  # noqa: E402 (the same)
from tests import cast  # noqa: E402 (the same)

THERAPISTS = 3


def fill(patients: int) -> list[dict[str, Any]]:
    """Put everybody in; every third patient has the same therapist."""
    clinic = Clinic.objects.create(name="Leak", time_zone=cast.ZONE)
    staff = [cast.staff(clinic, f"dr_{n}", f"Dr. {n}") for n in range(THERAPISTS)]
    treated: dict[int, list[str]] = {n: [] for n in range(THERAPISTS)}
    told = []
    for n in range(patients):
        doctor = n % THERAPISTS
        user = cast.patient(clinic, f"patient{n}", f"Patient {n}", treated_by=staff[doctor])
        Recipient.objects.create(patient_id=user.pk)
        chart = cast.own_chart(user)
        for _ in range(3):
            record_entry(chart=chart, sent=cast.craving(), now=timezone.now())
        treated[doctor].append(str(user.pk))
        told.append({"token": _token(user), "sees": [str(user.pk)]})
    sam = cast.staff(clinic, "sam", "Sam", role=User.Role.SUPPORTER)
    for number, user in enumerate(User.objects.filter(role=User.Role.PATIENT)):
        if number % 2:
            cast.supports(sam, user)
    told.append({"token": _token(sam), "sees": []})
    for n, user in enumerate(staff):
        told.append({"token": _token(user), "sees": treated[n]})
    return told


def _token(user: User) -> str:
    now = timezone.now()
    session = start_device_session(
        user=user, device_name="x", now=now, passed_at=cast.second_factor_of(user, now)
    )
    return str(authentication.token_pair(session, now=now).access)


if __name__ == "__main__":
    with rls_actor.acting_as(rls_actor.OPERATOR_ACTOR):
        sys.stdout.write(json.dumps(fill(int(sys.argv[1]))))
