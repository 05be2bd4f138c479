"""The words …"""

import errno
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from backend.launch import checks, chores, commands, installer, processes, suites, venv
from backend.launch.places import ROOT

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
    with pytest.raises(SystemExit) as ended:
        commands.main(arguments)

    said = capsys.readouterr().out
    assert ended.value.code == 0
    for verb in [*VERBS, "migration"]:
        assert re.search(rf"^    {verb}\s+\w+", said, re.MULTILINE), verb


def test_need_nothing_installed() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(ROOT / "between"), "--help"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "./between up" in done.stdout


def test_that_are_unknown_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        commands.main(["upp"])

    assert ended.value.code == 2
    assert "upp" in capsys.readouterr().err


def test_end_in_one_line_where_the_disk_is_full(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(**_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", "/data/lock")

    monkeypatch.setattr(checks, "check", full)

    assert commands.main(["check"]) == 1
    assert capsys.readouterr().err == (
        "between: The disk is full: /data/lock could not be written.\n"
    )


def test_hand_on_what_they_do_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[object] = []

    def take(rest: list[str], *, inherited: object) -> int:
        handed.append(rest)
        return 0

    monkeypatch.setattr(suites, "test", take)

    assert commands.main(["test", "-k", "craving", "--lf", "tests/api"]) == 0
    assert handed == [["-k", "craving", "--lf", "tests/api"]]


def test_about_logins_are_for_people_and_for_programs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logins.json").write_text(json.dumps(_PEOPLE))

    assert commands.main(["logins", "--data", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "clinician  dr_okafor",
        "admin      ada",
        "patient    maya",
        "password   one-and-all   (the same for all)",
    ]

    assert commands.main(["logins", "--json", "--data", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out) == _PEOPLE


def test_about_logins_show_each_password_where_they_differ(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people = [*_PEOPLE, {**_PEOPLE[0], "username": "noah", "password": "another"}]
    (tmp_path / "logins.json").write_text(json.dumps(people))

    commands.main(["logins", "--data", str(tmp_path)])

    assert capsys.readouterr().out.splitlines()[-1].split() == ["patient", "noah", "another"]


@pytest.mark.parametrize("verb", [["logins"], ["manage", "check"]], ids=lambda verb: str(verb[0]))
def test_about_a_folder_that_is_empty_say_what_to_do(
    verb: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands.main([verb[0], "--data", str(tmp_path), *verb[1:]]) == 1

    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "run ./between up first" in said


def test_take_a_folder_before_a_command_of_django(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []

    def take(rest: list[str], *, data: Path, inherited: object) -> int:
        seen.append((rest, data))
        return 0

    monkeypatch.setattr(chores, "manage", take)

    commands.main(["manage", "--data", str(tmp_path), "dispatch", "--forever"])

    assert seen == [(["dispatch", "--forever"], tmp_path)]


@pytest.mark.parametrize(
    ("words", "handed"),
    [
        (["backup", "b.chest"], ["backup", "FILE"]),
        (["restore", "b.chest"], ["restore", "FILE"]),
        (["restore", "b.chest", "--drill"], ["restore", "FILE", "--drill"]),
    ],
)
def test_about_backups_name_the_file_from_where_one_stands(
    words: list[str], handed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    monkeypatch.chdir(tmp_path)

    def take(rest: list[str], **_: object) -> int:
        seen.append(rest)
        return 0

    monkeypatch.setattr(chores, "manage", take)

    assert commands.main([*words, "--data", str(tmp_path / "data")]) == 0

    file = str(tmp_path / "b.chest")
    assert seen == [[file if word == "FILE" else word for word in handed]]


@pytest.mark.parametrize("name", ["auto", "0002_auto_20261123", "care_auto_change", "Sleep", "x"])
def test_for_a_migration_that_tells_nothing_are_refused(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands.main(["migration", "care", name]) == 1

    assert "name what changes" in capsys.readouterr().err


def test_to_lock_write_no_index_into_the_pins(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []

    def show(argv: list[str], *, env: object) -> int:
        ran.append(argv)
        return 0

    monkeypatch.setattr(venv, "python_for", lambda *_, **__: "/made/bin/python")
    monkeypatch.setattr(installer, "uv_beside", lambda python: Path(python).with_name("uv"))
    monkeypatch.setattr(processes, "show", show)

    assert commands.main(["lock", "--upgrade"]) == 0

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
    monkeypatch.setattr(venv, "python_for", lambda *_, **__: "/made/bin/python")

    assert commands.main(["lock"]) == 1
    assert "uv, which makes the pins, is not beside" in capsys.readouterr().err


def test_to_list_what_runs_write_a_bill_of_every_pin(tmp_path: Path) -> None:
    bill = tmp_path / "sbom.json"

    assert commands.main(["sbom", "--output-file", str(bill)]) == 0

    listed = json.loads(bill.read_text())
    pins = re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", (ROOT / "requirements.txt").read_text(), re.M)
    assert {(one["name"], one["version"]) for one in listed["components"]} == set(pins)
    assert listed["bomFormat"] == "CycloneDX"
