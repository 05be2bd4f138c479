"""Settings come from the environment alone, and what is unsafe refuses to start, in one line."""

import os
import subprocess
import sys
from typing import Any

import pytest

from tests.house.tree import ROOT

SAFE = {
    "BETWEEN_SECRET_KEY": "production-like-0123456789-abcdefghijklmnopqrst",
    "BETWEEN_TOKEN_KEYS": "t1:" + "dG9rZW4ta2V5LW9mLXRoZS10ZXN0cy0wMTIzNDU2Nzg",
    "BETWEEN_MASTER_KEYS": "m1:" + "bWFzdGVyLWtleS1vZi10aGUtdGVzdHMtMDEyMzQ1Njc",
    "BETWEEN_ALLOWED_HOSTS": "clinic.example.org",
}


def start(tmp_path: Any, changes: dict[str, str | None]) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BETWEEN_")}
    env = (
        kept | SAFE | {"DJANGO_SETTINGS_MODULE": "backend.settings", "BETWEEN_DATA": str(tmp_path)}
    )
    for name, value in changes.items():
        env.pop(name, None) if value is None else env.update({name: value})
    code = "from django.conf import settings; print(settings.DEBUG, settings.SESSION_COOKIE_SECURE)"
    return subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_a_clinics_settings_start_safe(tmp_path: Any) -> None:
    assert start(tmp_path, {}).stdout.split() == ["False", "True"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"BETWEEN_SECRET_KEY": None}, "BETWEEN_SECRET_KEY is missing"),
        ({"BETWEEN_TOKEN_KEYS": None}, "BETWEEN_TOKEN_KEYS is missing"),
        ({"BETWEEN_MASTER_KEYS": None}, "BETWEEN_MASTER_KEYS is missing"),
        ({"BETWEEN_MASTER_KEYS": "m1:short"}, "BETWEEN_MASTER_KEYS must be"),
        ({"BETWEEN_SECRET_KEY": "x" * 50}, "BETWEEN_SECRET_KEY is too weak"),
        ({"BETWEEN_DEBUG": "1"}, "BETWEEN_DEBUG must be off"),
        ({"BETWEEN_ALLOWED_HOSTS": None}, "BETWEEN_ALLOWED_HOSTS must name"),
        ({"BETWEEN_ALLOWED_HOSTS": "*"}, "BETWEEN_ALLOWED_HOSTS must name"),
        ({"BETWEEN_ALLOWED_HOSTS": ".example.org"}, "BETWEEN_ALLOWED_HOSTS must name"),
        ({"BETWEEN_SECURE_COOKIES": "0"}, "BETWEEN_SECURE_COOKIES may be off"),
        ({"BETWEEN_DEMO": "1", "BETWEEN_SECRET_KEY": None}, "BETWEEN_SECRET_KEY is missing"),
    ],
)
def test_what_is_unsafe_refuses_to_start_and_says_which(
    tmp_path: Any, changes: dict[str, str | None], said: str
) -> None:
    refused = start(tmp_path, changes)

    assert refused.returncode != 0
    assert said in refused.stderr.splitlines()[-1]
    for secret in SAFE.values():
        assert secret not in refused.stderr or secret == SAFE["BETWEEN_ALLOWED_HOSTS"]


def test_every_fault_is_told_at_once(tmp_path: Any) -> None:
    refused = start(tmp_path, {"BETWEEN_SECRET_KEY": None, "BETWEEN_DEBUG": "1"})

    assert "BETWEEN_SECRET_KEY" in refused.stderr.splitlines()[-1]
    assert "BETWEEN_DEBUG" in refused.stderr.splitlines()[-1]


def test_a_secret_may_lie_in_a_file(tmp_path: Any) -> None:
    (tmp_path / "key").write_text(SAFE["BETWEEN_SECRET_KEY"] + "\n")

    started = start(
        tmp_path,
        {"BETWEEN_SECRET_KEY": None, "BETWEEN_SECRET_KEY_FILE": str(tmp_path / "key")},
    )

    assert started.returncode == 0


def test_the_environments_words_become_typed_settings(tmp_path: Any) -> None:
    code = (
        "from django.conf import settings; d = settings.DATABASES['default'];"
        "print(d['ENGINE'], d['OPTIONS']['pool']['max_size'] + 1, settings.BROKER_URL,"
        "settings.REMINDER_TICK_SECONDS + 1, settings.REMINDER_LEASE_SECONDS / 2,"
        "settings.REMINDER_SPREAD is True)"
    )
    env = SAFE | {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "backend.settings",
        "BETWEEN_DATA": str(tmp_path),
        "BETWEEN_DATABASE_URL": "postgres://between@db.example.org/between",
        "BETWEEN_POOL": "5",
        "BETWEEN_BROKER_URL": "redis://cache.example.org/0",
        "BETWEEN_REMINDER_TICK_SECONDS": "2",
        "BETWEEN_REMINDER_LEASE_SECONDS": "60",
        "BETWEEN_REMINDER_SPREAD": "on",
    }

    told = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert told.stdout.split() == [
        "backend.kit.postgres", "6", "redis://cache.example.org/0", "3.0", "30.0", "True",
    ]  # fmt: skip
