"""Counselling notes show nowhere: every answer is the same with them and without (R16)."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from care.models import User
from tests import cast as people
from tests.api.responses import API
from tests.cast import Cast, signed_in
from tests.counselling_note import (
    CANARY,
    add_note,
    colleague_named_in_consent,
    colleague_on_team,
    notes_path,
)
from tests.web.page_client import browser_of, text_of

#: Every answer in which a count, a date or an excerpt of them could stand.
DOORS = ("caseload", "sessions", "patients/{maya}", "patients/{maya}/entries",
         "patients/{maya}/summary", "patients/{maya}/assignments", "sessions/{session}/brief",
         "care-plan?patient={maya}", "episodes", "groups", "safety-events", "emergencies",
         "patients/{maya}/counselling-notes")  # fmt: skip
OWN = ("entries", "summary", "consents", "sessions", "inbox", "disclosures", "care-plan",
       "counselling-notes/readers")  # fmt: skip
PAGES = ("", "caseload/", "patients/{maya}/", "sessions/{session}/")


@pytest.fixture(autouse=True)
def _one_moment() -> Iterator[None]:
    """Stop the clock: what is read twice may say what time it is."""
    with time_machine.travel(timezone.now(), tick=False):
        yield


def answers(user: User, doors: tuple[str, ...], **ids: Any) -> dict[str, str]:
    client = signed_in(user)
    told = {name: client.get(API + name.format(**ids)).content.decode() for name in doors}
    moving = re.compile(r'"(generated_at|digest)":"[^"]*"')
    return {name: moving.sub("", said) for name, said in told.items()}


def pages(user: User, **ids: Any) -> dict[str, str]:
    client = browser_of(user)
    told = {name: text_of(client.get("/review/" + name.format(**ids))) for name in PAGES}
    return {name: re.sub(r'nonce-[\w-]+|value="\w{64}"', "", said) for name, said in told.items()}


@pytest.mark.parametrize("who", ["mate", "admin", "patient"])
def test_an_answer_is_the_same_with_notes_and_without(cast: Cast, who: str) -> None:
    held = people.session(cast.dr_okafor, starts_at=timezone.now(), with_patient=cast.maya)
    user = {"mate": colleague_on_team(cast), "admin": cast.ada, "patient": cast.maya}[who]
    doors, ids = OWN if who == "patient" else DOORS, {"maya": cast.maya.pk, "session": held.pk}
    before = answers(user, doors, **ids)

    add_note(cast.dr_okafor, cast.maya, session_id=held.pk)

    assert answers(user, doors, **ids) == before


def test_a_page_is_the_same_with_notes_and_without(cast: Cast) -> None:
    held = people.session(cast.dr_okafor, starts_at=timezone.now(), with_patient=cast.maya)
    ids = {"maya": cast.maya.pk, "session": held.pk}
    before = [pages(user, **ids) for user in (colleague_on_team(cast), cast.dr_okafor)]

    add_note(cast.dr_okafor, cast.maya, session_id=held.pk)

    assert [pages(user, **ids) for user in (cast.dr_lind, cast.dr_okafor)] == before


def test_whoever_may_read_them_reads_them_at_their_own_doors_alone(cast: Cast) -> None:
    held = people.session(cast.dr_okafor, starts_at=timezone.now(), with_patient=cast.maya)
    add_note(cast.dr_okafor, cast.maya, session_id=held.pk)
    ids = {"maya": cast.maya.pk, "session": held.pk}

    for user in (cast.dr_okafor, colleague_named_in_consent(cast)):
        told = answers(user, DOORS, **ids)
        assert [name for name, said in told.items() if CANARY in said] == [DOORS[-1]]
        assert CANARY in signed_in(user).get(notes_path(cast.maya)).content.decode()
