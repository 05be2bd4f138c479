"""What the programme holds about a patient as FHIR R4 resources.

Episodes, attendance, consents, plans, medicines, screenings, needs and tasks. Of what is kept in
versions the newest is written; older ones stand in the JSON and CSV files. No profile is claimed.
"""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Max, Model

from backend.kit.handling import Export
from care.access.chart import Chart
from care.models import AftercarePlan, Attendance, CarePlan, MedicationVersion
from care.programme.care_plan_responses import response_to_plan
from journaling import formatting
from journaling.exports.fhir import (
    HL7,
    LOINC,
    OWN_CODE_SYSTEM,
    SECURITY_LABELS,
    UCUM,
    FhirResource,
    codeable_concept,
    derived_id,
    patient_reference,
)
from journaling.exports.formats import ExportPart, ExportRow, ExportSubject
from journaling.exports.tables import table_part

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PLAN_PARTS = ("skills", "measures", "interventions")


def _resource(kind: str, id_: object, about: ExportSubject, **fields: Any) -> FhirResource:
    """Build a resource about the patient, without the elements that are None or empty."""
    subject = {"Task": "for", "Consent": "patient", "EpisodeOfCare": "patient"}.get(kind, "subject")
    return {
        "resourceType": kind,
        "id": str(id_),
        "meta": {"security": SECURITY_LABELS},
        subject: patient_reference(about),
    } | {name.rstrip("_"): value for name, value in fields.items() if value not in (None, [], "")}


def _period(start: Any, end: Any) -> FhirResource:
    return {name: at for name, at in (("start", start), ("end", end)) if at is not None}


def _text(words: str) -> FhirResource:
    return {"text": words}


# --- Episodes, attendance, consents -------------------------------------------------------------


def _episode(row: ExportRow, about: ExportSubject) -> list[FhirResource]:
    return [
        _resource(
            "EpisodeOfCare", row["id"], about,
            status="active" if row["discharged_on"] is None else "finished",
            type=[_text(formatting.humanize(row["level_of_care"]))],
            period=_period(row["admitted_on"], row["discharged_on"]),
        )
    ]  # fmt: skip


def _encounter(row: ExportRow, about: ExportSubject) -> list[FhirResource]:
    """Return a session as the patient's encounter: finished where they came, else cancelled."""
    came = row["status"] in Attendance.ATTENDED
    minutes = row["minutes"]
    return [
        _resource(
            "Encounter", derived_id(row["session"], "encounter"), about,
            status="finished" if came else "cancelled",
            class_={"system": f"{HL7}/v3-ActCode", "code": "AMB", "display": "ambulatory"},
            type=[_text(formatting.humanize(row["kind"]))],
            period=_period(row["starts_at"], None),
            length=None if minutes is None else
            {"value": minutes, "unit": "minutes", "system": UCUM, "code": "min"},
            extension=[{"url": f"{OWN_CODE_SYSTEM}:attendance", "valueCode": row["status"]}],
        )
    ]  # fmt: skip


def _consent(row: ExportRow, about: ExportSubject) -> list[FhirResource]:
    ends = [at for at in (row["revoked_at"], row["expires_at"]) if at is not None]
    ended = min(ends, default=None)
    is_in_force = ended is None or ended > about.requested_at
    named = [row["recipient"]] if row["recipient"] else []
    text = base64.b64encode((row["text"] or "").encode()).decode()
    return [
        _resource(
            "Consent", row["id"], about,
            status="active" if is_in_force else "inactive",
            scope=codeable_concept(f"{HL7}/consentscope", "patient-privacy", "Privacy Consent"),
            category=[codeable_concept(LOINC, "59284-0", "Consent Document")],
            dateTime=row["agreed_at"],
            performer=[patient_reference(about)],
            policyRule=_text("42 CFR part 2"),
            sourceAttachment={
                "contentType": "text/plain; charset=utf-8", "language": row["language"],
                "title": f"{row['purpose']}, version {row['version']}", "data": text,
            },
            provision={
                "type": "permit",
                "period": _period(row["agreed_at"], ended),
                "purpose": [{"system": OWN_CODE_SYSTEM, "code": row["purpose"]}],
                "code": [codeable_concept(OWN_CODE_SYSTEM, part) for part in row["scope"] or ()],
            } | ({"actor": [
                {"role": codeable_concept(f"{HL7}/v3-ParticipationType", "IRCP"),
                 "reference": {"display": name}} for name in named
            ]} if named else {}),
        )
    ]  # fmt: skip


