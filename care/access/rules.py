"""Conditions on care team, consent and break-glass access that decide who may see what.

They only read; nothing is logged here.

A consent to treatment covers the classes of data that its scope names, and nothing else. It reaches
the staff of the clinic who treat the patient; where it names one clinician as its recipient, that
clinician alone; and nobody of the clinic where it names somebody else. Several consents that hold
at once add up, each judged by its own recipient.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, JSONField, Lookup, OuterRef, Q, QuerySet, Subquery

from backend.kit.db.compiled import CompiledQuery
from care.access.data_categories import CONSENT_SCOPES, REQUIRED_SCOPE, DataCategory
from care.models import BreakGlass, CareTeamMembership, Consent, Patient, User

#: Every part that a consent to treatment can name: what a chart shows without asking one.
TREATMENT_SCOPES = frozenset(CONSENT_SCOPES[Consent.Purpose.TREATMENT])
#: Why a chart stays shut though its viewer is on the care team.
NO_CONSENT, OTHER_RECIPIENT, NOT_IN_SCOPE = "no_consent", "other_recipient", "not_in_scope"
#: The sharing levels that the care team is shown, and those that a primary therapist is.
TEAM_LEVELS = frozenset({"care_team"})
_PRIMARY_LEVELS = frozenset({"care_team", "individual_therapist_only"})
#: One consent in force: its scope, the one clinician whom it names, and whether it is for others.
ConsentRow = tuple[list[str], Any, Any]


class JsonListContains(Lookup):
    """``scope__lists="safety"``: whether a JSON list holds that text, on both databases."""

    lookup_name = "lists"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Compile for SQLite."""
        column, params = self.process_lhs(compiler, connection)
        sql = f"EXISTS (SELECT 1 FROM json_each({column}) AS it WHERE it.value = %s)"  # noqa: S608 (a column of ours)
        return sql, (*params, self.rhs)

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Compile for PostgreSQL."""
        column, params = self.process_lhs(compiler, connection)
        return f"{column} ? %s", (*params, self.rhs)


JSONField.register_lookup(JsonListContains)


def consent_holds(now: datetime, prefix: str = "", purpose: str = Consent.Purpose.TREATMENT) -> Q:
    """Build the condition under which a consent is in force at that moment.

    It ends when it is taken back, at its date, or with its event (42 CFR 2.31(a)(7)). What it
    covers and whom it reaches is another question: ``consent_covers``.
    """
    named = {
        f"{prefix}purpose": purpose,
        f"{prefix}agreed_at__lte": now,
        f"{prefix}revoked_at__isnull": True,
    }
    in_time = Q(**{f"{prefix}expires_at__isnull": True}) | Q(**{f"{prefix}expires_at__gt": now})
    goes_on = Q(**{f"{prefix}expires_event__isnull": True}) | Q(
        **{f"{prefix}patient__discharged_at__isnull": True}
    )
    return Q(**named) & in_time & goes_on


def consent_covers(
    now: datetime, what: DataCategory, *, viewer: UUID | None, prefix: str = ""
) -> Q:
    """Build the condition under which a consent to treatment lets somebody see data of a class.

    ``viewer`` is a clinician of the patient's clinic; None stands for its staff as a whole, whom a
    consent that names one clinician does not reach.
    """
    reached = Q(**{f"{prefix}recipient_clinician__isnull": True})
    if viewer is not None:
        reached |= Q(**{f"{prefix}recipient_clinician": viewer})
    in_force = consent_holds(now, prefix) & Q(**{f"{prefix}is_for_others": False}) & reached
    part = REQUIRED_SCOPE.get(what)
    return in_force if part is None else in_force & Q(**{f"{prefix}scope__lists": part})


def consent_covers_reminders(now: datetime) -> Q:
    """Build the condition under which the clinic's service may remind the patient.

    A reminder reaches the patient alone, so it does not matter which clinician is named.
    """
    part = REQUIRED_SCOPE[DataCategory.REMINDERS]
    return consent_holds(now) & Q(is_for_others=False, scope__lists=part)


class ConsentsInForce(Subquery):
    """Every consent to treatment of a row's patient that is in force, in the statement itself."""

    template = (
        "(SELECT jsonb_agg(jsonb_build_array(held.scope, held.recipient_clinician_id, "
        "held.is_for_others)) FROM (%(subquery)s) AS held)"
    )
    output_field = JSONField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """Compile for SQLite, which keeps ids as text without dashes."""
        template = (
            "(SELECT json_group_array(json_array(json(held.scope), held.recipient_clinician_id, "
            "held.is_for_others)) FROM (%(subquery)s) AS held)"
        )
        return self.as_sql(compiler, connection, template=template, **extra)


