"""Handovers: by consent alone, of what the patient chose, and nothing private or struck."""

import base64
from datetime import timedelta

import pytest
from django.utils import timezone

from care.models import Consent, Handover
from journaling.models import Entry
from tests.api.privacy.handed_over import (
    PARTS,
    agree,
    bundle_of,
    door,
    log_entry,
    make,
    of_type,
    sheet_of,
    strike,
    texts_of,
)
from tests.api.responses import API, faults, problem
from tests.care.medical.treated import managed, treated
from tests.cast import Cast, signed_in

pytestmark = pytest.mark.django_db


def test_without_one_nothing_is_made(cast: Cast) -> None:
    problem(signed_in(cast.dr_okafor).post(door(cast), {}), 409, "handover_not_agreed")

    assert not Handover.objects.exists()


def test_one_that_was_taken_back_is_none(cast: Cast) -> None:
    consent = agree(cast)
    signed_in(cast.maya).post(f"{API}consents/{consent}/revoke")

    refused = signed_in(cast.dr_okafor).post(door(cast), {"consent": consent})

    problem(refused, 409, "handover_not_agreed")


def test_of_two_in_force_one_is_named(cast: Cast) -> None:
    agree(cast)
    other = agree(cast, recipient="South Clinic", scope=["level"])

    unnamed = signed_in(cast.dr_okafor).post(door(cast), {})

    assert faults(unnamed) == {"consent": "required"}
    make(cast, consent=other)
    assert Handover.objects.get().parts == ["level"]


def test_somebody_elses_consent_is_none(cast: Cast) -> None:
    agree(cast)
    mine = Consent.objects.get(pk=agree(cast, recipient="East Clinic"))
    Consent.objects.filter(pk=mine.pk).update(patient_id=cast.noah.pk)

    refused = signed_in(cast.dr_okafor).post(door(cast), {"consent": str(mine.pk)})

    problem(refused, 409, "handover_not_agreed")


def test_its_end_is_a_day_within_a_year(cast: Cast) -> None:
    end = timezone.now()
    body = {
        "purpose": "handover", "version": "2026-01", "agreed": True, "signed_name": "Maya R.",
        "scope": ["level"], "recipient": "North Clinic",
    }  # fmt: skip
    for sent, fault in (
        ({}, {"expires_at": "required"}),
        ({"expires_event": "end_of_treatment"}, {"expires_event": "not_asked"}),
        ({"expires_at": (end + timedelta(days=400)).isoformat()}, {"expires_at": "too_far"}),
        ({"scope": ["shared_entries"]}, {"scope": "unknown_choice"}),
    ):
        assert faults(signed_in(cast.maya).post(API + "consents", body | sent)) == fault


def test_it_lets_no_staff_see_more(cast: Cast) -> None:
    agree(cast)
    Consent.objects.filter(purpose="treatment", patient_id=cast.maya.pk).update(
        revoked_at=timezone.now()
    )

    problem(signed_in(cast.dr_okafor).get(door(cast)), 404, "not_found")
    problem(signed_in(cast.dr_okafor).post(door(cast), {}), 404, "not_found")


def test_a_chart_that_covers_less_hands_over_less(cast: Cast) -> None:
    treated(cast, timezone.now())
    Consent.objects.filter(purpose="treatment", patient_id=cast.maya.pk).update(scope=["sessions"])
    agree(cast)

    bundle = bundle_of(make(cast))

    assert of_type(bundle, "MedicationStatement") == []
    assert "canary-medicine" not in texts_of(bundle)
    assert "Goals of the plan of care; Skills" in texts_of(bundle)


def test_it_has_what_was_chosen_with_the_notice_and_the_consent(cast: Cast) -> None:
    treated(cast, timezone.now())
    managed(cast, timezone.now())
    log_entry(cast, "measure")
    log_entry(cast, "skill_practice")
    consent = agree(cast)

    bundle = bundle_of(make(cast))

    (medicine,) = of_type(bundle, "MedicationStatement")
    assert medicine["dosage"] == [{"text": "canary-dose"}]
    (score,) = of_type(bundle, "Observation")
    assert (score["valueInteger"], "derivedFrom" in score) == (9, False)
    (agreed,) = of_type(bundle, "Consent")
    kept = Consent.objects.get(pk=consent)
    assert base64.b64decode(agreed["sourceAttachment"]["data"]).decode() == kept.text
    assert [part["text"] for part in agreed["provision"]["code"]] == [
        part.replace("_", " ") for part in PARTS
    ]
    said = texts_of(bundle)
    assert "Notice to accompany disclosure (42 CFR 2.32)" in said
    assert "practised once; said to have helped 1 of 1 times answered" in said
    assert "PHQ-9 9 of 27" in said
    assert "Warning signs: canary-words." in said
    assert "A day without an entry is missing" in said
    assert "Nothing" not in said
    assert sheet_of(bundle).startswith(b"%PDF")
    assert sheet_of(bundle).count(b"/Type /Page\n") == 1


def test_no_more_than_was_chosen(cast: Cast) -> None:
    treated(cast, timezone.now())
    managed(cast, timezone.now())
    log_entry(cast, "measure")
    agree(cast, scope=["level"])

    bundle = bundle_of(make(cast))

    kinds = {entry["resource"]["resourceType"] for entry in bundle["entry"]}
    assert kinds == {"DocumentReference", "Patient", "Consent"}
    assert "canary" not in texts_of(bundle)


@pytest.mark.parametrize("share", ["private", "individual_therapist_only"])
def test_what_is_not_for_the_whole_team_stays(cast: Cast, share: str) -> None:
    log_entry(cast, "measure", share=share)
    log_entry(cast, "skill_practice", share=share)
    agree(cast)

    said = texts_of(bundle_of(make(cast)))

    assert "PHQ-9" not in said
    assert "practised" not in said


def test_neither_notes_nor_answers_go_along(cast: Cast) -> None:
    log_entry(cast, "measure", note="canary-note")
    log_entry(cast, "skill_practice", note="canary-note", situation="canary-situation")
    agree(cast)

    bundle = bundle_of(make(cast))

    assert "canary" not in texts_of(bundle)
    assert of_type(bundle, "QuestionnaireResponse") == []


def test_what_was_struck_from_a_brief_stays(cast: Cast) -> None:
    log_entry(cast, "measure")
    entry = Entry.objects.get(kind="measure")
    strike(cast, f"measures.score.{entry.id}")
    agree(cast)

    assert "PHQ-9" not in texts_of(bundle_of(make(cast)))


def test_a_struck_line_about_skills_takes_them_out(cast: Cast) -> None:
    log_entry(cast, "skill_practice")
    strike(cast, "skills.practice")
    agree(cast)

    said = texts_of(bundle_of(make(cast)))

    assert "practised" not in said
