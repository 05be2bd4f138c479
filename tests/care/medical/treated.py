"""Maya as somebody who is treated, for tests: what she takes and needs, and what was planned."""

from datetime import datetime, timedelta
from uuid import UUID

from care.access.data_categories import CONSENT_SCOPES, DataCategory
from care.access.open import open_chart
from care.handovers.fetch import make_ticket
from care.handovers.make import MadeHandover
from care.medical.medications import MEDICATION_SUBSCRIBERS, add_medication
from care.medical.regimen import Regimen
from care.medical.screenings import note_screening
from care.medical.vital_bounds import Bounds, set_vital_bounds
from care.models import Consent, TreatmentSession
from care.programme.aftercare_plan import PARTS, write_aftercare_plan
from care.programme.case_management import add_task, note_need
from care.sessions.availability import WeeklySpan, write_availability
from care.sessions.move_requests import ask_to_move
from journaling.exports.jobs import request_export
from journaling.handovers.make import make_handover
from tests import cast as people
from tests.cast import Cast, own_chart
from tests.followers import unfollowed


def managed(cast: Cast, now: datetime) -> UUID:
    """Let maya need something, have a task and a plan for aftercare; return the task's id."""
    chart = open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.PROGRAMME, now=now,
        to_write=True,
    )  # fmt: skip
    note_need(chart=chart, kind="housing", text="canary-words", is_met=False, now=now)
    parts = {name: ["canary-words"] for name in PARTS}
    write_aftercare_plan(chart=chart, parts=parts, rev=0, now=now)
    return add_task(
        chart=chart, text="canary-words", owner_id=None, need_id=None, due_on=None, now=now
    ).id


def treated(cast: Cast, now: datetime) -> UUID:
    """Give them to maya; return the id of the medicine."""
    chart = open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.MEDICAL, now=now,
        to_write=True,
    )  # fmt: skip
    today = now.date() - timedelta(days=1)
    note_screening(
        chart=chart, kind="canary-screening", asked_on=today, done_on=today,
        result="canary-words", today=today, now=now,
    )  # fmt: skip
    set_vital_bounds(chart=chart, bounds={"weight": Bounds(48.0, None, "kg")}, rev=0, now=now)
    regimen = Regimen("canary-medicine", "medicine", "canary-dose", (480,), starts_on=today)
    with unfollowed(MEDICATION_SUBSCRIBERS):
        return add_medication(chart=chart, regimen=regimen, now=now).id


def scheduled(cast: Cast, session: TreatmentSession, now: datetime) -> None:
    """Let maya say when she is at work, and ask to have one of her sessions moved."""
    own = own_chart(cast.maya)
    work = WeeklySpan((0, 2), 540, 720, "busy", "work")
    write_availability(chart=own, spans=[work], rev=0, now=now)
    ask_to_move(chart=own, session_id=session.pk, reason="work", note="canary-words", now=now)


def handed_over(cast: Cast, now: datetime) -> MadeHandover:
    """Let maya have agreed to a handover, and her therapist have made it."""
    Consent.objects.create(
        patient_id=cast.maya.pk, purpose=Consent.Purpose.HANDOVER, version=people.SIGNED.version,
        text=people.SIGNED.words, language="en", scope=list(CONSENT_SCOPES["handover"]),
        recipient="North Clinic", signed_name="Maya", agreed_at=people.LONG_AGO,
        expires_at=now + timedelta(days=90),
    )  # fmt: skip
    chart = open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.HANDOVER, now=now,
        to_write=True,
    )  # fmt: skip
    return make_handover(chart=chart, consent_id=None, now=now)


def links_of(made: MadeHandover) -> dict[str, UUID | str]:
    """Name what addresses of a handover have in them."""
    ticket = make_ticket(secret=made.secret)
    return {"handover_id": made.id, "link": made.secret, "ticket": ticket}


def family_session(cast: Cast, now: datetime) -> TreatmentSession:
    """Let sam be invited to a session of maya's."""
    starts_at = now + timedelta(days=20)
    session = people.session(
        cast.dr_okafor, starts_at=starts_at, with_patient=cast.maya, kind="family"
    )
    people.invites(cast.dr_okafor, session, cast.sam.supports.get(patient_id=cast.maya.pk))
    return session


def supported(cast: Cast, now: datetime) -> UUID:
    """Let sam be maya's support person, and another have no code yet."""
    people.agrees(cast.maya, recipient="Alma", agreed_at=now)
    return people.supports(cast.sam, cast.maya).pk


def exported(cast: Cast, now: datetime) -> UUID:
    """Let maya have asked for an export."""
    chart = own_chart(cast.maya)
    job, _ = request_export(chart=chart, formats=["json"], now=now)
    return job.pk
