"""The categories of data in the access log, and the consent scope that each of them needs."""

from enum import StrEnum


class DataCategory(StrEnum):
    """A category of data, under its name in the access log."""

    ENTRIES = "entries"
    SKILLS = "skills"
    TARGETS = "targets"
    SITUATION_PLANS = "situation_plans"
    MEDICAL = "medical"
    BRIEF = "brief"
    CASELOAD = "caseload"
    REVIEW = "review"
    ROOM = "room"
    SESSIONS = "sessions"
    ATTENDANCE = "attendance"
    GROUPS = "groups"
    PROGRAMME = "programme"
    CARE_TEAM = "care_team"
    CALENDAR = "calendar"
    REMINDERS = "reminders"
    DEVICES = "devices"
    PROFILE = "profile"
    INVITATION = "invitation"
    SIGN_IN = "sign_in"
    SAFETY_PLAN = "safety_plan"
    SAFETY_EVENTS = "safety_events"
    CONSENT = "consent"
    SUPPORT_VIEW = "support_view"
    ACCESS_LOG = "access_log"
    COUNSELLING_NOTES = "counselling_notes"
    HANDOVER = "handover"
    BREAK_GLASS = "break_glass"
    ERASURE = "erasure"
    LEGAL_HOLD = "legal_hold"
    EXPORT = "export"
    OUTCOMES = "outcomes"


#: Which part of a consent to treatment (``CONSENT_SCOPES``) covers a class of data. A class that is
#: not here, such as who the patient is, is covered by any part. Briefs, caseloads and groups are
#: made from entries; what they show beside of safety events, sessions and reminders needs its own
#: part.
REQUIRED_SCOPE = {
    DataCategory.ENTRIES: "shared_entries",
    DataCategory.SKILLS: "shared_entries",
    DataCategory.TARGETS: "shared_entries",
    DataCategory.SITUATION_PLANS: "shared_entries",
    DataCategory.MEDICAL: "shared_entries",
    DataCategory.BRIEF: "shared_entries",
    DataCategory.CASELOAD: "shared_entries",
    DataCategory.REVIEW: "shared_entries",
    DataCategory.ROOM: "shared_entries",
    DataCategory.SAFETY_PLAN: "safety",
    DataCategory.SAFETY_EVENTS: "safety",
    DataCategory.SESSIONS: "sessions",
    DataCategory.ATTENDANCE: "sessions",
    DataCategory.PROGRAMME: "sessions",
    DataCategory.REMINDERS: "reminders",
}

#: What a consent may cover, by purpose.
CONSENT_SCOPES = {
    "treatment": ("shared_entries", "safety", "sessions", "reminders"),
    "family_support": ("session_times", "days_logged", "skills_practised"),
    "counselling_notes": ("counselling_notes",),
    "handover": (
        "level", "plan", "skills", "measures", "medicines", "aftercare", "safety_plan",
    ),
}  # fmt: skip
