"""Questionnaires and their answers as FHIR R4 resources."""

from typing import Any

from backend.kit.zones import zone
from care.exporting import Row
from journaling import instruments
from journaling.exporting import fhir
from journaling.exporting.fhir import LOINC, OURS, SECURITY, Resource, coded
from journaling.instruments import Instrument, Item

_FHIR = "http://hl7.org/fhir/StructureDefinition"
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
    slug = instrument.slug
    url, _, version = canonical(slug, instrument.version).partition("|")
    return {
        "resourceType": "Questionnaire",
        "id": fhir.derived_id(slug, instrument.version),
        "meta": {"security": SECURITY},
        "url": url,
        "version": version,
        "title": instrument.name,
        "status": "active",
        "subjectType": ["Patient"],
        "copyright": f"{instrument.licence} {instrument.attribution}",
        "item": [_question(slug, item) for item in instrument.items],
    }


def _question(slug: str, item: Item) -> Resource:
    return {
        "linkId": item.id,
        "text": item.text,
        "type": "choice",
        "required": False,
        "answerOption": [
            {"valueCoding": _coding(slug, item, option.value), "extension": [_weight(option.value)]}
            for option in item.options
        ],
    }


def _coding(slug: str, item: Item | None, value: Any) -> Resource:
    """Return the code of one answer; its words too where this version ships the question."""
    options = item.options if item is not None else ()
    words = [option.label for option in options if option.value == value]
    coding = {"system": f"{OURS}:{slug}", "code": str(value)}
    return coding | ({"display": words[0]} if words else {})


def _weight(value: Any) -> Resource:
    return {"url": f"{_FHIR}/ordinalValue", "valueDecimal": value}


def answered(row: Row, patient: Resource) -> list[Resource]:
    """Return the answers, and an observation for each score that is published and complete."""
    response: Resource = {
        "resourceType": "QuestionnaireResponse",
        "id": str(row["id"]),
        "meta": {"security": SECURITY},
        "extension": [*fhir.provenance(row), *_note(row)],
        "questionnaire": canonical(row["instrument"], row["version"]),
        "status": "completed" if row["rev"] == 1 else "amended",
        "subject": patient,
        "author": patient,
        "authored": _authored(row),
        "item": _items(row),
    }
    return [response, *_scores(row, patient)]


def _note(row: Row) -> list[Resource]:
    """Return the patient's note: the resource has no element of its own for one."""
    words = (row.get("note") or "").strip()
    return [{"url": f"{OURS}:note", "valueString": row["note"]}] if words else []


def _items(row: Row) -> list[Resource]:
    """Return every question that was put, in the questionnaire's order, passed over or answered."""
    slug, instrument = row["instrument"], instruments.find(row["instrument"], row["version"])
    passed = {name.removeprefix("answers."): way for name, way in (row["unanswered"] or {}).items()}
    put = {**row["answers"], **passed}
    found = []
    for name in put if instrument is None else instrument.in_order(put):
        item = instrument.item(name) if instrument is not None else None
        one: Resource = {"linkId": name} | ({"text": item.text} if item is not None else {})
        if name in passed:
            one["extension"] = [fhir.absent_reason(passed[name])]
        else:
            value = row["answers"][name]
            coding = _coding(slug, item, value) | {"extension": [_weight(value)]}
            one["answer"] = [{"valueCoding": coding}]
        found.append(one)
    return found


def _scores(row: Row, patient: Resource) -> list[Resource]:
    """Return the total and the sums of the scales, each where it is published and complete."""
    slug = row["instrument"]
    known = _SCORES.get(slug)
    whole = coded(LOINC, *known) if known else coded(OURS, f"score-{slug}")
    sums = [("score", whole, row.get("score"), row.get("severity"))]
    sums += [
        (f"score-{key}", coded(OURS, f"score-{slug}-{key}"), part["score"], part["severity"])
        for key, part in (row.get("subscales") or {}).items()
    ]
    return [
        _score(row, patient, name=name, code=code, score=score, severity=severity)
        for name, code, score, severity in sums
        if score is not None
    ]


def _score(
    row: Row, patient: Resource, *, name: str, code: Resource, score: int, severity: str | None
) -> Resource:
    found: Resource = {
        "resourceType": "Observation",
        "id": fhir.derived_id(row["id"], name),
        "meta": {"security": SECURITY},
        "status": "final" if row["rev"] == 1 else "amended",
        "category": [{"coding": [fhir.SURVEY]}],
        "code": code,
        "subject": patient,
        "effectiveDateTime": _authored(row),
        "performer": [patient],
        "derivedFrom": [{"reference": f"urn:uuid:{row['id']}"}],
        "valueInteger": score,
    }
    if severity:
        found["interpretation"] = [{"text": severity}]
    return found


def _authored(row: Row) -> Any:
    if row["completed_at"] is None:
        return row["occurred_at"]
    return row["completed_at"].astimezone(zone(row["time_zone"])).isoformat()
