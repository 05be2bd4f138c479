"""The page is killed at the worst moments: what was said to be saved arrives, once.

``BETWEEN_KILLS=200`` kills so many pages; the suite a few.
"""

import os
import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

import pytest
from playwright.sync_api import Error, Route, expect

from tests.app.phone import Clinic, Phone
from tests.cast import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KILLS = int(os.environ.get("BETWEEN_KILLS", "9"))
Moment = Literal["saved", "sent", "answered"]
#: Before its request leaves, before its answer comes, and at some instant after the tap.
MOMENTS: tuple[Moment, ...] = ("saved", "sent", "answered")


@dataclass
class Line:
    """The connection of the phone, which can be held at a moment."""

    phone: Phone
    holding: Moment | None = None
    held: list[Route] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.phone.context.route("**/api/v1/sync", self._pass)

    def _pass(self, route: Route) -> None:
        carries = '"ops":[{' in (route.request.post_data or "")
        if not carries or self.holding not in {"saved", "sent"}:
            route.continue_()
            return
        if self.holding == "sent":
            route.fetch()  # the server has it; the phone never hears of it
        self.held.append(route)


def kill(phone: Phone) -> None:
    """End the process of the page, as a phone does that needs its memory."""
    with suppress(Error):
        phone.page.goto("chrome://crash", timeout=2000)


def open_again(phone: Phone) -> None:
    old, phone.page = phone.page, phone.context.new_page()
    old.close()
    phone.open()
    expect(phone.heading).to_contain_text("Maya")


def log_note(phone: Phone, text: str) -> None:
    phone.page.get_by_role("button", name="Note").click()
    phone.page.get_by_label("What you want to keep").fill(text)
    phone.page.get_by_role("button", name="Save").click()


def round_of(line: Line, n: int) -> bool:
    """Log a note and kill the page; whether the page had said that it is saved."""
    phone, moment = line.phone, MOMENTS[n % len(MOMENTS)]
    line.holding = moment
    line.held.clear()
    log_note(phone, f"note {n}")
    if moment == "answered":
        phone.page.wait_for_timeout(n * 7 % 60)
        said = "note" in (phone.state.text_content() or "")
    else:
        expect(phone.state).to_contain_text(re.compile(f"note {n}. Saved on this phone"))
        for _ in range(200):
            if line.held:
                break
            phone.page.wait_for_timeout(10)
        assert line.held, (n, moment)
        said = True
    kill(phone)
    line.holding = None
    open_again(phone)
    return said


def notes_of(clinic: Clinic) -> list[str]:
    """Read every note that the server has, as another phone would."""
    client = signed_in(clinic.cast.maya)
    texts, address = [], "/api/v1/entries?kind=note&limit=200"
    while address:
        told = client.get(address).json()
        texts += [entry["note"] for entry in told["results"]]
        address = told["next"]
    return texts


def test_nothing_is_lost_and_nothing_doubled(clinic: Clinic) -> None:
    phone = clinic.phone().sign_in("maya")
    phone.wait_until_ready()
    line = Line(phone)

    said = {f"note {n}": round_of(line, n) for n in range(KILLS)}
    phone.wait_until_sent()

    arrived = Counter(notes_of(clinic))
    assert [text for text, was_said in said.items() if was_said and arrived[text] != 1] == []
    assert set(arrived.values()) <= {1}
