"""Entries as FHIR R4 resources.

Mood has the shape of the Personal Health Records guide (``pghd-observation-state-of-mind``), which
is HealthKit's State of Mind. Craving is a screening assessment with a code of ours, home readings
have LOINC codes, and everything else is an Observation with a code of ours and one component per
answer, so that nothing is left out. Numbers stay on their own scales.
"""

import base64
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID, uuid5

from journaling.entries.kinds.registry import KINDS
from journaling.exports.formats import FULL_NOTICE, ExportRow, ExportSubject

FhirResource = dict[str, Any]

HL7 = "http://terminology.hl7.org/CodeSystem"
_PHR = "http://hl7.org/fhir/uv/phr"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
#: Codes of ours, for what no public code system names.
OWN_CODE_SYSTEM = "urn:between-sessions:entry"
SECURITY_LABELS = [
    {"system": f"{HL7}/v3-Confidentiality", "code": "R", "display": "restricted"},
    {"system": f"{HL7}/v3-ActCode", "code": "42CFRPart2", "display": "42 CFR Part2"},
]
SURVEY_CATEGORY = {"system": f"{HL7}/observation-category", "code": "survey", "display": "Survey"}
_VITALS = {"system": f"{HL7}/observation-category", "code": "vital-signs"}
_SCREENING = (
    "http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-screening-assessment"
)
_UUID_NAMESPACE = UUID("6a0f1f7e-3c1b-5a3e-9d5e-1f0a7c2b9d44")

_VALENCE_CODES = {
    -3: "veryUnpleasant", -2: "unpleasant", -1: "slightlyUnpleasant", 0: "neutral",
    1: "slightlyPleasant", 2: "pleasant", 3: "veryPleasant",
}  # fmt: skip
_VITAL_SIGN_CODES = {
    "weight": ("29463-7", "Body weight"),
    "blood_pressure": ("85354-9", "Blood pressure panel"),
    "pulse": ("8867-4", "Heart rate"),
    "sleep": ("93832-4", "Sleep duration"),
}
_UNITS = {"kg": "kg", "lb": "[lb_av]", "mmHg": "mm[Hg]", "bpm": "/min", "/min": "/min", "h": "h",
          "hours": "h", "min": "min", "minutes": "min", "km": "km", "mi": "[mi_i]"}  # fmt: skip
#: How a question was passed over; one that is not there was not asked.
_UNANSWERED_CODES = {"skipped": "asked-unknown", "prefer_not_to_say": "asked-declined"}
#: Mapped elsewhere in the resource, or not an answer.
_MAPPED_ELSEWHERE = {"note", "valence", "labels", "associations", "intensity"}


def patient_reference(about: ExportSubject) -> FhirResource:
    """Refer to the patient."""
    return {"reference": f"urn:uuid:{about.patient_id}"}


def resource_url(resource: FhirResource) -> str:
    """Return the URL of a resource within the bundle."""
    return f"urn:uuid:{resource['id']}"


def derived_id(entry_id: object, what: str) -> str:
    """Return a stable id for a resource derived from an entry."""
    return str(uuid5(_UUID_NAMESPACE, f"{entry_id}|{what}"))


def notice_resource(about: ExportSubject) -> FhirResource:
    """Carry the notice of 42 CFR 2.32 as a document of its own."""
    return {
        "resourceType": "DocumentReference",
        "id": derived_id(about.patient_id, "notice"),
        "meta": {"security": SECURITY_LABELS},
        "status": "current",
        "subject": patient_reference(about),
        "description": "Notice to accompany disclosure (42 CFR 2.32)",
        "content": [
            {
                "attachment": {
                    "contentType": "text/plain; charset=utf-8",
                    "data": base64.b64encode(FULL_NOTICE.encode()).decode(),
                }
            }
        ],
    }


def patient_resource(row: ExportRow) -> FhirResource:
    """Build the Patient resource."""
    return {
        "resourceType": "Patient",
        "id": str(row["id"]),
        "meta": {"security": SECURITY_LABELS},
        "name": [{"use": "usual", "text": row["display_name"]}],
    }


def observation_resource(row: ExportRow, patient: FhirResource) -> FhirResource:
    """Build the Observation of one entry."""
    build = {"mood": _mood, "craving": _craving, "reading": _vital_sign}.get(
        row["kind"], _own_coded
    )
    resource: FhirResource = {
        "resourceType": "Observation",
        "id": str(row["id"]),
        "meta": {"security": SECURITY_LABELS},
        "status": "final" if row["rev"] == 1 else "amended",
        "category": [{"coding": [SURVEY_CATEGORY]}],
        "code": {},
        "subject": patient,
        "effectiveDateTime": row["occurred_at"],
        "issued": row["received_at"],
        "performer": [patient],
    }
    resource |= build(row)
    components = [
        *resource.get("component", []),
        *_answer_components(row),
        *_unanswered_components(row),
    ]
    resource |= {"component": components} if components else {}
    if row.get("note") and row["note"].strip():
        resource["note"] = [{"text": row["note"]}]
    resource["extension"] = provenance_extensions(row)
    return resource


def provenance_extensions(row: ExportRow) -> list[FhirResource]:
    """Return what standard elements have no place for: where an entry came from, who sees it."""
    extensions: list[FhirResource] = [
        {"url": f"{OWN_CODE_SYSTEM}:{name}", "valueCode": row[name]} for name in ("recall", "share")
    ]
    extensions += [
        {"url": f"{OWN_CODE_SYSTEM}:{name}", "valueBoolean": row[name]}
        for name in ("discuss", "clock_suspect", "counts")
    ]
    extensions += [
        {"url": f"{OWN_CODE_SYSTEM}:{name}", "valueString": row[name]}
        for name in ("origin", "time_zone")
    ]
    extensions.append({"url": f"{OWN_CODE_SYSTEM}:recorded_at", "valueInstant": row["recorded_at"]})
    return extensions


