"""The tables of this room, by noun."""

from care.models.accounts import (
    AttemptCounter,
    DeviceSession,
    IdempotencyKey,
    Invitation,
    Passkey,
    PasswordReset,
    PendingTotp,
    RecoveryCode,
    StaffInvitation,
    TotpSecret,
)
from care.models.care_plan import CarePlan, CarePlanResponse
from care.models.case_management import AftercarePlan, CareNeed, CareTask
from care.models.clinic import ClinicProfile, CommunityResource, LevelPlan
from care.models.consents import (
    Consent,
    Disclosure,
    Handover,
    RestrictionRequest,
    SupportCode,
    SupportPerson,
)
from care.models.counselling import CounsellingKey, CounsellingNote, CounsellingVersion
from care.models.medical import MedicationVersion, Screening, VitalBounds
from care.models.oncall import ClinicSafety, StaffCall, StaffContact
from care.models.people import CareTeamMembership, Clinic, Patient, User, ZoneChange
from care.models.privacy import AccessLogEntry, AdministrativeAct, AuditSeal, BreakGlass, LegalHold
from care.models.programme import (
    Admission,
    Certification,
    Episode,
    Group,
    GroupMembership,
    LevelChange,
    PersonalTargets,
)
from care.models.schedule import Availability, MoveRequest, SessionGuest
from care.models.sessions import (
    Attendance,
    CalendarLink,
    SessionFeedback,
    SessionSeries,
    TreatmentSession,
)

__all__ = [
    "AccessLogEntry",
    "AdministrativeAct",
    "Admission",
    "AftercarePlan",
    "AttemptCounter",
    "Attendance",
    "AuditSeal",
    "Availability",
    "BreakGlass",
    "CalendarLink",
    "CareNeed",
    "CarePlan",
    "CarePlanResponse",
    "CareTask",
    "CareTeamMembership",
    "Certification",
    "Clinic",
    "ClinicProfile",
    "ClinicSafety",
    "CommunityResource",
    "Consent",
    "CounsellingKey",
    "CounsellingNote",
    "CounsellingVersion",
    "DeviceSession",
    "Disclosure",
    "Episode",
    "Group",
    "GroupMembership",
    "Handover",
    "IdempotencyKey",
    "Invitation",
    "LegalHold",
    "LevelChange",
    "LevelPlan",
    "MedicationVersion",
    "MoveRequest",
    "Passkey",
    "PasswordReset",
    "Patient",
    "PendingTotp",
    "PersonalTargets",
    "RecoveryCode",
    "RestrictionRequest",
    "Screening",
    "SessionFeedback",
    "SessionGuest",
    "SessionSeries",
    "StaffCall",
    "StaffContact",
    "StaffInvitation",
    "SupportCode",
    "SupportPerson",
    "TotpSecret",
    "TreatmentSession",
    "User",
    "VitalBounds",
    "ZoneChange",
]
