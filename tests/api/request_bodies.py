"""What a rightful caller would send to each door."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from tests import cast as people
from tests.api.world import COUNSELLING, SITUATION_PLAN, World

#: The plan that maya has, so that nothing changes by it.
SITUATION_PLAN_SENT = {
    "situation": SITUATION_PLAN.situation,
    "skill": SITUATION_PLAN.skill,
    "words": SITUATION_PLAN.words,
}


def body_for(door: str, world: World) -> Any:
    """Give what a rightful caller would send to this door."""
    maya = str(world.cast.maya.pk)
    bodies: dict[str, Any] = {
        "POST api/v1/consents": {
            "purpose": "treatment",
            "version": "2026-01",
            "agreed": True,
            "signed_name": "M. R.",
            "scope": ["shared_entries"],
            "recipient": "my care team",
            "expires_event": "end_of_treatment",
        },
        "POST api/v1/patients/<uuid:patient_id>/break-glass": {
            "reason": "brought to the emergency room, asleep"
        },
        "POST api/v1/patients/<uuid:patient_id>/counselling-notes": {"text": COUNSELLING},
        "PATCH api/v1/patients/<uuid:patient_id>/counselling-notes/<uuid:note_id>": {
            "text": COUNSELLING + " again"
        },
        "PATCH api/v1/me": {"language": "es"},
        "PATCH api/v1/me/calendar": {"check_ins": False},
        "POST api/v1/auth/token": {"username": "nobody", "password": "nothing"},
        "POST api/v1/auth/token/refresh": {"refresh": "nothing"},
        "POST api/v1/entries": people.craving(id=str(uuid4())),
        "PATCH api/v1/entries/<uuid:entry_id>": {"note": "canary-note"},
        "POST api/v1/entries/<uuid:entry_id>/after": {"intensity_after": 2, "minutes_later": 30},
        "POST api/v1/sync": {"cursor": None, "ops": [people.craving(), people.craving(id="x")]},
        "PUT api/v1/targets": {"targets": ["canary-target"]},
        "PUT api/v1/patients/<uuid:patient_id>/targets": {"targets": ["canary-target"]},
        "PUT api/v1/situation-plans": {"results": [SITUATION_PLAN_SENT]},
        "PUT api/v1/patients/<uuid:patient_id>/situation-plans": {
            "results": [SITUATION_PLAN_SENT | {"agreed_with": str(world.cast.dr_okafor.pk)}]
        },
        "PUT api/v1/patients/<uuid:patient_id>/skills/<slug:skill>": {"taught": True},
        "POST api/v1/lessons/<slug:lesson>/read": {"answer": 1},
        "POST api/v1/patients/<uuid:patient_id>/lessons": {"lesson": "regular-meals"},
        "POST api/v1/patients/<uuid:patient_id>/assignments": {
            "skill": "slow-breathing",
            "per_week": 4,
        },
        "PATCH api/v1/patients/<uuid:patient_id>/assignments/<uuid:assignment_id>": {
            "per_week": 5,
        },
        "POST api/v1/patients/<uuid:patient_id>/handovers": {},
        "POST api/v1/shl/<slug:link>": {
            "recipient": "Dr. North",
            "passcode": world.handover.passcode,
        },
        "POST api/v1/restriction-requests": {"text": "Nothing to my employer."},
        "POST api/v1/restriction-requests/<uuid:request_id>/answer": {
            "answer": "declined",
            "reason": "canary-words",
        },
        "PUT api/v1/clinic/lessons/<slug:lesson>": {
            "topic": "sleep",
            "minutes": 3,
            "right": 0,
            "sources": [{"title": "canary-words", "publisher": "Harbor", "year": 2025}],
            "en": {
                "title": "canary-words",
                "paragraphs": ["canary-words"],
                "question": "Which?",
                "answers": ["This", "That", "None"],
                "why": "canary-words",
            },
        },
        "PUT api/v1/clinic/level-plans/<slug:level>": {"sessions_per_week": 9},
        "POST api/v1/patients/<uuid:patient_id>/level-plan": {"rev": 0},
        "PUT api/v1/aftercare-plan": {"warning_signs": ["canary-words"]},
        "PUT api/v1/patients/<uuid:patient_id>/aftercare-plan": {"skills": ["canary-words"]},
        "POST api/v1/patients/<uuid:patient_id>/needs": {"kind": "work", "text": "canary-words"},
        "POST api/v1/patients/<uuid:patient_id>/tasks": {"text": "canary-words"},
        "PATCH api/v1/medications/<uuid:medication_id>": {"dose": "canary-dose"},
        "POST api/v1/patients/<uuid:patient_id>/medications": {
            "name": "canary-medicine two",
            "kind": "medicine",
            "dose": "canary-dose",
            "times": ["08:00"],
            "starts_on": timezone.now().date().isoformat(),
        },
        "POST api/v1/patients/<uuid:patient_id>/screenings": {
            "kind": "canary-screening two",
            "asked_on": "2026-01-02",
        },
        "PUT api/v1/patients/<uuid:patient_id>/vital-bounds": {"weight": {"low": 50}},
        "PUT api/v1/patients/<uuid:patient_id>/care-plan": {
            "hours_per_week": 9,
            "goals": ["canary-note"],
        },
        "POST api/v1/care-plan/<int:rev>/response": {"agreed": True, "comment": "canary-comment"},
        "PUT api/v1/groups/<uuid:group_id>/curriculum": {
            "theme": "stress",
            "starts_on": timezone.now().date().isoformat(),
            "weeks": [{"text": "Slow down", "skills": ["slow-breathing"]}],
        },
        "PUT api/v1/availability": {
            "spans": [
                {"days": ["tue"], "starts": "18:00", "ends": "24:00", "kind": "free"},
            ]
        },
        "POST api/v1/sessions/<uuid:session_id>/move-request": {"note": "canary-words"},
        "PUT api/v1/sessions/<uuid:session_id>/invited": {
            "support_persons": [str(world.support_id)]
        },
        "POST api/v1/sessions/<uuid:session_id>/feedback": {
            "heard": 8,
            "goals": 7,
            "approach": 9,
            "overall": 8,
            "comment": "canary-comment",
        },
        "POST api/v1/assignments/<uuid:assignment_id>/close": {"outcome": "kept"},
        "POST review/patients/<uuid:patient_id>/homework/<uuid:assignment_id>/close/": {
            "outcome": "kept"
        },
        "PUT api/v1/clinic": {"name": "Harbor Clinic", "phone": "(312) 555-0142"},
        "PUT api/v1/resources/<uuid:resource_id>": {"kind": "food", "name": "Pier kitchen"},
        "PUT api/v1/clinic/terms": {"targets": ["shopping"], "triggers": ["night_shift"]},
        "POST api/v1/patients": {"display_name": "Iris", "time_zone": "UTC"},
        "POST api/v1/sessions": {
            "kind": "individual",
            "patient": maya,
            "starts_at": "2026-05-04T15:00:00Z",
            "ends_at": "2026-05-04T15:50:00Z",
        },
        "POST api/v1/reminders": {"purpose": "checkin", "times": ["09:15"]},
        "PATCH api/v1/reminders/<uuid:reminder_id>": {"times": ["09:45"]},
        "POST api/v1/reminders/<uuid:reminder_id>/time-question": {"answer": "keep"},
        "PUT api/v1/default-reminders": {"reminders": [{"purpose": "checkin", "times": ["09:15"]}]},
        "POST api/v1/reminders/pause": {"until": (timezone.now() + timedelta(hours=1)).isoformat()},
        "POST api/v1/occurrences/<uuid:occurrence_id>/snooze": {"minutes": 15},
        "POST api/v1/devices": {
            "provider": "fcm_token",
            "address": "address-of-a-phone",
            "platform": "ios",
            "app_version": "1.0",
            "device_name": "phone",
        },
        "POST api/v1/sessions/<uuid:session_id>/reviewed": {"digest": "0" * 64},
        "POST api/v1/patients/<uuid:patient_id>/brief/reviewed": {"digest": "0" * 64},
        "POST review/patients/<uuid:patient_id>/brief/reviewed/": {"digest": "0" * 64},
        "POST review/safety-events/<uuid:event_id>/": {"reason": "reached_safe", "confirmed": "1"},
        "POST review/patients/<uuid:patient_id>/entries/<uuid:entry_id>/talk/": {"confirmed": "1"},
        "POST review/sessions/<uuid:session_id>/reviewed/": {"digest": "0" * 64},
        "POST api/v1/groups": {"name": "Late group"},
        "POST api/v1/groups/<uuid:group_id>/members": {"patient": maya},
        "POST api/v1/patients/<uuid:patient_id>/care-team": {
            "clinician": str(world.cast.dr_lind.pk),
            "role": "therapist",
        },
        "POST api/v1/episodes": {
            "patient": maya,
            "level_of_care": "outpatient",
            "admitted_on": timezone.now().date().isoformat(),
        },
        "POST api/v1/episodes/<uuid:episode_id>/level-changes": {
            "to": "outpatient",
            "on": timezone.now().date().isoformat(),
            "reason": "Steadier.",
        },
        "POST api/v1/certifications": {"patient": maya},
        "PUT api/v1/care-plan": {"hours_per_week": 9, "goals": ["canary-note"]},
        "PATCH api/v1/sessions/<uuid:session_id>": {"place": "canary-place"},
        "PUT api/v1/safety-plan": {"what_i_do": ["canary-plan"]},
        "POST api/v1/safety-events/<uuid:event_id>/acknowledge": {"reason": "reached_safe"},
        "POST api/v1/sessions/<uuid:session_id>/attendance": [
            {"patient": maya, "status": "present"}
        ],
    }
    return bodies.get(door, {})
