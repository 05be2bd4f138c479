"""Plans as FHIR R4 resources, and the newest of whatever is kept in versions.

The plan of care with a Goal for each goal and what the patient said of it, and the plan for the
time after treatment.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Max, Model

from backend.kit.handling import Export
from care.access.chart import Chart
from care.models import AftercarePlan, CarePlan, MedicationVersion
from care.programme.care_plan_responses import response_to_plan
from journaling import formatting
from journaling.exports.fhir import (
    SECURITY_LABELS,
    FhirResource,
    derived_id,
    patient_reference,
)
from journaling.exports.formats import ExportPart, ExportRow, ExportSubject
from journaling.exports.tables import table_part

_PLAN_PARTS = ("skills", "measures", "interventions")


def programme_resource(kind: str, id_: object, about: ExportSubject, **fields: Any) -> FhirResource:
    """Build a resource about the patient, without the elements that are None or empty."""
    subject = {"Task": "for", "Consent": "patient", "EpisodeOfCare": "patient"}.get(kind, "subject")
    return {
        "resourceType": kind,
        "id": str(id_),
        "meta": {"security": SECURITY_LABELS},
        subject: patient_reference(about),
    } | {name.rstrip("_"): value for name, value in fields.items() if value not in (None, [], "")}


def period(start: Any, end: Any) -> FhirResource:
    """Return a period; an open end is left out."""
    return {name: at for name, at in (("start", start), ("end", end)) if at is not None}


def text_of(words: str) -> FhirResource:
    """Return a concept that has words and no code."""
    return {"text": words}


def care_plan_resources(row: ExportRow, about: ExportSubject) -> list[FhirResource]:
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
    plan = programme_resource(
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
    return programme_resource(
        "Goal", derived_id(row["id"], place), about,
        lifecycleStatus="active",
        description=text_of(goal["text"]),
        note=[text_of(f"Problem: {problem}")] if problem else [],
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


def aftercare_plan_resources(row: ExportRow, about: ExportSubject) -> list[FhirResource]:
    """Return the newest plan for the time after treatment."""
    if not row["is_newest"]:
        return []
    lines = [
        f"{formatting.humanize(part)}: {line}"
        for part, written in row["plan"].items()
        for line in written
    ]
    return [
        programme_resource(
            "CarePlan", derived_id(about.patient_id, "aftercare plan"), about,
            status="active", intent="plan", title="Plan for the time after treatment",
            created=row["at"],
            activity=[
                {"detail": {"status": "in-progress", "description": line}} for line in lines
            ],
        )
    ]  # fmt: skip


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
