"""Write rows as a CSV table or a JSON object, a page at a time, with the notice that goes along.

An export is made in pieces, so that a worker that dies costs one piece: a part is read page by
page, each row with the cursor after which reading goes on.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import orjson

from care.access.chart import Chart
from care.consents.consents import REDISCLOSURE_NOTICE

#: 42 CFR 2.32(a)(1), as of 2024; it goes with every file.
FULL_NOTICE = (
    "This record which has been disclosed to you is protected by Federal confidentiality rules "
    "(42 CFR part 2). These rules prohibit you from using or disclosing this record, or testimony "
    "that describes the information contained in this record, in any civil, criminal, "
    "administrative, or legislative proceedings by any Federal, State, or local authority, against "
    "the patient, unless authorized by the consent of the patient, except as provided at 42 CFR "
    "2.12(c)(5) or as authorized by a court in accordance with 42 CFR 2.64 or 2.65. In addition, "
    "the Federal rules prohibit you from making any other use or disclosure of this record unless "
    "at least one of the following applies: (i) further use or disclosure is expressly permitted "
    "by the written consent of the individual whose information is being disclosed in this record "
    "or is otherwise permitted by 42 CFR part 2; (ii) you are a covered entity or business "
    "associate and have received the record pursuant to a consent for treatment, payment, or "
    "health care operations; or (iii) you have received the record from a covered entity or "
    "business associate as permitted by 45 CFR part 164, subparts A and E. A general authorization "
    "for the release of medical or other information is NOT sufficient to meet the required "
    "elements of written consent to further use or redisclose the record (see 42 CFR 2.31)."
)
#: The short form of 42 CFR 2.32(a)(2), for each row of a table.
SHORT_NOTICE = REDISCLOSURE_NOTICE
#: The last column; a line before the header would break every reader of tables.
NOTICE_COLUMN = "notice"
#: A spreadsheet takes text that begins so for a formula, and runs it.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: Goes up when a reader of older files could misread newer ones.
JSON_VERSION = 1
#: What is kept about patients and stands in no export, whoever asks: 42 CFR 2.31(b) and 45 CFR
#: 164.524(a)(1)(i). It says nothing about whether there is any.
NOT_EXPORTED = (
    "SUD counselling notes that a clinician keeps for themselves, apart from the record",
)
ExportRow = Mapping[str, Any]
#: Where reading goes on: a plain JSON value that the next page begins after; None is the beginning.
ExportCursor = Any
ReadPage = Callable[[Chart, ExportCursor, int], Sequence[tuple[ExportCursor, ExportRow]]]


@dataclass(frozen=True, slots=True)
class ExportPart:
    """One kind of thing in an export; a table has exactly these columns, always.

    ``page`` reads up to so many rows after a cursor, oldest or first ones first.
    """

    name: str
    columns: tuple[str, ...]
    page: ReadPage


@dataclass(frozen=True, slots=True)
class ExportSubject:
    """Whose data it is, and as of when it was asked for."""

    patient_id: UUID
    requested_at: datetime


class FormatWriter(Protocol):
    """Write one part of a file: what comes before its rows, the rows, and what comes after.

    ``is_first`` and ``is_last`` say whether the part is the file's first or last one.
    """

    def opens(self, about: ExportSubject, part: ExportPart, *, is_first: bool) -> bytes:
        """Begin the part."""

    def rows(
        self, about: ExportSubject, part: ExportPart, rows: Sequence[ExportRow], *, has_begun: bool
    ) -> bytes:
        """Write rows; ``has_begun`` says that rows of this part were written before."""

    def closes(self, part: ExportPart, *, is_last: bool, counts: Mapping[str, int]) -> bytes:
        """End the part; ``counts`` are the rows of each part so far."""


def dump_json(value: object) -> bytes:
    """Write plain values as JSON: instants in UTC with Z."""
    return orjson.dumps(value, default=str, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)


class CsvFile:
    """Write one part as a table."""

    def opens(self, about: ExportSubject, part: ExportPart, *, is_first: bool) -> bytes:
        """Write the names of the columns."""
        return csv_lines([(*part.columns, NOTICE_COLUMN)])

    def rows(
        self, about: ExportSubject, part: ExportPart, rows: Sequence[ExportRow], *, has_begun: bool
    ) -> bytes:
        """Write a line a row; what is missing is empty, never 0."""
        return csv_lines(
            (*(format_cell(row.get(name)) for name in part.columns), SHORT_NOTICE) for row in rows
        )

    def closes(self, part: ExportPart, *, is_last: bool, counts: Mapping[str, int]) -> bytes:
        """Add nothing: a table simply ends."""
        return b""


def format_cell(value: Any) -> str:
    """Write one value: yes and no as JSON does, lists and objects as JSON, text guarded."""
    if value is None:
        return ""
    if isinstance(value, str):
        return guard_formula(value)
    if isinstance(value, bool | int | float):
        return dump_json(value).decode()
    written = dump_json(value).decode()
    return guard_formula(written.strip('"')) if written.startswith('"') else written


def guard_formula(text: str) -> str:
    """Prefix text that a spreadsheet would run as a formula with an apostrophe."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_STARTS) else text


def csv_lines(rows: Iterable[Iterable[str]]) -> bytes:
    """Write rows of cells as a table's lines (RFC 4180)."""
    table = io.StringIO()
    csv.writer(table, lineterminator="\r\n").writerows(rows)
    return table.getvalue().encode()


class JsonFile:
    """Write every part into one object."""

    def opens(self, about: ExportSubject, part: ExportPart, *, is_first: bool) -> bytes:
        """Begin the object with the notice, and each part with its name."""
        name = dump_json(part.name) + b":["
        if not is_first:
            return name
        head = {
            "notice": FULL_NOTICE,
            "version": JSON_VERSION,
            "patient": about.patient_id,
            "requested_at": about.requested_at,
            "not_included": NOT_EXPORTED,
        }
        return dump_json(head)[:-1] + b",\n" + name

    def rows(
        self, about: ExportSubject, part: ExportPart, rows: Sequence[ExportRow], *, has_begun: bool
    ) -> bytes:
        """Write each row on a line of its own."""
        lead = b",\n" if has_begun and rows else b"\n" if rows else b""
        return lead + b",\n".join(map(dump_json, rows))

    def closes(self, part: ExportPart, *, is_last: bool, counts: Mapping[str, int]) -> bytes:
        """End the list; the counts end the object."""
        return b'],\n"counts":' + dump_json(counts) + b"}\n" if is_last else b"],\n"
