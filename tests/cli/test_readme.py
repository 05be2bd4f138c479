"""What the README promises, done as its reader does it."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.cli.paths import ROOT
from tests.cli.running_copy import Up

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)


def test_it_can_be_read_at_once() -> None:
    assert len(README.splitlines()) <= 120
    assert "./between up" in BLOCKS[0]
    assert "./between test" in BLOCKS[0]


def test_every_file_that_it_names_is_there() -> None:
    for name in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / name).exists(), name


def test_the_main_job_takes_six_calls() -> None:
    (job,) = [block for block in BLOCKS if "curl" in block]

    assert len(re.findall(r"\bcurl\b", job)) == 6


@pytest.mark.bare
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not here")
def test_the_main_job_is_done_and_a_reminder_comes(
    start: Callable[..., Up], server: dict[str, str], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    up = start("--port", "0", "--data", str(data), **server)
    port = up.until_ready()
    (job,) = [block for block in BLOCKS if "curl" in block]
    here = job.replace("127.0.0.1:8000", f"127.0.0.1:{port}").replace(
        "./between logins", f"{ROOT}/between logins --data {data}"
    )

    told = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", here], capture_output=True, text=True, check=False
    )

    assert told.returncode == 0, told.stderr
    entry, _, brief_text = told.stdout.partition("{\n")
    assert json.loads(entry)["intensity"] == 7
    brief = json.loads("{" + brief_text)
    assert [section["key"] for section in brief["sections"]] == [
        "header", "safety", "agenda", "in_the_way", "use", "moment", "craving", "mood_sleep",
        "body", "skills", "measures", "went_well", "data",
    ]  # fmt: skip
    (craving,) = [section for section in brief["sections"] if section["key"] == "craving"]
    assert craving["lines"][0]["text"].startswith("1 episode today")
    up.wait_for(lambda: "You have a check-in waiting." in up.said, seconds=60)
    assert up.end() == 0
