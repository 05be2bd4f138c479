"""Questionnaires and their answers as FHIR R4 resources."""

from typing import Any

from backend.kit.zones import zone
from care.exporting import Row
from journaling.exporting import fhir
from journaling.exporting.fhir import LOINC, OURS, SECURITY, Resource, coded
from journaling.instruments import Instrument

#: Public codes of the scores that have one.
_SCORES = {
    "phq-9": ("44261-6", "Patient Health Questionnaire 9 item (PHQ-9) total score"),
    "phq-2": ("55758-7", "Patient Health Questionnaire 2 item (PHQ-2) total score"),
    "gad-7": ("70274-6", "Generalized anxiety disorder 7 item (GAD-7) total score"),
    "gad-2": ("70272-0", "Generalized anxiety disorder 2 item (GAD-2) total score"),
}


def canonical(slug: str, version: str) -> str:
    """Name a questionnaire in its version."""
    return f"urn:between-sessions:questionnaire:{slug}|{version}"


def questionnaire(instrument: Instrument) -> Resource:
    """Tell the published wording, with its licence, so that answers can be read."""
    url, _, version = canonical(instrument.slug, instrument.version).partition("|")
    return {
        "resourceType": "Questionnaire",
        "id": fhir.derived_id(instrument.slug, instrument.version),
        "meta": {"security": SECURITY},
        "url": url,
        "version": version,
        "title": instrument.name,
        "status": "active",
        "subjectType": ["Patient"],
        "copyright": f"{instrument.licence} {instrument.attribution}",
        "item": [
            {
                "linkId": item.id,
                "text": item.text,
                "type": "integer",
                "required": False,
            }
            for item in instrument.items
        ],
    }


def answered(row: Row, patient: Resource) -> list[Resource]:
    """Tell what was answered, and the score where one is published and nothing is missing."""
    response: Resource = {
        "resourceType": "QuestionnaireResponse",
        "id": str(row["id"]),
        "meta": {"security": SECURITY},
        "questionnaire": canonical(row["instrument"], row["version"]),
        "status": "completed" if row["rev"] == 1 else "amended",
        "subject": patient,
        "author": patient,
        "authored": _authored(row),
        "item": [
            {"linkId": name, "answer": [{"valueInteger": value}]}
            for name, value in row["answers"].items()
        ],
    }
    return [response] if row.get("score") is None else [response, _score(row, patient)]


def _score(row: Row, patient: Resource) -> Resource:
    known = _SCORES.get(row["instrument"])
    code = coded(LOINC, *known) if known else coded(OURS, f"score-{row['instrument']}")
    found: Resource = {
        "resourceType": "Observation",
        "id": fhir.derived_id(row["id"], "score"),
        "meta": {"security": SECURITY},
        "status": "final" if row["rev"] == 1 else "amended",
        "category": [{"coding": [fhir.SURVEY]}],
        "code": code,
        "subject": patient,
        "effectiveDateTime": _authored(row),
        "performer": [patient],
        "derivedFrom": [{"reference": f"urn:uuid:{row['id']}"}],
        "valueInteger": row["score"],
    }
    if row.get("severity"):
        found["interpretation"] = [{"text": row["severity"]}]
    return found


def _authored(row: Row) -> Any:
    if row["completed_at"] is None:
        return row["occurred_at"]
    return row["completed_at"].astimezone(zone(row["time_zone"])).isoformat()
