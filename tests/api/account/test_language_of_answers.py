"""What the server says to a patient follows their language; staff read English about the same."""

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import orjson
import pytest

from backend.kit.languages import LANGUAGES
from care.models import User
from journaling.insights.confidence import Confidence
from journaling.insights.skill_outcomes import StandoutSkill
from journaling.insights.summary import CRAVING_SCALE
from journaling.insights.timing import WEEKDAYS, CravingTiming
from journaling.insights.trends import Trend, WeekComparison
from journaling.skills.read import AssignmentProgress
from notifications.models.reminder import Reminder
from tests import cast as people
from tests.api.responses import API
from tests.cast import Cast, craving, signed_in
from tests.house.words import every_sentence
from tests.notifications.reminder_scenario import DUE, FakePush, drain, phone, planned
from tests.web.page_client import week_of_maya

SPOKEN = {
    sentence.en: max(re.split(r"{\w+}", sentence.en), key=len).strip()
    for _, sentence in every_sentence()
}
#: The longest part of each English sentence that no patient's data and no code of ours can hold.
ENGLISH_PARTS = sorted(part for part in set(SPOKEN.values()) if len(part.split()) >= 3)


@pytest.fixture
def maria(cast: Cast) -> User:
    """Let maya have logged, been reminded, given homework and asked; she reads Spanish."""
    week_of_maya(cast)
    homework = {"skill": "slow-breathing", "per_week": 3}
    given = signed_in(cast.dr_okafor).post(f"{API}patients/{cast.maya.pk}/assignments", homework)
    assert given.status_code == 201
    planned(cast.maya, "08:30")
    phone(cast.maya)
    drain(DUE, FakePush())
    Reminder.objects.update(asked_at=DUE)
    User.objects.filter(pk=cast.maya.pk).update(language="es-US")
    cast.maya.refresh_from_db()
    return cast.maya


def answers_of(user: User, patient: User) -> dict[str, str]:
    """Ask for everything that says something in words to a patient."""
    client = signed_in(user)
    paths = [
        "summary", "inbox", "reminders", f"patients/{patient.pk}/reminder-history", "assignments",
        "consents", "counselling-notes/readers",
    ]  # fmt: skip
    return {path: client.get(API + path).content.decode() for path in paths}


def english_in(answer: str) -> list[str]:
    return [part for part in ENGLISH_PARTS if part in answer]


def test_a_patient_who_reads_spanish_is_answered_in_it(maria: User) -> None:
    answers = answers_of(maria, maria)

    for path, answer in answers.items():
        assert english_in(answer) == [], path
    for path, said in {
        "summary": "Algo anotado en", "inbox": "¿Le vendría mejor otra hora?",
        "reminders": "¿Le vendría mejor otra hora?", "assignments": "esta semana; desde hoy",
        f"patients/{maria.pk}/reminder-history": "Enviado.", "consents": "Puede retirar esto",
        "counselling-notes/readers": "Las notas de las conversaciones son",
    }.items():  # fmt: skip
        assert said in answers[path], path


def test_the_same_patient_in_english_and_their_team_read_english(maria: User, cast: Cast) -> None:
    team = signed_in(cast.dr_okafor).get(f"{API}patients/{maria.pk}/summary").content.decode()
    User.objects.filter(pk=cast.dr_okafor.pk).update(language="es")
    still = signed_in(cast.dr_okafor).get(f"{API}patients/{maria.pk}/summary").content.decode()
    User.objects.filter(pk=maria.pk).update(language="fr")
    maria.refresh_from_db()
    own = answers_of(maria, maria)

    assert english_in(team)
    assert still == team
    for path in ("summary", "inbox", "reminders", "consents"):
        assert english_in(own[path]), path


def unsafe(**more: Any) -> dict[str, Any]:
    return craving(safety_check={"safe_now": False}) | more


