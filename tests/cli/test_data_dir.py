"""A data folder …"""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backend.cli import data_dir
from backend.cli.console import CliError
from backend.cli.paths import ROOT
from backend.kit.crypto import parse_key_ring
from backend.settings_checks import validate_security_settings
from care.accounts.passwords import validate_password


def test_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "data"

    data_dir.prepare_data_dir(path, is_demo=True)

    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert stat.S_IMODE((path / "secrets.json").stat().st_mode) == 0o600
    assert [file.name for file in path.iterdir()] == ["secrets.json"]


def test_gets_secrets_that_the_settings_take(tmp_path: Path) -> None:
    made = data_dir.prepare_data_dir(tmp_path, is_demo=False).secrets

    validate_security_settings(
        demo=False,
        debug=False,
        secrets=made,
        hosts=["clinic.example"],
        second_factor=True,
        secure_cookies=True,
    )
    assert list(parse_key_ring(made["BETWEEN_TOKEN_KEYS"])) == ["t1"]
    assert "BETWEEN_DEMO_PASSWORD" not in made


def test_gets_secrets_of_its_own(tmp_path: Path) -> None:
    one = data_dir.prepare_data_dir(tmp_path / "one", is_demo=True).secrets
    other = data_dir.prepare_data_dir(tmp_path / "other", is_demo=True).secrets

    assert not set(one.values()) & set(other.values())
    assert len(set(one.values())) == len(one) == 5


def test_keeps_its_secrets(tmp_path: Path) -> None:
    first = data_dir.prepare_data_dir(tmp_path, is_demo=True)

    assert data_dir.prepare_data_dir(tmp_path, is_demo=True) == first
    assert data_dir.open_data_dir(tmp_path) == first


def test_gets_one_set_of_secrets_when_many_copies_start_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(
            pool.map(lambda _: data_dir.prepare_data_dir(tmp_path, is_demo=True), range(32))
        )

    assert all(one == made[0] for one in made)
    assert [file.name for file in tmp_path.iterdir()] == ["secrets.json"]


def test_never_shows_its_secrets(tmp_path: Path) -> None:
    made = data_dir.prepare_data_dir(tmp_path, is_demo=True)

    assert not [value for value in made.secrets.values() if value in repr(made)]


@pytest.mark.parametrize(("is_demo", "said"), [(True, "holds a demo"), (False, "holds real data")])
def test_is_never_both_demo_and_clinic(tmp_path: Path, is_demo: bool, said: str) -> None:
    made = data_dir.prepare_data_dir(tmp_path, is_demo=is_demo)

    with pytest.raises(CliError, match=said) as refused:
        data_dir.prepare_data_dir(tmp_path, is_demo=not is_demo)

    assert "\n" not in str(refused.value)
    assert data_dir.open_data_dir(tmp_path) == made


def test_does_not_replace_lost_secrets(tmp_path: Path) -> None:
    (tmp_path / "between.sqlite3").touch()

    with pytest.raises(CliError, match="put it back"):
        data_dir.prepare_data_dir(tmp_path, is_demo=False)

    assert not (tmp_path / "secrets.json").exists()


