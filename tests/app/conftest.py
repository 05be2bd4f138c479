"""Phones: a cheap Android profile in Chromium, and a patient to hold it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests import cast as people
from tests.app.phone import Clinic


class LiveServer:
    """What is used of pytest-django's live server."""

    url: str


@pytest.fixture
def clinic(live_server: LiveServer, chromium: Browser) -> Iterator[Clinic]:
    """Serve the cast, and put every phone away afterwards."""
    clinic = Clinic(live_server.url, people.enter(), chromium)
    yield clinic
    for context in chromium.contexts:
        context.close()
