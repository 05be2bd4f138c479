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

from care.exporting import Row
from journaling.exporting.writing import NOTICE, About
from journaling.kinds import KINDS

Resource = dict[str, Any]

_HL7 = "http://terminology.hl7.org/CodeSystem"
_PHR = "http://hl7.org/fhir/uv/phr"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
#: Codes of ours, for what no public code system names.
OURS = "urn:between-sessions:entry"
SECURITY = [
    {"system": f"{_HL7}/v3-Confidentiality", "code": "R", "display": "restricted"},
    {"system": f"{_HL7}/v3-ActCode", "code": "42CFRPart2", "display": "42 CFR Part2"},
]
SURVEY = {"system": f"{_HL7}/observation-category", "code": "survey", "display": "Survey"}
_VITALS = {"system": f"{_HL7}/observation-category", "code": "vital-signs"}
_SCREENING = (
    "http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-screening-assessment"
)
_SPACE = UUID("6a0f1f7e-3c1b-5a3e-9d5e-1f0a7c2b9d44")

_VALENCE = {
    -3: "veryUnpleasant", -2: "unpleasant", -1: "slightlyUnpleasant", 0: "neutral",
    1: "slightlyPleasant", 2: "pleasant", 3: "veryPleasant",
}  # fmt: skip
_READINGS = {
    "weight": ("29463-7", "Body weight"),
    "blood_pressure": ("85354-9", "Blood pressure panel"),
    "pulse": ("8867-4", "Heart rate"),
    "sleep": ("93832-4", "Sleep duration"),
}
_UNITS = {"kg": "kg", "lb": "[lb_av]", "mmHg": "mm[Hg]", "bpm": "/min", "/min": "/min", "h": "h",
          "hours": "h", "min": "min", "minutes": "min", "km": "km", "mi": "[mi_i]"}  # fmt: skip
#: How a question was passed over; one that is not there was not asked.
_PASSED = {"skipped": "asked-unknown", "prefer_not_to_say": "asked-declined"}
#: Told elsewhere in the resource, or not an answer.
_ELSEWHERE = {"note", "valence", "labels", "associations", "intensity"}


def subject(about: About) -> Resource:
    """Refer to the patient."""
    return {"reference": f"urn:uuid:{about.patient_id}"}


def url_of(resource: Resource) -> str:
    """Name a resource within the bundle."""
    return f"urn:uuid:{resource['id']}"


def derived_id(entry_id: object, what: str) -> str:
    """Name something that is made beside an entry; the same entry always gives the same name."""
    return str(uuid5(_SPACE, f"{entry_id}|{what}"))


def notice(about: About) -> Resource:
    """Carry the notice of 42 CFR 2.32 as a document of its own."""
    return {
        "resourceType": "DocumentReference",
        "id": derived_id(about.patient_id, "notice"),
        "meta": {"security": SECURITY},
        "status": "current",
        "subject": subject(about),
        "description": "Notice to accompany disclosure (42 CFR 2.32)",
        "content": [
            {
                "attachment": {
                    "contentType": "text/plain; charset=utf-8",
                    "data": base64.b64encode(NOTICE.encode()).decode(),
                }
            }
        ],
    }


def patient(row: Row) -> Resource:
    """Tell who it is about."""
    return {
        "resourceType": "Patient",
        "id": str(row["id"]),
        "meta": {"security": SECURITY},
        "name": [{"use": "usual", "text": row["display_name"]}],
    }


def observation(row: Row, patient: Resource) -> Resource:
    """Tell one entry."""
    shape = {"mood": _mood, "craving": _craving, "reading": _reading}.get(row["kind"], _of_ours)
    found: Resource = {
        "resourceType": "Observation",
        "id": str(row["id"]),
        "meta": {"security": SECURITY},
        "status": "final" if row["rev"] == 1 else "amended",
        "category": [{"coding": [SURVEY]}],
        "code": {},
        "subject": patient,
        "effectiveDateTime": row["occurred_at"],
        "issued": row["received_at"],
        "performer": [patient],
    }
    found |= shape(row)
    components = [*found.get("component", []), *_answers(row), *_passed_over(row)]
    found |= {"component": components} if components else {}
    if row.get("note") and row["note"].strip():
        found["note"] = [{"text": row["note"]}]
    found["extension"] = provenance(row)
    return found


def provenance(row: Row) -> list[Resource]:
    """Return what standard elements have no place for: where an entry came from, who sees it."""
    found: list[Resource] = [
        {"url": f"{OURS}:{name}", "valueCode": row[name]} for name in ("recall", "share")
    ]
    found += [
        {"url": f"{OURS}:{name}", "valueBoolean": row[name]}
        for name in ("discuss", "clock_suspect", "counts")
    ]
    found += [
        {"url": f"{OURS}:{name}", "valueString": row[name]} for name in ("origin", "time_zone")
    ]
    found.append({"url": f"{OURS}:recorded_at", "valueInstant": row["recorded_at"]})
    return found


