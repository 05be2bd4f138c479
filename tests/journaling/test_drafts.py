"""What a phone sends is taken exactly as it is, or refused by the name of the field."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from backend.kit.errors import InvalidInput
from journaling.drafts import read_draft

NOW = datetime(2026, 5, 4, 20, 0, tzinfo=UTC)


def sent(kind: str = "craving", **fields: Any) -> dict[str, Any]:
    at = "2026-05-04T14:50:00-05:00"
    common = {
        "id": str(uuid4()),
        "kind": kind,
        "occurred_at": at,
        "recorded_at": at,
        "time_zone": "America/Chicago",
    }
    return common | fields


def faults(body: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refusal:
        read_draft(body, now=NOW)
    return {error.field: error.code for error in refusal.value.errors}


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("craving", {"intensity": 0, "target": "alcohol"}),
        (
            "craving",
            {
                "intensity": 10,
                "target": "Wein 🍷",
                "triggers": ["lonely", "media"],
                "place": "kitchen",
                "company": "alone",
                "thought": "just one",
                "skills": ["notice-only"],
                "intensity_after": 4,
                "minutes_later": 20,
                "outcome": "did_not_use",
            },
        ),
        ("mood", {"valence": -3, "energy": 3, "emotions": {"anger": 0}, "labels": ["calm"]}),
        ("skill_practice", {"skill": "notice-only", "considered": True, "attempted": False}),
        ("use", {"substance": "alcohol", "amount": 1.5, "unit": "drinks", "approximate": True}),
        ("note", {"note": "line one\nline two"}),
    ],
)
def test_every_kind_is_taken_with_its_fields(kind: str, fields: dict[str, Any]) -> None:
    draft = read_draft(sent(kind, **fields), now=NOW)

    assert {**draft.plain, **draft.words} == fields


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(sent(intensity=11, target="x"), {"intensity": "off_scale"}, id="above-10"),
        pytest.param(sent(intensity=-1, target="x"), {"intensity": "off_scale"}, id="below-0"),
        pytest.param(
            sent(intensity="7", target="x"), {"intensity": "not_a_whole_number"}, id="text"
        ),
        pytest.param(
            sent(intensity=7.5, target="x"), {"intensity": "not_a_whole_number"}, id="half"
        ),
        pytest.param(
            sent(intensity=True, target="x"), {"intensity": "not_a_whole_number"}, id="bool"
        ),
        pytest.param(sent(intensity=5), {"target": "required"}, id="missing-target"),
        pytest.param(sent(intensity=5, target=None), {"target": "required"}, id="null-is-missing"),
        pytest.param(sent(intensity=5, target="  "), {"target": "blank"}, id="blank-target"),
        pytest.param(
            sent(intensity=5, target="x", triggers=["lonely"] * 4), {"triggers": "too_many"}, id="4"
        ),
        pytest.param(
            sent(intensity=5, target="x", triggers=["lazy"]),
            {"triggers": "unknown_choice"},
            id="unknown-trigger",
        ),
        pytest.param(
            sent(intensity=5, target="x", minutes_later=61),
            {"minutes_later": "off_scale"},
            id="later-than-an-hour",
        ),
        pytest.param(
            sent(intensity=5, target="x", mood=3), {"mood": "unknown_field"}, id="unknown-field"
        ),
        pytest.param(
            sent(intensity=5, target="x", seq=3), {"seq": "unknown_field"}, id="read-only-field"
        ),
        pytest.param(
            sent(intensity=5, target="x", patient=str(uuid4())),
            {"patient": "unknown_field"},
            id="somebody-elses-patient-id",
        ),
        pytest.param(sent("mood", valence=4), {"valence": "off_scale"}, id="valence-4"),
        pytest.param(
            sent("mood", valence=0, emotions={"anger": 6}), {"emotions": "off_scale"}, id="0-5"
        ),
        pytest.param(
            sent("mood", valence=0, emotions={"envy": 1}), {"emotions": "unknown_choice"}, id="envy"
        ),
        pytest.param(
            sent("skill_practice", skill="hum"), {"skill": "unknown_skill"}, id="unknown-skill"
        ),
        pytest.param(
            sent("skill_practice", skill="notice-only", attempted=False, helped=True),
            {"helped": "contradicts"},
            id="helped-but-not-used",
        ),
        pytest.param(
            sent("use", substance="x", amount=float("inf")), {"amount": "out_of_range"}, id="inf"
        ),
        pytest.param(sent("note"), {"note": "required"}, id="a-note-without-text"),
        pytest.param(sent("note", note="x" * 10_001), {"note": "too_long"}, id="10001-characters"),
        pytest.param(sent("note", note="a\x00b"), {"note": "invalid_characters"}, id="nul"),
        pytest.param(sent("note", note="\ud83d"), {"note": "invalid_characters"}, id="surrogate"),
        pytest.param(sent("note", note=5), {"note": "not_text"}, id="number-as-text"),
        pytest.param(sent("sorrow"), {"kind": "unknown_kind"}, id="unknown-kind"),
        pytest.param({**sent("note"), "kind": None}, {"kind": "required"}, id="no-kind"),
        pytest.param({**sent("note"), "kind": ["note"]}, {"kind": "unknown_kind"}, id="list"),
        pytest.param(sent("note", note="x", id="7"), {"id": "not_a_uuid"}, id="id-no-uuid"),
        pytest.param(
            sent("note", note="x", time_zone="Mars/Base"), {"time_zone": "unknown_zone"}, id="zone"
        ),
        pytest.param(
            sent("note", note="x", occurred_at="2026-05-04T14:50:00"),
            {"occurred_at": "not_an_instant"},
            id="no-offset",
        ),
        pytest.param(
            sent("note", note="x", occurred_at="2026-02-30T14:50:00Z"),
            {"occurred_at": "not_an_instant"},
            id="30-february",
        ),
        pytest.param(
            sent("note", note="x", occurred_at="2026-05-05T20:00:01Z"),
            {"occurred_at": "in_future"},
            id="more-than-a-day-ahead",
        ),
        pytest.param(
            sent("note", note="x", occurred_at=1_777_000_000),
            {"occurred_at": "not_an_instant"},
            id="unix-time",
        ),
        pytest.param(
            sent("note", note="x", share="world"), {"share": "unknown_choice"}, id="share"
        ),
        pytest.param(
            sent("note", note="x", discuss="yes"), {"discuss": "not_yes_or_no"}, id="discuss-yes"
        ),
        pytest.param(
            sent("note", note="x", origin="prompt:1"), {"origin": "unknown_choice"}, id="origin"
        ),
    ],
)
def test_what_cannot_be_taken_is_named(body: dict[str, Any], expected: dict[str, str]) -> None:
    assert faults(body) == expected


def test_every_fault_is_told_at_once() -> None:
    found = faults(sent(intensity=11, target="", outcome="maybe", shoe_size=44))

    assert set(found) == {"intensity", "target", "outcome", "shoe_size"}


def test_a_refusal_never_repeats_what_was_sent() -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_draft(sent(intensity="canary-5", target="canary-6" * 20), now=NOW)

    assert "canary" not in str(refusal.value.errors)


def test_exactly_a_day_ahead_is_still_taken_but_flagged() -> None:
    ahead = (NOW + timedelta(hours=24)).isoformat()

    draft = read_draft(sent("note", note="x", occurred_at=ahead, recorded_at=ahead), now=NOW)

    assert draft.clock_suspect is True
    assert draft.occurred_at == NOW + timedelta(hours=24)


def test_the_same_content_in_other_words_of_json_is_the_same_content() -> None:
    body = sent(intensity=5, target="alcohol", triggers=["lonely"], note="x")
    shuffled = dict(reversed(list(body.items()))) | {"outcome": None}

    assert read_draft(body, now=NOW).content() == read_draft(shuffled, now=NOW).content()


@pytest.mark.parametrize(
    "change",
    [{"intensity": 6}, {"note": "y"}, {"share": "private"}, {"discuss": True}, {"outcome": "used"}],
)
def test_other_content_is_told_apart(change: dict[str, Any]) -> None:
    body = sent(intensity=5, target="alcohol", note="x")

    assert read_draft(body, now=NOW).content() != read_draft(body | change, now=NOW).content()
