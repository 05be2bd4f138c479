"""Whoever writes a phone reads docs/mobile.md: its requests are sent, its answers are answered.

``python -m tests.contract --record`` writes answers anew that are not what the guide shows.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from tests.cast import Cast
from tests.contract import described
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
from tests.contract.guide_player import PUSHED, Answered, Player
from tests.contract.stage import MOMENT
from tests.contract.test_contract import IS_RECORDING
from tests.house.tree import ROOT

GUIDE = ROOT / "docs" / "mobile.md"


def guide() -> str:
    return GUIDE.read_text(encoding="utf-8")


def played(text: str, cast: Cast, correct: Callable[[Step, Player], None] | None = None) -> Player:
    """Play a guide from its beginning; ``correct`` is told of each block that differs."""
    with time_machine.travel(MOMENT + timedelta(minutes=1), tick=False) as clock:
        player = Player(cast, clock)
        for step in steps_of(text):
            try:
                player.play(step)
            except Differs as difference:
                if correct is None:
                    pytest.fail(f"docs/mobile.md:{step.line}: {difference}", pytrace=False)
                _correct(correct, step, player)
    return player


def _correct(correct: Callable[[Step, Player], None], step: Step, player: Player) -> None:
    try:
        correct(step, player)
    except Differs as difference:
        pytest.fail(f"docs/mobile.md:{step.line}: not to be shown: {difference} {player.answered}", pytrace=False)


def test_the_guide_shows_what_is_answered(cast: Cast) -> None:
    text = guide()
    corrections: list[tuple[str, str]] = []

    def correct(step: Step, player: Player) -> None:
        """Note how the block should read, and go on with its values."""
        told = player.answered
        assert told is not None
        new = _redrawn_block(step, told, player.bound)
        corrections.append((step.text, new))
        player.play(Step(step.kind, step.about, new, step.line))

    played(text, cast, correct if IS_RECORDING else None)

    for old, new in corrections:
        text = text.replace(f"{old}```", f"{new}```", 1)
    if corrections:
        GUIDE.write_text(text, encoding="utf-8")


def _redrawn_block(step: Step, told: Answered, bound: Bindings) -> str:
    if step.kind == "json":
        return laid_out(redrawn(json.loads(step.text), told.body, bound.values)) + "\n"
    shown = message_of(step.text)
    headers: dict[str, Any] = redrawn(dict(shown.headers), dict(told.headers), bound.values)
    return answer_text(told.status, headers, redrawn(shown.body, told.body, bound.values))
