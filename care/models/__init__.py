"""The tables of this room, by noun."""

from care.models.factors import CodeUse, PasswordReset, PendingFactor, RecoveryCode
from care.models.people import CareTeamMembership, Clinic, Consent, Patient, User, ZoneChange
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
    "CodeUse",
    "Consent",
    "DeviceSession",
    "Episode",
    "Group",
    "GroupMembership",
    "Invitation",
    "PasswordReset",
    "Patient",
    "PendingFactor",
    "RecoveryCode",
    "TreatmentSession",
    "User",
    "ZoneChange",
]
