"""A counselling note, the consent to it and its readers, as tests lay them out."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from care.consents.consents import record_consent
from care.counselling.edit import write_note
from care.counselling.notebook import Notebook, open_notebook
from care.models import CareTeamMembership, Consent, User
from tests import cast as people
from tests.api.responses import API
from tests.cast import Cast

CANARY = "canary-of-the-quiet-room-2211"
THERAPIST = CareTeamMembership.Role.THERAPIST


def open_notes_about(clinician: User, patient: User, *, now: datetime | None = None) -> Notebook:
    """Open the notes about somebody."""
    return open_notebook(viewer=clinician, patient_id=patient.pk, now=now or timezone.now())


def add_note(clinician: User, patient: User, text: str = CANARY, **more: Any) -> UUID:
    """Write a note."""
    now = more.pop("now", None) or timezone.now()
    return write_note(
        book=open_notes_about(clinician, patient, now=now), text=text,
        session_id=more.pop("session_id", None), now=now,
    )  # fmt: skip


def give_notes_consent(patient: User, clinician: User, **changes: Any) -> Consent:
    """Let a patient consent that a clinician of their care team reads the notes."""
    given: dict[str, Any] = {
        "purpose": "counselling_notes", "version": "2026-01", "scope": ["counselling_notes"],
        "recipient": "", "signed_name": "Maya R.", "expires_at": None,
        "expires_event": "end_of_treatment", "clinician_id": clinician.pk, "now": timezone.now(),
    }  # fmt: skip
    return record_consent(chart=people.own_chart(patient), **(given | changes))


def colleague_on_team(cast: Cast) -> User:
    """Put dr_lind on maya's care team, beside dr_okafor."""
    people.joins(cast.maya.pk, cast.dr_lind, role=THERAPIST)
    return cast.dr_lind


def colleague_named_in_consent(cast: Cast) -> User:
    """The same, and let maya name dr_lind."""
    found = colleague_on_team(cast)
    give_notes_consent(cast.maya, found, now=timezone.now() - timedelta(seconds=1))
    return found


def notes_path(patient: User, note_id: UUID | str | None = None) -> str:
    """Tell where the notes about somebody are, or one of them."""
    notes = f"{API}patients/{patient.pk}/counselling-notes"
    return notes if note_id is None else f"{notes}/{note_id}"
