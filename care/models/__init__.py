"""The tables of this room, by noun."""

from care.models.people import CareTeamMembership, Clinic, Consent, Patient, User
from care.models.programme import (
    Attendance,
    Episode,
    Group,
    GroupMembership,
    TreatmentSession,
)
from care.models.tokens import Attempt, DeviceSession, Invitation
from care.models.trail import AccessLogEntry

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