# --- Plans --------------------------------------------------------------------------------------


def _care_plan(row: ExportRow, about: ExportSubject) -> list[FhirResource]:
    """Return the newest plan of care with a Goal for each goal, and what the patient said of it."""
    if not row["is_newest"]:
        return []
    goals, activities = [], []
    for n, problem in enumerate(row["problems"]):
        for m, goal in enumerate(problem["goals"]):
            made = _goal(row, about, f"goal {n}.{m}", problem["text"], goal)
            goals.append(made)
            activities += [_activity(made, objective) for objective in goal["objectives"]]
    said = row["response"]
    note = None
    if said is not None:
        words = "The patient agrees." if said.agreed else "The patient does not agree."
        note = {
            "authorReference": patient_reference(about), "time": said.at,
            "text": f"{words} {said.comment}".strip(),
        }  # fmt: skip
    plan = _resource(
        "CarePlan", row["id"], about,
        status="active", intent="plan", title="Plan of care",
        description=f"{row['hours_per_week']} hours a week; version {row['rev']}",
        created=row["written_at"],
        author={"display": row["written_by"]},
        goal=[{"reference": f"urn:uuid:{goal['id']}"} for goal in goals],
        activity=activities,
        note=[note] if note else [],
    )  # fmt: skip
    return [*goals, plan]


def _goal(
    row: ExportRow, about: ExportSubject, place: str, problem: str, goal: Mapping[str, Any]
) -> FhirResource:
    return _resource(
        "Goal", derived_id(row["id"], place), about,
        lifecycleStatus="active",
        description=_text(goal["text"]),
        note=[_text(f"Problem: {problem}")] if problem else [],
        statusDate=row["reviewed_on"],
    )  # fmt: skip


def _activity(goal: FhirResource, objective: Mapping[str, Any]) -> FhirResource:
    parts = [f"{name}: {', '.join(objective[name])}" for name in _PLAN_PARTS if objective.get(name)]
    return {
        "detail": {
            "status": "in-progress",
            "goal": [{"reference": f"urn:uuid:{goal['id']}"}],
            "description": "; ".join([objective["text"], *parts]),
        }
    }


def _aftercare_plan(row: ExportRow, about: ExportSubject) -> list[FhirResource]:
    if not row["is_newest"]:
        return []
    lines = [
        f"{formatting.humanize(part)}: {line}"
        for part, written in row["plan"].items()
        for line in written
    ]
    return [
        _resource(
            "CarePlan", derived_id(about.patient_id, "aftercare plan"), about,
            status="active", intent="plan", title="Plan for the time after treatment",
            created=row["at"],
            activity=[
                {"detail": {"status": "in-progress", "description": line}} for line in lines
            ],
        )
    ]  # fmt: skip


# --- Medicines and screenings -------------------------------------------------------------------


def _medication(row: ExportRow, about: ExportSubject) -> list[FhirResource]:
    """Return the newest version of a medicine or supplement, as it was agreed."""
    if not row["is_newest"]:
        return []
    ends = row["ends_on"]
    is_over = ends is not None and ends < about.requested_at.date()
    medicine = row["medicine"]
    days = [day for bit, day in enumerate(_WEEKDAYS) if row["weekdays"] & 1 << bit]
    repeat = {
        "dayOfWeek": days,
        "timeOfDay": [f"{at // 60:02d}:{at % 60:02d}:00" for at in row["minutes"]],
    }
    timing = {"timing": {"repeat": repeat}} if row["minutes"] else {"asNeededBoolean": True}
    dose = {"text": medicine["dose"]} if medicine["dose"] else {}
    notes = [f"Prescribed by {medicine['prescriber']}."] if medicine["prescriber"] else []
    notes += [f"Refill by {row['refill_by'].isoformat()}."] if row["refill_by"] else []
    return [
        _resource(
            "MedicationStatement", row["medication_id"], about,
            status="stopped" if row["is_ended"] else "completed" if is_over else "active",
            category=_text(row["kind"]),
            medicationCodeableConcept=_text(medicine["name"]),
            effectivePeriod=_period(row["starts_on"], ends),
            dateAsserted=row["at"],
            dosage=[dose | timing],
            note=[_text(" ".join(notes))] if notes else [],
        )
    ]  # fmt: skip


