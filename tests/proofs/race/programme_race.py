"""One session rated or asked to be moved, and one medicine written down, by several at once."""

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

from django.utils import timezone

from backend.kit.errors import InvalidInput
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.medical.medications import add_medication
from care.medical.regimen import Regimen
from care.models import MedicationVersion, MoveRequest, SessionFeedback, User
from care.sessions.feedback import give_feedback
from care.sessions.move_requests import ask_to_move
from tests import cast as people
from tests.cast import own_chart
from tests.proofs.race.contest_result import Tally
from tests.proofs.race.racing_threads import arena

HANDS = 4


def feedback_race(rounds: int) -> Tally:
    """Let a phone send how a session was four times at once: one answer stands, none fails."""
    tally = Tally("feedback: one a session", HANDS)
    doctor, maya = (User.objects.get(username=name) for name in ("dr_okafor", "maya"))
    now = timezone.now()
    with arena(HANDS) as ring:
        for turn in range(rounds):
            session = people.session(
                doctor, starts_at=now - timedelta(hours=turn + 2), with_patient=maya
            )
            told = ring.together([partial(_rate, maya, session.pk)] * HANDS)
            tally.count(
                answers=(Counter(told), Counter({True: 1, False: HANDS - 1})),
                rows=(SessionFeedback.objects.filter(session=session).count(), 1),
            )
    return tally


def move_request_race(rounds: int) -> Tally:
    """Let a phone ask four times at once to have a session moved: it is one request."""
    tally = Tally("move request: one a session", HANDS)
    doctor, maya = (User.objects.get(username=name) for name in ("dr_okafor", "maya"))
    with arena(HANDS) as ring:
        for turn in range(rounds):
            session = people.session(
                doctor, starts_at=timezone.now() + timedelta(hours=turn + 2), with_patient=maya
            )
            told = ring.together([partial(_ask, maya, session.pk)] * HANDS)
            tally.count(
                answers=(Counter(told), Counter({True: 1, False: HANDS - 1})),
                rows=(MoveRequest.objects.filter(session=session).count(), 1),
            )
    return tally


def medicine_race(rounds: int) -> Tally:
    """Let a medicine be written down four times at once: it stands once."""
    tally = Tally("medicine: one of a name", HANDS)
    doctor, maya = (User.objects.get(username=name) for name in ("dr_okafor", "maya"))
    with arena(HANDS) as ring:
        for turn in range(rounds):
            name = f"Medicine {turn}"
            told = ring.together([partial(_write, doctor, maya, name)] * HANDS)
            tally.count(
                answers=(Counter(told), Counter({"written": 1, "doubled": HANDS - 1})),
                rows=(MedicationVersion.objects.count(), turn + 1),
            )
    return tally


def _rate(maya: User, session_id: Any) -> bool:
    ratings = {"heard": 8, "goals": 8, "approach": 8, "overall": 8}
    _, is_first = give_feedback(
        chart=own_chart(maya), session_id=session_id, ratings=ratings, comment="",
        now=timezone.now(),
    )  # fmt: skip
    return is_first


def _ask(maya: User, session_id: Any) -> bool:
    _, is_new = ask_to_move(
        chart=own_chart(maya), session_id=session_id, reason="work", note="", now=timezone.now()
    )
    return is_new


def _write(doctor: User, maya: User, name: str) -> str:
    now = timezone.now()
    chart = open_chart(
        viewer=doctor, patient_id=maya.pk, what=DataCategory.MEDICAL, now=now, to_write=True
    )
    regimen = Regimen(name, "medicine", "one", (480,), starts_on=now.date())
    try:
        add_medication(chart=chart, regimen=regimen, now=now)
    except InvalidInput as refusal:
        return refusal.errors[0].code
    return "written"
