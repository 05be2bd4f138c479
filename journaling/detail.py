"""Every field of one entry in words, for whoever wants to know more than its headline."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from journaling import instruments, wording
from journaling.entries import Recorded
from journaling.kinds import KINDS
from journaling.kinds.answers import Urges, YesNos
from journaling.kinds.fields import Amount, Choice, Field, Many, Ratings, Scale, Text
from journaling.kinds.measure import Answers
from journaling.kinds.vocabulary import SkillName

#: What a field is called where its own name would not say it.
_LABELS = {
    "intensity": "How strong", "target": "For", "company": "With whom",
    "intensity_after": "Rated again", "minutes_later": "Rated again after",
    "labels": "Feelings", "associations": "To do with", "valence": "Mood",
    "considered": "Thought of it", "wanted_to": "Wanted to", "attempted": "Tried it",
    "able": "Could do it", "automatic": "Came by itself", "planned": "Planned beforehand",
    "rating_before": "Rating before", "rating_after": "Rating after", "minutes": "How long",
    "assignment": "Part of homework", "session": "For a certain session",
    "sleep_hours": "Hours of sleep", "movement_minutes": "Movement", "pain": "Worst pain",
    "before": "What came before", "after_effect": "Afterwards", "approximate": "Only about right",
    "coming_in": "Urges on the way in", "agenda": "To talk about", "date": "Day",
    "diastolic": "Lower number", "meeting_kind": "Sort of meeting", "safety_check": "Safety",
    "completed_at": "Completed", "reason": "Why", "taken": "Taken",
}  # fmt: skip
_SHARED = {
    "care_team": "the care team",
    "individual_therapist_only": "the primary therapist alone",
    "private": "nobody",
}
_ORIGINS = {"self": "by themselves", "in_session": "in a session"}
_PASSED = {"skipped": "skipped", "prefer_not_to_say": "preferred not to say"}
#: What the codes of the diary card mean (CLINICAL §2).
_CODES = (
    "not thought about", "thought about, not wanted", "wanted to, not used", "tried, could not",
    "could, did not help", "could, helped", "came by itself, did not help",
    "came by itself, helped",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Detail:
    """One fact of an entry; ``is_quote`` marks the patient's own words."""

    label: str
    words: str
    is_quote: bool = False


def details(entry: Recorded) -> list[Detail]:
    """Tell every field that was answered, what was computed of them, and what was not answered."""
    kind = KINDS[entry.kind]
    found: list[Detail] = []
    missing: list[str] = []
    for field in kind.own_fields:
        value = entry.values.get(field.name)
        if value is None or value in ({}, [], ""):
            missing.append(label_of(field.name).lower())
        else:
            found += _told(field, value, entry)
    found += _derived(entry)
    passed = [f"{_asked(name, entry)}: {_PASSED.get(way, way)}"
              for name, way in (entry.unanswered or {}).items()]  # fmt: skip
    if passed:
        found.append(Detail("Passed over", ", ".join(passed)))
    if missing:
        found.append(Detail("Not answered", ", ".join(missing)))
    return [*found, *_about(entry)]


def label_of(name: str) -> str:
    """Name a field in words."""
    return _LABELS.get(name) or wording.spoken(name).capitalize()


def _told(field: Field, value: Any, entry: Recorded) -> Iterator[Detail]:
    sort = field.sort
    if isinstance(sort, Answers):
        yield from _answers(value, entry)
    elif field.name == "instrument":
        version = entry.values["version"]
        found = instruments.find(value, version)
        name = found.name if found is not None else f"{value}, version {version}"
        yield Detail("Questionnaire", name)
    elif field.name == "version":
        # A published name says which questions these are.
        return
    elif isinstance(sort, Text):
        yield Detail(label_of(field.name), " ".join(str(value).split()), is_quote=True)
    else:
        is_name = field.name in {"place", "company", "name", "target", "substance"}
        yield Detail(label_of(field.name), _words(sort, value, entry), is_quote=is_name)


def _words(sort: Any, value: Any, entry: Recorded) -> str:
    for kind, tell in _WAYS.items():
        if isinstance(sort, kind):
            return tell(sort, value)
    return _plain(value, entry)


def _scale(sort: Scale, value: int) -> str:
    if sort.meaning.startswith("Minutes"):
        return wording.counted(value, "minute")
    if sort.low < 0:
        return f"{wording.signed(value)} on a scale of {wording.signed(sort.low)} to +{sort.high}"
    # A count, such as meals or a pressure, has no end that says something.
    return f"{value} of {sort.high}" if sort.low == 0 and sort.high <= 10 else str(value)


