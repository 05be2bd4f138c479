"""Handovers: by consent alone, behind a link whose key is kept nowhere, each look accounted for."""

import base64
import zlib
from datetime import timedelta
from typing import Any

import orjson
import pytest
import time_machine
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.utils import timezone
from rest_framework.test import APIClient

from care.handovers.fetch import ADDRESS_LIMIT
from care.models import AccessLogEntry, Consent, Disclosure, Handover, IdempotencyKey
from journaling.briefs.mirror import MIRROR_BINDING
from journaling.models import BriefMirror, Entry
from tests import cast as people
from tests.api.responses import API, faults, problem
from tests.api.sample_entries import full
from tests.care.medical.treated import managed, treated
from tests.cast import Cast, signed_in

pytestmark = pytest.mark.django_db
PARTS = ["level", "plan", "skills", "measures", "medicines", "aftercare", "safety_plan"]


def agree(cast: Cast, **changes: Any) -> str:
    """Let maya agree to a handover; return the consent's id."""
    end = (timezone.now() + timedelta(days=90)).isoformat()
    body = {
        "purpose": "handover", "version": "2026-01", "agreed": True, "signed_name": "Maya R.",
        "scope": PARTS, "recipient": "North Clinic", "expires_at": end,
    }  # fmt: skip
    answer = signed_in(cast.maya).post(API + "consents", body | changes)
    assert answer.status_code == 201, answer.content
    return str(answer.json()["id"])


def door(cast: Cast) -> str:
    return f"{API}patients/{cast.maya.pk}/handovers"


