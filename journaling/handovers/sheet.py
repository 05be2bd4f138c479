"""A handover as one printed sheet: a PDF that fits A4 and Letter.

The built-in fonts know Western European letters. Others stand as "?", and the sheet says that the
text is whole in the FHIR document beside it.
"""

from collections.abc import Sequence

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from journaling.exports.formats import FULL_NOTICE
from journaling.handovers.summary import HandoverSummary, SummaryPart

#: Millimetres: what both A4 and Letter have.
_WIDTH, _HEIGHT, _MARGIN = 210.0, 279.0, 12.0
#: Points, from the most readable on; then lines are left out, from the longest lists first.
_SIZES = (10.0, 9.5, 9.0, 8.5, 8.0, 7.5, 7.0)
_MOST_LINES = (12, 8, 6, 4, 3, 2, 1)
_LONGEST_LINE = 300
_FONT, _ENCODING = "helvetica", "cp1252"
LETTERS_NOTE = (
    "Some letters can't be printed here and stand as “?”; the text is whole in the document that "
    "this sheet came with."
)
_SHORT_OF_BODY = 0.8


def write_sheet(summary: HandoverSummary) -> bytes:
    """Return the sheet: in the largest letters with which it fits on one page.

    Medicines are never left out: a very long list takes the other side of the sheet. Of other
    lists it says how many lines are missing.
    """
    forms = [(size, _MOST_LINES[0]) for size in _SIZES]
    forms += [(_SIZES[-1], most) for most in _MOST_LINES[1:]]
    for size, most in forms[:-1]:
        page = _write(summary, size, most)
        if page.pages_count == 1:
            return bytes(page.output())
    return bytes(_write(summary, *forms[-1]).output())


def _write(summary: HandoverSummary, size: float, most: int) -> FPDF:
    page = FPDF(unit="mm", format=(_WIDTH, _HEIGHT))
    page.set_margins(_MARGIN, _MARGIN)
    page.set_auto_page_break(True, margin=_MARGIN)
    page.core_fonts_encoding = _ENCODING
    page.set_title("Summary for the next care team")
    page.set_creation_date(summary.made_at)
    page.add_page()
    text = _Text(page, size)
    day = f"{summary.made_on.day} {summary.made_on:%B} {summary.made_on.year}"
    text.write(f"Summary for the next care team: {summary.patient_name}", "B", size + 3)
    phone = f", {summary.clinic.phone}" if summary.clinic.phone else ""
    text.write(f"From {summary.clinic.name}{phone}; made {day} by {summary.made_by}.")
    text.write(f"For {summary.consent.recipient}. {_consent_line(summary)}")
    for part in summary.parts:
        text.write(part.title, "B")
        for line in _shown(part, most):
            text.write(f"– {line}")
    text.write("Not known", "B")
    for line in summary.unknown:
        text.write(f"– {line}")
    if text.has_others:
        text.write(LETTERS_NOTE)
    text.write(FULL_NOTICE, "", max(size * _SHORT_OF_BODY, 5.5))
    return page


def _consent_line(summary: HandoverSummary) -> str:
    """Return the clear scope of the consent that goes along (42 CFR 2.32(b))."""
    consent = summary.consent
    parts = ", ".join(part.replace("_", " ") for part in consent.parts)
    return (
        f"By consent of {consent.agreed_at:%Y-%m-%d}, signed {consent.signed_name}, to "
        f"{consent.expires_at:%Y-%m-%d}, for: {parts}."
    )


def _shown(part: SummaryPart, most: int) -> Sequence[str]:
    lines = [_cut(line) for line in part.lines]
    if part.is_whole or len(lines) <= most:
        return lines
    left = len(lines) - most
    return [*lines[:most], f"… and {left} more, in the document that this sheet came with."]


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…"


class _Text:
    """Writes paragraphs under one another, and knows whether a letter could not be printed."""

    def __init__(self, page: FPDF, size: float) -> None:
        self.page, self.size, self.has_others = page, size, False

    def write(self, words: str, style: str = "", size: float | None = None) -> None:
        """Write one paragraph."""
        size = size or self.size
        printable = words.encode(_ENCODING, "replace").decode(_ENCODING)
        self.has_others = self.has_others or printable != words
        self.page.set_font(_FONT, style, size)
        self.page.multi_cell(
            0, size * 0.45, printable, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L"
        )
