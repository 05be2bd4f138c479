"""The questionnaires that ship with this version, and their scoring; a wrong file is refused.

``data/instruments/<slug>.json`` holds the published wording, what allows us to ship it, and how it
is scored. A newer version is another file, ``<slug>.<version>.json``; answers to the older one stay
scored by the older one. A score is a sum of what was answered, without a guess about what was not.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson

_FOLDER = Path(__file__).parent.parent / "data" / "instruments"
_ITEM_ID = re.compile(r"[a-z][a-z0-9_]{0,19}")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
#: What a file must say in words; without a licence nobody knows that it may be shipped.
_TEXT_FIELDS = (
    "slug", "name", "short_name", "version", "licence", "source", "attribution", "instructions",
)  # fmt: skip


class InvalidInstrument(Exception):
    """A file of a questionnaire that can't be used: no licence, or parts that contradict."""


@dataclass(frozen=True, slots=True)
class AnswerOption:
    """One answer that may be chosen."""

    value: int
    label: str


@dataclass(frozen=True, slots=True)
class SkipRule:
    """The questionnaire's own rule for passing an item over: another item has this answer."""

    item: str
    value: int


@dataclass(frozen=True, slots=True)
class InstrumentItem:
    """One question. ``signal`` names its answer for the rules of safety."""

    id: str
    text: str
    options: tuple[AnswerOption, ...]
    asked_unless: SkipRule | None = None
    signal: str = ""

    @property
    def values(self) -> frozenset[int]:
        """List the values that may be chosen."""
        return frozenset(option.value for option in self.options)


@dataclass(frozen=True, slots=True)
class SeverityBand:
    """A published name for a part of a scale, both ends included."""

    low: int
    high: int
    name: str


@dataclass(frozen=True, slots=True)
class ScoredScale:
    """Items that belong together; ``low`` and ``high`` are None where no sum is published."""

    key: str
    name: str
    items: tuple[str, ...]
    low: int | None
    high: int | None
    bands: tuple[SeverityBand, ...]
    source: str

    def band_of(self, score: int) -> str | None:
        """Return the name of a score's band, or None where none is published."""
        return next((band.name for band in self.bands if band.low <= score <= band.high), None)


@dataclass(frozen=True, slots=True)
class Instrument:
    """One questionnaire in one version."""

    slug: str
    name: str
    short_name: str
    version: str
    licence: str
    source: str
    attribution: str
    instructions: str
    note: str
    lookback_days: int
    items: tuple[InstrumentItem, ...]
    scales: tuple[ScoredScale, ...]

    def item(self, name: str) -> InstrumentItem | None:
        """Find an item."""
        return next((item for item in self.items if item.id == name), None)

    def in_order(self, answers: Mapping[str, int]) -> dict[str, int]:
        """Return the answers in the order of the items; what is no item of it comes last."""
        asked = {item.id: answers[item.id] for item in self.items if item.id in answers}
        return {**asked, **answers}

    @property
    def total(self) -> ScoredScale | None:
        """Find the one scale that stands for the whole, if the questionnaire has such a score."""
        return next((scale for scale in self.scales if scale.key == "total"), None)


@cache
def all_instruments() -> "MappingProxyType[tuple[str, str], Instrument]":
    """Read all files once; by slug and version, in the order of their slugs.

    :raises InvalidInstrument: naming the file and what is wrong with it.
    """
    shipped = [load_instrument_file(path) for path in sorted(_FOLDER.glob("*.json"))]
    return MappingProxyType({(one.slug, one.version): one for one in shipped})


def newest_instruments() -> list[Instrument]:
    """List the newest version of each questionnaire, by slug; "10" is newer than "9"."""
    by_age = sorted(
        all_instruments().values(), key=lambda one: (one.slug, len(one.version), one.version)
    )
    return list({one.slug: one for one in by_age}.values())


def find_instrument(slug: str, version: str) -> Instrument | None:
    """Find one version of a questionnaire."""
    return all_instruments().get((slug, version))


