"""Debian's Chromium, once in each process: Playwright takes no second loop in the same thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserType, sync_playwright

from tests.prerequisites import CHROMIUM, HEADLESS_SHELL

ARGUMENTS = ["--no-sandbox", "--disable-gpu"]


@pytest.fixture
def chromium(started_chromium: Browser) -> Iterator[Browser]:
    """Lend the browser to a test, and close every window that it opened."""
    yield started_chromium
    _close_windows(started_chromium)


@pytest.fixture
def chromium_with_notifications(chromium_type: BrowserType) -> Iterator[Browser]:
    """Start the whole browser for a test, which can show what is pushed to it."""
    with _launched(chromium_type, CHROMIUM) as browser:
        yield browser
        _close_windows(browser)


@pytest.fixture
def large_print(chromium_type: BrowserType) -> Iterator[Browser]:
    """Start a browser whose reader set letters to twice the usual size (WCAG 1.4.4)."""
    with _launched(chromium_type, _quickest(), "--blink-settings=defaultFontSize=32") as browser:
        yield browser


@pytest.fixture(scope="session")
def started_chromium(chromium_type: BrowserType) -> Iterator[Browser]:
    """Start the quickest browser that is installed, once."""
    with _launched(chromium_type, _quickest()) as browser:
        yield browser


@pytest.fixture(scope="session")
def chromium_type() -> Iterator[BrowserType]:
    """Start Playwright once."""
    # It keeps an event loop in this thread, which Django takes for asynchronous code.
    patch = pytest.MonkeyPatch()
    patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as playwright:
        yield playwright.chromium
    patch.undo()


@contextmanager
def _launched(chromium_type: BrowserType, program: Path, *more: str) -> Iterator[Browser]:
    browser = chromium_type.launch(executable_path=str(program), args=[*ARGUMENTS, *more])
    yield browser
    browser.close()


def _quickest() -> Path:
    return HEADLESS_SHELL if HEADLESS_SHELL.exists() else CHROMIUM


def _close_windows(browser: Browser) -> None:
    for context in browser.contexts:
        context.close()
