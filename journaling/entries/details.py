"""Every field of one entry in words, for readers who want more than its headline."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from journaling import formatting
from journaling.entries.entry import EntryValue
from journaling.entries.kinds.daily import Urge, Urges
from journaling.entries.kinds.field_types import (
    Amount,
    Choice,
    FieldType,
    IntegerScale,
    ListOf,
    Ratings,
    Text,
)
from journaling.entries.kinds.header import plan_of_origin
from journaling.entries.kinds.measure import Measure, MeasureScores
from journaling.entries.kinds.model import EntryField, YesNoAnswers
from journaling.entries.kinds.skill_practice import PracticeCode
from journaling.entries.kinds.vocabulary import SkillSlug
from journaling.skills import catalogue

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
_AUDIENCES = {
    "care_team": "the care team",
    "individual_therapist_only": "the primary therapist alone",
    "private": "nobody",
}
_ORIGINS = {"self": "by themselves", "in_session": "in a session"}
_UNANSWERED_PHRASES = {"skipped": "skipped", "prefer_not_to_say": "preferred not to say"}
#: What the codes of the diary card mean (CLINICAL §2).
_DIARY_CODE_PHRASES = (
    "not thought about", "thought about, not wanted", "wanted to, not used", "tried, could not",
    "could, did not help", "could, helped", "came by itself, did not help",
    "came by itself, helped",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EntryDetail:
    """One fact of an entry; ``is_quote`` marks the patient's own words."""

    label: str
    words: str
    is_quote: bool = False


def entry_details(entry: EntryValue) -> list[EntryDetail]:
    """List every answered field, what was computed from them, and what was not answered."""
    values = entry.values.by_name()
    details: list[EntryDetail] = []
    missing: list[str] = []
    for field in entry.values.fields:
        value = values[field.name]
        if value is None or value in ({}, [], ""):
            missing.append(field_label(field.name).lower())
        else:
            details += _field_details(field, value, entry)
    details += _derived_details(entry)
    passed = [f"{_question_label(name, entry)}: {_UNANSWERED_PHRASES.get(way, way)}"
              for name, way in (entry.unanswered or {}).items()]  # fmt: skip
    if passed:
        details.append(EntryDetail("Passed over", ", ".join(passed)))
    if missing:
        details.append(EntryDetail("Not answered", ", ".join(missing)))
    return [*details, *_provenance_details(entry)]


def field_label(name: str) -> str:
    """Return the label of a field."""
    return _LABELS.get(name) or formatting.humanize(name).capitalize()


def _field_details(field: EntryField, value: object, entry: EntryValue) -> Iterator[EntryDetail]:
    field_type = field.type
    if isinstance(entry.values, Measure) and field.name in _MEASURE_FIELDS:
        yield from _MEASURE_FIELDS[field.name](entry.values)
    elif isinstance(field_type, Text):
        yield EntryDetail(field_label(field.name), " ".join(str(value).split()), is_quote=True)
    else:
        is_name = field.name in {"place", "company", "name", "target", "substance"}
        yield EntryDetail(
            field_label(field.name), _format_value(field_type, value, entry), is_quote=is_name
        )


def _format_value(field_type: FieldType[object], value: object, entry: EntryValue) -> str:
    match field_type, value:
        case IntegerScale(), int():
            return _format_scale(field_type, value)
        case SkillSlug(), str():
            return catalogue.skill_name(value)
        case Amount(), int() | float():
            return formatting.format_number(value)
        case Choice(), str():
            return formatting.humanize(value)
        case _, list() | dict():
            return _format_parts(field_type, value)
    return _format_plain(value, entry)


def _format_parts(field_type: FieldType[object], value: object) -> str:
    """Format an answer that has several parts."""
    match field_type, value:
        case ListOf(), list():
            return _format_list(field_type, value)
        case Ratings(), dict():
            return _format_ratings(field_type, value)
        case Urges(), dict():
            return _format_urges(value)
        case YesNoAnswers(), dict():
            return _format_yes_nos(value)
    raise TypeError(f"no words for the parts of {type(field_type).__name__}")


def _format_scale(field_type: IntegerScale, value: int) -> str:
    if field_type.meaning.startswith("Minutes"):
        return formatting.pluralize(value, "minute")
    if field_type.low < 0:
        low = formatting.format_signed(field_type.low)
        return f"{formatting.format_signed(value)} on a scale of {low} to +{field_type.high}"
    # A count, such as meals or a pressure, has no end that says something.
    return (
        f"{value} of {field_type.high}"
        if field_type.low == 0 and field_type.high <= 10
        else str(value)
    )


def _format_list(field_type: ListOf, value: Sequence[object]) -> str:
    return ", ".join(
        catalogue.skill_name(str(one))
        if isinstance(field_type.item_type, SkillSlug)
        else formatting.humanize(str(one))
        for one in value
    )