@pytest.mark.parametrize(
    ("sent", "status"),
    [(unsafe, 201), (lambda: unsafe(intensity=70), 400)],
    ids=["saved", "refused"],
)
def test_help_comes_in_spanish_saved_or_refused(
    maria: User, sent: Callable[[], dict[str, Any]], status: int
) -> None:
    response = signed_in(maria).post(API + "entries", sent())

    told = response.json()["support"]
    assert response.status_code == status
    assert told["message"].startswith("Llame ahora al 911")
    assert told["not_monitored"].startswith("Esto no es un servicio de emergencia")
    assert [line["call"] for line in told["resources"][:2]] == ["911", "988"]
    assert told["resources"][1]["language"] == "es"
    assert english_in(orjson.dumps(told).decode()) == []


def test_help_comes_in_spanish_where_nothing_could_be_read(maria: User) -> None:
    response = signed_in(maria).generic(
        "POST", API + "entries", "{", content_type="application/json"
    )

    told = response.json()["support"]
    assert response.status_code == 400
    assert told["message"].startswith("Esto no se pudo hacer ahora mismo")
    assert english_in(orjson.dumps(told).decode()) == []


FINDINGS: list[Callable[[str], str]] = [
    *(
        Trend(confidence, 14, entry_days, CRAVING_SCALE, change).spoken
        for confidence, entry_days, change in product(Confidence, (1, 10), (2.0, -2.0))
    ),
    WeekComparison(Confidence.TOO_EARLY, CRAVING_SCALE, None, 1, 3.0, 2).spoken,
    WeekComparison(Confidence.NONE, CRAVING_SCALE, 2.0, 1, 6.0, 7).spoken,
    *(
        CravingTiming(confidence, {part: 20}, spread, need, top).spoken
        for spread, part in (("day", "evening"), ("week", "Mondays"))
        for confidence, need, top in (
            (Confidence.TOO_EARLY, 24, None), (Confidence.TOO_EARLY, 2, None),
            (Confidence.NONE, 2, None), (Confidence.FAIRLY_SURE, 2, part),
        )
    ),
    *(CravingTiming(Confidence.FAIRLY_SURE, {day: 9}, "week", 2, day).spoken for day in WEEKDAYS),
    *(
        lambda language, found=found: found.sentence(language=language)
        for found in (
            StandoutSkill(Confidence.NONE),
            StandoutSkill(Confidence.FAIRLY_SURE, "slow-breathing", 1.0, 1),
            StandoutSkill(Confidence.LEANING, "slow-breathing", 2.0, 9),
        )
    ),
    *(
        AssignmentProgress(practised, days, 1, 3, craving_days).spoken
        for practised, days, craving_days in ((0, 0, 0), (1, 1, 0), (1, 4, 1), (3, 4, 2))
    ),
]  # fmt: skip


@pytest.mark.parametrize("say", FINDINGS)
def test_every_finding_has_its_words_in_each_language(db: None, say: Callable[[str], str]) -> None:
    english, spanish = (say(language) for language in LANGUAGES)

    assert english != spanish
    assert re.findall(r"\d+(?:\.\d+)?", english) == re.findall(r"\d+(?:\.\d+)?", spanish)
    assert english_in(spanish) == []
    assert "{" not in english + spanish


def test_one_is_said_as_one() -> None:
    progress = AssignmentProgress(1, 1, 1, 3)

    assert progress.spoken("es") == "1 de 3 esta semana; practicada en 1 de 1 día"
    assert Trend(Confidence.TOO_EARLY, 14, 1, CRAVING_SCALE).spoken("es") == (
        "Es pronto para decirlo: 1 día con una entrada de 10 que hacen falta."
    )


def test_a_reminder_history_keeps_its_reasons(maria: User, cast: Cast) -> None:
    people.session(
        cast.dr_okafor, starts_at=DUE + timedelta(hours=23, minutes=50), with_patient=maria
    )
    drain(DUE + timedelta(days=1), FakePush())

    answer = signed_in(maria).get(f"{API}patients/{maria.pk}/reminder-history").json()

    assert "No se envió: había una sesión en curso." in {one["words"] for one in answer["results"]}
    assert [device["words"] for device in answer["phones"]] == ["activo"]
