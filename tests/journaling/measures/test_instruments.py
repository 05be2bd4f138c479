"""Questionnaires: published wording and scoring, and files that are refused."""

import copy
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journaling.measures import instruments
from journaling.measures.instruments import Instrument, InvalidInstrument

EVERY = list(instruments.all_instruments().values())


def of(slug: str) -> Instrument:
    return next(one for one in EVERY if one.slug == slug)


def raw(slug: str) -> dict[str, Any]:
    path = instruments._FOLDER / f"{slug}.json"
    found: dict[str, Any] = orjson.loads(path.read_bytes())
    return found


def spread(instrument: Instrument, total: int) -> dict[str, int]:
    """Answer every item so that the sum is this."""
    answers = {}
    for item in instrument.items:
        answers[item.id] = min(total, max(item.values))
        total -= answers[item.id]
    assert total == 0
    return answers


def test_exactly_what_may_be_shipped_is_shipped() -> None:
    found = {(one.slug, len(one.items), one.lookback_days) for one in EVERY}

    assert found == {
        ("phq-9", 9, 14), ("phq-2", 2, 14), ("gad-7", 7, 14), ("gad-2", 2, 14), ("pacs", 5, 7),
        ("bam-30", 23, 30), ("bam-7", 23, 7),
    }  # fmt: skip


@pytest.mark.parametrize("path", sorted(instruments._FOLDER.iterdir()), ids=lambda p: p.name)
def test_a_file_is_named_for_its_questionnaire(path: Path) -> None:
    found = instruments.load_instrument_file(path)

    assert path.name in {f"{found.slug}.json", f"{found.slug}.{found.version}.json"}
    assert found.licence
    assert all(item.text for item in found.items)


@pytest.mark.parametrize(
    ("slug", "score", "severity"),
    [
        # Kroenke 2001: the edges of every band.
        ("phq-9", 0, "minimal"), ("phq-9", 4, "minimal"), ("phq-9", 5, "mild"),
        ("phq-9", 9, "mild"), ("phq-9", 10, "moderate"), ("phq-9", 14, "moderate"),
        ("phq-9", 15, "moderately severe"), ("phq-9", 19, "moderately severe"),
        ("phq-9", 20, "severe"), ("phq-9", 27, "severe"),
        # Spitzer 2006.
        ("gad-7", 0, "minimal"), ("gad-7", 4, "minimal"), ("gad-7", 5, "mild"),
        ("gad-7", 9, "mild"), ("gad-7", 10, "moderate"), ("gad-7", 14, "moderate"),
        ("gad-7", 15, "severe"), ("gad-7", 21, "severe"),
        # Kroenke 2003 and 2007: the cut is 3.
        ("phq-2", 2, "below the cut of 3"), ("phq-2", 3, "at or above the cut of 3"),
        ("phq-2", 6, "at or above the cut of 3"),
        ("gad-2", 2, "below the cut of 3"), ("gad-2", 3, "at or above the cut of 3"),
        # Flannery 1999 publishes no bands.
        ("pacs", 0, None), ("pacs", 20, None), ("pacs", 30, None),
    ],
)  # fmt: skip
def test_scores_fall_into_the_published_bands(slug: str, score: int, severity: str | None) -> None:
    found = instruments.score_total(of(slug), spread(of(slug), score))

    assert found is not None
    assert (found.score, found.severity) == (score, severity)


def test_the_bam_has_three_scales_and_no_total() -> None:
    answers = {item.id: max(item.values) for item in of("bam-30").items}

    found = {
        one.scale.key: (one.score, one.severity)
        for one in instruments.score_scales(of("bam-30"), answers)
    }

    assert found == {
        "use": (12, "look closer"), "risk": (24, "look closer"),
        "protective": (24, "above the cut of 12"),
    }  # fmt: skip
    assert instruments.score_total(of("bam-30"), answers) is None


@pytest.mark.parametrize(
    ("scale", "score", "severity"),
    [
        ("use", 0, "none reported"), ("use", 1, "look closer"),
        ("risk", 11, "below the cut of 12"), ("risk", 12, "look closer"),
        ("protective", 12, "look closer"), ("protective", 13, "above the cut of 12"),
    ],
)  # fmt: skip
def test_the_scales_of_the_bam_have_the_cuts_of_its_guidelines(
    scale: str, score: int, severity: str
) -> None:
    found = next(one for one in of("bam-30").scales if one.key == scale)

    assert found.band_of(score) == severity


def test_over_seven_days_use_is_a_sum_of_days_and_the_rest_is_not_summed() -> None:
    answers = {item.id: 0 for item in of("bam-7").items} | {"q4": 3, "q5": 1, "q6": 2}

    found = {one.scale.key: one.score for one in instruments.score_scales(of("bam-7"), answers)}

    assert found == {"use": 6, "risk": None, "protective": None}