def test_refuses_secrets_that_others_can_read(tmp_path: Path) -> None:
    data_dir.prepare_data_dir(tmp_path, is_demo=True)
    (tmp_path / "secrets.json").chmod(0o640)

    with pytest.raises(CliError, match="chmod 600"):
        data_dir.open_data_dir(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", json.dumps({"BETWEEN_SECRET_KEY": "x"})])
def test_says_when_its_secrets_are_damaged(tmp_path: Path, text: str) -> None:
    data_dir.prepare_data_dir(tmp_path, is_demo=True)
    (tmp_path / "secrets.json").write_text(text)

    with pytest.raises(CliError, match="damaged"):
        data_dir.prepare_data_dir(tmp_path, is_demo=True)

    assert (tmp_path / "secrets.json").read_text() == text


def test_that_is_empty_sends_people_to_up(tmp_path: Path) -> None:
    with pytest.raises(CliError, match=r"run \./between up"):
        data_dir.open_data_dir(tmp_path)


def test_belongs_to_one_copy_at_a_time(tmp_path: Path) -> None:
    with data_dir.lock_data_dir(tmp_path):
        with (
            pytest.raises(CliError, match=r"in use by another copy \(process \d+\)"),
            data_dir.lock_data_dir(tmp_path),
        ):
            pass
        # The refused one must not have wiped the holder's number.
        assert (tmp_path / "lock").read_text().isdigit()

    with data_dir.lock_data_dir(tmp_path):
        pass


def test_gets_a_password_that_people_may_have() -> None:
    made = {data_dir.generate_passphrase() for _ in range(200)}

    assert len(made) == 200
    for one in made:
        validate_password(one, username="maya")


def test_is_complete_for_a_demo(tmp_path: Path) -> None:
    here = data_dir.prepare_data_dir(tmp_path, is_demo=True)

    env = data_dir.env_for_service(here, {"PATH": "/bin"})

    assert env["PATH"] == "/bin"
    assert env["BETWEEN_DEMO"] == "1"
    assert env["BETWEEN_DATA"] == str(tmp_path)
    assert env["BETWEEN_PUSH_GATEWAY"] == "console"
    assert env["BETWEEN_ALLOWED_HOSTS"].split(",")[:2] == ["localhost", "127.0.0.1"]
    assert set(here.secrets) <= set(env)


def test_assumes_no_host_and_no_gateway_for_a_clinic(tmp_path: Path) -> None:
    env = data_dir.env_for_service(data_dir.prepare_data_dir(tmp_path, is_demo=False), {})

    assert env["BETWEEN_DEMO"] == "0"
    assert not {"BETWEEN_ALLOWED_HOSTS", "BETWEEN_PUSH_GATEWAY", "BETWEEN_DEMO_PASSWORD"} & set(env)


def test_leaves_what_is_set_already(tmp_path: Path) -> None:
    chosen = {
        "BETWEEN_DATABASE_URL": "postgres://db/between",
        "BETWEEN_BROKER_URL": "redis://broker/0",
        "BETWEEN_ALLOWED_HOSTS": "demo.example",
        "BETWEEN_SECRET_KEY": "chosen by somebody",
    }

    env = data_dir.env_for_service(data_dir.prepare_data_dir(tmp_path, is_demo=True), chosen)

    assert {name: env[name] for name in chosen} == chosen


def test_leaves_a_secret_to_the_file_that_is_named(tmp_path: Path) -> None:
    chosen = {"BETWEEN_MASTER_KEYS_FILE": "/run/secrets/master"}

    env = data_dir.env_for_service(data_dir.prepare_data_dir(tmp_path, is_demo=True), chosen)

    assert "BETWEEN_MASTER_KEYS" not in env
    assert "BETWEEN_TOKEN_KEYS" in env


def test_never_lets_a_variable_turn_real_data_into_a_demo(tmp_path: Path) -> None:
    inherited = {"BETWEEN_DEMO": "1", "DJANGO_SETTINGS_MODULE": "tests.settings"}

    env = data_dir.env_for_service(data_dir.prepare_data_dir(tmp_path, is_demo=False), inherited)

    assert env["BETWEEN_DEMO"] == "0"
    assert env["DJANGO_SETTINGS_MODULE"] == "backend.settings"


@pytest.mark.parametrize(
    ("host", "added"),
    [("127.0.0.1", False), ("0.0.0.0", False), ("192.0.2.7", True), ("clinic.lan", True)],
)
def test_names_the_address_that_was_chosen(tmp_path: Path, host: str, added: bool) -> None:
    here = data_dir.prepare_data_dir(tmp_path, is_demo=True)

    names = data_dir.env_for_service(here, {}, host=host)["BETWEEN_ALLOWED_HOSTS"].split(",")

    assert names == ["localhost", "127.0.0.1", "[::1]", *([host] if added else [])]


def test_keeps_a_clinics_variables_away_from_tests() -> None:
    inherited = {
        "BETWEEN_DATABASE_URL": "postgres://clinic/real",
        "BETWEEN_TEST_REDIS_URL": "redis://other/1",
        "HOME": "/home/ada",
    }

    assert data_dir.env_for_tests(inherited) == {
        "BETWEEN_TEST_REDIS_URL": "redis://other/1",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "HOME": "/home/ada",
    }


def test_describes_a_clinic_to_the_checks(tmp_path: Path) -> None:
    env = data_dir.env_for_clinic_checks(tmp_path, {"BETWEEN_DEBUG": "1", "HOME": "/home/ada"})

    assert env["BETWEEN_DEMO"] == "0"
    assert env["BETWEEN_ALLOWED_HOSTS"] == "clinic.example"
    assert "BETWEEN_DEBUG" not in env


def test_keeps_the_owner_of_the_tables_from_what_serves() -> None:
    env = {"BETWEEN_DATABASE_URL": "postgres://serving@db/between"}

    assert (
        data_dir.env_without_owner(env | {"BETWEEN_OWNER_DATABASE_URL": "postgres://x@db/y"}) == env
    )


def test_lets_a_command_run_without_naming_hosts_and_from_anywhere(tmp_path: Path) -> None:
    here = data_dir.prepare_data_dir(tmp_path, is_demo=False)

    env = data_dir.env_for_command(here, {"PYTHONPATH": "/theirs"})

    assert env["BETWEEN_ALLOWED_HOSTS"] == "localhost"
    assert env["PYTHONPATH"] == f"{ROOT}:/theirs"
    chosen = data_dir.env_for_command(here, {"BETWEEN_ALLOWED_HOSTS": "clinic.example"})
    assert chosen["BETWEEN_ALLOWED_HOSTS"] == "clinic.example"
