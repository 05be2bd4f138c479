"""Reading the real data set: what 33 people answered, as a phone of theirs would have sent it.

Soyster, Ashlock & Fisher 2022 (openESM 0035, CC BY-NC 4.0). The file is not part of this project:
``BETWEEN_EMA_FILE`` names it, or it lies in ``shared/data`` beside the checkout.
"""

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

FILE = Path(
    os.environ.get("BETWEEN_EMA_FILE")
    or Path(__file__).resolve().parents[4] / "shared" / "data" / "ema-alcohol.tsv"
)
MISSING = "NA"
#: The people lived in one zone; ours live in many, so that no zone is special.
ZONES = (
    "America/Los_Angeles",
    "America/New_York",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Pacific/Auckland",
    "America/St_Johns",
)
_SPACE = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")


@dataclass(frozen=True)
class Answer:
    """One prompt that was answered, by the person's own wall clock; None is *not answered*."""

    row: int
    asked: datetime
    answered: datetime
    craving: int | None
    happy: int | None
    depressed: int | None
    drinks: int | None


@dataclass(frozen=True)
class Person:
    """One of the 33, with a zone to live in."""

    number: int
    zone: str
    answers: tuple[Answer, ...]


def people() -> list[Person]:
    """Read everybody, in the file's order of numbers."""
    by_person: dict[int, list[Answer]] = {}
    with FILE.open(encoding="utf-8", newline="") as file:
        for place, row in enumerate(csv.DictReader(file, delimiter="\t")):
            answers = by_person.setdefault(int(row["id"]), [])
            if row["completion_time"] != MISSING:
                answers.append(_answer(place, row))
    return [
        Person(number, ZONES[number % len(ZONES)], tuple(answers))
        for number, answers in sorted(by_person.items())
    ]


def entries(person: Person) -> Iterator[dict[str, Any]]:
    """Make what the phone sends: a craving, a mood and a use for what was answered."""
    for answer in person.answers:
        if answer.craving is not None:
            yield _entry(person, answer, "craving", target="alcohol", intensity=strength(answer))
        if answer.happy is not None and answer.depressed is not None:
            valence = round((answer.happy - answer.depressed) * 3 / 100)
            yield _entry(person, answer, "mood", valence=valence)
        if answer.drinks:
            yield _entry(
                person, answer, "use", substance="alcohol", amount=answer.drinks, unit="drinks"
            )


def strength(answer: Answer) -> int:
    """Put a craving of 0-100 on our scale of 0-10."""
    assert answer.craving is not None
    return round(answer.craving / 10)


def as_sent(person: Person) -> list[dict[str, Any]]:
    """Order the entries as a bad connection would: one in ten long after its time, and twice."""
    once = list(entries(person))
    late = once[::10]
    on_time = [entry for place, entry in enumerate(once) if place % 10]
    return on_time + late[::-1] + late


def _answer(place: int, row: dict[str, str]) -> Answer:
    def number(name: str) -> int | None:
        return None if row[name] == MISSING else int(row[name])

    return Answer(
        row=place,
        # The file's Z is not to be trusted: these are wall clocks.
        asked=datetime.fromisoformat(row["creation_time"].removesuffix("Z")),
        answered=datetime.fromisoformat(row["completion_time"].removesuffix("Z")),
        craving=number("craving"),
        happy=number("happy"),
        depressed=number("depressed"),
        drinks=number("drink_number"),
    )


def _entry(person: Person, answer: Answer, kind: str, **fields: Any) -> dict[str, Any]:
    where = ZoneInfo(person.zone)
    return {
        "id": str(uuid5(_SPACE, f"{person.number}/{answer.row}/{kind}")),
        "kind": kind,
        "occurred_at": answer.asked.replace(tzinfo=where).isoformat(),
        "recorded_at": answer.answered.replace(tzinfo=where).isoformat(),
        "time_zone": person.zone,
    } | fields


def session_after(person: Person) -> datetime:
    """Place a session on the morning after the last answer, in the person's zone."""
    last = max(answer.asked for answer in person.answers).date() + timedelta(days=1)
    return datetime(last.year, last.month, last.day, 9, tzinfo=ZoneInfo(person.zone))


def session_between(person: Person) -> datetime:
    """Place a session at noon of the sixth day."""
    first = min(answer.asked for answer in person.answers).date() + timedelta(days=5)
    return datetime(first.year, first.month, first.day, 12, tzinfo=ZoneInfo(person.zone))
