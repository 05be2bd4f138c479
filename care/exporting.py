"""What may stand in an export, and the parts that this room gives to it.

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

from care.access import Chart
from care.actions import careplan, episodes
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
from care.queries import targets
from care.queries.names import name_of, supporter_names

#: What is kept about patients and stands in no export, whoever asks: 42 CFR 2.31(b) and 45 CFR
#: 164.524(a)(1)(i). It says nothing about whether there is any.
NOT_INCLUDED = (
    "SUD counselling notes that a clinician keeps for themselves, apart from the record",
)
Row = Mapping[str, Any]
#: Where reading goes on: a plain JSON value that the next page begins after; None is the beginning.
Cursor = Any
Page = Callable[[Chart, Cursor, int], Sequence[tuple[Cursor, Row]]]


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of thing in an export; a table has exactly these columns, always.

    ``page`` reads up to so many rows after a cursor, oldest or first ones first.
    """

    name: str
    columns: tuple[str, ...]
    page: Page


def of_rows(
    name: str,
    rows: "Callable[[Chart], QuerySet[Any]]",
    columns: Mapping[str, str],
    *,
    sealed: Mapping[str, tuple[str, Callable[[bytes], Any]]] = MappingProxyType({}),
    finish: Callable[[Chart, list[dict[str, Any]]], None] = lambda _chart, _rows: None,
) -> Part:
    """Make a part of a table's rows: ``columns`` names each column and where its value stands.

    ``sealed`` names the columns that are encrypted: under which name, and how their text is read.
    ``finish`` may add to the rows of a page what a table alone can't give.
    """
    paths = tuple(columns.values())

    def page(chart: Chart, after: Cursor, limit: int) -> Sequence[tuple[Cursor, Row]]:
        found = rows(chart)
        if after is not None:
            found = found.filter(pk__gt=UUID(after) if isinstance(after, str) else after)
        taken = list(found.order_by("pk").values_list("pk", *paths)[:limit])
        told = [dict(zip(columns, row[1:], strict=True)) for row in taken]
        for row, shown in zip(taken, told, strict=True):
            for column, (bound_to, read) in sealed.items():
                if shown[column] is not None:
                    opened = chart.cipher.open(shown[column], column=bound_to, row=row[0])
                    shown[column] = read(opened)
        finish(chart, told)
        places = [str(row[0]) if isinstance(row[0], UUID) else row[0] for row in taken]
        return list(zip(places, told, strict=True))

    return Part(name, tuple(columns), page)


def _same(*names: str, **others: str) -> dict[str, str]:
    return {name: name for name in names} | others


def _with_actors(chart: Chart, rows: list[dict[str, Any]]) -> None:
    others = {row["actor"] for row in rows if not row["actor_name"]} - {None, chart.patient_id}
    names = supporter_names(chart=chart, ids=others) if others else {}
    if any(row["actor"] == chart.patient_id for row in rows):
        names[chart.patient_id] = name_of(chart=chart)
    for row in rows:
        row["actor_name"] = row["actor_name"] or names.get(row["actor"])