def absent_reason_extension(way: str) -> FhirResource:
    """Return the standard extension that says why a question has no answer."""
    url = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
    return {"url": url, "valueCode": _UNANSWERED_CODES[way]}


def codeable_concept(system: str, code: str, display: str = "") -> FhirResource:
    """Write one code."""
    coding = {"system": system, "code": code} | ({"display": display} if display else {})
    return {"coding": [coding]}


def _own_coded(row: ExportRow) -> FhirResource:
    return {"code": codeable_concept(OWN_CODE_SYSTEM, row["kind"], KINDS[row["kind"]].title)}


def _craving(row: ExportRow) -> FhirResource:
    return {
        "meta": {"profile": [_SCREENING], "security": SECURITY_LABELS},
        "code": codeable_concept(OWN_CODE_SYSTEM, "craving", "Craving, 0 to 10"),
        "valueQuantity": _score(row["intensity"]),
    }


def _score(value: int) -> FhirResource:
    return {"value": value, "unit": "of 0 to 10", "system": UCUM, "code": "{score}"}


def _mood(row: ExportRow) -> FhirResource:
    kind = codeable_concept(f"{_PHR}/CodeSystem/state-of-mind-kind-codes", "momentaryEmotion")
    valence = codeable_concept(
        f"{_PHR}/CodeSystem/state-of-mind-valence-codes", _VALENCE_CODES[row["valence"]]
    )
    return {
        "meta": {
            "profile": [f"{_PHR}/StructureDefinition/pghd-observation-state-of-mind"],
            "security": SECURITY_LABELS,
        },
        "code": codeable_concept(
            f"{_PHR}/CodeSystem/observation-pghd-codes", "stateOfMind", "State of Mind"
        ),
        "component": [
            _state_of_mind_component("kind", {"valueCodeableConcept": kind}),
            _state_of_mind_component(
                "valence", {"valueQuantity": {"value": row["valence"], "unit": "of −3 to +3"}}
            ),
            _state_of_mind_component("valenceClassification", {"valueCodeableConcept": valence}),
            _state_of_mind_component("labels", _mood_concepts(row["labels"], "label")),
            _state_of_mind_component(
                "associations", _mood_concepts(row["associations"], "association")
            ),
        ],
    }


def _state_of_mind_component(code: str, value: FhirResource) -> FhirResource:
    return {"code": codeable_concept(f"{_PHR}/CodeSystem/state-of-mind-codes", code)} | value


def _mood_concepts(names: list[str] | None, what: str) -> FhirResource:
    if not names:
        return _absent("unknown" if names is None else "not-applicable")
    system = f"{_PHR}/CodeSystem/state-of-mind-{what}-codes"
    return {"valueCodeableConcept": {"coding": [
        {"system": system, "code": _camel(name)} for name in names
    ]}}  # fmt: skip


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.title() for part in tail)


def _vital_sign(row: ExportRow) -> FhirResource:
    loinc = _VITAL_SIGN_CODES.get(row["type"])
    code = (
        codeable_concept(LOINC, *loinc) if loinc else codeable_concept(OWN_CODE_SYSTEM, row["type"])
    )
    element: FhirResource = {"category": [{"coding": [_VITALS]}], "code": code}
    if row["type"] != "blood_pressure":
        return element | {"valueQuantity": _quantity(row["value"], row["unit"])}
    parts = [("8480-6", "Systolic blood pressure", row["value"])]
    if row["diastolic"] is not None:
        parts.append(("8462-4", "Diastolic blood pressure", row["diastolic"]))
    return element | {
        "component": [
            {
                "code": codeable_concept(LOINC, number, name),
                "valueQuantity": _quantity(value, "mmHg"),
            }
            for number, name, value in parts
        ]
    }


def _quantity(value: float, unit: str) -> FhirResource:
    ucum = {"system": UCUM, "code": _UNITS[unit]} if unit in _UNITS else {}
    return {"value": value, "unit": unit} | ucum


def _answer_components(row: ExportRow) -> Iterator[FhirResource]:
    if row["kind"] == "reading":
        return
    kind = KINDS[row["kind"]]
    for name in (*kind.names, *kind.derived_type.schema()):
        if name not in _MAPPED_ELSEWHERE:
            yield from _components(name, row[name])


def _components(name: str, value: Any) -> Iterator[FhirResource]:
    if isinstance(value, Mapping):
        for inner, part in value.items():
            yield from _components(f"{name}.{inner}", part)
    elif isinstance(value, list):
        concept = {
            "coding": [{"system": f"{OWN_CODE_SYSTEM}:{name}", "code": str(item)} for item in value]
        }
        if value:
            yield {"code": codeable_concept(OWN_CODE_SYSTEM, name), "valueCodeableConcept": concept}
    elif value is not None and str(value).strip():
        yield {"code": codeable_concept(OWN_CODE_SYSTEM, name)} | _value_element(value)


def _value_element(value: Any) -> FhirResource:
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if isinstance(value, int):
        return {"valueInteger": value}
    if isinstance(value, float):
        return {"valueQuantity": {"value": value}}
    return {"valueString": str(value)}


def _unanswered_components(row: ExportRow) -> Iterator[FhirResource]:
    for name, way in (row["unanswered"] or {}).items():
        yield {"code": codeable_concept(OWN_CODE_SYSTEM, name)} | _absent(_UNANSWERED_CODES[way])


def _absent(reason: str) -> FhirResource:
    return {"dataAbsentReason": codeable_concept(f"{HL7}/data-absent-reason", reason)}