def absent_reason(way: str) -> Resource:
    """Return the standard extension that says why a question has no answer."""
    url = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
    return {"url": url, "valueCode": _PASSED[way]}


def coded(system: str, code: str, display: str = "") -> Resource:
    """Write one code."""
    coding = {"system": system, "code": code} | ({"display": display} if display else {})
    return {"coding": [coding]}


def _of_ours(row: Row) -> Resource:
    return {"code": coded(OURS, row["kind"], KINDS[row["kind"]].title)}


def _craving(row: Row) -> Resource:
    return {
        "meta": {"profile": [_SCREENING], "security": SECURITY},
        "code": coded(OURS, "craving", "Craving, 0 to 10"),
        "valueQuantity": _score(row["intensity"]),
    }


def _score(value: int) -> Resource:
    return {"value": value, "unit": "of 0 to 10", "system": UCUM, "code": "{score}"}


def _mood(row: Row) -> Resource:
    kind = coded(f"{_PHR}/CodeSystem/state-of-mind-kind-codes", "momentaryEmotion")
    valence = coded(f"{_PHR}/CodeSystem/state-of-mind-valence-codes", _VALENCE[row["valence"]])
    return {
        "meta": {
            "profile": [f"{_PHR}/StructureDefinition/pghd-observation-state-of-mind"],
            "security": SECURITY,
        },
        "code": coded(f"{_PHR}/CodeSystem/observation-pghd-codes", "stateOfMind", "State of Mind"),
        "component": [
            _of_mind("kind", {"valueCodeableConcept": kind}),
            _of_mind(
                "valence", {"valueQuantity": {"value": row["valence"], "unit": "of −3 to +3"}}
            ),
            _of_mind("valenceClassification", {"valueCodeableConcept": valence}),
            _of_mind("labels", _named(row["labels"], "label")),
            _of_mind("associations", _named(row["associations"], "association")),
        ],
    }


def _of_mind(code: str, value: Resource) -> Resource:
    return {"code": coded(f"{_PHR}/CodeSystem/state-of-mind-codes", code)} | value


def _named(names: list[str] | None, what: str) -> Resource:
    if not names:
        return _absent("unknown" if names is None else "not-applicable")
    system = f"{_PHR}/CodeSystem/state-of-mind-{what}-codes"
    return {"valueCodeableConcept": {"coding": [
        {"system": system, "code": _camel(name)} for name in names
    ]}}  # fmt: skip


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


def _reading(row: Row) -> Resource:
    loinc = _READINGS.get(row["type"])
    code = coded(LOINC, *loinc) if loinc else coded(OURS, row["type"])
    found: Resource = {"category": [{"coding": [_VITALS]}], "code": code}
    if row["type"] != "blood_pressure":
        return found | {"valueQuantity": _quantity(row["value"], row["unit"])}
    parts = [("8480-6", "Systolic blood pressure", row["value"])]
    if row["diastolic"] is not None:
        parts.append(("8462-4", "Diastolic blood pressure", row["diastolic"]))
    return found | {
        "component": [
            {"code": coded(LOINC, number, name), "valueQuantity": _quantity(value, "mmHg")}
            for number, name, value in parts
        ]
    }


def _quantity(value: float, unit: str) -> Resource:
    ucum = {"system": UCUM, "code": _UNITS[unit]} if unit in _UNITS else {}
    return {"value": value, "unit": unit} | ucum


def _answers(row: Row) -> Iterator[Resource]:
    if row["kind"] == "reading":
        return
    for field in KINDS[row["kind"]].own_fields:
        if field.name not in _ELSEWHERE:
            yield from _components(field.name, row[field.name])
    for name in KINDS[row["kind"]].derived.schema:
        yield from _components(name, row[name])


def _components(name: str, value: Any) -> Iterator[Resource]:
    if isinstance(value, Mapping):
        for inner, part in value.items():
            yield from _components(f"{name}.{inner}", part)
    elif isinstance(value, list):
        concept = {"coding": [{"system": f"{OURS}:{name}", "code": str(item)} for item in value]}
        if value:
            yield {"code": coded(OURS, name), "valueCodeableConcept": concept}
    elif value is not None and str(value).strip():
        yield {"code": coded(OURS, name)} | _valued(value)


def _valued(value: Any) -> Resource:
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if isinstance(value, int):
        return {"valueInteger": value}
    if isinstance(value, float):
        return {"valueQuantity": {"value": value}}
    return {"valueString": str(value)}


def _passed_over(row: Row) -> Iterator[Resource]:
    for name, way in (row["unanswered"] or {}).items():
        yield {"code": coded(OURS, name)} | _absent(_PASSED[way])


def _absent(reason: str) -> Resource:
    return {"dataAbsentReason": coded(f"{_HL7}/data-absent-reason", reason)}