def consents_in_force(now: datetime, patient: str = "patient_id") -> ConsentsInForce:
    """Gather the consents to treatment that are in force of the patient in that column."""
    rows: QuerySet[Any, Any] = Consent.objects.filter(
        consent_holds(now), patient_id=OuterRef(patient)
    )
    return ConsentsInForce(rows.values("scope", "recipient_clinician_id", "is_for_others"))


def granted_scopes(rows: Iterable[ConsentRow] | None, viewer: UUID) -> tuple[frozenset[str], str]:
    """Return the parts that the consents in force let a clinician see, and why no more."""
    in_force = list(rows or ())
    if not in_force:
        return frozenset(), NO_CONSENT
    parts = [
        scope
        for scope, clinician, is_for_others in in_force
        if not is_for_others and (clinician is None or UUID(str(clinician)) == viewer)
    ]
    if not parts:
        return frozenset(), OTHER_RECIPIENT
    return frozenset(part for scope in parts for part in scope), NOT_IN_SCOPE


def is_covered(what: DataCategory, parts: frozenset[str]) -> bool:
    """Whether these parts cover a class of data; what no part names needs any of them."""
    part = REQUIRED_SCOPE.get(what)
    return bool(parts & TREATMENT_SCOPES) if part is None else part in parts


def membership_holds(now: datetime, prefix: str = "") -> Q:
    """Build the condition under which a care-team membership is in force at that moment."""
    return Q(**{f"{prefix}starts_at__lte": now}) & (
        Q(**{f"{prefix}ends_at__isnull": True}) | Q(**{f"{prefix}ends_at__gt": now})
    )


def team_access(
    *, viewer: User, patient_id: UUID, now: datetime
) -> tuple[str, frozenset[str], str, Any]:
    """Return a clinician's role on the care team, the parts they may see, why no more, and the key.

    The role is empty for whoever is not on it, and they may see nothing.
    """
    if viewer.role != User.Role.CLINICIAN:
        return "", frozenset(), "not_a_clinician", None
    row = _MEMBERSHIP.first(
        patient_id=patient_id, viewer=viewer.pk, clinic=viewer.clinic_id, now=now
    )
    if row is None:
        return "", frozenset(), "not_on_care_team", None
    role, wrapped_key, agreed = row
    parts, why = granted_scopes(agreed, viewer.pk)
    return role, parts, why, wrapped_key


def sharing_levels_of_role(role: str) -> frozenset[str]:
    """Return the sharing levels that a role on the care team is shown."""
    return _PRIMARY_LEVELS if role == CareTeamMembership.Role.PRIMARY_THERAPIST else TEAM_LEVELS


def has_active_break_glass(viewer: User, patient_id: UUID, now: datetime) -> bool:
    """Whether the viewer has break-glass access to this patient that is not over (SECURITY R20)."""
    return BreakGlass.objects.filter(
        patient_id=patient_id, clinician_id=viewer.pk, opened_at__lte=now, ends_at__gt=now,
        patient__user__clinic_id=viewer.clinic_id,
    ).exists()  # fmt: skip


def readable_rows(viewer: User, now: datetime, *, what: DataCategory = DataCategory.ENTRIES) -> Q:
    """Build the condition under which a row of a patient (``patient_id``) is the viewer's to read.

    ``what`` is the class of data that the row is of. For lists over many patients; whoever lists
    logs each of them with ``log_reads_many``.
    """
    if viewer.role == User.Role.PATIENT:
        return Q(patient_id=viewer.pk)
    treats = CareTeamMembership.objects.filter(
        membership_holds(now), clinician_id=viewer.pk, patient_id=OuterRef("patient_id"),
        patient__user__clinic_id=viewer.clinic_id,
    )  # fmt: skip
    agreed = Consent.objects.filter(
        consent_covers(now, what, viewer=viewer.pk), patient_id=OuterRef("patient_id")
    )
    return Q(Exists(treats)) & Q(Exists(agreed))


def _memberships(*, patient_id: UUID, viewer: UUID, clinic: UUID, now: datetime) -> Any:
    return (
        CareTeamMembership.objects.filter(
            membership_holds(now), patient_id=patient_id, clinician_id=viewer,
            patient__user__clinic_id=clinic,
        )
        .order_by("-starts_at", "id")
        .values_list("role", "patient__wrapped_key", consents_in_force(now))[:1]
    )  # fmt: skip


_MEMBERSHIP = CompiledQuery(
    _memberships,
    patient_id=Patient._meta.pk,
    viewer=User._meta.pk,
    clinic=User._meta.get_field("clinic"),
    now=CareTeamMembership._meta.get_field("starts_at"),
)