def _format_ratings(field_type: Ratings, value: Mapping[str, int]) -> str:
    return ", ".join(
        f"{formatting.humanize(name)} {rating} of {field_type.scale.high}"
        for name, rating in value.items()
    )


def _format_urges(value: Mapping[str, Urge]) -> str:
    return "; ".join(
        f"{formatting.humanize(name)}: {', '.join(_urge_parts(urge))}"
        for name, urge in value.items()
    )


def _urge_parts(urge: Urge) -> Iterator[str]:
    if urge.get("peak") is not None:
        yield f"at most {urge['peak']} of 5"
    if urge.get("acted") is not None:
        yield "acted on" if urge["acted"] else "not acted on"


def _format_yes_nos(value: Mapping[str, bool]) -> str:
    return ", ".join(
        f"{formatting.humanize(name)}: {_yes_or_no(given)}" for name, given in value.items()
    )


def _format_plain(value: object, entry: EntryValue) -> str:
    if isinstance(value, bool):
        return _yes_or_no(value)
    if isinstance(value, datetime):
        return formatting.format_datetime(value, entry.time_zone)
    if isinstance(value, date):
        return formatting.format_day(value)
    # An id would not tell a reader which session or homework it is.
    return value if isinstance(value, str) else "yes"


def _yes_or_no(value: bool) -> str:  # noqa: FBT001 # one value, in words
    return "yes" if value else "no"


def _instrument_details(measure: Measure) -> Iterator[EntryDetail]:
    instrument = measure.questionnaire()
    unknown = f"{measure.instrument}, version {measure.version}"
    yield EntryDetail("Questionnaire", unknown if instrument is None else instrument.name)


def _item_details(measure: Measure) -> Iterator[EntryDetail]:
    """List each item of a questionnaire in its published words, in its order."""
    instrument = measure.questionnaire()
    if instrument is None:
        yield from (EntryDetail(name, str(given)) for name, given in measure.answers.items())
        return
    for item in instrument.items:
        given = measure.answers.get(item.id)
        chosen = next((one.label for one in item.options if one.value == given), "")
        is_number = chosen in {"", str(given)}
        words = str(given) if is_number else f"{chosen} ({given})"
        yield EntryDetail(item.text, "not answered" if given is None else words)


#: How the fields of a questionnaire are shown; a published name says which version it is.
_MEASURE_FIELDS: Mapping[str, Callable[[Measure], Iterable[EntryDetail]]] = {
    "instrument": _instrument_details,
    "version": lambda _: (),
    "answers": _item_details,
}


def _derived_details(entry: EntryValue) -> Iterator[EntryDetail]:
    match entry.values.derived():
        case PracticeCode(skills_code=int(code)):
            yield EntryDetail("Diary card code", f"{code}: {_DIARY_CODE_PHRASES[code]}")
        case MeasureScores() as scores:
            if scores.score is not None:
                yield EntryDetail(field_label("score"), formatting.format_number(scores.score))
            for name in ("severity", "score_note"):
                if words := getattr(scores, name):
                    yield EntryDetail(field_label(name), words)
            for name, part in scores.subscales.items():
                if part["score"] is not None:
                    yield EntryDetail(field_label(name), formatting.format_number(part["score"]))


def _question_label(name: str, entry: EntryValue) -> str:
    """Return the label of a skipped question, also of a questionnaire's or of one urge."""
    head, _, part = name.partition(".")
    if head == "answers" and isinstance(entry.values, Measure):
        instrument = entry.values.questionnaire()
        item = instrument.item(part) if instrument is not None else None
        return item.text if item is not None else part
    label = field_label(head).lower()
    return f"{label}, {formatting.humanize(part.replace('.', ' '))}" if part else label


def _provenance_details(entry: EntryValue) -> Iterator[EntryDetail]:
    """List when and how it was written down, and who may read it."""
    written = formatting.format_datetime(entry.recorded_at, entry.time_zone)
    yield EntryDetail("Written down", f"{written} ({entry.time_zone.replace('_', ' ')})")
    if entry.clock_suspect:
        yield EntryDetail("Clock", "the phone’s clock was wrong; when it happened may be too")
    if entry.rev > 1:
        yield EntryDetail("Changed", formatting.pluralize(entry.rev - 1, "time"))
    yield EntryDetail("Logged", _origin_phrase(entry.origin))
    yield EntryDetail("Shared with", _AUDIENCES.get(entry.share, formatting.humanize(entry.share)))


def _origin_phrase(origin: str) -> str:
    if plan_of_origin(origin) is not None:
        return "by a situation plan"
    return _ORIGINS.get(origin, "in answer to a reminder")
