"""The tables of this room, by noun."""

from care.models.consents import BreakGlass, Consent, Disclosure
from care.models.counselling import CounsellingKey, CounsellingNote, CounsellingVersion
from care.models.duty import ClinicSafety, DutyCall, StaffContact
from care.models.factors import CodeUse, PasswordReset, PendingFactor, RecoveryCode
from care.models.family import SupportCode, SupportPerson
from care.models.holds import LegalHold
from care.models.oversight import AdministrativeAct
from care.models.people import CareTeamMembership, Clinic, Patient, User, ZoneChange
from care.models.plan import Admission, CarePlan, Certification, LevelChange
from care.models.programme import (
    Attendance,
    Episode,
    Group,
    GroupMembership,
    TreatmentSession,
)
from care.models.series import SessionSeries
from care.models.targets import PersonalTargets
from care.models.tokens import (
    Attempt,
    CalendarLink,
    DeviceSession,
    Invitation,
    StaffInvitation,
)
from care.models.trail import AccessLogEntry, AuditSeal

__all__ = [
    "AccessLogEntry",
    "AdministrativeAct",
    "Admission",
    "Attempt",
    "Attendance",
    "AuditSeal",
    "BreakGlass",
    "CalendarLink",
    "CarePlan",
    "CareTeamMembership",
    "Certification",
    "Clinic",
    "ClinicSafety",
    "CodeUse",
    "Consent",
    "CounsellingKey",
    "CounsellingNote",
    "CounsellingVersion",
    "DeviceSession",
    "Disclosure",
    "DutyCall",
    "Episode",
    "Group",
    "GroupMembership",
    "Invitation",
    "LegalHold",
    "LevelChange",
    "PasswordReset",
    "Patient",
    "PendingFactor",
    "PersonalTargets",
    "RecoveryCode",
    "SessionSeries",
    "StaffContact",
    "StaffInvitation",
    "SupportCode",
    "SupportPerson",
    "TreatmentSession",
    "User",
    "ZoneChange",
]
