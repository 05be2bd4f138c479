"""How its patient reads a brief: the same lines, said to them, each with its id."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from journaling import formatting
from journaling.briefs.document import Section, Sparkline

#: The sections whose lines always stand, and why.
FIXED_SECTIONS: Mapping[str, str] = {"safety": "safety", "header": "frame", "data": "frame"}
#: The name of what is drawn beside the lines of a section.
DRAWN = "drawn"


@dataclass(frozen=True, slots=True)
class MirrorLine:
    """One line as its patient reads it, beside what its reader does.

    ``fixed`` says why it can't be struck: "safety", or "frame" for what the page says of itself.
    ``therapist_reads`` is None where staff wrote some of it, which is theirs to tell.
    """

    id: str
    text: str
    therapist_reads: str | None
    is_struck: bool
    fixed: str | None


@dataclass(frozen=True, slots=True)
class MirrorSection:
    """One part of the brief, in its place."""

    key: str
    title: str
    lines: tuple[MirrorLine, ...]


def line_id(key: str, name: str) -> str:
    """Return what a line is struck by, the same at every request: "craving.episodes"."""
    return f"{key}.{name}"


def mirror_sections(
    sections: Iterable[Section], struck: frozenset[str]
) -> tuple[MirrorSection, ...]:
    """Return the sections as the patient reads them, struck lines included."""
    return tuple(
        MirrorSection(
            section.key,
            _in_second_person(section.title),
            tuple(_mirror_lines(section, struck)),
        )
        for section in sections
    )


def _mirror_lines(section: Section, struck: frozenset[str]) -> Iterator[MirrorLine]:
    fixed = FIXED_SECTIONS.get(section.key)

    def shown(name: str, text: str, own_text: str) -> MirrorLine:
        is_struck = fixed is None and line_id(section.key, name) in struck
        says = _in_second_person(own_text or text)
        reads = None if fixed == "safety" and own_text else text
        return MirrorLine(line_id(section.key, name), says, reads, is_struck, fixed)

    for line in section.lines:
        yield shown(line.name, line.text, line.own_text)
        for one in line.collapsed:
            yield shown(one.name, one.text, one.own_text)
    if section.spark is not None:
        text = _drawn_text(section.spark)
        yield shown(DRAWN, text, "")


def _drawn_text(spark: Sparkline) -> str:
    days = formatting.pluralize(sum(value is not None for value in spark.values), "day")
    return f"Drawn as a line: {spark.label.lower()}, {spark.low} to {spark.high}, of {days}."


#: How a brief speaks of its patient, and how to them; never inside their own words.
_SECOND_PERSON = (
    ("Their consent doesn't", "Your consent doesn't"),
    ("their consent doesn't", "your consent doesn't"),
    ("Their agenda:", "Your agenda:"),
    ("Asked what they want from this session:", "What you want from this session:"),
    ("what they want from this session", "what you want from this session"),
    ("Out of their usual:", "Out of your usual:"),
    ("In their words:", "In your words:"),
    ("On their mind", "On your mind"),
    ("their other skills", "your other skills"),
    ("while they had paused them", "while you had paused them"),
    ("the patient enrolled after", "you enrolled after"),
    ("Days are the patient's own", "Days are your own"),
)


def _in_second_person(text: str) -> str:
    parts = text.split("“")
    for old, new in _SECOND_PERSON:
        parts[0] = parts[0].replace(old, new)
        parts[1:] = [_after_quote(part, old, new) for part in parts[1:]]
    return "“".join(parts)


def _after_quote(part: str, old: str, new: str) -> str:
    quoted, end, rest = part.partition("”")
    return f"{quoted}{end}{rest.replace(old, new)}"
