"""A view authorises with a chart, makes one call into a room, and shapes the answer.

Views are those of the API, the therapists' pages, and the administrator's site. A page that takes a
form makes two calls: one writes, and one reads what the page shows, with or without a refusal.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.urls import URLPattern

from tests.house.tree import files, named
from web import urls

ROOMS = ("care.", "journaling.", "notifications.")
METHODS = frozenset({"get", "post", "put", "patch", "delete"})
#: What all views of ``api/`` or of ``web/`` stand on; it is no view.
FRAME = (
    "api/http/", "web/access.py", "web/error_pages.py", "web/form_fields.py", "web/form_tokens.py",
    "web/rendering.py", "web/templatetags/", "web/urls.py",
)  # fmt: skip
#: Where it is said who may see what: charts, rosters, sessions to brief, fresh proofs, secrets.
WHO_MAY = (
    "care.access.open", "care.access.roster", "care.accounts.passwords.is_recently_authenticated",
    "care.counselling.read.may_open_chart", "care.sessions.for_brief",
    "care.sessions.calendar_links.find_calendar_link", "care.sessions.plan.own_session",
    "care.support.grants.grants_of",
)  # fmt: skip
#: What opens something by who asks, as ``open_event_chart`` does.
OPENERS = (
    "open_own_", "open_event_", "open_episode_", "open_assignment_", "open_grant",
    "open_medication_", "open_task_", "open_move_request_", "open_handover_",
    "open_restriction_", "open_notebook", "open_session_chart",
    "open_chart",
)  # fmt: skip
#: The name over a page, and labels that tell apart who shares one, are a part of how an answer is
#: shown; so is the reason of an opening that was read.
SHOWN = (
    "care.accounts.names.namesake_labels_in", "journaling.skills.catalogue.skill_name",
    "care.people.patients.patient_name", "care.privacy.break_glass.break_glass_reason",
)  # fmt: skip
#: What a form offers to choose from is a part of how its input is checked.
CHOICES = (
    "care.counselling.read.recent_own_sessions", "care.programme.care_team.colleagues_of",
    "care.programme.care_team.patients_treated_by", "care.programme.groups.groups_led",
)  # fmt: skip
#: What reads no rows, such as words for values.
PURE = (
    "care.accounts.names.namesake_key", "care.consents.texts.text_in_force",
    "care.handovers.fetch.make_ticket",
    "journaling.briefs.phrases",
    "journaling.briefs.safety_phrases", "journaling.entries.details",
    "journaling.entries.kinds.header", "journaling.formatting",
    "journaling.safety.events.is_failed_contact", "journaling.skills.catalogue.is_search_match",
    "journaling.skills.catalogue.use_clinic_skill_names", "care.programme.plan_outline",
    "journaling.exports.formats", "notifications.reminders.plan.weekday_mask",
    "care.sessions.hours.period_of_hours",
)  # fmt: skip
#: Views that call more than once, each with how often and why.
SEVERAL: dict[str, tuple[int, str]] = {
    "api/journal/day.py::Day.get": (2, "entries and reminders of one day are of two rooms"),
    "api/journal/entries.py::Entries.post": (
        2,
        "the day that a reminder asks about is known in the room above entries alone",
    ),
    "api/journal/summary.py::OwnSummary.get": (
        3,
        "its words are made while the clinic's own names of skills hold",
    ),
    "api/journal/summary.py::SummaryOfPatient.get": (3, "as the patient's own summary"),
    "api/journal/sync.py::Sync.post": (2, "as one entry that is sent alone"),
    "api/ops/health.py::Readiness.get": (7, "it asks every room whether it can work"),
    "api/privacy/exports.py::Exports.post": (
        2,
        "the worker is woken by the edge, once the row is committed",
    ),
    "api/privacy/exports.py::OneExport.get": (
        4,
        "the disclosure is on record before the first byte of the file leaves",
    ),
    "api/programme/care_plan.py::CarePlanOfPatient.put": (
        2,
        "written, then read with what is due now, as at the other address",
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
        4,
        "weekly sessions that are due are made before they are listed, check-ins come from"
        " another room, and the look is logged",
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
        7,
        "weekly sessions that are due are made first; patients also read of opened briefs and what"
        " groups are taught, and both sides what is asked to be moved",
    ),
    "web/account.py::enrol_totp_page": (3, "its first form begins what its second one confirms"),
    "web/brief.py::session_brief_page": (
        2,
        "links from a group's brief lead to sessions, of which a brief knows its own alone",
    ),
    "web/groups.py::leave_team_page": (
        3,
        "the team is read, and that logged, where it is shown; the question names one of it",
    ),
    "web/patient_page.py::patient_page": (
        3,
        "more of a timeline is asked for without the rest, and reminders are of another room",
    ),
    "web/reports.py::outcomes_page": (2, "outcomes and the census are two reports of one page"),
    "web/schedule.py::calendar_link": (3, "one form makes the address, another one ends it"),
}


@dataclass(frozen=True, slots=True)
class Source:
    """One file of ``api/`` or ``web/``: its functions, and what its names of others stand for."""

    path: Path
    body: list[ast.stmt]
    functions: Mapping[str, ast.FunctionDef]
    imported: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class View:
    """A method of a view or a page: what it calls in rooms, and how often it may."""

    calls: tuple[str, ...]
    most: int


def _source(path: Path) -> Source:
    body = ast.parse(path.read_text()).body
    imported = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    functions = {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
    return Source(path, body, functions, imported)


def _views() -> Iterator[tuple[str, View]]:
    """Go through the views of the API, the pages, and what Django calls of the admin site."""
    pages = {
        f"{pattern.callback.__module__}.{pattern.callback.__name__}"
        for pattern in urls.urlpatterns
        if isinstance(pattern, URLPattern)
    }
    for module, source in SOURCES.items():
        for name, function in source.functions.items():
            if f"{module}.{name}" in pages:
                yield name_of(source, name), _view(source, function, _most_calls(function))
        for view in source.body:
            if isinstance(view, ast.ClassDef) and not view.name.endswith(("Out", "In", "Query")):
                for method in view.body:
                    if isinstance(method, ast.FunctionDef) and _is_called(module, method.name):
                        name = name_of(source, f"{view.name}.{method.name}")
                        yield name, _view(source, method, 1)


def name_of(source: Source, view: str) -> str:
    """Return the name under which exceptions list a view."""
    return f"{named(source.path)}::{view}"


def _is_called(module: str, method: str) -> bool:
    return module.startswith("web.admin.") or method in METHODS


def _most_calls(page: ast.FunctionDef) -> int:
    """Return two for a page that takes a form, one for others."""
    decorators = {ast.unparse(decorator) for decorator in page.decorator_list}
    return 1 if "require_GET" in decorators else 2


def _view(source: Source, inside: ast.FunctionDef, most: int) -> View:
    return View(tuple(sorted(set(_room_calls(inside, source, set())))), most)


def _room_calls(inside: ast.AST, source: Source, seen: set[ast.FunctionDef]) -> Iterator[str]:
    """Go through what is called in rooms, also by functions of views that are called on the way."""
    if isinstance(inside, ast.Attribute) and isinstance(inside.value, ast.Name):
        name, attribute = inside.value.id, f".{inside.attr}"
    elif isinstance(inside, ast.Name):
        name, attribute = inside.id, ""
    else:
        for child in ast.iter_child_nodes(inside):
            yield from _room_calls(child, source, seen)
        return
    called = source.imported.get(name, "") + attribute
    module, _, function = called.rpartition(".")
    other, wanted = (SOURCES.get(module), function) if module else (source, name)
    if other is not None and wanted in other.functions and other.functions[wanted] not in seen:
        seen.add(other.functions[wanted])
        yield from _room_calls(other.functions[wanted], other, seen)
    if called.startswith(ROOMS) and _is_work(called):
        yield called


def _is_work(called: str) -> bool:
    """Whether a name of a room reads or writes, rather than being a value or saying who may."""
    name = called.rpartition(".")[2]
    return (
        name.islower()
        and not called.startswith((*WHO_MAY, *SHOWN, *CHOICES, *PURE))
        and not name.startswith(OPENERS)
    )


SOURCES = {
    named(path).removesuffix(".py").replace("/", "."): _source(path)
    for path in files("api", "web")
    if not named(path).startswith(FRAME)
}
VIEWS = dict(_views())


def test_views_are_found_with_what_they_call() -> None:
    assert sum(view.startswith("api/") for view in VIEWS) > 100
    assert sum(view.startswith("web/") for view in VIEWS) > 80
    assert VIEWS["api/skills/assignments.py::AssignmentsOfPatient.post"].calls == (
        "journaling.skills.patient_skills.assign_skill",
    )
    assert VIEWS["web/session_plan.py::plan_session_page"].calls == (
        "care.sessions.conflicts.conflicts_of_plan",
        "care.sessions.series.plan_once_or_weekly",
    )


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_makes_one_call_into_a_room(view: str) -> None:
    most, _ = SEVERAL.get(view, (VIEWS[view].most, ""))

    assert len(VIEWS[view].calls) <= most, VIEWS[view].calls


def test_an_exception_is_used_and_says_why() -> None:
    assert {view: len(VIEWS[view].calls) for view in SEVERAL} == {
        view: most for view, (most, _) in SEVERAL.items()
    }
    assert all(VIEWS[view].most < most for view, (most, _) in SEVERAL.items())
    assert all(len(why) > 20 for _, why in SEVERAL.values())
