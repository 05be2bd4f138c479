"""One FHIR R4 Bundle: the patient, the questionnaires, and a resource or two for each entry."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from care.exporting import Part, Row
from journaling.exporting import fhir, fhir_measures
from journaling.exporting.writing import About, dumped

Resource = dict[str, Any]


class FhirFile:
    """Write a collection; every resource carries the labels of 42 CFR part 2."""

    def opens(self, about: About, part: Part, *, is_first: bool) -> bytes:
        """Begin the bundle with the notice."""
        if not is_first:
            return b""
        head = {
            "resourceType": "Bundle",
            "meta": {"security": fhir.SECURITY},
            "type": "collection",
            "timestamp": about.requested_at,
        }
        return dumped(head)[:-1] + b',"entry":[\n' + _entry(fhir.notice(about))

    def rows(self, about: About, part: Part, rows: Sequence[Row], *, has_begun: bool) -> bytes:
        """Write the resources of each row on a line of its own, after the notice."""
        return b"".join(
            b",\n" + _entry(resource)
            for row in rows
            for resource in _resources(part.name, row, fhir.subject(about))
        )

    def closes(self, part: Part, *, is_last: bool, counts: Mapping[str, int]) -> bytes:
        """End the bundle."""
        return b"\n]}\n" if is_last else b""


def _resources(part: str, row: Row, subject: Resource) -> Iterable[Resource]:
    if part == "profile":
        return [fhir.patient(row)]
    if part == "questionnaires":
        return [fhir_measures.questionnaire(row["instrument"])]
    if row["kind"] == "measure":
        return fhir_measures.answered(row, subject)
    return [fhir.observation(row, subject)]


def _entry(resource: Resource) -> bytes:
    return dumped({"fullUrl": fhir.url_of(resource), "resource": resource})
