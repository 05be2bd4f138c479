"""Sign many patients in for a bench: a line for each, access token and cursor of all it has.

``python -m tests.proofs.bench.sign_in_patients 50`` on a bench's own database.
"""

import sys

import django

django.setup()

from django.utils import timezone  # noqa: E402 (apps must be ready)

from api.http import authentication  # noqa: E402 (the same)
from care.accounts.device_sessions import start_device_session  # noqa: E402 (the same)
from care.models import Clinic, User  # noqa: E402 (the same)
from journaling.sync.exchange import journal_head  # noqa: E402 (the same)
from journaling.sync.protocol import SyncCursor  # noqa: E402 (the same)
from tests import cast  # noqa: E402 (the same)

if __name__ == "__main__":
    now = timezone.now()
    clinic = Clinic.objects.first() or Clinic.objects.create(name="Bench", time_zone=cast.ZONE)
    therapist = User.objects.filter(username="therapist").first() or cast.staff(
        clinic, "therapist", "Therapist"
    )
    known = User.objects.filter(role=User.Role.PATIENT).count()
    for n in range(int(sys.argv[1])):
        patient = (
            User.objects.filter(username=f"patient{n}").first()
            if n < known
            else cast.patient(clinic, f"patient{n}", f"Patient {n}", treated_by=therapist)
        )
        if patient is not None:
            session = start_device_session(user=patient, device_name="bench", now=now)
            chart = cast.own_chart(patient)
            cursor = SyncCursor(journal_head(chart=chart)[0], 0).sealed(chart)
            sys.stdout.write(f"{authentication.token_pair(session, now=now).access} {cursor}\n")
