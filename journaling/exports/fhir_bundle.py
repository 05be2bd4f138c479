"""An export as one FHIR R4 Bundle.

It holds the patient, the questionnaires with their answers, a resource or two for each entry, and
what the programme holds (``fhir_programme.py``).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from backend.kit.timezones import get_zone
from care.access.chart import Chart
from journaling.entries.read import visible_entries
from journaling.exports.fhir import (
    LOINC,
    OWN_CODE_SYSTEM,
    SECURITY_LABELS,
    SURVEY_CATEGORY,
    FhirResource,
    absent_reason_extension,
    codeable_concept,
    derived_id,
    notice_resource,
    observation_resource,
    patient_reference,
    patient_resource,
    provenance_extensions,
    resource_url,
)
from journaling.exports.fhir_programme import PROGRAMME_RESOURCES
from journaling.exports.formats import ExportCursor, ExportPart, ExportRow, ExportSubject, dump_json
from journaling.measures import instruments
from journaling.measures.instruments import Instrument, InstrumentItem

_STRUCTURE_DEFINITIONS = "http://hl7.org/fhir/StructureDefinition"
#: Public codes of the scores that have one.
_SCORE_CODES = {
    "phq-9": ("44261-6", "Patient Health Questionnaire 9 item (PHQ-9) total score"),
    "phq-2": ("55758-7", "Patient Health Questionnaire 2 item (PHQ-2) total score"),
    "gad-7": ("70274-6", "Generalized anxiety disorder 7 item (GAD-7) total score"),
    "gad-2": ("70272-0", "Generalized anxiety disorder 2 item (GAD-2) total score"),
}


class FhirFile:
    """Write a collection; every resource carries the labels of 42 CFR part 2."""

    def opens(self, about: ExportSubject, part: ExportPart, *, is_first: bool) -> bytes:
        """Begin the bundle with the notice."""
        if not is_first:
            return b""
        head = {
            "resourceType": "Bundle",
            "meta": {"security": SECURITY_LABELS},
            "type": "collection",
            "timestamp": about.requested_at,
        }
        return dump_json(head)[:-1] + b',"entry":[\n' + _entry(notice_resource(about))

    def rows(
        self, about: ExportSubject, part: ExportPart, rows: Sequence[ExportRow], *, has_begun: bool
    ) -> bytes:
        """Write the resources of each row on a line of its own, after the notice."""
        return b"".join(
            b",\n" + _entry(resource)
            for row in rows
            for resource in _resources(part.name, row, about)
        )

    def closes(self, part: ExportPart, *, is_last: bool, counts: Mapping[str, int]) -> bytes:
        """End the bundle."""
        return b"\n]}\n" if is_last else b""


def _resources(part: str, row: ExportRow, about: ExportSubject) -> Iterable[FhirResource]:
    subject = patient_reference(about)
    if part in PROGRAMME_RESOURCES:
        return PROGRAMME_RESOURCES[part](row, about)
    if part == "profile":
        return [patient_resource(row)]
    if part == "questionnaires":
        return [questionnaire_resource(row["instrument"])]
    if row["kind"] == "measure":
        return response_resources(row, subject)
    return [observation_resource(row, subject)]


def _entry(resource: FhirResource) -> bytes:
    return dump_json({"fullUrl": resource_url(resource), "resource": resource})


def questionnaire_url(slug: str, version: str) -> str:
    """Return the canonical URL of a questionnaire in its version."""
    return f"urn:between-sessions:questionnaire:{slug}|{version}"


def questionnaire_resource(instrument: Instrument) -> FhirResource:
    """Build the Questionnaire with its published wording and licence, so answers can be read."""
    slug = instrument.slug
    url, _, version = questionnaire_url(slug, instrument.version).partition("|")
    return {
        "resourceType": "Questionnaire",
        "id": derived_id(slug, instrument.version),
        "meta": {"security": SECURITY_LABELS},
        "url": url,
        "version": version,
        "title": instrument.name,
        "status": "active",
        "subjectType": ["Patient"],
        "copyright": f"{instrument.licence} {instrument.attribution}",
        "item": [_question(slug, item) for item in instrument.items],
    }


def _question(slug: str, item: InstrumentItem) -> FhirResource:
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


def _coding(slug: str, item: InstrumentItem | None, value: Any) -> FhirResource:
    """Return the code of one answer; its words too where this version ships the question."""
    options = item.options if item is not None else ()
    words = [option.label for option in options if option.value == value]
    coding = {"system": f"{OWN_CODE_SYSTEM}:{slug}", "code": str(value)}
    return coding | ({"display": words[0]} if words else {})


def _weight(value: Any) -> FhirResource:
    return {"url": f"{_STRUCTURE_DEFINITIONS}/ordinalValue", "valueDecimal": value}


def response_resources(row: ExportRow, patient: FhirResource) -> list[FhirResource]:
    """Return the answers, and an observation for each score that is published and complete."""
    response: FhirResource = {
        "resourceType": "QuestionnaireResponse",
        "id": str(row["id"]),
        "meta": {"security": SECURITY_LABELS},
        "extension": [*provenance_extensions(row), *_note(row)],
        "questionnaire": questionnaire_url(row["instrument"], row["version"]),
        "status": "completed" if row["rev"] == 1 else "amended",
        "subject": patient,
        "author": patient,
        "authored": _authored_at(row),
        "item": _items(row),
    }
    return [response, *score_resources(row, patient)]


def _note(row: ExportRow) -> list[FhirResource]:
    """Return the patient's note: the resource has no element of its own for one."""
    words = (row.get("note") or "").strip()
    return [{"url": f"{OWN_CODE_SYSTEM}:note", "valueString": row["note"]}] if words else []


