"""One code for a member of staff, used by eight people at once: one sets the password (R27)."""

from collections import Counter
from functools import partial

from django.utils import timezone

from care.accounts.staff_invitations import invite_staff
from care.models import Clinic, DeviceSession, StaffInvitation, User
from tests.proofs.race.contest_result import Tally
from tests.proofs.race.racing_threads import Answer, arena, send

HANDS = 8


def staff_race(rounds: int) -> Tally:
    """Use one code eight times at once, each with a name and password of its own."""
    tally = Tally("code of staff: one comes in", HANDS)
    clinic = Clinic.objects.earliest("created_at")
    with arena(HANDS) as ring:
        for turn in range(rounds):
            user, code = invite_staff(
                clinic_id=clinic.pk, username=None, display_name=f"Race {turn}", role="clinician",
                now=timezone.now(),
            )  # fmt: skip
            names = [f"staff-{turn}-{hand}" for hand in range(HANDS)]
            answers = ring.together(
                [partial(_join, code, name, f"10.1.{turn >> 8}.{turn & 255}") for name in names]
            )
            won = [
                name for name, answer in zip(names, answers, strict=True) if answer.status == 201
            ]
            user.refresh_from_db()
            tally.count(
                answers=(
                    Counter((answer.status, answer.code) for answer in answers),
                    Counter({(201, ""): 1, (400, "invite_invalid"): HANDS - 1}),
                ),
                name=([user.username], won),
                password=([user.check_password(_password(name)) for name in won], [True]),
                others=(User.objects.filter(username__in=names).count(), 1),
                used=(StaffInvitation.objects.filter(user=user, used_at=None).count(), 0),
                sign_ins=(DeviceSession.objects.filter(user=user).count(), 1),
            )
    return tally


def _password(name: str) -> str:
    return f"four quiet words of {name}"


def _join(code: str, name: str, address: str) -> Answer:
    body = {"invite_code": code, "username": name, "password": _password(name)}
    return send("POST", "auth/enroll-staff", body, address=address)
