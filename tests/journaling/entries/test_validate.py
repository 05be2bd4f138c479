"""What a phone sends is taken exactly as it is, or refused by the name of the field."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from backend.kit.errors import InvalidInput
from journaling.entries.validate import validate_entry

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
        validate_entry(body, now=NOW)
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
        (
            "daily",
            {
                "date": date(2026, 5, 4),
                "urges": {
                    "calling my ex": {"peak": 4},
                    "suicide": {"peak": 0, "acted": False},
                    "use": {"acted": True},
                },
                "emotions": {"anger": 5, "fear": 0, "joy": 1, "sadness": 2, "shame": 3},
                "sleep_hours": 6.5,
                "sleep_quality": 0,
                "medication_taken": True,
                "supplements_taken": False,
                "meals": 0,
                "movement_minutes": 20,
                "pleasant_event": "a walk",
                "pain": 10,
                "balance": {"mind": 0, "body": 4},
                "barrier": "no bus",
                "safety_check": {"safe_now": True, "plan": False},
            },
        ),
        (
            "pre_session",
            {
                "agenda": "a" * 280,
                "coming_in": {"use": 0, "quit_treatment": 5},
                "went_well": "I came",
                "session": UUID("01a20c91-0abc-72ed-9e7c-4c0667be9699"),
            },
        ),
        ("dose", {"name": "naltrexone", "taken": False, "reason": "felt sick"}),
        ("reading", {"type": "blood_pressure", "value": 120, "unit": "mmHg", "diastolic": 80}),
        ("meeting", {"meeting_kind": "mutual help", "minutes": 60}),
    ],
)
def test_every_kind_is_taken_with_its_fields(kind: str, fields: dict[str, Any]) -> None:
    body = orjson.loads(orjson.dumps(sent(kind, **fields)))

    draft = validate_entry(body, now=NOW)

    assert {**draft.values.columns(), **draft.values.texts()} == fields


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
            sent(intensity=5, target="x", minutes_later=1_441),
            {"minutes_later": "off_scale"},
            id="later-than-a-day",
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
        pytest.param(
            sent("daily", urges={"suicide": {"peak": 6}}), {"urges": "off_scale"}, id="urge-6"
        ),
        pytest.param(sent("daily", urges={"use": {}}), {"urges": "not_an_urge"}, id="empty-urge"),
        pytest.param(sent("daily", urges={"use": 3}), {"urges": "not_an_urge"}, id="bare-urge"),
        pytest.param(
            sent("daily", urges={name: {"peak": 1} for name in "abcde"}),
            {"urges": "too_many"},
            id="five-targets-of-ones-own",
        ),
        pytest.param(
            sent("daily", urges={"use": {"acted": 1}}), {"urges": "not_yes_or_no"}, id="acted-1"
        ),
        pytest.param(sent("daily", urges=[]), {"urges": "not_an_object"}, id="urges-list"),
        pytest.param(sent("daily", date="2026-5-4"), {"date": "not_a_date"}, id="loose-date"),
        pytest.param(sent("daily", date="2026-02-29"), {"date": "not_a_date"}, id="no-such-day"),
        pytest.param(sent("daily", date="2026-05-05"), {"date": "in_future"}, id="tomorrow"),
        pytest.param(sent("daily", date="1999-12-31"), {"date": "out_of_range"}, id="1999"),
        pytest.param(sent("daily", sleep_hours=24.5), {"sleep_hours": "out_of_range"}, id="25-h"),
        pytest.param(sent("daily", sleep_quality=5), {"sleep_quality": "off_scale"}, id="sleep-5"),
        pytest.param(sent("daily", balance={"soul": 1}), {"balance": "unknown_choice"}, id="soul"),
        pytest.param(sent("daily", balance={"mind": 5}), {"balance": "off_scale"}, id="mind-5"),
        pytest.param(
            sent("daily", safety_check={"safe_now": "no"}),
            {"safety_check": "not_yes_or_no"},
            id="safe-no-as-text",
        ),
        pytest.param(
            sent("daily", safety_check={"hope": True}),
            {"safety_check": "unknown_choice"},
            id="hope",
        ),
        pytest.param(
            sent("daily", safety_check=True), {"safety_check": "not_an_object"}, id="check-bare"
        ),
        pytest.param(
            sent("pre_session", agenda="a" * 281), {"agenda": "too_long"}, id="agenda-281"
        ),
        pytest.param(
            sent("pre_session", coming_in={"die": -1}), {"coming_in": "off_scale"}, id="die-minus-1"
        ),
        pytest.param(sent("dose", name="x"), {"taken": "required"}, id="dose-unsaid"),
        pytest.param(sent("dose", taken=True), {"name": "required"}, id="dose-of-nothing"),
        pytest.param(
            sent("reading", type="weight", value=70, unit="stone"),
            {"unit": "unknown_choice"},
            id="stone",
        ),
        pytest.param(
            sent("reading", type="pulse", value=70, unit="bpm", diastolic=80),
            {"diastolic": "contradicts"},
            id="pulse-with-lower-number",
        ),
        pytest.param(
            sent("reading", type="mood", value=7, unit="kg"), {"type": "unknown_choice"}, id="mood"
        ),
        pytest.param(
            sent("reading", type="weight"),
            {"value": "required", "unit": "required"},
            id="weight-of-nothing",
        ),
        pytest.param(sent("meeting"), {"meeting_kind": "required"}, id="meeting-of-nothing"),
        pytest.param(
            sent("note", note="x", unanswered={"note": "skipped"}),
            {"unanswered.note": "unknown_field"},
            id="required-and-skipped",
        ),
        pytest.param(
            sent("daily", unanswered={"shoe": "skipped"}),
            {"unanswered.shoe": "unknown_field"},
            id="no-such-question",
        ),
        pytest.param(
            sent("daily", unanswered={"pain": "forgot"}), {"unanswered": "unknown_choice"}, id="way"
        ),
        pytest.param(
            sent("daily", unanswered={"Pain": "skipped"}),
            {"unanswered": "unknown_field"},
            id="Pain",
        ),
        pytest.param(
            sent("daily", unanswered=["pain"]), {"unanswered": "not_an_object"}, id="list-of-names"
        ),
        pytest.param(
            sent("daily", pain=0, unanswered={"pain": "skipped"}),
            {"unanswered.pain": "contradicts"},
            id="answered-and-skipped",
        ),
        pytest.param(
            sent("daily", urges={"suicide": {"peak": 0}}, unanswered={"urges.suicide": "skipped"}),
            {"unanswered.urges.suicide": "contradicts"},
            id="urge-answered-and-skipped",
        ),
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
        validate_entry(sent(intensity="canary-5", target="canary-6" * 20), now=NOW)

    assert "canary" not in str(refusal.value.errors)


def test_exactly_a_day_ahead_is_still_taken_but_flagged() -> None:
    ahead = (NOW + timedelta(hours=24)).isoformat()

    draft = validate_entry(sent("note", note="x", occurred_at=ahead, recorded_at=ahead), now=NOW)

    assert draft.clock_suspect is True
    assert draft.occurred_at == NOW + timedelta(hours=24)


def test_the_same_content_in_other_words_of_json_is_the_same_content() -> None:
    body = sent(intensity=5, target="alcohol", triggers=["lonely"], note="x")
    shuffled = dict(reversed(list(body.items()))) | {"outcome": None}

    assert validate_entry(body, now=NOW).content() == validate_entry(shuffled, now=NOW).content()


@pytest.mark.parametrize(
    "change",
    [{"intensity": 6}, {"note": "y"}, {"share": "private"}, {"discuss": True}, {"outcome": "used"}],
)
def test_other_content_is_told_apart(change: dict[str, Any]) -> None:
    body = sent(intensity=5, target="alcohol", note="x")

    assert (
        validate_entry(body, now=NOW).content() != validate_entry(body | change, now=NOW).content()
    )


def test_a_card_without_a_day_is_of_the_day_where_the_phone_was() -> None:
    late = "2026-05-04T23:30:00-05:00"

    draft = validate_entry(
        sent("daily", occurred_at=late, recorded_at=late), now=NOW + timedelta(hours=9)
    )

    assert (draft.values.by_name()["date"], draft.local_date) == (
        date(2026, 5, 4),
        date(2026, 5, 4),
    )
    assert draft.recall == "momentary"


def test_a_card_filled_in_the_next_morning_is_recalled_however_fresh_its_instant() -> None:
    draft = validate_entry(sent("daily", date="2026-05-03"), now=NOW)

    assert (draft.local_date, draft.recall) == (date(2026, 5, 3), "recalled")


@pytest.mark.parametrize(
    ("unanswered", "kept"),
    [
        ({"pain": "prefer_not_to_say"}, {"pain": "prefer_not_to_say"}),
        (
            {"urges.suicide": "skipped", "barrier": "skipped"},
            {"barrier": "skipped", "urges.suicide": "skipped"},
        ),
        ({}, None),
        (None, None),
    ],
)
def test_what_was_passed_over_is_not_what_was_never_asked(
    unanswered: dict[str, str] | None, kept: dict[str, str] | None
) -> None:
    draft = validate_entry(
        sent("daily", urges={"use": {"peak": 0}}, unanswered=unanswered), now=NOW
    )

    assert draft.unanswered == kept
    assert "pain" not in draft.values.columns()


def test_passing_over_is_part_of_what_was_said() -> None:
    body = sent("daily")

    skipped = body | {"unanswered": {"pain": "skipped"}}
    refused = body | {"unanswered": {"pain": "prefer_not_to_say"}}

    contents = {validate_entry(each, now=NOW).content() for each in (body, skipped, refused)}
    assert len(contents) == 3
