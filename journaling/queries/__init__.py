"""Reads of this room."""

from journaling.queries.acknowledged import talked_about
from journaling.queries.assignments import (
    NoSuchAssignment,
    assignment_of,
    assignments_of,
)
from journaling.queries.caseload import Case, caseload
from journaling.queries.days import entries_of_day, numbers_of_days
from journaling.queries.entries import (
    NoSuchEntry,
    entries_between,
    entries_page,
    entry_of,
    last_entry_at,
)
from journaling.queries.history import Change, history_of
from journaling.queries.openings import opened_at_of
from journaling.queries.skills import clinic_skills, skills_of_clinic, skills_shown
from journaling.queries.terms import terms_of_clinic

__all__ = [
    "Case",
    "Change",
    "NoSuchAssignment",
    "NoSuchEntry",
    "assignment_of",
    "assignments_of",
    "caseload",
    "clinic_skills",
    "entries_between",
    "entries_of_day",
    "entries_page",
    "entry_of",
    "history_of",
    "last_entry_at",
    "numbers_of_days",
    "opened_at_of",
    "skills_of_clinic",
    "skills_shown",
    "talked_about",
    "terms_of_clinic",
]
