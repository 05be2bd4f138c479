"""Debian's Chromium, once in each process: Playwright takes no second loop in the same thread."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.prerequisites import CHROMIUM

ARGUMENTS = ["--no-sandbox", "--disable-gpu"]


@pytest.fixture
def chromium(started_chromium: Browser) -> Iterator[Browser]:
    """Lend the browser to a test, and close every window that it opened."""
    yield started_chromium
    for context in started_chromium.contexts:
        context.close()


@pytest.fixture(scope="session")
def started_chromium() -> Iterator[Browser]:
    """Start Debian's Chromium once."""
    # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
    patch = pytest.MonkeyPatch()
    patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()
    patch.undo()


@pytest.fixture
def large_print(started_chromium: Browser) -> Iterator[Browser]:
    """Start a Chromium whose reader set letters to twice the usual size (WCAG 1.4.4)."""
    browser = started_chromium.browser_type.launch(
        executable_path=str(CHROMIUM), args=[*ARGUMENTS, "--blink-settings=defaultFontSize=32"]
    )
    yield browser
    browser.close()