def _screening(row: ExportRow, about: ExportSubject) -> list[FhirResource]:
    result = row["screening"]["result"]
    output = [{"type": _text("Result"), "valueString": result}] if result else []
    return [
        _task(row["id"], about, code="Screening", words=row["screening"]["kind"],
              asked=row["asked_on"], done=row["done_on"], due=None, output=output)
    ]  # fmt: skip


# --- Needs and tasks ----------------------------------------------------------------------------


def _need(row: ExportRow, about: ExportSubject) -> list[FhirResource]:
    return [
        _task(row["id"], about, code=f"Need: {formatting.humanize(row['kind'])}",
              words=row["need"], asked=row["noted_at"], done=row["met_at"], due=None)
    ]  # fmt: skip


def _care_task(row: ExportRow, about: ExportSubject) -> list[FhirResource]:
    return [
        _task(row["id"], about, code="Task", words=row["task"], asked=row["made_at"],
              done=row["done_at"], due=row["due_on"])
    ]  # fmt: skip


def _task(
    id_: object, about: ExportSubject, *, code: str, words: str, asked: Any, done: Any, due: Any,
    output: list[FhirResource] | None = None,
) -> FhirResource:  # fmt: skip
    return _resource(
        "Task", id_, about,
        status="requested" if done is None else "completed",
        intent="plan",
        code=_text(code),
        description=words,
        authoredOn=asked,
        executionPeriod=None if done is None else _period(None, done),
        restriction=None if due is None else {"period": {"end": due}},
        output=output or [],
    )  # fmt: skip


#: What makes resources of a row, by the part of the export that it stands in.
PROGRAMME_RESOURCES: Mapping[str, Callable[[ExportRow, ExportSubject], list[FhirResource]]] = {
    "episodes": _episode,
    "attendance": _encounter,
    "consents": _consent,
    "care_plans": _care_plan,
    "aftercare_plans": _aftercare_plan,
    "medications": _medication,
    "screenings": _screening,
    "needs": _need,
    "tasks": _care_task,
}


# --- The newest of what is kept in versions -----------------------------------------------------


def _mark_newest(model: type[Model], *, each: str) -> Callable[[Chart, list[dict[str, Any]]], None]:
    """Build what marks the newest version among a page of rows of ``model``."""

    def finish(chart: Chart, rows: list[dict[str, Any]]) -> None:
        versions = model._default_manager.filter(patient_id=chart.patient_id)
        newest = dict(versions.order_by().values_list(each).annotate(newest=Max("rev")))
        for row in rows:
            row["is_newest"] = row["rev"] == newest[row.get(each, chart.patient_id)]

    return finish


def _finish_care_plans(chart: Chart, rows: list[dict[str, Any]]) -> None:
    _mark_newest(CarePlan, each="patient_id")(chart, rows)
    said = response_to_plan(chart=chart)
    for row in rows:
        is_about_it = said is not None and said.plan_rev == row["rev"]
        row["response"] = said if is_about_it else None


def _current(model: Any, finish: Callable[[Chart, list[dict[str, Any]]], None]) -> ExportPart:
    (export,) = (export for export in model.HANDLING.exports if isinstance(export, Export))
    return table_part(model, export, finish=finish)


#: The parts of tables that hold versions, each row with whether it is the newest.
CURRENT_VERSIONS = (
    _current(CarePlan, _finish_care_plans),
    _current(AftercarePlan, _mark_newest(AftercarePlan, each="patient_id")),
    _current(MedicationVersion, _mark_newest(MedicationVersion, each="medication_id")),
)