def test_what_the_bam_itself_passes_over_is_not_missing() -> None:
    bam = of("bam-30")
    answered = {item.id: 0 for item in bam.items if not item.id.startswith("q7")}
    del answered["q5"]

    use = instruments.score_scales(bam, answered)[0]
    drinking = instruments.score_scales(bam, answered | {"q4": 2})[0]

    assert instruments.unanswered_items(bam, answered) == ()
    assert (use.score, use.missing) == (0, ())
    assert (drinking.score, drinking.missing) == (None, ("q5",))
    assert "q7a" in instruments.unanswered_items(bam, answered | {"q6": 1})


@pytest.mark.parametrize("slug", ["phq-9", "gad-7", "phq-2", "gad-2", "pacs"])
def test_a_missing_item_leaves_no_score_and_is_never_prorated(slug: str) -> None:
    instrument = of(slug)
    for left_out in instrument.items:
        answers = {item.id: 1 for item in instrument.items if item is not left_out}

        found = instruments.score_total(instrument, answers)

        assert found is not None
        assert (found.score, found.severity, found.missing) == (None, None, (left_out.id,))


@st.composite
def _answered(draw: st.DrawFn) -> tuple[Instrument, dict[str, int]]:
    instrument = draw(st.sampled_from(EVERY))
    items = draw(st.sets(st.sampled_from(instrument.items)) | st.just(set(instrument.items)))
    return instrument, {
        item.id: draw(st.sampled_from(sorted(item.values)))
        for item in sorted(items, key=lambda item: item.id)
    }


@given(_answered())
def test_no_answers_score_outside_the_range_or_without_a_band(
    case: tuple[Instrument, dict[str, int]],
) -> None:
    instrument, answers = case

    for one in instruments.score_scales(instrument, answers):
        if one.score is None:
            assert one.severity is None
            assert one.missing or one.scale.low is None
        else:
            assert one.scale.low is not None
            assert one.scale.high is not None
            assert one.scale.low <= one.score <= one.scale.high
            assert (one.severity is not None) is bool(one.scale.bands)
            assert not one.missing
    assert set(instruments.unanswered_items(instrument, answers)).isdisjoint(answers)


@pytest.mark.parametrize("name", instruments._TEXT_FIELDS)
@pytest.mark.parametrize("value", [None, "", "  ", 7])
def test_a_file_without_licence_source_or_name_is_refused(name: str, value: Any) -> None:
    found = raw("phq-9") | {name: value}

    with pytest.raises(InvalidInstrument, match=name):
        instruments.parse_instrument(found)


def _without_licence(found: dict[str, Any]) -> None:
    del found["licence"]


def _short_band(found: dict[str, Any]) -> None:
    found["scales"][0]["bands"][-1]["high"] = 26


def _gap_between_bands(found: dict[str, Any]) -> None:
    found["scales"][0]["bands"][1]["low"] = 6


def _wrong_range(found: dict[str, Any]) -> None:
    found["scales"][0]["high"] = 28


def _foreign_item(found: dict[str, Any]) -> None:
    found["scales"][0]["items"].append("q10")


def _item_twice(found: dict[str, Any]) -> None:
    found["items"].append(found["items"][0])


def _value_twice(found: dict[str, Any]) -> None:
    found["options"]["two_weeks"][1]["value"] = 0


def _no_such_options(found: dict[str, Any]) -> None:
    found["items"][0]["options"] = "agreement"


def _no_lookback(found: dict[str, Any]) -> None:
    found["lookback_days"] = 0


def _no_scale(found: dict[str, Any]) -> None:
    found["scales"] = []


def _impossible_rule(found: dict[str, Any]) -> None:
    found["items"][0]["asked_unless"] = {"item": "q2", "is": 9}


def _no_items(found: dict[str, Any]) -> None:
    del found["items"]


@pytest.mark.parametrize(
    "spoil",
    [
        _without_licence, _short_band, _gap_between_bands, _wrong_range, _foreign_item,
        _item_twice, _value_twice, _no_such_options, _no_lookback, _no_scale, _impossible_rule,
        _no_items,
    ],
)  # fmt: skip
def test_a_file_whose_parts_contradict_is_refused_by_name(tmp_path: Path, spoil: Any) -> None:
    found = copy.deepcopy(raw("phq-9"))
    path = tmp_path / "phq-9.json"
    path.write_bytes(orjson.dumps(found))
    assert instruments.load_instrument_file(path).slug == "phq-9"

    spoil(found)
    path.write_bytes(orjson.dumps(found))

    with pytest.raises(InvalidInstrument, match=r"phq-9\.json"):
        instruments.load_instrument_file(path)


def test_answers_to_an_older_version_stay_scored_by_it_and_the_newest_is_offered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    newer = instruments.parse_instrument(raw("phq-2") | {"version": "10"})
    between = instruments.parse_instrument(raw("phq-2") | {"version": "9"})
    both = {("phq-2", one.version): one for one in (newer, of("phq-2"), between)}
    monkeypatch.setattr(instruments, "all_instruments", lambda: both)

    assert instruments.newest_instruments() == [newer]
    assert instruments.find_instrument("phq-2", "1") == of("phq-2")
    assert instruments.find_instrument("phq-2", "3") is None
