"""A database …"""

import io
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from backend.cli import data_dir, database
from backend.cli.console import CliError, Console
from backend.cli.data_dir import DataDir
from backend.cli.paths import ROOT
from tests.api.journal.test_entries_post_during_outage import shut_port

_PYTHON = """#!/bin/sh
echo "$3" >> {log}
{then}
"""


class _Stage:
    """A data folder, and a Python that only writes down what it is asked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = path / "log"
        self.python = path / "python"
        self.then("")

    def then(self, ending: str) -> None:
        self.python.write_text(_PYTHON.format(log=self.log, then=ending))
        self.python.chmod(0o755)

    def open(self, *, is_demo: bool = True) -> DataDir:
        return data_dir.prepare_data_dir(self.path / "data", is_demo=is_demo)

    def ask(self, here: DataDir, *, is_afresh: bool = False, **env: str) -> list[str]:
        """Bring it up to date and fill it; return what was run for that."""
        self.log.write_text("")
        env = {"PATH": "/bin:/usr/bin", **env}
        python, screen = str(self.python), Console(io.StringIO())
        is_new = database.migrate_if_needed(python, here, screen, env=env, is_afresh=is_afresh)
        if here.is_demo:
            database.load_demo_once(python, here, screen, env=env, is_new=is_new)
        return self.log.read_text().split()


@pytest.fixture
def stage(tmp_path: Path) -> _Stage:
    return _Stage(tmp_path)


def _migrated(file: Path, *, without: str = "") -> None:
    """Create a SQLite file that has every migration of ours, or all but one."""
    names = [
        (path.parent.parent.name, path.stem)
        for path in ROOT.glob("*/migrations/[0-9]*.py")
        if path.stem != without
    ]
    file.unlink(missing_ok=True)
    with closing(sqlite3.connect(file)) as made, made:
        made.execute("CREATE TABLE django_migrations (app TEXT, name TEXT)")
        made.executemany("INSERT INTO django_migrations VALUES (?, ?)", names)


def test_that_is_new_is_migrated_and_filled_once(stage: _Stage) -> None:
    here = stage.open()

    assert stage.ask(here) == ["migrate", "demo"]
    _migrated(here.path / "between.sqlite3")
    assert stage.ask(here) == []


def test_that_was_put_back_from_an_older_copy_is_migrated(stage: _Stage) -> None:
    here = stage.open()
    stage.ask(here)
    _migrated(here.path / "between.sqlite3", without="0001_journal_and_entries")

    assert stage.ask(here) == ["migrate"]


@pytest.mark.parametrize("is_demo", [True, False])
@pytest.mark.parametrize("left", [None, b""], ids=["deleted", "emptied"])
def test_that_vanished_is_not_replaced_by_a_new_one(
    stage: _Stage, left: bytes | None, is_demo: bool
) -> None:
    file = _used(stage, is_demo=is_demo).path / "between.sqlite3"
    file.unlink()
    if left is not None:
        file.write_bytes(left)

    with pytest.raises(CliError) as told:
        stage.ask(stage.open(is_demo=is_demo))

    said = str(told.value)
    assert said.startswith(f"{file} is {'missing' if left is None else 'empty'}, but")
    assert f"./between restore BACKUP --data {file.parent}" in said
    assert "To begin afresh on purpose, " in said
    assert ("./between demo --fresh" in said) is is_demo
    assert stage.log.read_text() == ""
    assert file.exists() is (left is not None)


def test_that_vanished_is_missed_by_its_secrets_alone(stage: _Stage) -> None:
    """Somebody moved to another machine, and forgot the half of it."""
    here = _used(stage)
    for file in here.path.iterdir():
        if file.name != "secrets.json":
            file.unlink()

    with pytest.raises(CliError, match="is missing, but"):
        stage.ask(stage.open())


def test_that_vanished_is_made_anew_when_somebody_says_so(stage: _Stage) -> None:
    here = _used(stage)
    (here.path / "between.sqlite3").unlink()

    assert stage.ask(stage.open(), is_afresh=True) == ["migrate", "demo"]


def test_that_never_was_is_made_although_the_first_start_was_refused(stage: _Stage) -> None:
    stage.then("echo 'ImproperlyConfigured: Refusing to start: no.'; exit 1")
    for _ in range(2):
        with pytest.raises(CliError, match="Refusing to start"):
            stage.ask(stage.open(is_demo=False))
    stage.then("")

    assert stage.ask(stage.open(is_demo=False)) == ["migrate"]


def _used(stage: _Stage, *, is_demo: bool = True) -> DataDir:
    """Open a folder that was in use."""
    here = stage.open(is_demo=is_demo)
    stage.ask(here)
    _migrated(here.path / "between.sqlite3")
    return here


def test_on_a_server_is_always_asked_but_filled_once(stage: _Stage) -> None:
    here = stage.open()
    url = "postgres://127.0.0.1/between"

    assert stage.ask(here, BETWEEN_DATABASE_URL=url) == ["migrate", "demo"]
    assert stage.ask(here, BETWEEN_DATABASE_URL=url) == ["migrate"]
    assert stage.ask(here, BETWEEN_DATABASE_URL=url + "2") == ["migrate", "demo"]


def test_of_a_clinic_is_never_filled(stage: _Stage) -> None:
    here = stage.open(is_demo=False)

    assert stage.ask(here) == ["migrate"]


def test_whose_settings_refuse_says_so_in_their_words(stage: _Stage) -> None:
    fault = "Refusing to start: BETWEEN_ALLOWED_HOSTS must name each host, without wildcards."
    stage.then(
        f"echo 'Traceback (most recent call last):'; "
        f"echo 'django.core.exceptions.ImproperlyConfigured: {fault}'; exit 1"
    )

    with pytest.raises(CliError) as told:
        stage.ask(stage.open(is_demo=False))

    assert str(told.value) == fault


def test_that_could_not_be_filled_is_filled_next_time(stage: _Stage) -> None:
    here = stage.open()
    stage.then('if [ "$3" = demo ]; then echo "CommandError: no"; exit 1; fi')
    with pytest.raises(CliError, match="Loading the demo clinic failed: no"):
        stage.ask(here)
    _migrated(here.path / "between.sqlite3")
    stage.then("")

    assert stage.ask(here) == ["demo"]


@pytest.mark.parametrize("name", ["BETWEEN_DATABASE_URL", "BETWEEN_OWNER_DATABASE_URL"])
def test_a_database(name: str) -> None:
    port = shut_port()

    (fault,) = database.unreachable_servers(
        {name: f"postgres://ada:secret@127.0.0.1:{port}/between"}
    )

    assert fault.startswith(f"{name}: connection to server at ")
    assert f"port {port} failed: Connection refused" in fault
    assert "secret" not in fault


@pytest.mark.parametrize("kind", ["redis", "amqp"])
def test_a_broker(kind: str) -> None:
    port = shut_port()
    url = f"{kind}://ada:secret@127.0.0.1:{port}/0"

    (fault,) = database.unreachable_servers({"BETWEEN_BROKER_URL": url})

    assert fault == f"BETWEEN_BROKER_URL: no broker answers at {kind}://127.0.0.1:{port}"


def test_a_folder_is_no_server() -> None:
    env = {"BETWEEN_DATABASE_URL": "sqlite:///x.sqlite3", "BETWEEN_BROKER_URL": "filesystem://x"}

    assert list(database.unreachable_servers(env)) == []
    assert list(database.unreachable_servers({})) == []


def test_all_are_told_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    port = shut_port()
    monkeypatch.setenv("BETWEEN_DATABASE_URL", f"postgres://127.0.0.1:{port}/between")
    monkeypatch.setenv("BETWEEN_BROKER_URL", f"redis://127.0.0.1:{port}/0")

    assert database.check_servers() == 1

    said = capsys.readouterr().out
    assert said.startswith("Refusing to start: BETWEEN_DATABASE_URL: ")
    assert "; BETWEEN_BROKER_URL: " in said
    assert said.count("\n") == 1
