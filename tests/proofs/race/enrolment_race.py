"""One invitation code, used by eight people at once: one enrols (R27)."""

from collections import Counter
from functools import partial

from django.utils import timezone

from care.models import Consent, DeviceSession, Invitation, Patient, User
from care.people.enrol import invite_patient
from notifications.models.reminder import Reminder
from notifications.reminders.default_plan import BUILT_IN_PLAN
from tests import cast as people
from tests.proofs.race.contest_result import Tally
from tests.proofs.race.racing_threads import Answer, arena, send

HANDS = 8


def invitation_race(rounds: int) -> Tally:
    """Enrol eight times at once with one code, each with a name and password of its own."""
    tally = Tally("invitation: one enrols", HANDS)
    clinician = User.objects.get(username="dr_okafor")
    with arena(HANDS) as ring:
        for turn in range(rounds):
            patient, code = invite_patient(
                clinician=clinician, display_name="Race", time_zone=people.ZONE, now=timezone.now()
            )
            names = [f"race-{turn}-{hand}" for hand in range(HANDS)]
            answers = ring.together(
                [partial(_enrol, code, name, f"10.0.{turn >> 8}.{turn & 255}") for name in names]
            )
            won = [
                name for name, answer in zip(names, answers, strict=True) if answer.status == 201
            ]
            user = User.objects.get(pk=patient.pk)
            tally.count(
                answers=(
                    Counter((answer.status, answer.code) for answer in answers),
                    Counter({(201, ""): 1, (400, "invite_invalid"): HANDS - 1}),
                ),
                name=([user.username], won),
                others=(User.objects.filter(username__in=names).count(), 1),
                enrolled=(Patient.objects.get(pk=patient.pk).enrolled_at is not None, True),
                used=(Invitation.objects.filter(patient=patient, used_at=None).count(), 0),
                consents=(Consent.objects.filter(patient=patient).count(), 1),
                reminders=(
                    Reminder.objects.filter(patient_id=patient.pk).count(),
                    len(BUILT_IN_PLAN),
                ),
                sign_ins=(DeviceSession.objects.filter(user_id=patient.pk).count(), 1),
            )
    return tally


def _enrol(code: str, name: str, address: str) -> Answer:
    body = {
        "invite_code": code,
        "username": name,
        "password": f"four quiet words of {name}",
        "time_zone": people.ZONE,
        "consent": {"version": "2026-01", "agreed": True},
    }
    return send("POST", "auth/enroll", body, address=address)
