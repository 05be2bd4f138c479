"""Whoever writes a phone reads docs/mobile.md: its requests are sent, its answers are answered.

``python -m tests.contract --record`` writes answers anew that are not what the guide shows.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from tests.cast import Cast
from tests.contract.guide import (
    Bindings,
    Differs,
    Step,
    answer_text,
    laid_out,
    message_of,
    redrawn,
    steps_of,
)
from tests.contract.guide_player import Answered, Player
from tests.contract.stage import MOMENT
from tests.contract.test_contract import IS_RECORDING
from tests.house.tree import ROOT, files

GUIDE = ROOT / "docs" / "mobile.md"
ACCESS = "eyJhbGciOi.eyJzaWQi.c2ln"

Correction = Callable[[Step, Player], None]


def play(text: str, cast: Cast, correct: Correction | None = None) -> None:
    """Play a guide from its beginning; ``correct`` is told of each block that differs."""
    with time_machine.travel(MOMENT + timedelta(minutes=1), tick=False) as clock:
        player = Player(cast, clock)
        for step in steps_of(text):
            try:
                player.play(step)
            except Differs as difference:
                if correct is None:
                    pytest.fail(f"docs/mobile.md:{step.line}: {difference}", pytrace=False)
                correct(step, player)


def redrawn_block(step: Step, told: Answered, bound: Bindings) -> str:
    """Return a block as it should read."""
    if step.kind == "json":
        return laid_out(redrawn(json.loads(step.text), told.body, bound.values)) + "\n"
    shown = message_of(step.text)
    headers: dict[str, Any] = redrawn(dict(shown.headers), dict(told.headers), bound.values)
    return answer_text(told.status, headers, redrawn(shown.body, told.body, bound.values))


def test_the_guide_shows_what_is_answered(cast: Cast) -> None:
    text = GUIDE.read_text(encoding="utf-8")
    corrections: list[tuple[str, str]] = []

    def correct(step: Step, player: Player) -> None:
        """Note how the block should read, and go on with its values."""
        assert player.answered is not None
        new = redrawn_block(step, player.answered, player.bound)
        corrections.append((step.text, new))
        player.play(Step(step.kind, step.about, new, step.line))

    play(text, cast, correct if IS_RECORDING else None)

    for old, new in corrections:
        text = text.replace(f"\n{old}```", f"\n{new}```", 1)
    if corrections:
        GUIDE.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("shown", "wrong"),
    [
        ("HTTP/1.1 304 Not Modified", "HTTP/1.1 200 OK"),
        ('"in_force_since": "2026-01-01"', '"in_force_since": "2026-01-02"'),
        ('"code": "not_authenticated",\n', ""),
        ('WWW-Authenticate: Bearer realm="api"\n', ""),
        ('"next": null,', '"next": null,\n  "total": 2,'),
    ],
)
def test_a_guide_that_shows_something_else_is_found(cast: Cast, shown: str, wrong: str) -> None:
    beginning = GUIDE.read_text(encoding="utf-8").partition("**The account.**")[0]
    assert shown in beginning

    with pytest.raises(pytest.fail.Exception):
        play(beginning.replace(shown, wrong, 1), cast)


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        ({"a": 1}, {"a": 1}),
        ({"a": 1, "…": "…"}, {"a": 1, "b": 2}),
        ([1, "…"], [1, 2, 3]),
        ({"access": "<access>"}, {"access": ACCESS}),
        ("/app/?o=<occurrence>&p=x", "/app/?o=01a22e2b-852f-76ea-a61e-0223115587f2&p=x"),
    ],
)
def test_what_is_shown_holds(shown: Any, told: Any) -> None:
    Bindings().compare(shown, told)


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1, "b": 2}, {"a": 1}),
        ({"a": 1, "…": "…"}, {"a": 1}),
        ({"a": 1}, {"a": True}),
        ({"a": None}, {"a": ""}),
        ([1], [1, 2]),
        ([1, "…"], [1]),
        ({"access": "<access>"}, {"access": "secret"}),
        ({"id": "<device>"}, {"id": "7"}),
        ("2026-05-04T15:01:00Z", "2026-05-04T15:01:00+00:00"),
    ],
)
def test_what_is_not_as_it_is_shown_is_told(shown: Any, told: Any) -> None:
    with pytest.raises(Differs):
        Bindings().compare(shown, told)


def test_a_name_stands_for_one_value_until_a_new_one_is_shown() -> None:
    bound = Bindings({"access": ACCESS})
    with pytest.raises(Differs):
        bound.compare("<access>", f"{ACCESS}2")
    with pytest.raises(Differs):
        bound.compare("<new access>", ACCESS)

    bound.compare("<new access>", f"{ACCESS}2")

    assert bound.filled({"a": ["<access> <old access>"]}) == {"a": [f"{ACCESS}2 {ACCESS}"]}


def test_the_guide_has_every_flow() -> None:
    steps = list(steps_of(GUIDE.read_text(encoding="utf-8")))
    answers = [message_of(step.text).first.split(" ")[1] for step in steps if step.is_answer]
    requests = Counter(
        re.sub(r"<[a-z ]+>|[0-9a-f-]{36}", "*", message_of(step.text).first).partition("?")[0]
        for step in steps
        if step.kind == "http" and not step.is_answer
    )

    assert len(answers) == requests.total()
    assert {step.about for step in steps if step.kind == "json"} == {"fcm", "webpush"}
    assert {"200", "201", "204", "304", "400", "401", "409", "410", "412", "422", "428", "429"} <= {
        *answers
    }
    assert {
        "POST /api/v1/auth/enroll", "POST /api/v1/auth/token", "POST /api/v1/auth/token/refresh",
        "POST /api/v1/auth/logout", "GET /api/v1/consents/texts", "GET /api/v1/crisis-resources",
        "POST /api/v1/devices", "GET /api/v1/push/web-key", "PATCH /api/v1/me",
        "POST /api/v1/sync", "POST /api/v1/entries", "PUT /api/v1/safety-plan",
        "GET /api/v1/reminders/upcoming", "POST /api/v1/occurrences/*/opened",
        "POST /api/v1/occurrences/*/snooze",
    } <= set(requests)  # fmt: skip


def test_every_code_that_the_guide_explains_is_one() -> None:
    rows = re.findall(r"^\| (.+) \|$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    codes = {
        code
        for row in rows
        for cell in row.split(" | ")[:2]
        for code in re.findall(r"`([a-z_]+)`", cell)
    } - {"recorded_at", "kind", "code"}
    sources = "".join(
        path.read_text(encoding="utf-8")
        for path in files("api", "backend", "care", "journaling", "notifications")
    )

    assert len(codes) > 40
    assert {code for code in codes if f'"{code}"' not in sources} <= {"not_authenticated"}
