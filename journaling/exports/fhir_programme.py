"""What the programme holds about a patient as FHIR R4 resources.

Episodes, attendance, consents, plans, medicines, screenings, needs and tasks. Of what is kept in
versions the newest is written; older ones stand in the JSON and CSV files. No profile is claimed.
"""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from backend.kit.parsing import format_clock_minute
from care.models import Attendance
from journaling import formatting
from journaling.exports.fhir import (
    HL7,
    LOINC,
    OWN_CODE_SYSTEM,
    UCUM,
    FhirResource,
    codeable_concept,
    derived_id,
    patient_reference,
)
from journaling.exports.fhir_plans import (
    aftercare_plan_resources,
    care_plan_resources,
    period,
    programme_resource,
    text_of,
)
from journaling.exports.formats import ExportRow, ExportSubject

_WEEKDAYS = tuple(map(str.lower, formatting.WEEKDAYS))


# --- Episodes, attendance, consents -------------------------------------------------------------


def _episode(row: ExportRow, about: ExportSubject) -> list[FhirResource]:
    return [
        programme_resource(
            "EpisodeOfCare", row["id"], about,
            status="active" if row["discharged_on"] is None else "finished",
            type=[text_of(formatting.humanize(row["level_of_care"]))],
            period=period(row["admitted_on"], row["discharged_on"]),
        )
    ]  # fmt: skip


def _encounter(row: ExportRow, about: ExportSubject) -> list[FhirResource]:
    """Return a session as the patient's encounter: finished where they came, else cancelled."""
    came = row["status"] in Attendance.ATTENDED
    minutes = row["minutes"]
    return [
        programme_resource(
            "Encounter", derived_id(row["session"], "encounter"), about,
            status="finished" if came else "cancelled",
            class_={"system": f"{HL7}/v3-ActCode", "code": "AMB", "display": "ambulatory"},
            type=[text_of(formatting.humanize(row["kind"]))],
            period=period(row["starts_at"], None),
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
        programme_resource(
            "Consent", row["id"], about,
            status="active" if is_in_force else "inactive",
            scope=codeable_concept(f"{HL7}/consentscope", "patient-privacy", "Privacy Consent"),
            category=[codeable_concept(LOINC, "59284-0", "Consent Document")],
            dateTime=row["agreed_at"],
            performer=[patient_reference(about)],
            policyRule=text_of("42 CFR part 2"),
            sourceAttachment={
                "contentType": "text/plain; charset=utf-8", "language": row["language"],
                "title": f"{row['purpose']}, version {row['version']}", "data": text,
            },
            provision={
                "type": "permit",
                "period": period(row["agreed_at"], ended),
                "purpose": [{"system": OWN_CODE_SYSTEM, "code": row["purpose"]}],
                "code": [codeable_concept(OWN_CODE_SYSTEM, part) for part in row["scope"] or ()],
            } | ({"actor": [
                {"role": codeable_concept(f"{HL7}/v3-ParticipationType", "IRCP"),
                 "reference": {"display": name}} for name in named
            ]} if named else {}),
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
        "timeOfDay": [f"{format_clock_minute(at)}:00" for at in row["minutes"]],
    }
    timing = {"timing": {"repeat": repeat}} if row["minutes"] else {"asNeededBoolean": True}
    dose = {"text": medicine["dose"]} if medicine["dose"] else {}
    notes = [f"Prescribed by {medicine['prescriber']}."] if medicine["prescriber"] else []
    notes += [f"Refill by {row['refill_by'].isoformat()}."] if row["refill_by"] else []
    return [
        programme_resource(
            "MedicationStatement", row["medication_id"], about,
            status="stopped" if row["is_ended"] else "completed" if is_over else "active",
            category=text_of(row["kind"]),
            medicationCodeableConcept=text_of(medicine["name"]),
            effectivePeriod=period(row["starts_on"], ends),
            dateAsserted=row["at"],
            dosage=[dose | timing],
            note=[text_of(" ".join(notes))] if notes else [],
        )
    ]  # fmt: skip


def _screening(row: ExportRow, about: ExportSubject) -> list[FhirResource]:
    result = row["screening"]["result"]
    output = [{"type": text_of("Result"), "valueString": result}] if result else []
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
    return programme_resource(
        "Task", id_, about,
        status="requested" if done is None else "completed",
        intent="plan",
        code=text_of(code),
        description=words,
        authoredOn=asked,
        executionPeriod=None if done is None else period(None, done),
        restriction=None if due is None else {"period": {"end": due}},
        output=output or [],
    )  # fmt: skip


#: What makes resources of a row, by the part of the export that it stands in.
PROGRAMME_RESOURCES: Mapping[str, Callable[[ExportRow, ExportSubject], list[FhirResource]]] = {
    "episodes": _episode,
    "attendance": _encounter,
    "consents": _consent,
    "care_plans": care_plan_resources,
    "aftercare_plans": aftercare_plan_resources,
    "medications": _medication,
    "screenings": _screening,
    "needs": _need,
    "tasks": _care_task,
}
