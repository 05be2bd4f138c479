"""The questionnaires that ship with this version: files of data, each refused when it is wrong.

``data/instruments/<slug>.json`` holds the published wording, what allows us to ship it, and how it
is scored. A newer version is another file, ``<slug>.<version>.json``; answers to the older one stay
scored by the older one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson

_FOLDER = Path(__file__).parent / "data" / "instruments"
_ITEM_ID = re.compile(r"[a-z][a-z0-9_]{0,19}")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
#: What a file must say in words; without a licence nobody knows that it may be shipped.
_WORDS = (
    "slug", "name", "short_name", "version", "licence", "source", "attribution", "instructions",
)  # fmt: skip


class BadInstrument(Exception):
    """A file of a questionnaire that can't be used: no licence, or parts that contradict."""


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that may be chosen."""

    value: int
    label: str


@dataclass(frozen=True, slots=True)
class AskedUnless:
    """The questionnaire's own rule for passing an item over: another item has this answer."""

    item: str
    value: int


@dataclass(frozen=True, slots=True)
class Item:
    """One question. ``signal`` names its answer for the rules of safety."""

    id: str
    text: str
    options: tuple[Option, ...]
    asked_unless: AskedUnless | None = None
    signal: str = ""

    @property
    def values(self) -> frozenset[int]:
        """List the values that may be chosen."""
        return frozenset(option.value for option in self.options)


@dataclass(frozen=True, slots=True)
class Band:
    """A published name for a part of a scale, both ends included."""

    low: int
    high: int
    name: str


@dataclass(frozen=True, slots=True)
class Scale:
    """Items that belong together; ``low`` and ``high`` are None where no sum is published."""

    key: str
    name: str
    items: tuple[str, ...]
    low: int | None
    high: int | None
    bands: tuple[Band, ...]
    source: str

    def band_of(self, score: int) -> str | None:
        """Name the band of a score, or None where none is published."""
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
    items: tuple[Item, ...]
    scales: tuple[Scale, ...]

    def item(self, name: str) -> Item | None:
        """Find an item."""
        return next((item for item in self.items if item.id == name), None)

    def in_order(self, answers: Mapping[str, int]) -> dict[str, int]:
        """Return the answers in the order of the items; what is no item of it comes last."""
        asked = {item.id: answers[item.id] for item in self.items if item.id in answers}
        return {**asked, **answers}

    @property
    def total(self) -> Scale | None:
        """Find the one scale that stands for the whole, if the questionnaire has such a score."""
        return next((scale for scale in self.scales if scale.key == "total"), None)


@cache
def every() -> "MappingProxyType[tuple[str, str], Instrument]":
    """Read all files once; by slug and version, in the order of their slugs.

    :raises BadInstrument: naming the file and what is wrong with it.
    """
    found = [read_file(path) for path in sorted(_FOLDER.glob("*.json"))]
    return MappingProxyType({(one.slug, one.version): one for one in found})


def newest() -> list[Instrument]:
    """List the newest version of each questionnaire, by slug; "10" is newer than "9"."""
    by_age = sorted(every().values(), key=lambda one: (one.slug, len(one.version), one.version))
    return list({one.slug: one for one in by_age}.values())


def find(slug: str, version: str) -> Instrument | None:
    """Find one version of a questionnaire."""
    return every().get((slug, version))


def read_file(path: Path) -> Instrument:
    """Read one file.

    :raises BadInstrument: naming the file and what is wrong with it.
    """
    try:
        return read_instrument(orjson.loads(path.read_bytes()))
    except BadInstrument as fault:
        raise BadInstrument(f"{path.name}: {fault}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise BadInstrument(f"{path.name}: {type(error).__name__} {error}") from error


def read_instrument(raw: Mapping[str, Any]) -> Instrument:
    """Build a questionnaire from the content of its file.

    :raises BadInstrument: saying what is wrong.
    """
    for name in _WORDS:
        if not isinstance(raw.get(name), str) or not raw[name].strip():
            raise BadInstrument(f"{name} is missing")
    _need(bool(_SLUG.fullmatch(raw["slug"])), "slug must be lower case letters, digits and dashes")
    lookback = raw["lookback_days"]
    _need(type(lookback) is int and 0 < lookback <= 366, "lookback_days must be a number of days")
    choices = {name: _options(name, given) for name, given in raw["options"].items()}
    items = tuple(_item(one, choices) for one in raw["items"])
    by_id = {item.id: item for item in items}
    _need(len(by_id) == len(items) > 0, "items need ids, each once")
    for item in items:
        rule = item.asked_unless
        known = rule is None or (rule.item in by_id and rule.value in by_id[rule.item].values)
        _need(known, f"{item.id} is passed over for an answer that does not exist")
    scales = tuple(_scale(one, by_id) for one in raw["scales"])
    _need(len({scale.key for scale in scales}) == len(scales) > 0, "scales need keys, each once")
    words = {name: raw[name].strip() for name in _WORDS}
    return Instrument(
        **words, note=raw.get("note", ""), lookback_days=lookback, items=items, scales=scales
    )


def _options(name: str, given: Any) -> tuple[Option, ...]:
    found = tuple(Option(one["value"], one["label"]) for one in given)
    _need(all(type(one.value) is int and one.label for one in found), f"{name}: value and label")
    _need(len({one.value for one in found}) == len(found) > 1, f"{name}: values, each once")
    return found


def _item(raw: Mapping[str, Any], choices: Mapping[str, tuple[Option, ...]]) -> Item:
    _need(bool(_ITEM_ID.fullmatch(raw["id"])) and bool(raw["text"].strip()), "an item without id")
    _need(raw["options"] in choices, f"{raw['id']} has options that do not exist")
    rule = raw.get("asked_unless")
    return Item(
        id=raw["id"],
        text=raw["text"],
        options=choices[raw["options"]],
        asked_unless=None if rule is None else AskedUnless(rule["item"], rule["is"]),
        signal=raw.get("signal", ""),
    )


def _scale(raw: Mapping[str, Any], items: Mapping[str, Item]) -> Scale:
    scale = Scale(
        key=raw["key"],
        name=raw["name"],
        items=tuple(raw["items"]),
        low=raw["low"],
        high=raw["high"],
        bands=tuple(Band(one["low"], one["high"], one["name"]) for one in raw["bands"]),
        source=raw["source"],
    )
    named = set(scale.items)
    _need(named <= set(items) and len(named) == len(scale.items) > 0, f"{scale.key}: items")
    _need(bool(scale.source.strip()), f"{scale.key}: no source")
    if scale.low is None or scale.high is None:
        _need(scale.low is scale.high and not scale.bands, f"{scale.key}: bands without a range")
        return scale
    ends = [(min(items[name].values), max(items[name].values)) for name in scale.items]
    reach = (sum(low for low, _ in ends), sum(high for _, high in ends))
    _need(reach == (scale.low, scale.high), f"{scale.key}: its items reach {reach}")
    expected = scale.low
    for band in scale.bands:
        _need(band.low == expected and band.high >= band.low, f"{scale.key}: bands leave a gap")
        expected = band.high + 1
    _need(not scale.bands or expected == scale.high + 1, f"{scale.key}: bands end too early")
    return scale


def _need(holds: bool, detail: str) -> None:  # noqa: FBT001 (reads as a sentence)
    if not holds:
        raise BadInstrument(detail)
