"""Every name and every word of somebody's keeps its own direction on our pages.

A name in Arabic or Hebrew beside numbers and brackets would move them. A template sets each apart
by ``bdi``, ``who`` or ``isolate_quotes``, and by ``isolate`` where no element may stand.
"""

import re
from pathlib import Path

import pytest

TEMPLATES = sorted((Path(__file__).parents[2] / "web/templates").rglob("*.html"))
#: What holds words that people typed: names, places, quotes, and sentences that quote them.
TYPED = frozenset({
    "name", "display_name", "username", "patient_name", "group_name", "leader_name", "written_by",
    "decided_by", "device_name", "note", "text", "quote", "opening", "reason", "why", "who",
    "whose", "whom", "what", "place", "group", "words", "by", "skill", "sought", "clinician",
    "clinic", "lead", "logged", "therapists", "said",
})  # fmt: skip
SETS_APART = ("bdi", "isolate", "isolate_quotes")
#: Variables of those names that hold words of ours, by template.
OURS = {
    ("fields.html", "field.name"): "the name of a field",
    ("sign_in.html", "username"): "the value of the field it was typed into",
    ("page.html", "said"): "what was done, of a list of ours",
    ("sure.html", "name"): "the name of a hidden field",
    ("clash.html", "one.what"): "kind and time of a session",
    ("clash.html", "one.why"): "a reason of a list of ours",
    ("today.html", "one.why"): "a reason of a list of ours",
    ("emergencies.html", "one.why"): "stands inside bdi, with its quotation marks",
    ("timeline.html", "entry.quote"): "stands inside bdi, with its quotation marks",
    ("event.html", "reason"): "a code of a list of ours",
    ("event.html", "words"): "reasons of a list of ours",
    ("spark.html", "item.text"): "a number",
    ("due_report.html", "item.text"): "what is due, of a list of ours",
    ("measure_line.html", "line.name"): "the name of a questionnaire",
    ("measure_line.html", "band.name"): "a band of a questionnaire",
    ("measure_line.html", "text"): "a score and its band",
    ("tiny.html", "name"): "set apart by who includes it",
    ("tiny.html", "words"): "numbers",
    ("needs.html", "one.text"): "the value of a hidden field, beside which it stands in bdi",
    ("assign.html", "sought"): "the value of the field it was typed into",
    ("counselling_note.html", "kept.text"): "a paragraph of its own, with dir=auto",
}
VARIABLE = re.compile(r"\{\{\s*([\w.]+)((?:\|[^}]*)?)\s*\}\}")
TAGGED = re.compile(r"\{%\s*who(?:_text)?\s")


def unguarded(path: Path) -> list[str]:
    found = []
    for match in VARIABLE.finditer(path.read_text(encoding="utf-8")):
        variable, filters = match[1], match[2]
        is_apart = any(re.search(rf"\|{name}\b", filters) for name in SETS_APART)
        if variable.split(".")[-1] in TYPED and not is_apart:
            found.append(variable)
    return found


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_word_of_somebodys_is_set_apart(path: Path) -> None:
    assert [name for name in unguarded(path) if (path.name, name) not in OURS] == []


def test_each_exemption_is_still_one() -> None:
    there = {(path.name, name) for path in TEMPLATES for name in unguarded(path)}

    assert set(OURS) <= there


def test_the_guard_sees_what_is_bare(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("{{ one.name }} {{ one.name|bdi }} {{ name|default:'x' }} {{ rows }}")

    assert unguarded(page) == ["one.name", "name"]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_what_is_typed_may_run_either_way(path: Path) -> None:
    typed = [
        tag for tag in re.findall(r"<(?:input|textarea)\b[^>]*>", path.read_text(encoding="utf-8"))
        if not re.search(r'type="(?:hidden|date|password|email|checkbox)"', tag)
        and not re.search(r'autocomplete="(?:username|one-time-code)"', tag)
    ]  # fmt: skip

    assert [tag for tag in typed if 'dir="auto"' not in tag] == []
