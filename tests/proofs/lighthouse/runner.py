"""Lighthouse run against a copy of ours: the first run, and Today of somebody who is signed in."""

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.chromium import ARGUMENTS
from tests.cli.running_copy import Up
from tests.prerequisites import CHROMIUM
from tests.proofs.lighthouse.report import GOALS, Report, read_report

VERSION = "12.2.3"
WHO = "maya"


def find_lighthouse(prefix: Path | None) -> list[str] | None:
    """Return how to call the pinned Lighthouse that is installed here; nothing is fetched."""
    local = prefix / "node_modules" / ".bin" / "lighthouse" if prefix else None
    npx = shutil.which("npx")
    candidates = [
        [str(local)] if local else [],
        ["lighthouse"] if shutil.which("lighthouse") else [],
        [npx, "--no-install", f"lighthouse@{VERSION}"] if npx else [],
    ]
    return next((command for command in candidates if command and _is_pinned(command)), None)


def _is_pinned(command: Sequence[str]) -> bool:
    try:
        told = subprocess.run(
            [*command, "--version"], capture_output=True, text=True, check=False, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return told.stdout.strip() == VERSION


#: Chromium's trace now and then begins after the page has.
TRIES = 3


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve the demo as ``./between up`` does; yield the address of the client."""
    up = Up("--port", "0", "--data", str(folder / "data"))
    try:
        yield f"http://127.0.0.1:{up.until_ready()}/app/"
        up.end()
    finally:
        up.close()


@contextmanager
def browser(folder: Path, address: str, *, is_signed_in: bool) -> Iterator[int]:
    """Start Chromium with a profile of its own; yield the port by which it is led."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    arguments = [*ARGUMENTS, f"--remote-debugging-port={port}"]
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(folder / f"profile-{port}"), executable_path=str(CHROMIUM), args=arguments
        )
        if is_signed_in:
            page = context.pages[0]
            page.goto(address)
            for name, value in (("Name", WHO), ("Password", _password(folder))):
                if name == "Name":
                    page.get_by_role("button", name="Sign in", exact=True).click()
                page.get_by_label(name).fill(value)
            page.get_by_role("button", name="Sign in", exact=True).click()
            page.get_by_role("heading", level=1, name="Maya").wait_for(timeout=60_000)
            # What every screen needs is read once; then the phone is at rest.
            page.wait_for_load_state("networkidle")
        yield port
        context.close()


def _password(folder: Path) -> str:
    people = json.loads((folder / "data" / "logins.json").read_text(encoding="utf-8"))
    return str(next(one["password"] for one in people if one["username"] == WHO))


def measure(
    command: Sequence[str], address: str, *, port: int, keeps_storage: bool, slowdown: float,
    output: Path,
) -> Report:  # fmt: skip
    """Run Lighthouse once, as on a phone: slow 4G, and a processor so many times slower.

    A run that recorded no trace is repeated, ``TRIES`` times at most.

    :raises subprocess.CalledProcessError: where it recorded none in all of them.
    :raises tests.proofs.lighthouse.report.NoReport: where it could not load the page.
    """
    whole = [
        *command, address, f"--port={port}", f"--only-categories={','.join(GOALS)}",
        f"--throttling.cpuSlowdownMultiplier={slowdown}", "--output=json",
        f"--output-path={output}", "--quiet",
        *(["--disable-storage-reset"] if keeps_storage else []),
    ]  # fmt: skip
    for left in reversed(range(TRIES)):
        done = subprocess.run(whole, check=False)
        if done.returncode == 0 or not left:
            done.check_returncode()
            break
    return read_report(output)
