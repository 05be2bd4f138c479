"""Briefs of designed patients, word for word: ``golden/*.txt`` is what a therapist reads.

After a change that is meant, write them anew and read every difference as a therapist would:
``BETWEEN_GOLDEN=write .venv/bin/python -m pytest tests/journaling/briefs/test_golden.py``.
"""

import os
from pathlib import Path

import pytest

from care.access.chart import NoSuchChart
from journaling.briefs.document import Brief, Sparkline
from journaling.briefs.limits import MAX_LINES
from tests.cast import Cast
from tests.journaling.briefs.brief_scenario import NOW, read
from tests.journaling.briefs.golden_patients import PATIENTS, READERS, TIMES

FOLDER = Path(__file__).with_name("golden")
IS_WRITING = os.environ.get("BETWEEN_GOLDEN") == "write"


def told(found: Brief) -> str:
    """Write a brief as plain text."""
    parts = []
    for section in found.sections:
        parts.append(f"\n{section.title.upper()}")
        parts += [f"  {'(seen) ' if line.reviewed else ''}{line.text}" for line in section.lines]
        if section.spark is not None:
            parts.append(f"  [{drawn(section.spark)}]")
    return "\n".join(parts).lstrip() + "\n"


def drawn(spark: Sparkline) -> str:
    """Write a line of numbers; a point is a gap, the bar is where the window begins."""
    values = ["." if value is None else f"{value:g}" for value in spark.values]
    values.insert(spark.context_days, "|")
    return f"{spark.label}, {spark.low} to {spark.high}: {' '.join(values)}"


def assert_each_line_has_a_name_of_its_own(found: Brief) -> None:
    """A patient strikes lines by their names: two of one name would go together."""
    for section in found.sections:
        lines = [one for line in section.lines for one in (line, *line.collapsed)]
        names = [line.name for line in lines]
        assert all(names), section
        assert len(set(names)) == len(names), section


@pytest.mark.parametrize("name", PATIENTS)
def test_the_brief_reads_word_for_word_as_it_was_agreed(cast: Cast, name: str) -> None:
    session_id = PATIENTS[name](cast)
    reader = getattr(cast, READERS.get(name, "dr_okafor"))
    try:
        brief = read(reader, session_id, now=TIMES.get(name, NOW))
        text = told(brief)
        assert_each_line_has_a_name_of_its_own(brief)
    except NoSuchChart:
        text = "No brief: this chart is closed.\n"

    path = FOLDER / f"{name}.txt"
    if IS_WRITING:
        path.write_text(text, encoding="utf-8")

    assert text == path.read_text(encoding="utf-8")


def test_every_golden_file_has_its_patient_and_fits_a_page() -> None:
    files = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.txt")}

    assert set(files) == set(PATIENTS)
    for name, text in files.items():
        assert sum(line.startswith("  ") and line[2] != "[" for line in text.splitlines()) <= (
            MAX_LINES
        ), name


def test_what_was_not_shared_is_in_no_file_but_its_readers() -> None:
    text = (FOLDER / "private-entries.txt").read_text(encoding="utf-8")

    assert "shared as care_team" in text
    assert "shared as private" not in text
    assert "individual_therapist_only" not in text
    assert "suicide" not in text
    assert "never to be read" not in (FOLDER / "no-consent.txt").read_text(encoding="utf-8")
