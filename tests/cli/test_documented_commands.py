"""What the documents tell somebody to type works as it stands.

Every block of shell is run in a checkout with made-up data, every command between backticks is
known with all its options. Words in capitals, addresses and folders stand for others here.
"""

import contextlib
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.core.management import BaseCommand, CommandError, get_commands, load_command_class

from backend.cli import commands, data_dir
from backend.cli.paths import ROOT
from backend.cli.up import open_listener
from tests.cli import documented_commands
from tests.cli.documented_commands import NOT_RUN, OF_ITSELF, SERVICES, Block
from tests.cli.running_copy import Up

BLOCKS = documented_commands.blocks()
_UNTIL = 15


#: What stands in the documents for an id of the reader's own.
WORDS = ("PATIENT-ID", "USER-ID", "SESSION-ID", "KEPT-ID", "MISTAKEN-ID")


class _Reader:
    """Somebody at a shell in a checkout, with a demo that runs."""

    def __init__(self, home: Path, port: int) -> None:
        self.folder = home
        self.data = home / "data"
        self.port = port
        self.known = {
            "127.0.0.1:8000": f"127.0.0.1:{port}",
            "/var/lib/between": str(self.data),
            "/etc/between.env": str(home / "between.env"),
            "/safe/": f"{home}/safe/",
            "/new ": f"{home}/new ",
        }
        self.checkout = home / "checkout"
        self.checkout.mkdir()
        for entry in ROOT.iterdir():
            if entry.name not in (".venv", "data", "safety.json"):
                (self.checkout / entry.name).symlink_to(entry)
        (self.checkout / ".venv").symlink_to(sys.prefix)
        shown = documented_commands.json_block("operations.md", "alerts_on")
        (self.checkout / "safety.json").write_text(shown)
        (home / "safe").mkdir()
        (home / "new").mkdir(mode=0o700)
        shutil.copy2(self.data / "secrets.json", home / "new")
        self.env = {
            "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(home), "BETWEEN_DATA": str(self.data), "BETWEEN_VENV": sys.prefix,
            "BETWEEN_EMAIL_URL": "memorymail://", "BETWEEN_ALLOWED_HOSTS": "localhost,127.0.0.1",
        }  # fmt: skip

    def works_on(self, name: str) -> None:
        """Work on the demo that runs (``data``), or on a folder of its own beside it."""
        here = self.folder / name
        here.mkdir(mode=0o700, exist_ok=True)
        with open_listener("127.0.0.1", 0) as free:
            port = self.port if name == "data" else free.getsockname()[1]
        self.env["BETWEEN_DATA"] = str(here)
        self.known |= {"127.0.0.1:8000": f"127.0.0.1:{port}", "/var/lib/between": str(here)}

    def types(self, text: str) -> "subprocess.CompletedProcess[str]":
        """Let them type it."""
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.own(text)],
            cwd=self.checkout, env=self.env, capture_output=True, text=True, check=False,
            timeout=300,
        )  # fmt: skip

    def own(self, text: str) -> str:
        """Put their own in the place of what stands for it."""
        for word, value in self.known.items():
            text = text.replace(word, value)
        for word in WORDS:
            if word in text:
                text = text.replace(word, self._ids[word])
        return text

    @cached_property
    def _ids(self) -> dict[str, str]:
        ask = (
            "from care.models import DeviceSession, User; "
            "p = User.objects.get(username='eli'); d = User.objects.get(username='dr_okafor'); "
            "s = DeviceSession.objects.order_by('created_at').last(); "
            "from django.utils import timezone; from care.people.enrol import invite_patient; "
            "k = User.objects.get(username='maya'); "
            "m, _ = invite_patient(clinician=d, display_name='Maya', time_zone='UTC',"
            " now=timezone.now()); "
            "print(p.pk, d.pk, s.pk if s else d.pk, k.pk, m.pk)"
        )
        done = subprocess.run(
            ["./between", "manage", "shell", "--no-imports", "-c", ask],
            cwd=self.checkout, env=self.env, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return dict(zip(WORDS, done.stdout.split()[-len(WORDS) :], strict=True))


@pytest.mark.bare
def test_every_block_runs_as_it_stands(start: Callable[..., Up], tmp_path: Path) -> None:
    up = start("--port", "0", "--data", str(tmp_path / "data"), BETWEEN_EMAIL_URL="memorymail://")
    reader = _Reader(tmp_path, up.until_ready())
    has_curl = shutil.which("curl") is not None

    for block in BLOCKS:
        if block.first_line in NOT_RUN or (re.search(r"\bcurl\b", block.text) and not has_curl):
            continue
        if "/etc/between.env" in block.text:
            reader.works_on("services")
        if "./between clinic add" in block.text:
            reader.works_on("clinic")
            data_dir.prepare_data_dir(tmp_path / "clinic", is_demo=False)
            assert reader.types("./between manage migrate").returncode == 0
        if block.first_line == SERVICES:
            _stay(reader, block)
            reader.works_on("data")
            continue
        done = reader.types(_without_itself(block))
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr, f"{block}\n{done.stderr}"
        if "./between clinic add" in block.text:
            reader.works_on("data")
    assert up.end() == 0


def _without_itself(block: Block) -> str:
    """Leave out what the test itself is, or does in its own way."""
    lines = block.text.splitlines()
    return "\n".join(line for line in lines if not line.startswith((OF_ITSELF, "./between up ")))


def _stay(reader: _Reader, block: Block) -> None:
    """Start each program of a block, and see that it runs until it is stopped."""
    before = "set -a; . /etc/between.env; set +a; export DJANGO_SETTINGS_MODULE=backend.settings"
    for line in block.text.splitlines()[1:]:
        program = line.split("#")[0].strip()
        stopped = reader.types(f"{before}\ntimeout -s TERM {_UNTIL} {program}")
        # 124 is how `timeout` says that it had to stop the program.
        assert stopped.returncode == 124, f"{block}\n{program}\n{stopped.stdout}{stopped.stderr}"
        assert "Traceback" not in stopped.stderr, f"{block}\n{program}\n{stopped.stderr}"


def test_what_is_not_run_says_why_to_its_reader() -> None:
    special = {block.first_line for block in BLOCKS if block.first_line in (*NOT_RUN, SERVICES)}

    assert special == {*NOT_RUN, SERVICES}
    assert len(BLOCKS) - len(NOT_RUN) >= 9


@pytest.mark.parametrize(
    ("document", "words"),
    sorted(set(documented_commands.inline())),
    ids=lambda part: part if part.startswith(("./", ".venv", "python", "BETWEEN")) else "",
)
def test_every_command_between_backticks_is_one(document: str, words: str) -> None:
    words = re.sub(r"^(?:\w+=\S+ )*", "", words)
    if words.startswith("./between"):
        _known_to_between(words.split()[1:])
        return
    module, *rest = words.partition("-m ")[2].split()
    if module in ("pytest", "django"):
        if module == "django" and rest[0].islower():
            _known_to_django(rest)
        assert all((ROOT / word).exists() for word in rest if word.startswith("tests/"))
        return
    assert find_spec(module) is not None, words
    folder = ROOT / module.replace(".", "/")
    sources = [folder.with_suffix(".py")] if not folder.is_dir() else sorted(folder.rglob("*.py"))
    told = "".join(path.read_text(encoding="utf-8") for path in sources)
    assert "__main__" in told or (folder / "__main__.py").exists()
    assert [word for word in rest if word.startswith("--") and word not in told] == []


def _known_to_between(words: list[str]) -> None:
    words = [word for word in words if word != "…"]
    if not words or words[0].isupper():
        return
    verb, *rest = words
    if verb in ("manage", "clinic", "admin"):
        command = rest if verb == "manage" else words
        if command and command[0].islower():
            _known_to_django(command)
        return
    known = commands.between.commands[verb]
    if isinstance(known, commands.HandingVerb):
        return
    options = {name for option in known.params for name in option.opts}
    assert [word for word in rest if word.startswith("--") and word not in options] == []


def _known_to_django(words: list[str]) -> None:
    name, *rest = words
    assert name in get_commands(), name
    app = get_commands()[name]
    command = load_command_class(app, name) if isinstance(app, str) else app
    asked = [word for word in rest if word.startswith("--") and word not in ("--data",)]
    told = _help_of(command, name) + (_help_of(command, name, rest[0]) if asked else "")
    assert [word for word in asked if word not in told] == []


def _help_of(command: BaseCommand, name: str, *words: str) -> str:
    """Return the help of a command of Django, or of one of its own words where it has them."""
    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.suppress(SystemExit, CommandError):
        command.create_parser("manage", name).parse_args([*words, "--help"])
    return told.getvalue()


def test_the_files_that_the_documents_show_are_json() -> None:
    assert json.loads(documented_commands.json_block("operations.md", "alerts_on"))
    texts = json.loads(documented_commands.json_block("operations.md", "texts"))["texts"]
    assert [set(text) - {"purpose", "version", "in_force_since"} for text in texts] == [
        {"en", "es"}
    ]