def _items(row: ExportRow) -> list[FhirResource]:
    """Return every question that was put, in the questionnaire's order, passed over or answered."""
    slug, instrument = (
        row["instrument"],
        instruments.find_instrument(row["instrument"], row["version"]),
    )
    passed = {name.removeprefix("answers."): way for name, way in (row["unanswered"] or {}).items()}
    put = {**row["answers"], **passed}
    items = []
    for name in put if instrument is None else instrument.in_order(put):
        item = instrument.item(name) if instrument is not None else None
        answer_item: FhirResource = {"linkId": name} | (
            {"text": item.text} if item is not None else {}
        )
        if name in passed:
            answer_item["extension"] = [absent_reason_extension(passed[name])]
        else:
            value = row["answers"][name]
            coding = _coding(slug, item, value) | {"extension": [_weight(value)]}
            answer_item["answer"] = [{"valueCoding": coding}]
        items.append(answer_item)
    return items


def score_resources(row: ExportRow, patient: FhirResource) -> list[FhirResource]:
    """Return the total and the sums of the scales, each where it is published and complete."""
    slug = row["instrument"]
    known = _SCORE_CODES.get(slug)
    total_code = (
        codeable_concept(LOINC, *known)
        if known
        else codeable_concept(OWN_CODE_SYSTEM, f"score-{slug}")
    )
    sums = [("score", total_code, row.get("score"), row.get("severity"))]
    sums += [
        (
            f"score-{key}",
            codeable_concept(OWN_CODE_SYSTEM, f"score-{slug}-{key}"),
            part["score"],
            part["severity"],
        )
        for key, part in (row.get("subscales") or {}).items()
    ]
    return [
        _score(row, patient, name=name, code=code, score=score, severity=severity)
        for name, code, score, severity in sums
        if score is not None
    ]


def _score(
    row: ExportRow,
    patient: FhirResource,
    *,
    name: str,
    code: FhirResource,
    score: int,
    severity: str | None,
) -> FhirResource:
    resource: FhirResource = {
        "resourceType": "Observation",
        "id": derived_id(row["id"], name),
        "meta": {"security": SECURITY_LABELS},
        "status": "final" if row["rev"] == 1 else "amended",
        "category": [{"coding": [SURVEY_CATEGORY]}],
        "code": code,
        "subject": patient,
        "effectiveDateTime": _authored_at(row),
        "performer": [patient],
        "derivedFrom": [{"reference": f"urn:uuid:{row['id']}"}],
        "valueInteger": score,
    }
    if severity:
        resource["interpretation"] = [{"text": severity}]
    return resource


def _authored_at(row: ExportRow) -> Any:
    if row["completed_at"] is None:
        return row["occurred_at"]
    return row["completed_at"].astimezone(get_zone(row["time_zone"])).isoformat()


def _questionnaire_rows(
    chart: Chart, after: ExportCursor, limit: int
) -> Sequence[tuple[ExportCursor, ExportRow]]:
    rows = (
        visible_entries(chart)
        .filter(kind="measure")
        .values_list("instrument", "version")
        .distinct()
    )
    page = []
    for slug, version in sorted((str(slug), str(version)) for slug, version in rows):
        instrument = instruments.find_instrument(slug, version)
        place = f"{slug}|{version}"
        if instrument is not None and (after is None or place > after):
            page.append((place, {"instrument": instrument}))
    return page[:limit]


QUESTIONNAIRES = ExportPart("questionnaires", ("instrument",), _questionnaire_rows)
