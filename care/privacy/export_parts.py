"""The parts that this room gives to an export of a patient's data.

An export is made in pieces, so that a worker that dies costs one piece: a part is read page by
page, each row with the cursor after which reading goes on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

import orjson
from django.db.models import QuerySet

from care.access.chart import Chart
from care.models import (
    AccessLogEntry,
    Admission,
    Attendance,
    BreakGlass,
    CarePlan,
    CareTeamMembership,
    Certification,
    Consent,
    DeviceSession,
    Disclosure,
    Episode,
    GroupMembership,
    LevelChange,
    Patient,
    PersonalTargets,
    SessionSeries,
    SupportPerson,
    TreatmentSession,
    ZoneChange,
)
from care.people.patients import patient_name, supporter_names
from care.programme import care_plan, episodes, targets

#: What is kept about patients and stands in no export, whoever asks: 42 CFR 2.31(b) and 45 CFR
#: 164.524(a)(1)(i). It says nothing about whether there is any.
NOT_EXPORTED = (
    "SUD counselling notes that a clinician keeps for themselves, apart from the record",
)
ExportRow = Mapping[str, Any]
#: Where reading goes on: a plain JSON value that the next page begins after; None is the beginning.
ExportCursor = Any
ReadPage = Callable[[Chart, ExportCursor, int], Sequence[tuple[ExportCursor, ExportRow]]]


@dataclass(frozen=True, slots=True)
class ExportPart:
    """One kind of thing in an export; a table has exactly these columns, always.

    ``page`` reads up to so many rows after a cursor, oldest or first ones first.
    """

    name: str
    columns: tuple[str, ...]
    page: ReadPage


def table_part(
    name: str,
    rows: "Callable[[Chart], QuerySet[Any]]",
    columns: Mapping[str, str],
    *,
    sealed: Mapping[str, tuple[str, Callable[[bytes], Any]]] = MappingProxyType({}),
    finish: Callable[[Chart, list[dict[str, Any]]], None] = lambda _chart, _rows: None,
) -> ExportPart:
    """Make a part of a table's rows: ``columns`` names each column and where its value stands.

    ``sealed`` names the columns that are encrypted: under which name, and how their text is read.
    ``finish`` may add to the rows of a page what a table alone can't give.
    """
    paths = tuple(columns.values())

    def page(
        chart: Chart, after: ExportCursor, limit: int
    ) -> Sequence[tuple[ExportCursor, ExportRow]]:
        selected = rows(chart)
        if after is not None:
            selected = selected.filter(pk__gt=UUID(after) if isinstance(after, str) else after)
        taken = list(selected.order_by("pk").values_list("pk", *paths)[:limit])
        shown_rows = [dict(zip(columns, row[1:], strict=True)) for row in taken]
        for row, shown in zip(taken, shown_rows, strict=True):
            for column, (bound_to, read) in sealed.items():
                if shown[column] is not None:
                    opened = chart.cipher.open(shown[column], column=bound_to, row=row[0])
                    shown[column] = read(opened)
        finish(chart, shown_rows)
        places = [str(row[0]) if isinstance(row[0], UUID) else row[0] for row in taken]
        return list(zip(places, shown_rows, strict=True))

    return ExportPart(name, tuple(columns), page)


def _columns(*names: str, **others: str) -> dict[str, str]:
    return {name: name for name in names} | others


def _add_actor_names(chart: Chart, rows: list[dict[str, Any]]) -> None:
    unnamed = {row["actor"] for row in rows if not row["actor_name"]} - {None, chart.patient_id}
    names = supporter_names(chart=chart, ids=unnamed) if unnamed else {}
    if any(row["actor"] == chart.patient_id for row in rows):
        names[chart.patient_id] = patient_name(chart=chart)
    for row in rows:
        row["actor_name"] = row["actor_name"] or names.get(row["actor"])


CARE_PARTS = (
    table_part(
        "profile",
        lambda chart: Patient.objects.filter(pk=chart.patient_id),
        {
            "id": "user_id", "display_name": "user__display_name", "username": "user__username",
            "clinic": "user__clinic__name", "time_zone": "user__time_zone",
            "language": "user__language", "quiet_start": "quiet_start", "quiet_end": "quiet_end",
            "day_starts_hour": "day_starts_hour",
            "enrolled_at": "enrolled_at", "discharged_at": "discharged_at",
        },
    ),
    table_part(
        "time_zones",
        lambda chart: ZoneChange.objects.filter(patient_id=chart.patient_id),
        _columns("at", "before", "after"),
    ),
    table_part(
        "consents",
        lambda chart: Consent.objects.filter(patient_id=chart.patient_id),
        _columns("id", "purpose", "version", "discloser", "scope", "recipient", "signed_name",
                 "agreed_at", "expires_at", "expires_event", "revoked_at"),
    ),
    table_part(
        "disclosures",
        lambda chart: Disclosure.objects.filter(patient_id=chart.patient_id),
        _columns("id", "at", "to", "purpose", "what", consent="consent_id"),
    ),
    table_part(
        "support_people",
        lambda chart: SupportPerson.objects.filter(patient_id=chart.patient_id),
        _columns("accepted_at", "accounted_on", consent="consent_id", name="consent__recipient"),
    ),
    table_part(
        "break_glass",
        lambda chart: BreakGlass.objects.filter(patient_id=chart.patient_id),
        _columns("id", "opened_at", "ends_at", "reviewed_at", reason="sealed_reason",
                 clinician="clinician__display_name"),
        sealed={"reason": ("break_glass.reason", bytes.decode)},
    ),
    table_part(
        "personal_targets",
        lambda chart: PersonalTargets.objects.filter(patient_id=chart.patient_id),
        _columns("changed_at", "changed_by_role", targets="words"),
        sealed={"targets": (targets.TARGETS_BINDING, orjson.loads)},
    ),
    table_part(
        "care_team",
        lambda chart: CareTeamMembership.objects.filter(patient_id=chart.patient_id),
        _columns("role", "starts_at", "ends_at", clinician="clinician__display_name"),
    ),
    table_part(
        "episodes",
        lambda chart: Episode.objects.filter(patient_id=chart.patient_id),
        _columns("id", "level_of_care", "admitted_on", "discharged_on", "planned_hours_per_week"),
    ),
    table_part(
        "admissions",
        lambda chart: Admission.objects.filter(episode__patient_id=chart.patient_id),
        _columns("symptoms", "lower_level_insufficient", "tolerates_intensity",
                 "co_occurring_manageable", "not_at_imminent_risk", "complies", "hours_per_week",
                 "asked_at", episode="episode_id", physician="physician__display_name"),
    ),
    table_part(
        "level_changes",
        lambda chart: LevelChange.objects.filter(patient_id=chart.patient_id),
        _columns("id", "step", "changed_on", "decided_at", reason="words", left="left_id",
                 entered="entered_id", decided_by="decided_by__display_name"),
        sealed={"reason": (episodes.REASON_BINDING, bytes.decode)},
    ),
    table_part(
        "care_plans",
        lambda chart: CarePlan.objects.filter(patient_id=chart.patient_id),
        _columns("id", "rev", "hours_per_week", "reviewed_on", "written_at", goals="words",
                 written_by="written_by__display_name"),
        sealed={"goals": (care_plan.GOALS_BINDING, orjson.loads)},
    ),
    table_part(
        "certifications",
        lambda chart: Certification.objects.filter(patient_id=chart.patient_id),
        _columns("id", "certified_on", "renew_by", "recorded_at",
                 physician="physician__display_name"),
    ),
    table_part(
        "sessions",
        lambda chart: TreatmentSession.objects.filter(patient_id=chart.patient_id),
        _columns("id", "kind", "title", "place", "starts_at", "ends_at", "cancelled_at",
                 clinician="clinician__display_name"),
    ),
    table_part(
        "session_series",
        lambda chart: SessionSeries.objects.filter(patient_id=chart.patient_id),
        _columns("id", "kind", "title", "place", "time_zone", "starts_on", "ends_on", "clock",
                 "minutes", "every_weeks", clinician="clinician__display_name"),
    ),
    table_part(
        "attendance",
        lambda chart: Attendance.objects.filter(patient_id=chart.patient_id),
        _columns("status", "minutes", "recorded_at", session="session_id", kind="session__kind",
                 starts_at="session__starts_at"),
    ),
    table_part(
        "groups",
        lambda chart: GroupMembership.objects.filter(patient_id=chart.patient_id),
        _columns("starts_at", "ends_at", group="group__name"),
    ),
    table_part(
        "sign_ins",
        lambda chart: DeviceSession.objects.filter(user_id=chart.patient_id),
        _columns("id", "device_name", "created_at", "last_used_at", "expires_at", "revoked_at",
                 "revoked_reason"),
    ),
    table_part(
        "access_log",
        lambda chart: AccessLogEntry.objects.filter(patient_id=chart.patient_id),
        _columns("at", "actor_role", "action", "data_class", "reason", actor="actor_id",
                 actor_name="actor_name"),
        finish=_add_actor_names,
    ),
)  # fmt: skip
