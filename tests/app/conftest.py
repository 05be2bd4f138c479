"""Phones: a cheap Android profile in Chromium, and a patient to hold it."""

import pytest
from playwright.sync_api import Browser

from tests import cast as people
from tests.app.phone import Clinic


class LiveServer:
    """What is used of pytest-django's live server."""

    url: str


@pytest.fixture
def clinic(live_server: LiveServer, chromium: Browser) -> Clinic:
    """Serve the cast, and phones to hold."""
    return Clinic(live_server.url, people.enter(), chromium)
