"""A handover as one FHIR R4 Bundle, the file of a SMART Health Link.

A link takes FHIR and no PDF of its own, so the sheet stands in a DocumentReference.
"""

import base64
from collections.abc import Iterable, Iterator

from journaling.entries.entry import EntryValue
from journaling.entries.kinds.measure import Measure
from journaling.exports.fhir import (
    HL7,
    SECURITY_LABELS,
    FhirResource,
    codeable_concept,
    derived_id,
    notice_resource,
    patient_reference,
    patient_resource,
    resource_url,
)
from journaling.exports.fhir_bundle import score_resources
from journaling.exports.formats import ExportSubject, dump_json
from journaling.exports.parts import entry_row
from journaling.handovers.summary import HandoverSummary, SummaryPart


def write_bundle(summary: HandoverSummary, *, sheet: bytes) -> bytes:
    """Return the bundle: the notice of 42 CFR 2.32, the consent, the sheet, and what it tells of.

    Scores stand without the answers that they were made of, and without any note.
    """
    about = ExportSubject(summary.patient_id, summary.made_at)
    resources = [
        notice_resource(about),
        patient_resource({"id": summary.patient_id, "display_name": summary.patient_name}),
        _consent(summary, about),
        _document(summary, about, sheet),
        *_observations(summary.measures, about),
        *_goals(summary, about),
        *_medications(summary, about),
    ]
    return dump_json(
        {
            "resourceType": "Bundle",
            "meta": {"security": SECURITY_LABELS},
            "type": "collection",
            "timestamp": summary.made_at,
            "entry": [{"fullUrl": resource_url(one), "resource": one} for one in resources],
        }
    )


def _resource(kind: str, about: ExportSubject, what: str) -> FhirResource:
    return {
        "resourceType": kind,
        "id": derived_id(about.patient_id, what),
        "meta": {"security": SECURITY_LABELS},
    }


def _consent(summary: HandoverSummary, about: ExportSubject) -> FhirResource:
    """Return what the patient agreed to, word for word, which goes along (42 CFR 2.32(b))."""
    consent = summary.consent
    return _resource("Consent", about, f"consent|{consent.id}") | {
        "status": "active",
        "scope": codeable_concept(f"{HL7}/consentscope", "patient-privacy"),
        "category": [codeable_concept(f"{HL7}/consentcategorycodes", "42-CFR-2")],
        "patient": patient_reference(about),
        "dateTime": consent.agreed_at,
        "organization": [{"display": consent.discloser}],
        "policyRule": codeable_concept(f"{HL7}/v3-ActCode", "42CFRPart2"),
        "sourceAttachment": {
            "contentType": "text/plain; charset=utf-8",
            "data": _base64(consent.text.encode()),
            "title": f"Signed {consent.signed_name}",
        },
        "provision": {
            "period": {"start": consent.agreed_at, "end": consent.expires_at},
            "actor": [
                {
                    "role": codeable_concept(f"{HL7}/v3-ParticipationType", "IRCP"),
                    "reference": {"display": consent.recipient},
                }
            ],
            "code": [{"text": part.replace("_", " ")} for part in consent.parts],
        },
    }


def _document(summary: HandoverSummary, about: ExportSubject, sheet: bytes) -> FhirResource:
    text = "\n".join(_lines(summary.parts, summary.unknown))
    return _resource("DocumentReference", about, "handover") | {
        "status": "current",
        "subject": patient_reference(about),
        "date": summary.made_at,
        "author": [{"display": summary.made_by}],
        "custodian": {"display": summary.clinic.name},
        "description": "Summary for the next care team",
        "content": [
            {"attachment": {"contentType": "application/pdf", "data": _base64(sheet)}},
            {
                "attachment": {
                    "contentType": "text/plain; charset=utf-8",
                    "data": _base64(text.encode()),
                }
            },
        ],
    }


def _lines(parts: Iterable[SummaryPart], unknown: Iterable[str]) -> Iterator[str]:
    for part in parts:
        yield part.title
        yield from part.lines
    yield "Not known"
    yield from unknown


def _observations(
    measures: Iterable[EntryValue[Measure]], about: ExportSubject
) -> Iterator[FhirResource]:
    for entry in measures:
        for resource in score_resources(entry_row(entry), patient_reference(about)):
            # The answers themselves do not go along.
            yield {name: part for name, part in resource.items() if name != "derivedFrom"}


def _goals(summary: HandoverSummary, about: ExportSubject) -> Iterator[FhirResource]:
    for place, goal in enumerate(summary.goals):
        yield _resource("Goal", about, f"goal|{place}") | {
            "lifecycleStatus": "active",
            "description": {"text": goal},
            "subject": patient_reference(about),
        }


def _medications(summary: HandoverSummary, about: ExportSubject) -> Iterator[FhirResource]:
    for place, regimen in enumerate(summary.medicines):
        until = {} if regimen.ends_on is None else {"end": regimen.ends_on}
        yield _resource("MedicationStatement", about, f"medication|{place}") | {
            "status": "active",
            "medicationCodeableConcept": {"text": regimen.name},
            "subject": patient_reference(about),
            "effectivePeriod": {"start": regimen.starts_on} | until,
            "dateAsserted": summary.made_at,
            "dosage": [{"text": regimen.dose}],
        }


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
