"""The catalogue of coping skills that ships with this version."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from backend.kit.text import folded

#: Goes up whenever the file changes, so that phones fetch it anew.
VERSION = 2
_FILE = Path(__file__).parent / "data" / "skills.csv"


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
def skills() -> "MappingProxyType[str, Skill]":
    """Read the shipped catalogue once; by slug, in the file's order."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        found = [_skill(row) for row in csv.DictReader(file)]
    return MappingProxyType({skill.slug: skill for skill in found})


def _skill(row: dict[str, str]) -> Skill:
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


def is_found(skill: Skill, *, text: str, module: str | None) -> bool:
    """Whether a search by part of a name or of another name, and by module, finds it."""
    sought = folded(text)
    names = (folded(skill.name), folded(skill.also_known_as))
    return (module is None or skill.module == module) and any(sought in name for name in names)
