"""The FHIR file: valid R4 resources, nothing left out, the labels of part 2 on each."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from journaling.entries.edit import change_entry
from journaling.entries.kinds.registry import KINDS
from journaling.exports.formats import FULL_NOTICE
from journaling.measures import instruments
from tests.cast import Cast, own_chart
from tests.journaling.briefs.brief_scenario import _REQUIRED, wrote
from tests.journaling.exports.export_runner import as_json, made

NOW = datetime(2026, 4, 2, 15, 0, tzinfo=UTC)
AT = NOW - timedelta(hours=1)

FULL: dict[str, dict[str, Any]] = {
    "craving": {
        "intensity": 7, "triggers": ["lonely", "cue_or_place"], "place": "pier", "thought": "one",
        "skills": ["name-it"], "intensity_after": 4, "minutes_later": 20, "outcome": "did_not_use",
        "safety_check": {"safe_now": True}, "note": "at night",
    },
    "mood": {
        "valence": -2, "energy": 0, "labels": ["sad", "lonely"],
        "associations": ["current_events"], "emotions": {"fear": 0, "joy": 3},
    },
    "daily": {
        "urges": {"suicide": {"peak": 0, "acted": False}, "use": {"peak": 4}},
        "sleep_hours": 6.5, "medication_taken": True, "balance": {"mind": 2},
        "unanswered": {"pain": "skipped", "urges.self_harm": "prefer_not_to_say"},
    },
    "use": {"substance": "alcohol", "amount": 2.5, "unit": "glasses", "approximate": True},
    "skill_practice": {
        "skill": "name-it", "attempted": True, "able": True, "helped": False, "rating_before": 6,
    },
}  # fmt: skip


def resources(cast: Cast) -> list[dict[str, Any]]:
    bundle = as_json(cast.maya, made(cast.maya, "fhir", now=NOW), "fhir")
    get_fhir_model_class("Bundle").model_validate(bundle)
    return [entry["resource"] for entry in bundle["entry"]]


def the(cast: Cast, kind: str, **fields: Any) -> Any:
    entry = wrote(cast.maya, kind, AT, **(FULL.get(kind, {}) | fields))
    return next(found for found in resources(cast) if found["id"] == str(entry.id))


def component(found: dict[str, Any], code: str) -> dict[str, Any]:
    match: dict[str, Any]
    (match,) = [part for part in found["component"] if part["code"]["coding"][0]["code"] == code]
    return match


@pytest.mark.parametrize("kind", sorted(set(_REQUIRED) | set(FULL)))
def test_every_kind_is_a_valid_resource_of_its_own_patient(cast: Cast, kind: str) -> None:
    found = the(cast, kind)

    get_fhir_model_class(found["resourceType"]).model_validate(found)
    assert found["subject"] == {"reference": f"urn:uuid:{cast.maya.pk}"}
    at = found.get("effectiveDateTime") or found["authored"]
    assert datetime.fromisoformat(at) == AT
    assert at.endswith("-05:00")


def test_no_kind_is_left_out() -> None:
    assert set(KINDS) == set(_REQUIRED)


def test_every_resource_carries_the_labels_of_part_2_and_the_bundle_its_notice(cast: Cast) -> None:
    wrote(cast.maya, "craving", AT)

    found = resources(cast)

    for resource in found:
        codes = {label["code"] for label in resource["meta"]["security"]}
        assert codes == {"R", "42CFRPart2"}
    attached = found[0]["content"][0]["attachment"]["data"]
    assert base64.b64decode(attached).decode() == FULL_NOTICE


def test_mood_has_the_shape_of_state_of_mind(cast: Cast) -> None:
    found = the(cast, "mood")

    assert found["meta"]["profile"][0].endswith("/pghd-observation-state-of-mind")
    assert found["code"]["coding"][0]["code"] == "stateOfMind"
    assert component(found, "valence")["valueQuantity"]["value"] == -2
    shown = component(found, "valenceClassification")["valueCodeableConcept"]["coding"]
    assert shown[0]["code"] == "unpleasant"
    labels = component(found, "labels")["valueCodeableConcept"]["coding"]
    assert [label["code"] for label in labels] == ["sad", "lonely"]
    about = component(found, "associations")["valueCodeableConcept"]["coding"]
    assert about[0]["code"] == "currentEvents"
    assert component(found, "energy")["valueInteger"] == 0
    assert component(found, "emotions.fear")["valueInteger"] == 0


def test_labels_that_were_not_given_are_absent_and_not_empty(cast: Cast) -> None:
    found = the(cast, "mood", labels=None, associations=None)

    for name in ("labels", "associations"):
        missing = component(found, name)["dataAbsentReason"]["coding"][0]["code"]
        assert missing == "unknown"


def test_a_craving_is_an_assessment_with_its_scale(cast: Cast) -> None:
    found = the(cast, "craving")

    assert found["meta"]["profile"][0].endswith("us-core-observation-screening-assessment")
    assert found["valueQuantity"]["value"] == 7
    assert found["valueQuantity"]["unit"] == "of 0 to 10"
    assert component(found, "intensity_after")["valueInteger"] == 4
    assert component(found, "outcome")["valueString"] == "did_not_use"
    triggers = component(found, "triggers")["valueCodeableConcept"]["coding"]
    assert [trigger["code"] for trigger in triggers] == ["lonely", "cue_or_place"]
    assert found["note"] == [{"text": "at night"}]
    assert found["extension"][0]["valueCode"] == "momentary"


def test_passed_over_and_not_asked_stay_distinct(cast: Cast) -> None:
    found = the(cast, "daily")

    def absent(name: str) -> str:
        code: str = component(found, name)["dataAbsentReason"]["coding"][0]["code"]
        return code

    codes = [part["code"]["coding"][0]["code"] for part in found["component"]]
    assert absent("pain") == "asked-unknown"
    assert absent("urges.self_harm") == "asked-declined"
    assert "meals" not in codes
    assert component(found, "urges.suicide.peak")["valueInteger"] == 0
    assert component(found, "sleep_hours")["valueQuantity"]["value"] == 6.5


@pytest.mark.parametrize(
    ("reading", "code", "value"),
    [
        ({"type": "weight", "value": 70.5, "unit": "kg"}, "29463-7", "kg"),
        ({"type": "weight", "value": 155, "unit": "lb"}, "29463-7", "[lb_av]"),
        ({"type": "pulse", "value": 61, "unit": "bpm"}, "8867-4", "/min"),
        ({"type": "sleep", "value": 7, "unit": "h"}, "93832-4", "h"),
        ({"type": "meals", "value": 3, "unit": "meals"}, "meals", None),
    ],
)
def test_a_reading_has_a_public_code_and_its_own_unit(
    cast: Cast, reading: dict[str, Any], code: str, value: str | None
) -> None:
    found = the(cast, "reading", **reading)

    assert found["code"]["coding"][0]["code"] == code
    assert found["valueQuantity"]["value"] == reading["value"]
    assert found["valueQuantity"].get("code") == value


def test_a_blood_pressure_has_two_numbers(cast: Cast) -> None:
    found = the(cast, "reading", type="blood_pressure", value=120, unit="mmHg", diastolic=80)

    assert component(found, "8480-6")["valueQuantity"]["value"] == 120
    assert component(found, "8462-4")["valueQuantity"]["value"] == 80


def test_a_questionnaire_comes_with_its_items_answers_and_score(cast: Cast) -> None:
    slug = "phq-9"
    instrument = next(one for one in instruments.newest_instruments() if one.slug == slug)
    answers = {item.id: min(item.values) + 1 for item in instrument.items}
    entry = wrote_measure(cast, slug, instrument.version, answers)

    found = resources(cast)

    (asked,) = [one for one in found if one["resourceType"] == "Questionnaire"]
    (answered,) = [one for one in found if one["resourceType"] == "QuestionnaireResponse"]
    (score,) = [one for one in found if one["resourceType"] == "Observation"]
    assert [item["text"] for item in asked["item"]] == [item.text for item in instrument.items]
    assert answered["questionnaire"] == f"{asked['url']}|{asked['version']}"
    given = {item["linkId"]: item["answer"][0]["valueCoding"] for item in answered["item"]}
    assert {name: int(coding["code"]) for name, coding in given.items()} == answers
    assert given["q1"]["display"] == "Several days"
    assert {item["type"] for item in asked["item"]} == {"choice"}
    first = asked["item"][0]["answerOption"]
    assert [(one["valueCoding"]["code"], one["valueCoding"]["display"]) for one in first] == [
        ("0", "Not at all"), ("1", "Several days"), ("2", "More than half the days"),
        ("3", "Nearly every day"),
    ]  # fmt: skip
    assert given["q1"] | {"extension": []} in [
        one["valueCoding"] | {"extension": []} for one in first
    ]
    assert score["derivedFrom"] == [{"reference": f"urn:uuid:{entry}"}]
    assert score["code"]["coding"][0]["code"] == "44261-6"
    assert score["valueInteger"] == 9
    for one in (asked, answered, score):
        get_fhir_model_class(one["resourceType"]).model_validate(one)


def test_answers_stand_in_the_order_of_the_questionnaire_with_note_and_refusals(
    cast: Cast,
) -> None:
    instrument = next(one for one in instruments.newest_instruments() if one.slug == "bam-7")
    names = [item.id for item in instrument.items]
    entry = wrote(
        cast.maya, "measure", AT, instrument="bam-7", version=instrument.version,
        answers={name: min(instrument.item(name).values) for name in reversed(names[2:])},  # type: ignore[union-attr]
        completed_at=AT.isoformat(), note="the second week was hard",
        unanswered={"answers.q1": "skipped", "answers.q2": "prefer_not_to_say"},
    )  # fmt: skip

    found = resources(cast)

    (answered,) = [one for one in found if one["id"] == str(entry.id)]
    items = answered["item"]
    assert [item["linkId"] for item in items] == names
    assert [item["extension"][0]["valueCode"] for item in items[:2]] == [
        "asked-unknown", "asked-declined",
    ]  # fmt: skip
    assert all("answer" not in item for item in items[:2])
    assert all("extension" not in item for item in items[2:])
    notes = [one for one in answered["extension"] if one["url"].endswith(":note")]
    assert [one["valueString"] for one in notes] == ["the second week was hard"]


def test_each_scale_that_is_complete_has_its_sum(cast: Cast) -> None:
    instrument = next(one for one in instruments.newest_instruments() if one.slug == "bam-7")
    summed = [scale for scale in instrument.scales if scale.high is not None]
    entry = wrote(
        cast.maya, "measure", AT, instrument="bam-7", version=instrument.version,
        answers={item.id: max(item.values) for item in instrument.items},
        completed_at=AT.isoformat(),
    )  # fmt: skip

    found = resources(cast)

    sums = {
        one["code"]["coding"][0]["code"]: one["valueInteger"]
        for one in found
        if one["resourceType"] == "Observation"
    }
    assert sums == {f"score-bam-7-{scale.key}": scale.high for scale in summed}
    assert summed
    assert all(
        one["derivedFrom"] == [{"reference": f"urn:uuid:{entry.id}"}]
        for one in found
        if one["resourceType"] == "Observation"
    )


def test_where_an_entry_came_from_and_who_sees_it_goes_along(cast: Cast) -> None:
    found = the(cast, "note", share="individual_therapist_only", discuss=True)

    said = {
        one["url"].rpartition(":")[2]: value
        for one in found["extension"]
        for name, value in one.items()
        if name != "url"
    }
    assert said == {
        "recall": "momentary", "share": "individual_therapist_only", "discuss": True,
        "clock_suspect": False, "counts": True, "origin": "self", "time_zone": "America/Chicago",
        "recorded_at": said["recorded_at"],
    }  # fmt: skip
    assert datetime.fromisoformat(said["recorded_at"]) >= AT


def test_missing_items_give_no_score(cast: Cast) -> None:
    wrote_measure(cast, "gad-7", "", {"gad1": 1})

    assert [r["resourceType"] for r in resources(cast)].count("Observation") == 0


def wrote_measure(cast: Cast, slug: str, version: str, answers: dict[str, int]) -> str:
    instrument = next(one for one in instruments.newest_instruments() if one.slug == slug)
    known = {item.id for item in instrument.items}
    given = answers if set(answers) <= known else {instrument.items[0].id: 1}
    body: dict[str, Any] = {
        "instrument": slug, "version": version or instrument.version, "answers": given,
        "completed_at": AT.isoformat(),
    }  # fmt: skip
    return str(wrote(cast.maya, "measure", AT, **body).id)


def test_what_was_changed_later_says_so(cast: Cast) -> None:
    entry = wrote(cast.maya, "note", AT)
    change_entry(
        chart=own_chart(cast.maya), entry_id=entry.id, rev=1, changes={"note": "more"}, now=NOW
    )

    (found,) = [one for one in resources(cast) if one["id"] == str(entry.id)]

    assert found["status"] == "amended"
    assert found["note"] == [{"text": "more"}]
