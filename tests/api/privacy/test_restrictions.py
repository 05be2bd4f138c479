"""The notice to patients (42 CFR 2.22), and requests to restrict with their answers (2.26)."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import time_machine

from care.consents.texts import SHIPPED, read_texts
from care.models import AccessLogEntry, RestrictionRequest
from tests.api.responses import API, faults, problem
from tests.cast import Cast, signed_in

pytestmark = pytest.mark.django_db
DOOR = API + "restriction-requests"
ASKED = {"text": "Do not tell my insurer about the group."}


def ask(cast: Cast) -> dict[str, Any]:
    answer = signed_in(cast.maya).post(DOOR, ASKED)
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def answered(cast: Cast, by: Any, **changes: Any) -> Any:
    row = RestrictionRequest.objects.get()
    body = {"answer": "granted", "reason": "You paid for it yourself."} | changes
    return signed_in(by).post(f"{DOOR}/{row.pk}/answer", body)


@time_machine.travel(datetime(2026, 5, 4, tzinfo=UTC), tick=False)
def test_it_names_the_clinic_and_how_to_complain(cast: Cast) -> None:
    told = signed_in(cast.maya).get(API + "notice").json()

    assert (told["version"], told["language"], told["is_in_force"]) == ("2026-01", "en", True)
    assert told["text"].startswith("Notice of your privacy, from Harbor Clinic.")
    assert "www.hhs.gov/ocr/complaints" in told["text"]
    assert "{" not in told["text"]
    assert told["versions"] == [{"version": "2026-01", "in_force_since": "2026-01-01"}]


def test_it_is_read_in_either_language_and_by_version(cast: Cast) -> None:
    client = signed_in(cast.maya)

    assert "Aviso" in client.get(API + "notice?language=es").json()["text"]
    assert client.get(API + "notice?version=2026-01").status_code == 200
    problem(client.get(API + "notice?version=1999-01"), 404, "not_found")
    assert faults(client.get(API + "notice?language=tlh")) == {"language": "invalid_choice"}


def test_a_clinics_older_file_takes_the_shipped_words(tmp_path: Path) -> None:
    rows = orjson.loads(SHIPPED.read_bytes())["texts"]
    older = [row for row in rows if row["purpose"] not in {"handover", "notice"}]
    file = tmp_path / "texts.json"
    file.write_bytes(orjson.dumps({"texts": older}))

    assert sorted(read_texts(file), key=str) == sorted(read_texts(SHIPPED), key=str)


def test_a_clinics_own_notice_takes_its_place(tmp_path: Path) -> None:
    rows = orjson.loads(SHIPPED.read_bytes())["texts"]
    own = [
        row | {"version": "own", "en": ["Ours."]} if row["purpose"] == "notice" else row
        for row in rows
    ]
    file = tmp_path / "texts.json"
    file.write_bytes(orjson.dumps({"texts": own}))

    assert [one.version for one in read_texts(file) if one.purpose == "notice"] == ["own"]


def test_it_is_asked_once_and_kept_encrypted(cast: Cast) -> None:
    first = ask(cast)

    again = signed_in(cast.maya).post(DOOR, ASKED)

    assert (again.status_code, again.json()["id"]) == (200, first["id"])
    assert b"insurer" not in bytes(RestrictionRequest.objects.get().words)
    assert AccessLogEntry.objects.filter(action="write", data_class="consent").count() == 1


def test_the_answer_has_a_reason_that_both_read(cast: Cast) -> None:
    ask(cast)

    told = answered(cast, cast.dr_okafor)

    assert told.status_code == 200, told.content
    (own,) = signed_in(cast.maya).get(DOOR).json()["results"]
    assert (own["answer"], own["reason"], own["answered_by"]) == (
        "granted", "You paid for it yourself.", "Dr. Okafor",
    )  # fmt: skip
    theirs = signed_in(cast.dr_okafor).get(f"{API}patients/{cast.maya.pk}/restriction-requests")
    assert theirs.json()["results"] == [own]
    assert b"paid" not in bytes(RestrictionRequest.objects.get().answer_words or b"")


def test_another_answer_changes_nothing(cast: Cast) -> None:
    ask(cast)
    answered(cast, cast.dr_okafor)

    assert answered(cast, cast.dr_okafor).status_code == 200
    problem(answered(cast, cast.dr_okafor, answer="declined"), 409, "already_answered")

    assert RestrictionRequest.objects.get().answer == "granted"


def test_an_answer_needs_a_reason(cast: Cast) -> None:
    ask(cast)

    refused = answered(cast, cast.dr_okafor, answer="maybe", reason=" ")

    assert faults(refused) == {"answer": "invalid_choice", "reason": "blank"}
    assert RestrictionRequest.objects.get().answer is None


def test_neither_the_patient_nor_a_stranger_answers(cast: Cast) -> None:
    ask(cast)

    problem(answered(cast, cast.maya), 403, "forbidden")
    problem(answered(cast, cast.dr_lind), 404, "not_found")
    problem(answered(cast, cast.ada), 403, "forbidden")
    foreign = f"{API}patients/{cast.maya.pk}/restriction-requests"
    problem(signed_in(cast.dr_lind).get(foreign), 404, "not_found")

    assert RestrictionRequest.objects.get().answer is None
    assert signed_in(cast.noah).get(DOOR).json()["results"] == []


def test_after_an_answer_the_same_can_be_asked_again(cast: Cast) -> None:
    first = ask(cast)
    answered(cast, cast.dr_okafor)

    assert ask(cast)["id"] != first["id"]
