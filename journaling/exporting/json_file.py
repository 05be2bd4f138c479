"""One JSON object: the notice, each part as a list, and how many rows each has."""

from collections.abc import Mapping, Sequence

from care.exporting import NOT_INCLUDED, Part, Row
from journaling.exporting.writing import NOTICE, About, dumped

#: Goes up when a reader of older files could misread newer ones.
VERSION = 1


class JsonFile:
    """Write every part into one object."""

    def opens(self, about: About, part: Part, *, is_first: bool) -> bytes:
        """Begin the object with the notice, and each part with its name."""
        name = dumped(part.name) + b":["
        if not is_first:
            return name
        head = {
            "notice": NOTICE,
            "version": VERSION,
            "patient": about.patient_id,
            "requested_at": about.requested_at,
            "not_included": NOT_INCLUDED,
        }
        return dumped(head)[:-1] + b",\n" + name

    def rows(self, about: About, part: Part, rows: Sequence[Row], *, has_begun: bool) -> bytes:
        """Write each row on a line of its own."""
        lead = b",\n" if has_begun and rows else b"\n" if rows else b""
        return lead + b",\n".join(map(dumped, rows))

    def closes(self, part: Part, *, is_last: bool, counts: Mapping[str, int]) -> bytes:
        """End the list; the counts end the object."""
        return b'],\n"counts":' + dumped(counts) + b"}\n" if is_last else b"],\n"