PARTS = (
    of_rows(
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
    of_rows(
        "time_zones",
        lambda chart: ZoneChange.objects.filter(patient_id=chart.patient_id),
        _same("at", "before", "after"),
    ),
    of_rows(
        "consents",
        lambda chart: Consent.objects.filter(patient_id=chart.patient_id),
        _same("id", "purpose", "version", "discloser", "scope", "recipient", "signed_name",
              "agreed_at", "expires_at", "expires_event", "revoked_at"),
    ),
    of_rows(
        "disclosures",
        lambda chart: Disclosure.objects.filter(patient_id=chart.patient_id),
        _same("id", "at", "to", "purpose", "what", consent="consent_id"),
    ),
    of_rows(
        "support_people",
        lambda chart: SupportPerson.objects.filter(patient_id=chart.patient_id),
        _same("accepted_at", "accounted_on", consent="consent_id", name="consent__recipient"),
    ),
    of_rows(
        "break_glass",
        lambda chart: BreakGlass.objects.filter(patient_id=chart.patient_id),
        _same("id", "opened_at", "ends_at", "reviewed_at", reason="sealed_reason",
              clinician="clinician__display_name"),
        sealed={"reason": ("break_glass.reason", bytes.decode)},
    ),
    of_rows(
        "personal_targets",
        lambda chart: PersonalTargets.objects.filter(patient_id=chart.patient_id),
        _same("changed_at", "changed_by_role", targets="words"),
        sealed={"targets": (targets.COLUMN, orjson.loads)},
    ),
    of_rows(
        "care_team",
        lambda chart: CareTeamMembership.objects.filter(patient_id=chart.patient_id),
        _same("role", "starts_at", "ends_at", clinician="clinician__display_name"),
    ),
    of_rows(
        "episodes",
        lambda chart: Episode.objects.filter(patient_id=chart.patient_id),
        _same("id", "level_of_care", "admitted_on", "discharged_on", "planned_hours_per_week"),
    ),
    of_rows(
        "admissions",
        lambda chart: Admission.objects.filter(episode__patient_id=chart.patient_id),
        _same("symptoms", "lower_level_insufficient", "tolerates_intensity",
              "co_occurring_manageable", "not_at_imminent_risk", "complies", "hours_per_week",
              "asked_at", episode="episode_id", physician="physician__display_name"),
    ),
    of_rows(
        "level_changes",
        lambda chart: LevelChange.objects.filter(patient_id=chart.patient_id),
        _same("id", "step", "changed_on", "decided_at", reason="words", left="left_id",
              entered="entered_id", decided_by="decided_by__display_name"),
        sealed={"reason": (episodes.WORDS_COLUMN, bytes.decode)},
    ),
    of_rows(
        "care_plans",
        lambda chart: CarePlan.objects.filter(patient_id=chart.patient_id),
        _same("id", "rev", "hours_per_week", "reviewed_on", "written_at", goals="words",
              written_by="written_by__display_name"),
        sealed={"goals": (careplan.WORDS_COLUMN, orjson.loads)},
    ),
    of_rows(
        "certifications",
        lambda chart: Certification.objects.filter(patient_id=chart.patient_id),
        _same("id", "certified_on", "renew_by", "recorded_at", physician="physician__display_name"),
    ),
    of_rows(
        "sessions",
        lambda chart: TreatmentSession.objects.filter(patient_id=chart.patient_id),
        _same("id", "kind", "title", "place", "starts_at", "ends_at", "cancelled_at",
              clinician="clinician__display_name"),
    ),
    of_rows(
        "session_series",
        lambda chart: SessionSeries.objects.filter(patient_id=chart.patient_id),
        _same("id", "kind", "title", "place", "time_zone", "starts_on", "ends_on", "clock",
              "minutes", "every_weeks", clinician="clinician__display_name"),
    ),
    of_rows(
        "attendance",
        lambda chart: Attendance.objects.filter(patient_id=chart.patient_id),
        _same("status", "minutes", "recorded_at", session="session_id", kind="session__kind",
              starts_at="session__starts_at"),
    ),
    of_rows(
        "groups",
        lambda chart: GroupMembership.objects.filter(patient_id=chart.patient_id),
        _same("starts_at", "ends_at", group="group__name"),
    ),
    of_rows(
        "sign_ins",
        lambda chart: DeviceSession.objects.filter(user_id=chart.patient_id),
        _same("id", "device_name", "created_at", "last_used_at", "expires_at", "revoked_at",
              "revoked_reason"),
    ),
    of_rows(
        "access_log",
        lambda chart: AccessLogEntry.objects.filter(patient_id=chart.patient_id),
        _same("at", "actor_role", "action", "data_class", "reason", actor="actor_id",
              actor_name="actor_name"),
        finish=_with_actors,
    ),
)  # fmt: skip
