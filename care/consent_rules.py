"""What a consent lets whom see, judged when something is read (42 CFR 2.31(a)(3), (4) and (7)).

A consent to treatment covers the classes of data that its scope names, and nothing else. It reaches
the staff of the clinic who treat the patient; where it names one clinician as its recipient, that
clinician alone; and nobody of the clinic where it names somebody else. Several consents that hold
at once add up, each judged by its own recipient.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import JSONField, Lookup, OuterRef, Q, QuerySet, Subquery

from care.consenting import SCOPES
from care.data_classes import NEEDS, DataClass
from care.models import Consent

#: Every part that a consent to treatment can name: what a chart shows without asking one.
EVERYTHING = frozenset(SCOPES[Consent.Purpose.TREATMENT])
#: Why a chart stays shut though its viewer is on the care team.
NO_CONSENT, OTHER_RECIPIENT, NOT_IN_SCOPE = "no_consent", "other_recipient", "not_in_scope"
#: One consent in force: its scope, the one clinician whom it names, and whether it is for others.
Agreement = tuple[list[str], Any, Any]


class Lists(Lookup):
    """``scope__lists="safety"``: whether a JSON list holds that text, on both databases."""

    lookup_name = "lists"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Write it for SQLite."""
        column, params = self.process_lhs(compiler, connection)
        sql = f"EXISTS (SELECT 1 FROM json_each({column}) AS it WHERE it.value = %s)"  # noqa: S608 (a column of ours)
        return sql, (*params, self.rhs)

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Write it for PostgreSQL."""
        column, params = self.process_lhs(compiler, connection)
        return f"{column} ? %s", (*params, self.rhs)


JSONField.register_lookup(Lists)


def consent_holds(now: datetime, prefix: str = "", purpose: str = Consent.Purpose.TREATMENT) -> Q:
    """Build the condition under which a consent is in force at that moment.

    It ends when it is taken back, at its date, or with its event (42 CFR 2.31(a)(7)). What it
    covers and whom it reaches is another question: ``covers``.
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


def covers(now: datetime, what: DataClass, *, viewer: UUID | None, prefix: str = "") -> Q:
    """Build the condition under which a consent to treatment lets somebody see data of a class.

    ``viewer`` is a clinician of the patient's clinic; None stands for its staff as a whole, whom a
    consent that names one clinician does not reach.
    """
    reached = Q(**{f"{prefix}recipient_clinician__isnull": True})
    if viewer is not None:
        reached |= Q(**{f"{prefix}recipient_clinician": viewer})
    held = consent_holds(now, prefix) & Q(**{f"{prefix}is_for_others": False}) & reached
    part = NEEDS.get(what)
    return held if part is None else held & Q(**{f"{prefix}scope__lists": part})


def covers_service(now: datetime) -> Q:
    """Build the condition under which the clinic's service may remind the patient.

    What is said reaches the patient alone, so it is the same to it which clinician is named.
    """
    part = NEEDS[DataClass.REMINDERS]
    return consent_holds(now) & Q(is_for_others=False, scope__lists=part)


class Agreements(Subquery):
    """Every consent to treatment of a row's patient that is in force, in the statement itself."""

    template = (
        "(SELECT jsonb_agg(jsonb_build_array(held.scope, held.recipient_clinician_id, "
        "held.is_for_others)) FROM (%(subquery)s) AS held)"
    )
    output_field = JSONField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """Write it for SQLite, which keeps ids as text without dashes."""
        template = (
            "(SELECT json_group_array(json_array(json(held.scope), held.recipient_clinician_id, "
            "held.is_for_others)) FROM (%(subquery)s) AS held)"
        )
        return self.as_sql(compiler, connection, template=template, **extra)


def agreements(now: datetime, patient: str = "patient_id") -> Agreements:
    """Gather the consents to treatment that are in force of the patient in that column."""
    rows: QuerySet[Any, Any] = Consent.objects.filter(
        consent_holds(now), patient_id=OuterRef(patient)
    )
    return Agreements(rows.values("scope", "recipient_clinician_id", "is_for_others"))


def granted(found: Iterable[Agreement] | None, viewer: UUID) -> tuple[frozenset[str], str]:
    """Tell which parts the consents in force let a clinician see, and if none, why."""
    held = list(found or ())
    if not held:
        return frozenset(), NO_CONSENT
    parts = [
        scope
        for scope, clinician, is_for_others in held
        if not is_for_others and (clinician is None or UUID(str(clinician)) == viewer)
    ]
    if not parts:
        return frozenset(), OTHER_RECIPIENT
    return frozenset(part for scope in parts for part in scope), NOT_IN_SCOPE


def is_covered(what: DataClass, parts: frozenset[str]) -> bool:
    """Whether these parts cover a class of data; what no part names needs any of them."""
    part = NEEDS.get(what)
    return bool(parts & EVERYTHING) if part is None else part in parts
