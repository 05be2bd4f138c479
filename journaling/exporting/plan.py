"""In which order the files of an export are written."""

from collections.abc import Sequence
from dataclasses import dataclass

from care.exporting import Part
from journaling.exporting.csv_file import CsvFile
from journaling.exporting.fhir_file import FhirFile
from journaling.exporting.json_file import JsonFile
from journaling.exporting.questionnaires import QUESTIONNAIRES
from journaling.exporting.writing import Writer

#: What other systems read as FHIR; the rest of an export has no resource of its own there.
IN_FHIR = ("profile", QUESTIONNAIRES.name, "entries")


@dataclass(frozen=True, slots=True)
class Step:
    """One part of one file."""

    format: str
    file: str
    part: Part
    writer: Writer
    is_first: bool
    is_last: bool


def steps_of(formats: Sequence[str], parts: Sequence[Part]) -> tuple[Step, ...]:
    """List the steps; the same formats and parts always give the same ones, in the same order."""
    made: list[Step] = []
    for name in formats:
        if name == "csv":
            for part in parts:
                made += _in_one("csv", [part], CsvFile(), file=csv_name(part.name))
        elif name == "fhir":
            made += _in_one("fhir", _for_fhir(parts), FhirFile())
        else:
            made += _in_one("json", parts, JsonFile())
    return tuple(made)


def csv_name(part: str) -> str:
    """Name the table of a part."""
    return f"csv/{part}"


def _for_fhir(parts: Sequence[Part]) -> list[Part]:
    known = {part.name: part for part in (*parts, QUESTIONNAIRES)}
    return [known[name] for name in IN_FHIR]


def _in_one(name: str, parts: Sequence[Part], writer: Writer, *, file: str = "") -> list[Step]:
    last = len(parts) - 1
    return [
        Step(name, file or name, part, writer, is_first=n == 0, is_last=n == last)
        for n, part in enumerate(parts)
    ]