def load_instrument_file(path: Path) -> Instrument:
    """Read one file.

    :raises InvalidInstrument: naming the file and what is wrong with it.
    """
    try:
        return parse_instrument(orjson.loads(path.read_bytes()))
    except InvalidInstrument as fault:
        raise InvalidInstrument(f"{path.name}: {fault}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInstrument(f"{path.name}: {type(error).__name__} {error}") from error


def parse_instrument(raw: Mapping[str, Any]) -> Instrument:
    """Build a questionnaire from the content of its file.

    :raises InvalidInstrument: saying what is wrong.
    """
    for name in _TEXT_FIELDS:
        if not isinstance(raw.get(name), str) or not raw[name].strip():
            raise InvalidInstrument(f"{name} is missing")
    _require(
        bool(_SLUG.fullmatch(raw["slug"])), "slug must be lower case letters, digits and dashes"
    )
    lookback = raw["lookback_days"]
    _require(
        type(lookback) is int and 0 < lookback <= 366, "lookback_days must be a number of days"
    )
    choices = {name: _options(name, given) for name, given in raw["options"].items()}
    items = tuple(_item(one, choices) for one in raw["items"])
    by_id = {item.id: item for item in items}
    _require(len(by_id) == len(items) > 0, "items need ids, each once")
    for item in items:
        rule = item.asked_unless
        known = rule is None or (rule.item in by_id and rule.value in by_id[rule.item].values)
        _require(known, f"{item.id} is passed over for an answer that does not exist")
    scales = tuple(_scale(one, by_id) for one in raw["scales"])
    _require(len({scale.key for scale in scales}) == len(scales) > 0, "scales need keys, each once")
    words = {name: raw[name].strip() for name in _TEXT_FIELDS}
    return Instrument(
        **words, note=raw.get("note", ""), lookback_days=lookback, items=items, scales=scales
    )


def _options(name: str, given: Any) -> tuple[AnswerOption, ...]:
    options = tuple(AnswerOption(one["value"], one["label"]) for one in given)
    _require(
        all(type(one.value) is int and one.label for one in options), f"{name}: value and label"
    )
    _require(len({one.value for one in options}) == len(options) > 1, f"{name}: values, each once")
    return options


def _item(
    raw: Mapping[str, Any], choices: Mapping[str, tuple[AnswerOption, ...]]
) -> InstrumentItem:
    _require(
        bool(_ITEM_ID.fullmatch(raw["id"])) and bool(raw["text"].strip()), "an item without id"
    )
    _require(raw["options"] in choices, f"{raw['id']} has options that do not exist")
    rule = raw.get("asked_unless")
    return InstrumentItem(
        id=raw["id"],
        text=raw["text"],
        options=choices[raw["options"]],
        asked_unless=None if rule is None else SkipRule(rule["item"], rule["is"]),
        signal=raw.get("signal", ""),
    )


def _scale(raw: Mapping[str, Any], items: Mapping[str, InstrumentItem]) -> ScoredScale:
    scale = ScoredScale(
        key=raw["key"],
        name=raw["name"],
        items=tuple(raw["items"]),
        low=raw["low"],
        high=raw["high"],
        bands=tuple(SeverityBand(one["low"], one["high"], one["name"]) for one in raw["bands"]),
        source=raw["source"],
    )
    named = set(scale.items)
    _require(named <= set(items) and len(named) == len(scale.items) > 0, f"{scale.key}: items")
    _require(bool(scale.source.strip()), f"{scale.key}: no source")
    if scale.low is None or scale.high is None:
        _require(scale.low is scale.high and not scale.bands, f"{scale.key}: bands without a range")
        return scale
    ends = [(min(items[name].values), max(items[name].values)) for name in scale.items]
    reach = (sum(low for low, _ in ends), sum(high for _, high in ends))
    _require(reach == (scale.low, scale.high), f"{scale.key}: its items reach {reach}")
    expected = scale.low
    for band in scale.bands:
        _require(band.low == expected and band.high >= band.low, f"{scale.key}: bands leave a gap")
        expected = band.high + 1
    _require(not scale.bands or expected == scale.high + 1, f"{scale.key}: bands end too early")
    return scale


def _require(holds: bool, detail: str) -> None:  # noqa: FBT001 (reads as a sentence)
    if not holds:
        raise InvalidInstrument(detail)


@dataclass(frozen=True, slots=True)
class ScaleScore:
    """One scale of one completed questionnaire.

    ``score`` is None where items are missing or no sum is published; nothing is ever prorated.
    """

    scale: ScoredScale
    score: int | None
    severity: str | None
    missing: tuple[str, ...]


def score_scales(instrument: Instrument, answers: Mapping[str, int]) -> tuple[ScaleScore, ...]:
    """Score every scale of a questionnaire."""
    return tuple(_score_scale(instrument, scale, answers) for scale in instrument.scales)


def score_total(instrument: Instrument, answers: Mapping[str, int]) -> ScaleScore | None:
    """Score the whole, if the questionnaire has such a score."""
    scale = instrument.total
    return None if scale is None else _score_scale(instrument, scale, answers)


def unanswered_items(instrument: Instrument, answers: Mapping[str, int]) -> tuple[str, ...]:
    """List the items that should have been answered, in the questionnaire's order."""
    return tuple(
        item.id
        for item in instrument.items
        if item.id not in answers and not _is_skipped_by_rule(instrument, item.id, answers)
    )


def _score_scale(
    instrument: Instrument, scale: ScoredScale, answers: Mapping[str, int]
) -> ScaleScore:
    open_items = set(unanswered_items(instrument, answers))
    missing = tuple(name for name in scale.items if name in open_items)
    if missing or scale.low is None:
        return ScaleScore(scale, None, None, missing)
    # An item that the questionnaire itself passes over counts as its lowest answer.
    score = sum(answers.get(name, _lowest_value(instrument, name)) for name in scale.items)
    return ScaleScore(scale, score, scale.band_of(score), ())


def _is_skipped_by_rule(instrument: Instrument, name: str, answers: Mapping[str, int]) -> bool:
    item = instrument.item(name)
    rule = item.asked_unless if item is not None else None
    return rule is not None and answers.get(rule.item) == rule.value


def _lowest_value(instrument: Instrument, name: str) -> int:
    item = instrument.item(name)
    return min(item.values) if item is not None else 0
