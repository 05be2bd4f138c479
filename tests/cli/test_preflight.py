"""Servers that do not answer are named by their setting before anything starts."""

import pytest

from backend.cli import preflight
from tests.api.journal.test_entries_post_during_outage import shut_port


@pytest.mark.parametrize("name", ["BETWEEN_DATABASE_URL", "BETWEEN_OWNER_DATABASE_URL"])
def test_a_database(name: str) -> None:
    port = shut_port()

    (fault,) = preflight.unreachable_servers(
        {name: f"postgres://ada:secret@127.0.0.1:{port}/between"}
    )

    assert fault.startswith(f"{name}: connection to server at ")
    assert f"port {port} failed: Connection refused" in fault
    assert "secret" not in fault


@pytest.mark.parametrize("kind", ["redis", "amqp"])
def test_a_broker(kind: str) -> None:
    port = shut_port()
    url = f"{kind}://ada:secret@127.0.0.1:{port}/0"

    (fault,) = preflight.unreachable_servers({"BETWEEN_BROKER_URL": url})

    assert fault == f"BETWEEN_BROKER_URL: no broker answers at {kind}://127.0.0.1:{port}"


def test_a_folder_is_no_server() -> None:
    env = {"BETWEEN_DATABASE_URL": "sqlite:///x.sqlite3", "BETWEEN_BROKER_URL": "filesystem://x"}

    assert list(preflight.unreachable_servers(env)) == []
    assert list(preflight.unreachable_servers({})) == []


def test_all_are_told_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    port = shut_port()
    monkeypatch.setenv("BETWEEN_DATABASE_URL", f"postgres://127.0.0.1:{port}/between")
    monkeypatch.setenv("BETWEEN_BROKER_URL", f"redis://127.0.0.1:{port}/0")

    assert preflight.main() == 1

    said = capsys.readouterr().out
    assert said.startswith("Refusing to start: BETWEEN_DATABASE_URL: ")
    assert "; BETWEEN_BROKER_URL: " in said
    assert said.count("\n") == 1
