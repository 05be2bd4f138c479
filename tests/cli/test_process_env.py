"""What the service is told …"""

from pathlib import Path

import pytest

from backend.cli import data_dir, process_env
from backend.cli.paths import ROOT


def test_is_complete_for_a_demo(tmp_path: Path) -> None:
    here = data_dir.prepare_data_dir(tmp_path, is_demo=True)

    env = process_env.env_for_service(here, {"PATH": "/bin"})

    assert env["PATH"] == "/bin"
    assert env["BETWEEN_DEMO"] == "1"
    assert env["BETWEEN_DATA"] == str(tmp_path)
    assert env["BETWEEN_PUSH_GATEWAY"] == "console"
    assert env["BETWEEN_ALLOWED_HOSTS"].split(",")[:2] == ["localhost", "127.0.0.1"]
    assert set(here.secrets) <= set(env)


def test_assumes_no_host_and_no_gateway_for_a_clinic(tmp_path: Path) -> None:
    env = process_env.env_for_service(data_dir.prepare_data_dir(tmp_path, is_demo=False), {})

    assert env["BETWEEN_DEMO"] == "0"
    assert not {"BETWEEN_ALLOWED_HOSTS", "BETWEEN_PUSH_GATEWAY", "BETWEEN_DEMO_PASSWORD"} & set(env)


def test_leaves_what_is_set_already(tmp_path: Path) -> None:
    chosen = {
        "BETWEEN_DATABASE_URL": "postgres://db/between",
        "BETWEEN_BROKER_URL": "redis://broker/0",
        "BETWEEN_ALLOWED_HOSTS": "demo.example",
        "BETWEEN_SECRET_KEY": "chosen by somebody",
    }

    env = process_env.env_for_service(data_dir.prepare_data_dir(tmp_path, is_demo=True), chosen)

    assert {name: env[name] for name in chosen} == chosen


def test_leaves_a_secret_to_the_file_that_is_named(tmp_path: Path) -> None:
    chosen = {"BETWEEN_MASTER_KEYS_FILE": "/run/secrets/master"}

    env = process_env.env_for_service(data_dir.prepare_data_dir(tmp_path, is_demo=True), chosen)

    assert "BETWEEN_MASTER_KEYS" not in env
    assert "BETWEEN_TOKEN_KEYS" in env


def test_never_lets_a_variable_turn_real_data_into_a_demo(tmp_path: Path) -> None:
    inherited = {"BETWEEN_DEMO": "1", "DJANGO_SETTINGS_MODULE": "tests.settings"}

    env = process_env.env_for_service(data_dir.prepare_data_dir(tmp_path, is_demo=False), inherited)

    assert env["BETWEEN_DEMO"] == "0"
    assert env["DJANGO_SETTINGS_MODULE"] == "backend.settings"


@pytest.mark.parametrize(
    ("host", "added"),
    [("127.0.0.1", False), ("0.0.0.0", False), ("192.0.2.7", True), ("clinic.lan", True)],
)
def test_names_the_address_that_was_chosen(tmp_path: Path, host: str, added: bool) -> None:
    here = data_dir.prepare_data_dir(tmp_path, is_demo=True)

    names = process_env.env_for_service(here, {}, host=host)["BETWEEN_ALLOWED_HOSTS"].split(",")

    assert names == ["localhost", "127.0.0.1", "[::1]", *([host] if added else [])]


def test_keeps_a_clinics_variables_away_from_tests() -> None:
    inherited = {
        "BETWEEN_DATABASE_URL": "postgres://clinic/real",
        "BETWEEN_TEST_REDIS_URL": "redis://other/1",
        "HOME": "/home/ada",
    }

    assert process_env.env_for_tests(inherited) == {
        "BETWEEN_TEST_REDIS_URL": "redis://other/1",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "HOME": "/home/ada",
    }


def test_describes_a_clinic_to_the_checks(tmp_path: Path) -> None:
    env = process_env.env_for_clinic_checks(tmp_path, {"BETWEEN_DEBUG": "1", "HOME": "/home/ada"})

    assert env["BETWEEN_DEMO"] == "0"
    assert env["BETWEEN_ALLOWED_HOSTS"] == "clinic.example"
    assert "BETWEEN_DEBUG" not in env


def test_keeps_the_owner_of_the_tables_from_what_serves() -> None:
    env = {"BETWEEN_DATABASE_URL": "postgres://serving@db/between"}

    assert (
        process_env.env_without_owner(env | {"BETWEEN_OWNER_DATABASE_URL": "postgres://x@db/y"})
        == env
    )


def test_lets_a_command_run_without_naming_hosts_and_from_anywhere(tmp_path: Path) -> None:
    here = data_dir.prepare_data_dir(tmp_path, is_demo=False)

    env = process_env.env_for_command(here, {"PYTHONPATH": "/theirs"})

    assert env["BETWEEN_ALLOWED_HOSTS"] == "localhost"
    assert env["PYTHONPATH"] == f"{ROOT}:/theirs"
    chosen = process_env.env_for_command(here, {"BETWEEN_ALLOWED_HOSTS": "clinic.example"})
    assert chosen["BETWEEN_ALLOWED_HOSTS"] == "clinic.example"