def _many(sort: Many, value: list[Any]) -> str:
    return ", ".join(
        wording.skill(one) if isinstance(sort.sort, SkillName) else wording.spoken(str(one))
        for one in value
    )


def _ratings(sort: Ratings, value: Mapping[str, int]) -> str:
    return ", ".join(
        f"{wording.spoken(name)} {rating} of {sort.scale.high}" for name, rating in value.items()
    )


def _urges(_: Urges, value: Mapping[str, Mapping[str, Any]]) -> str:
    return "; ".join(
        f"{wording.spoken(name)}: {', '.join(_urge(urge))}" for name, urge in value.items()
    )


def _urge(urge: Mapping[str, Any]) -> Iterator[str]:
    if urge.get("peak") is not None:
        yield f"at most {urge['peak']} of 5"
    if urge.get("acted") is not None:
        yield "acted on" if urge["acted"] else "not acted on"


def _yes_nos(_: YesNos, value: Mapping[str, bool]) -> str:
    return ", ".join(f"{wording.spoken(name)}: {_yes(given)}" for name, given in value.items())


_WAYS: Mapping[type, Callable[[Any, Any], str]] = {
    Scale: _scale,
    Many: _many,
    Ratings: _ratings,
    Urges: _urges,
    YesNos: _yes_nos,
    SkillName: lambda _, value: wording.skill(value),
    Amount: lambda _, value: wording.number(value),
    Choice: lambda _, value: wording.spoken(value),
}


def _plain(value: Any, entry: Recorded) -> str:
    if isinstance(value, bool):
        return _yes(value)
    if isinstance(value, datetime):
        return wording.moment(value, entry.time_zone)
    if isinstance(value, date):
        return wording.day(value)
    # Which session or homework it is, its id would not tell a reader.
    return value if isinstance(value, str) else "yes"


def _yes(value: bool) -> str:  # noqa: FBT001 # one value, told
    return "yes" if value else "no"


def _answers(value: Mapping[str, int], entry: Recorded) -> Iterator[Detail]:
    """Tell each item of a questionnaire in its published words, in its order."""
    instrument = instruments.find(entry.values["instrument"], entry.values["version"])
    if instrument is None:
        yield from (Detail(name, str(given)) for name, given in value.items())
        return
    for item in instrument.items:
        given = value.get(item.id)
        chosen = next((one.label for one in item.options if one.value == given), "")
        is_number = chosen in {"", str(given)}
        words = str(given) if is_number else f"{chosen} ({given})"
        yield Detail(item.text, "not answered" if given is None else words)


def _derived(entry: Recorded) -> Iterator[Detail]:
    found = dict(entry.derived)
    code = found.pop("skills_code", None)
    if code is not None:
        yield Detail("Diary card code", f"{code}: {_CODES[code]}")
    parts = found.pop("subscales", None) or {}
    for name, value in [*found.items(), *((name, part["score"]) for name, part in parts.items())]:
        if value is not None:
            words = wording.number(value) if isinstance(value, int | float) else str(value)
            yield Detail(label_of(name), words)


def _asked(name: str, entry: Recorded) -> str:
    """Name a question that was passed over, also one of a questionnaire or of several urges."""
    head, _, part = name.partition(".")
    if head == "answers":
        instrument = instruments.find(entry.values["instrument"], entry.values["version"])
        item = instrument.item(part) if instrument is not None else None
        return item.text if item is not None else part
    label = label_of(head).lower()
    return f"{label}, {wording.spoken(part.replace('.', ' '))}" if part else label


def _about(entry: Recorded) -> Iterator[Detail]:
    """Tell when and how it was written down, and who may read it."""
    written = wording.moment(entry.recorded_at, entry.time_zone)
    yield Detail("Written down", f"{written} ({entry.time_zone.replace('_', ' ')})")
    if entry.clock_suspect:
        yield Detail("Clock", "the phone’s clock was wrong; when it happened may be too")
    if entry.rev > 1:
        yield Detail("Changed", wording.counted(entry.rev - 1, "time"))
    yield Detail("Logged", _ORIGINS.get(entry.origin, "in answer to a reminder"))
    yield Detail("Shared with", _SHARED.get(entry.share, wording.spoken(entry.share)))
