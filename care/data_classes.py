"""The kinds of data that the access log tells apart."""

from enum import StrEnum


class DataClass(StrEnum):
    """What kind of data was reached for, in the access log's words."""

    ENTRIES = "entries"
    SKILLS = "skills"
    TARGETS = "targets"
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
    BREAK_GLASS = "break_glass"
    ERASURE = "erasure"
    LEGAL_HOLD = "legal_hold"
    EXPORT = "export"


#: Which part of a consent to treatment covers a class of data (``care.consenting.SCOPES``). A class
#: that is not here, such as who the patient is, is covered by any part. Briefs, caseloads and
#: groups are made from entries; what they tell beside of safety events, sessions and reminders each
#: asks for its own part.
NEEDS = {
    DataClass.ENTRIES: "shared_entries",
    DataClass.SKILLS: "shared_entries",
    DataClass.TARGETS: "shared_entries",
    DataClass.BRIEF: "shared_entries",
    DataClass.CASELOAD: "shared_entries",
    DataClass.REVIEW: "shared_entries",
    DataClass.ROOM: "shared_entries",
    DataClass.SAFETY_PLAN: "safety",
    DataClass.SAFETY_EVENTS: "safety",
    DataClass.SESSIONS: "sessions",
    DataClass.ATTENDANCE: "sessions",
    DataClass.PROGRAMME: "sessions",
    DataClass.REMINDERS: "reminders",
}