def make(cast: Cast, **body: Any) -> dict[str, Any]:
    answer = signed_in(cast.dr_okafor).post(door(cast), body)
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def payload_of(link: str) -> dict[str, Any]:
    text = link.removeprefix("shlink:/")
    return dict(orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def opened(file: str, key: str) -> dict[str, Any]:
    """Decrypt a compact JWE as RFC 7516 says, by no code of ours."""
    head, nothing, nonce, sealed, tag = file.split(".")
    assert nothing == ""
    assert orjson.loads(raw(head)) == {
        "alg": "dir", "cty": "application/fhir+json", "enc": "A256GCM", "zip": "DEF",
    }  # fmt: skip
    plain = AESGCM(raw(key)).decrypt(raw(nonce), raw(sealed) + raw(tag), head.encode())
    return dict(orjson.loads(zlib.decompress(plain, wbits=-15)))


def ask(made: dict[str, Any], **changes: Any) -> Any:
    """Open the link as somebody without an account."""
    body = {"recipient": "Dr. North", "passcode": made["passcode"]} | changes
    address = payload_of(made["link"])["url"].partition("testserver")[2]
    return APIClient().post(address, body, format="json")


def bundle_of(made: dict[str, Any]) -> dict[str, Any]:
    answer = ask(made)
    assert answer.status_code == 200, answer.content
    (file,) = answer.json()["files"]
    assert set(file) == {"contentType", "embedded"}
    return opened(file["embedded"], payload_of(made["link"])["key"])


def of_type(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    resources = [entry["resource"] for entry in bundle["entry"]]
    return [one for one in resources if one["resourceType"] == kind]


def texts_of(bundle: dict[str, Any]) -> str:
    """Return the bundle with every attachment that is text decoded."""
    attached = [
        content["attachment"]
        for document in of_type(bundle, "DocumentReference")
        for content in document["content"]
    ]
    plain = [one["data"] for one in attached if one["contentType"].startswith("text/")]
    return orjson.dumps(bundle).decode() + "".join(base64.b64decode(one).decode() for one in plain)


def sheet_of(bundle: dict[str, Any]) -> bytes:
    (data,) = [
        content["attachment"]["data"]
        for document in of_type(bundle, "DocumentReference")
        for content in document["content"]
        if content["attachment"]["contentType"] == "application/pdf"
    ]
    return base64.b64decode(data)


def log_entry(cast: Cast, kind: str, **changes: Any) -> None:
    answer = signed_in(cast.maya).post(API + "entries", full(kind) | changes)
    assert answer.status_code == 201, answer.content


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
    _strike(cast, f"measures.score.{entry.id}")
    agree(cast)

    assert "PHQ-9" not in texts_of(bundle_of(make(cast)))


def test_a_struck_line_about_skills_takes_them_out(cast: Cast) -> None:
    log_entry(cast, "skill_practice")
    _strike(cast, "skills.practice")
    agree(cast)

    said = texts_of(bundle_of(make(cast)))

    assert "practised" not in said


def test_it_is_a_link_as_the_standard_has_it(cast: Cast) -> None:
    agree(cast)

    made = make(cast, days=7)

    payload = payload_of(made["link"])
    assert set(payload) == {"url", "key", "exp", "flag", "label", "v"}
    assert (payload["flag"], payload["v"], len(raw(payload["key"]))) == ("P", 1, 32)
    assert len(payload["url"]) <= 128
    assert len(payload["label"]) <= 80
    assert payload["exp"] == pytest.approx((timezone.now() + timedelta(days=7)).timestamp(), abs=60)


def test_key_and_passcode_are_kept_nowhere(cast: Cast) -> None:
    agree(cast)
    client = signed_in(cast.dr_okafor)
    answer = client.post(door(cast), {}, headers={"Idempotency-Key": "one"}).json()

    payload = payload_of(answer["link"])
    (row,) = Handover.objects.values()
    kept = repr(row)
    for secret in (payload["key"], answer["passcode"], payload["url"].rpartition("/")[2]):
        assert secret not in kept
    assert raw(payload["key"]) not in kept.encode()
    assert not IdempotencyKey.objects.exists()


def test_it_ends_with_its_consent(cast: Cast) -> None:
    end = timezone.now() + timedelta(days=3)
    agree(cast, expires_at=end.isoformat())

    made = make(cast, days=60)

    assert payload_of(made["link"])["exp"] == int(end.timestamp())


def test_a_wrong_passcode_says_how_many_are_left(cast: Cast) -> None:
    agree(cast)
    made = make(cast)

    refused = ask(made, passcode="WRONG")

    assert (refused.status_code, refused.json()) == (401, {"remainingAttempts": 9})
    assert not Disclosure.objects.exists()
    denied = AccessLogEntry.objects.get(action="denied", data_class="handover")
    assert (denied.patient_id, denied.reason) == (cast.maya.pk, "wrong_passcode")
    assert ask(made).status_code == 200
    assert Handover.objects.get().wrong_attempts == 1


def test_ten_wrong_ones_lock_it_for_good(cast: Cast) -> None:
    agree(cast)
    made = make(cast)
    for left in range(9, -1, -1):
        assert ask(made, passcode="WRONG").json() == {"remainingAttempts": left}

    with time_machine.travel(timezone.now() + timedelta(days=2)):
        refused = ask(made)

    assert (refused.status_code, refused.json()) == (401, {"remainingAttempts": 0})
    told = signed_in(cast.maya).get(API + "handovers").json()["results"][0]
    assert (told["open"], told["attempts_left"], told["fetches"]) == (False, 0, 0)


def test_who_guesses_at_many_links_is_told_to_wait(cast: Cast) -> None:
    agree(cast)
    made = [make(cast) for _ in range(4)]
    for place in range(ADDRESS_LIMIT):
        assert ask(made[place // 9], passcode="WRONG").status_code == 401

    assert ask(made[3]).status_code == 429


def test_however_it_was_typed_the_passcode_is_right(cast: Cast) -> None:
    agree(cast)
    made = make(cast)

    assert ask(made, passcode=made["passcode"].lower().replace("-", " ")).status_code == 200


@pytest.mark.parametrize("how", ["revoked", "by its patient", "consent", "expired", "unknown"])
def test_one_that_is_over_is_not_there(cast: Cast, how: str) -> None:
    consent = agree(cast)
    made = make(cast)
    one = f"{API}handovers/{made['id']}"
    if how == "revoked":
        assert signed_in(cast.dr_okafor).delete(one).status_code == 204
    if how == "by its patient":
        assert signed_in(cast.maya).delete(one).status_code == 204
        assert signed_in(cast.maya).delete(one).status_code == 204
    if how == "consent":
        signed_in(cast.maya).post(f"{API}consents/{consent}/revoke")
    if how == "unknown":
        Handover.objects.all().delete()

    with time_machine.travel(timezone.now() + timedelta(days=31 if how == "expired" else 0)):
        problem(ask(made), 404, "not_found")
        problem(ask(made, passcode="WRONG"), 404, "not_found")

    assert not Disclosure.objects.exists()


def test_each_fetch_is_told_to_the_patient_as_claimed(cast: Cast) -> None:
    agree(cast, scope=["level", "medicines"])
    made = make(cast)
    ask(made)
    ask(made, recipient="Somebody else")

    told = signed_in(cast.maya).get(API + "disclosures").json()["results"]
    looks = signed_in(cast.maya).get(API + "access-log").json()["results"]

    assert [(one["to"], one["purpose"], one["what"]) for one in told] == [
        (f"North Clinic (by a link; opened as “{name}”)", "handover",
         "levels of care, medicines")
        for name in ("Somebody else", "Dr. North")
    ]  # fmt: skip
    assert ("Whoever called themselves “Dr. North”", "looked at", "handover") in {
        (one["who"], one["action"], one["what"]) for one in looks
    }
    assert signed_in(cast.maya).get(API + "handovers").json()["results"][0]["fetches"] == 2


def test_a_program_that_takes_no_large_manifest_fetches_the_file(cast: Cast) -> None:
    agree(cast)
    made = make(cast)
    (file,) = ask(made, embeddedLengthMax=10).json()["files"]
    address = file["location"].partition("testserver")[2]

    fetched = APIClient().get(address)

    assert fetched.headers["Content-Type"] == "application/jose"
    key = payload_of(made["link"])["key"]
    assert opened(fetched.content.decode(), key)["resourceType"] == "Bundle"
    problem(APIClient().get(f"{API}shl/files/abc"), 404, "not_found")
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        problem(APIClient().get(address), 404, "not_found")
    signed_in(cast.maya).delete(f"{API}handovers/{made['id']}")
    problem(APIClient().get(address), 404, "not_found")


def test_programs_of_any_origin_may_open_it(cast: Cast) -> None:
    agree(cast)
    made = make(cast)
    address = payload_of(made["link"])["url"].partition("testserver")[2]

    asked = APIClient().options(address)

    for answer in (asked, ask(made), ask(made, passcode="WRONG")):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cache-Control"] == "no-store"
    assert asked.status_code == 204
    assert "Content-Type" in asked.headers["Access-Control-Allow-Headers"]


def test_what_is_sent_wrongly_is_named(cast: Cast) -> None:
    agree(cast)
    made = make(cast)
    address = payload_of(made["link"])["url"].partition("testserver")[2]

    told = APIClient().post(
        address, {"recipient": "", "passcode": 7, "embeddedLengthMax": "x"}, format="json"
    )

    assert faults(told) == {
        "recipient": "blank", "passcode": "invalid", "embeddedLengthMax": "invalid",
    }  # fmt: skip
    assert Handover.objects.get().wrong_attempts == 0


def test_nobody_elses(cast: Cast) -> None:
    agree(cast)
    made = make(cast)
    one = f"{API}handovers/{made['id']}"

    for stranger in (cast.noah, cast.dr_lind):
        problem(signed_in(stranger).delete(one), 404, "not_found")
    problem(signed_in(cast.dr_lind).get(door(cast)), 404, "not_found")
    problem(signed_in(cast.dr_lind).post(door(cast), {}), 404, "not_found")
    problem(signed_in(cast.maya).post(door(cast), {}), 403, "forbidden")

    assert signed_in(cast.noah).get(API + "handovers").json()["results"] == []
    assert ask(made).status_code == 200


def test_both_sides_read_the_same_list(cast: Cast) -> None:
    agree(cast)
    make(cast)

    own = signed_in(cast.maya).get(API + "handovers").json()

    assert own == signed_in(cast.dr_okafor).get(door(cast)).json()
    assert own["results"][0]["recipient"] == "North Clinic"
    assert own["consents"][0]["parts"] == PARTS


def _strike(cast: Cast, name: str) -> None:
    """Let maya have struck a line from the brief of a session."""
    session = people.session(
        cast.dr_okafor, starts_at=timezone.now() + timedelta(days=1), with_patient=cast.maya
    )
    row = BriefMirror(patient_id=cast.maya.pk, session=session, read_at=timezone.now())
    words = orjson.dumps({"struck": [name], "added": []})
    row.words = people.own_chart(cast.maya).cipher.seal(words, column=MIRROR_BINDING, row=row.pk)
    row.save(force_insert=True)
