"""The tables of this room, by noun."""

from care.models.people import CareTeamMembership, Clinic, Consent, Patient, User
from care.models.programme import (
    Attendance,
    Episode,
    Group,
    GroupMembership,
    TreatmentSession,
)
from care.models.trail import AccessLogEntry
from care.models.tokens import Attempt, DeviceSession, Invitation

__all__ = [
    "AccessLogEntry",
    "Attempt",
    "Attendance",
    "CareTeamMembership",
    "Clinic",
    "Consent",
    "DeviceSession",
    "Episode",
    "Group",
    "GroupMembership",
    "Invitation",
    "Patient",
    "TreatmentSession",
    "User",
]
