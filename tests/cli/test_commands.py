"""The words …"""

import errno
import json
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from backend.cli import (
    bootstrap,
    commands,
    database,
    dev_commands,
    packages,
    paths,
    subprocesses,
    test_runner,
    venv,
)
from backend.cli.paths import ROOT
from backend.settings_checks import validate_security_settings

VERBS = [
    "up",
    "logins",
    "demo",
    "manage",
    "backup",
    "restore",
    "test",
    "check",
    "fix",
    "lock",
    "sbom",
    "bench",
    "fake-fcm",
    "clinic",
    "admin",
    "secrets",
    "try",
]
_PEOPLE: list[dict[str, str | None]] = [
    {"username": "maya", "password": "one-and-all", "role": "patient", "totp_secret": None},
    {"username": "ada", "password": "one-and-all", "role": "admin", "totp_secret": None},
    {"username": "dr_okafor", "password": "one-and-all", "role": "clinician", "totp_secret": None},
]


@pytest.mark.parametrize("arguments", [[], ["--help"]], ids=["alone", "--help"])
def test_are_listed_with_what_they_do(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert bootstrap.main(arguments) == 0

    said = capsys.readouterr().out
    for verb in [*VERBS, "migration"]:
        assert re.search(rf"^  {verb}\s+\w+", said, re.MULTILINE), verb
    assert "./between logins      says who can sign in" in said


@pytest.mark.parametrize("verb", ["manage", "clinic", "admin"])
def test_that_need_more_say_what(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main([verb]) == 1

    assert capsys.readouterr().err.startswith(f"between: Say what to do: ./between {verb} ")


@pytest.mark.parametrize("verb", sorted({*VERBS, "migration"} - {"bench", "fake-fcm", "sbom"}))
def test_explain_themselves(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main([verb, "--help"]) == 0

    said = capsys.readouterr().out
    assert said.startswith(f"Usage: ./between {verb}")
    assert said.split("\n\n")[1].strip().endswith(".")


def test_are_named_for_the_folder_that_is_meant(tmp_path: Path) -> None:
    folder = tmp_path / "two words"

    assert paths.command_for_data_dir("try", paths.default_data_dir()) == "./between try"
    assert paths.command_for_data_dir("try", folder) == f"./between try --data '{folder}'"


def test_need_nothing_installed() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(ROOT / "between"), "--help"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "./between up" in done.stdout


@pytest.mark.parametrize("arguments", [[], ["-h"], ["--help"]])
def test_are_listed_before_anything_is_installed(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "between").write_bytes((ROOT / "between").read_bytes())
    (tmp_path / "backend").symlink_to(ROOT / "backend")
    env = {"PATH": "/usr/bin:/bin", "BETWEEN_VENV": str(tmp_path / "none")}

    done = subprocess.run(
        [sys.executable, "-I", "-S", str(tmp_path / "between"), *arguments],
        capture_output=True, text=True, check=True, env=env,
    )  # fmt: skip

    for verb, what in bootstrap.VERBS.items():
        assert f"  {verb:<10} {what}" in re.sub(r"(?<=\S) +", " ", done.stdout).replace(
            f"  {verb} ", f"  {verb:<10} "
        )
    assert {file.name for file in tmp_path.iterdir()} == {"between", "backend"}


def test_that_are_listed_are_those_that_there_are() -> None:
    assert set(commands.between.commands) == set(bootstrap.VERBS)


def test_may_be_cut_short_by_whoever_reads_them(tmp_path: Path) -> None:
    (tmp_path / "logins.json").write_text(json.dumps(_PEOPLE * 5_000))
    command = f"{sys.executable} {ROOT}/between logins --json --data {tmp_path} | head -n 1"

    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)

    assert (done.stdout, done.stderr) == ("[\n", "")


def test_that_are_unknown_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main(["upp"]) == 2

    said = capsys.readouterr().err
    assert said.startswith("between: No such command 'upp'.")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    "words", [["up", "--port", "x"], ["restore"], ["logins", "more"], ["check", "--fast"]]
)
def test_with_what_they_do_not_take_are_refused(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert bootstrap.main(words) == 2

    said = capsys.readouterr().err
    assert said.startswith("between: ")
    assert said.count("\n") == 1


def test_end_in_one_line_where_the_disk_is_full(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(**_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", "/data/lock")

    monkeypatch.setattr(dev_commands, "run_checks", full)

    assert bootstrap.main(["check"]) == 1
    assert capsys.readouterr().err == (
        "between: The disk is full: /data/lock could not be written.\n"
    )


def test_hand_on_what_they_do_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[object] = []

    def take(rest: list[str], *, inherited: object) -> int:
        handed.append(rest)
        return 0

    monkeypatch.setattr(test_runner, "run_tests", take)

    assert bootstrap.main(["test", "-k", "craving", "--lf", "tests/api"]) == 0
    assert handed == [["-k", "craving", "--lf", "tests/api"]]


def test_about_logins_are_for_people_and_for_programs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logins.json").write_text(json.dumps(_PEOPLE))

    assert bootstrap.main(["logins", "--data", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "clinician  dr_okafor",
        "admin      ada",
        "patient    maya",
        "password   one-and-all   (the same for all)",
    ]

    assert bootstrap.main(["logins", "--json", "--data", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out) == _PEOPLE


def test_about_logins_show_each_password_where_they_differ(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people = [*_PEOPLE, {**_PEOPLE[0], "username": "noah", "password": "another"}]
    (tmp_path / "logins.json").write_text(json.dumps(people))

    bootstrap.main(["logins", "--data", str(tmp_path)])

    assert capsys.readouterr().out.splitlines()[-1].split() == ["patient", "noah", "another"]


@pytest.mark.parametrize("verb", [["logins"], ["manage", "check"]], ids=lambda verb: str(verb[0]))
def test_about_a_folder_that_is_empty_say_what_to_do(
    verb: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bootstrap.main([verb[0], "--data", str(tmp_path), *verb[1:]]) == 1

    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"run ./between up --data {tmp_path} first" in said


@pytest.mark.parametrize(
    ("words", "handed"),
    [
        ("manage --data DIR dispatch --forever", "dispatch --forever"),
        ("manage dispatch --forever --data DIR", "dispatch --forever"),
        ("manage dispatch --data=DIR --forever", "dispatch --forever"),
        ("--data DIR manage shell", "shell"),
        ("manage shell --data DIR -c --data", "shell -c"),
        ("clinic add Harbor --time-zone America/Chicago --data DIR",
         "clinic add Harbor --time-zone America/Chicago"),
        ("--data=DIR admin add ada", "admin add ada"),
        ("admin --data DIR code ada", "admin code ada"),
        ("backup b.chest --data DIR", "backup write HERE/b.chest"),
        ("--data DIR restore b.chest --drill", "backup restore HERE/b.chest --drill"),
    ],
)  # fmt: skip
def test_take_a_folder_wherever_it_is_named(
    words: str, handed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = _manage_is_watched(monkeypatch)
    monkeypatch.chdir(tmp_path)
    said = words.replace("DIR", str(tmp_path / "data")).split()
    if said[-1] == "--data":
        assert bootstrap.main(said) == 1
        assert seen == []
        return

    bootstrap.main(said)

    assert seen == [(handed.replace("HERE", str(tmp_path)).split(), tmp_path / "data")]


def test_leave_what_follows_two_dashes_to_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = _manage_is_watched(monkeypatch)

    bootstrap.main(["--data", str(tmp_path), "manage", "shell", "--", "--data", "theirs"])

    assert seen == [(["shell", "--", "--data", "theirs"], tmp_path)]


def test_take_the_folder_of_the_variable_unless_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = _manage_is_watched(monkeypatch)
    monkeypatch.setenv("BETWEEN_DATA", str(tmp_path / "variable"))

    bootstrap.main(["manage", "check"])
    bootstrap.main(["manage", "check", "--data", str(tmp_path / "named")])
    monkeypatch.setenv("BETWEEN_DATA", "")
    bootstrap.main(["manage", "check"])

    folders = [data for _, data in seen]
    assert folders == [tmp_path / "variable", tmp_path / "named", paths.default_data_dir()]


def test_of_the_folder_that_the_variable_names_reach_every_verb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BETWEEN_DATA", str(tmp_path))
    for verb in (["logins"], ["try"], ["manage", "check"], ["backup", "b.chest"]):
        assert bootstrap.main(verb) == 1
        assert str(tmp_path) in capsys.readouterr().err


def _manage_is_watched(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], Path]]:
    seen: list[tuple[list[str], Path]] = []

    def take(rest: list[str], *, data: Path, inherited: object) -> int:
        seen.append((rest, data))
        return 0

    monkeypatch.setattr(database, "run_django", take)
    return seen


@pytest.mark.parametrize("name", ["auto", "0002_auto_20261123", "care_auto_change", "Sleep", "x"])
def test_for_a_migration_that_tells_nothing_are_refused(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bootstrap.main(["migration", "care", name]) == 1

    assert "name what changes" in capsys.readouterr().err


def test_to_lock_write_no_index_into_the_pins(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []

    def show(argv: list[str], *, env: object) -> int:
        ran.append(argv)
        return 0

    monkeypatch.setattr(venv, "ensure_venv", lambda *_, **__: "/made/bin/python")
    monkeypatch.setattr(packages, "find_uv", lambda python: Path(python).with_name("uv"))
    monkeypatch.setattr(subprocesses, "run_on_terminal", show)

    assert bootstrap.main(["lock", "--upgrade"]) == 0

    assert [argv[argv.index("--output-file") + 1] for argv in ran] == [
        "requirements.txt",
        "requirements-dev.txt",
        "requirements-uv.txt",
    ]
    for argv in ran:
        assert argv[0] == "/made/bin/uv"
        assert {"--generate-hashes", "--no-emit-index-url", "--upgrade"} <= set(argv)


def test_to_lock_say_where_that_cannot_be_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(venv, "ensure_venv", lambda *_, **__: "/made/bin/python")

    assert bootstrap.main(["lock"]) == 1
    assert "uv, which makes the pins, is not beside" in capsys.readouterr().err


def test_to_list_what_runs_write_a_bill_of_every_pin(tmp_path: Path) -> None:
    bill = tmp_path / "sbom.json"

    assert bootstrap.main(["sbom", "--output-file", str(bill)]) == 0

    listed = json.loads(bill.read_text())
    pins = re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", (ROOT / "requirements.txt").read_text(), re.M)
    assert {(one["name"], one["version"]) for one in listed["components"]} == set(pins)
    assert listed["bomFormat"] == "CycloneDX"


def test_for_secrets_make_them_in_the_form_that_the_settings_take(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "between.env"

    assert bootstrap.main(["secrets"]) == 0
    printed = capsys.readouterr().out
    assert bootstrap.main(["secrets", "--output", str(file)]) == 0

    for text in (printed, file.read_text()):
        made = dict(line.split("=", 1) for line in text.splitlines())
        validate_security_settings(
            demo=False, debug=False, secrets=made, hosts=["clinic.example"],
            second_factor=True, secure_cookies=True,
        )  # fmt: skip
        assert sorted(made) == [
            "BETWEEN_MASTER_KEYS", "BETWEEN_SECRET_KEY", "BETWEEN_TOKEN_KEYS", "BETWEEN_VAPID_KEYS",
        ]  # fmt: skip
    assert not set(printed.splitlines()) & set(file.read_text().splitlines())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_for_secrets_never_overwrite(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "between.env"
    file.write_text("BETWEEN_MASTER_KEYS=m1:kept")

    assert bootstrap.main(["secrets", "--output", str(file)]) == 1

    assert capsys.readouterr().err == f"between: {file} is there already, and stays as it is.\n"
    assert file.read_text() == "BETWEEN_MASTER_KEYS=m1:kept"


def test_to_try_it_say_when_nothing_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logins.json").write_text(json.dumps(_PEOPLE))

    assert bootstrap.main(["try", "--data", str(tmp_path)]) == 1
    assert bootstrap.main(["try", "--address", "http://127.0.0.1:9", "--data", str(tmp_path)]) == 1

    first, second = capsys.readouterr().err.splitlines()
    assert first == (
        f"between: Nothing runs on {tmp_path}: start ./between up --data {tmp_path} in another "
        "terminal first."
    )
    assert second.startswith("between: Nothing answers at http://127.0.0.1:9/api/v1")
