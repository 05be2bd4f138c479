"""One table a part: every column always, in UTF-8, safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from care.exporting import Part, Row
from journaling.exporting.writing import SHORT_NOTICE, About, dumped

#: The last column; a line before the header would break every reader of tables.
NOTICE_COLUMN = "notice"
#: A spreadsheet takes text that begins so for a formula, and runs it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class CsvFile:
    """Write one part as a table."""

    def opens(self, about: About, part: Part, *, is_first: bool) -> bytes:
        """Name the columns."""
        return _lines([(*part.columns, NOTICE_COLUMN)])

    def rows(self, about: About, part: Part, rows: Sequence[Row], *, has_begun: bool) -> bytes:
        """Write a line a row; what is missing is empty, never 0."""
        return _lines(
            (*(cell(row.get(name)) for name in part.columns), SHORT_NOTICE) for row in rows
        )

    def closes(self, part: Part, *, is_last: bool, counts: Mapping[str, int]) -> bytes:
        """Add nothing: a table simply ends."""
        return b""


def cell(value: Any) -> str:
    """Write one value: yes and no as JSON does, lists and objects as JSON, text guarded."""
    if value is None:
        return ""
    if isinstance(value, str):
        return guarded(value)
    if isinstance(value, bool | int | float):
        return dumped(value).decode()
    written = dumped(value).decode()
    return guarded(written.strip('"')) if written.startswith('"') else written


def guarded(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would run as a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _lines(rows: Any) -> bytes:
    table = io.StringIO()
    csv.writer(table, lineterminator="\r\n").writerows(rows)
    return table.getvalue().encode()
