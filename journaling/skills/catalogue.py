"""The shipped catalogue of coping skills, and the name a skill goes by."""

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from backend.kit.text import fold_name

#: Goes up whenever the file changes, so that phones fetch it anew.
CATALOGUE_VERSION = 2
_FILE = Path(__file__).parent.parent / "data" / "skills.csv"


@dataclass(frozen=True, slots=True)
class Skill:
    """One coping skill in our own words. ``caution`` is shown before the practice starts."""

    slug: str
    name: str
    also_known_as: str
    module: str
    tradition: str
    description: str
    best_for: tuple[str, ...]
    minutes: int
    ratings: tuple[str, ...]
    needs_contact: bool
    caution: str


@cache
def shipped_skills() -> "MappingProxyType[str, Skill]":
    """Read the shipped catalogue once; by slug, in the file's order."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        skills = [_skill_of_row(row) for row in csv.DictReader(file)]
    return MappingProxyType({skill.slug: skill for skill in skills})


def _skill_of_row(row: dict[str, str]) -> Skill:
    return Skill(
        slug=row["slug"],
        name=row["name"],
        also_known_as=row["also_known_as"],
        module=row["module"],
        tradition=row["tradition"],
        description=row["description"],
        best_for=tuple(filter(None, row["best_for"].split(","))),
        minutes=int(row["minutes"]),
        ratings=tuple(filter(None, row["ratings"].split(","))),
        needs_contact=row["needs_contact"] == "yes",
        caution=row["caution"],
    )


def is_search_match(skill: Skill, *, text: str, module: str | None) -> bool:
    """Whether a search by part of a name or of another name, and by module, finds it."""
    sought = fold_name(text)
    names = (fold_name(skill.name), fold_name(skill.also_known_as))
    return (module is None or skill.module == module) and any(sought in name for name in names)


#: What the clinic calls skills of which a sentence is written just now.
_CLINIC_NAMES: ContextVar[Mapping[str, str]] = ContextVar(
    "names of skills", default=MappingProxyType({})
)


@contextmanager
def use_clinic_skill_names(clinic: Mapping[str, str]) -> Iterator[None]:
    """Use a clinic's own names of skills within the block."""
    token = _CLINIC_NAMES.set(clinic)
    try:
        yield
    finally:
        _CLINIC_NAMES.reset(token)


def skill_name(slug: str) -> str:
    """Return the name of a skill at the clinic or in the catalogue, or its slug without one."""
    if own := _CLINIC_NAMES.get().get(slug):
        return own
    shipped = shipped_skills().get(slug)
    return shipped.name if shipped is not None else slug.replace("-", " ")
