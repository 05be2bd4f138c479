"""A full entry of every kind, as a phone sends it: every field that the kind has is answered."""

from typing import Any
from uuid import uuid4

from django.utils import timezone

from journaling.measures import instruments
from tests.cast import ZONE

_SAFE = {"safe_now": True, "intent": False, "plan": False, "overdose_signs": False}
_OWN: dict[str, dict[str, Any]] = {
    "craving": {
        "intensity": 7, "target": "alcohol", "triggers": ["lonely", "tired"], "place": "home",
        "company": "alone", "thought": "only one", "skills": ["slow-breathing"],
        "intensity_after": 3, "minutes_later": 20, "outcome": "did_not_use", "safety_check": _SAFE,
        "note": "it passed",
    },
    "mood": {
        "valence": -2, "energy": 1, "labels": ["sad", "tired"][:1], "associations": ["work"],
        "emotions": {"anger": 3, "fear": 2}, "note": "long day",
    },
    "skill_practice": {
        "skill": "slow-breathing", "considered": True, "wanted_to": True, "attempted": True,
        "able": True, "automatic": False, "helped": True, "rating_before": 7, "rating_after": 4,
        "minutes": 10, "situation": "on the bus", "planned": True, "note": "good",
    },
    "daily": {
        "urges": {"suicide": {"peak": 1, "acted": False}, "use": {"peak": 3, "acted": False},
                  "shopping": {"peak": 2, "acted": True}},
        "emotions": {"anger": 3, "joy": 2}, "sleep_hours": 7.5, "sleep_quality": 3,
        "medication_taken": True, "supplements_taken": False, "meals": 3, "movement_minutes": 30,
        "pleasant_event": "a walk", "pain": 2, "balance": {"mind": 2, "body": 3},
        "barrier": "no time", "safety_check": _SAFE, "note": "a day",
    },
    "use": {
        "substance": "alcohol", "amount": 2.5, "unit": "drinks", "alone": True, "before": "a row",
        "after_effect": "tired", "approximate": True, "safety_check": _SAFE, "note": "told",
    },
    "pre_session": {
        "agenda": "sleep", "coming_in": {"use": 2, "quit_treatment": 0, "die": 0},
        "went_well": "a walk", "session": "0198f0a0-0000-7000-8000-00000000ab01",
        "safety_check": _SAFE, "note": "see you",
    },
    "measure": {
        "instrument": "phq-9", "answers": {f"q{item}": 1 for item in range(1, 10)}, "note": "done",
    },
    "dose": {"name": "Sertraline", "taken": True, "reason": "as agreed", "note": "with food"},
    "reading": {
        "type": "blood_pressure", "value": 120, "unit": "mmHg", "diastolic": 80, "note": "sitting",
    },
    "meeting": {"meeting_kind": "aa", "minutes": 60, "note": "spoke"},
    "note": {"note": "just so"},
}  # fmt: skip


def full(kind: str) -> dict[str, Any]:
    """Make the body of an entry of this kind, of just now."""
    at = timezone.now().isoformat()
    common = {
        "id": str(uuid4()), "kind": kind, "occurred_at": at, "recorded_at": at, "time_zone": ZONE,
        "share": "care_team", "discuss": True, "origin": "in_session",
    }  # fmt: skip
    own = dict(_OWN[kind])
    if kind == "measure":
        newest = next(
            one.version for one in instruments.newest_instruments() if one.slug == "phq-9"
        )
        own |= {"version": newest, "completed_at": at}
    return common | own
