"""A view of the API authorises with a chart, makes one call into a room, and shapes the answer."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.house.tree import files, named

ROOMS = ("care.", "journaling.", "notifications.")
METHODS = frozenset({"get", "post", "put", "patch", "delete"})
#: Where it is said who may see what: charts, rosters, sessions to brief, fresh proofs, secrets.
WHO_MAY = (
    "care.access.open", "care.access.roster", "care.accounts.passwords.is_recently_authenticated",
    "care.sessions.for_brief", "care.sessions.calendar_links.find_calendar_link",
)  # fmt: skip
#: What opens something by who asks, as ``open_event_chart`` does.
OPENERS = ("open_own_", "open_event_", "open_episode_", "open_grant", "open_notebook", "open_chart")
#: Labels that tell apart who shares a name are a part of how an answer is shown.
SHOWN = ("care.accounts.names.namesake_labels_in", "journaling.skills.catalogue.skill_name")
#: Views that call more than once, each with how often and why.
SEVERAL: dict[str, tuple[int, str]] = {
    "api/journal/day.py::Day.get": (2, "entries and reminders of one day are of two rooms"),
    "api/journal/summary.py::OwnSummary.get": (
        4,
        "its words are made while the clinic's own names of skills hold",
    ),
    "api/journal/summary.py::SummaryOfPatient.get": (4, "as the patient's own summary"),
    "api/ops/health.py::Readiness.get": (6, "it asks every room whether it can work"),
    "api/privacy/exports.py::Exports.post": (
        2,
        "the worker is woken by the edge, once the row is committed",
    ),
    "api/privacy/exports.py::OneExport.get": (
        4,
        "the disclosure is on record before the first byte of the file leaves",
    ),
    "api/programme/care_plan.py::CarePlan.put": (2, "written, then read with what is due now"),
    "api/programme/patients.py::OnePatient.get": (
        2,
        "who a patient is and their last entry are of two rooms",
    ),
    "api/reminders/occurrences.py::ReminderHistory.get": (
        2,
        "reminders and phones are two slices, of which neither knows the other",
    ),
    "api/sessions/calendar_feed.py::CalendarFeed.get": (
        3,
        "weekly sessions that are due are made before they are listed, and the look is logged",
    ),
    "api/sessions/counselling_notes.py::CounsellingNotes.post": (
        2,
        "written, then read as it stands",
    ),
    "api/sessions/counselling_notes.py::OneCounsellingNote.patch": (
        2,
        "written, then read as it stands",
    ),
    "api/sessions/plan.py::Sessions.get": (
        4,
        "weekly sessions that are due are made first; patients also read of opened briefs",
    ),
}


def calls_of_views(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Go through the methods of views, each with the functions of rooms that it calls.

    What a private function of the same file calls counts for the view that uses it.
    """
    tree = ast.parse(path.read_text())
    rooms = dict(_imported_from_rooms(tree))
    helpers = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    for view in tree.body:
        if isinstance(view, ast.ClassDef) and not view.name.endswith(("Out", "In", "Query")):
            for method in view.body:
                if isinstance(method, ast.FunctionDef) and method.name in METHODS:
                    calls = list(_room_calls(method, rooms, helpers, set()))
                    yield f"{named(path)}::{view.name}.{method.name}", calls


def _imported_from_rooms(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith(ROOMS):
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _room_calls(
    inside: ast.AST,
    rooms: Mapping[str, str],
    helpers: Mapping[str, ast.FunctionDef],
    seen: set[str],
) -> Iterator[str]:
    if isinstance(inside, ast.Attribute) and isinstance(inside.value, ast.Name):
        name, function = inside.value.id, inside.attr
    elif isinstance(inside, ast.Name):
        name, function = inside.id, ""
    else:
        for child in ast.iter_child_nodes(inside):
            yield from _room_calls(child, rooms, helpers, seen)
        return
    if not function and name in helpers and name not in seen:
        seen.add(name)
        yield from _room_calls(helpers[name], rooms, helpers, seen)
    called = f"{rooms[name]}.{function}".rstrip(".") if name in rooms else ""
    if called and _is_work(called):
        yield called


def _is_work(called: str) -> bool:
    """Whether a name of a room reads or writes, rather than being a value or saying who may."""
    name = called.rpartition(".")[2]
    return (
        name.islower()
        and not called.startswith((*WHO_MAY, *SHOWN))
        and not name.startswith(OPENERS)
    )


VIEWS = {
    view: sorted(set(calls))
    for path in files("api")
    if path.parts[-2] != "http"
    for view, calls in calls_of_views(path)
}


def test_views_are_found_with_what_they_call() -> None:
    assert len(VIEWS) > 100
    assert VIEWS["api/skills/assignments.py::AssignmentsOfPatient.post"] == [
        "journaling.skills.patient_skills.assign_skill"
    ]


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_makes_one_call_into_a_room(view: str) -> None:
    most, _ = SEVERAL.get(view, (1, ""))

    assert len(VIEWS[view]) <= most, VIEWS[view]


def test_an_exception_is_used_and_says_why() -> None:
    assert {view: len(VIEWS.get(view, [])) for view in SEVERAL} == {
        view: most for view, (most, _) in SEVERAL.items()
    }
    assert all(len(why) > 20 for _, why in SEVERAL.values())
