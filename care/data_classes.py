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
    ACCESS_LOG = "access_log"
    BREAK_GLASS = "break_glass"
    ERASURE = "erasure"
    LEGAL_HOLD = "legal_hold"
    EXPORT = "export"
