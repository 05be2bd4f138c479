"""Settings come from the environment alone, and what is unsafe refuses to start, in one line."""

import os
import runpy
import subprocess
import sys
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.house.tree import ROOT

SAFE = {
    "BETWEEN_SECRET_KEY": "production-like-0123456789-abcdefghijklmnopqrst",
    "BETWEEN_TOKEN_KEYS": "t1:" + "dG9rZW4ta2V5LW9mLXRoZS10ZXN0cy0wMTIzNDU2Nzg",
    "BETWEEN_MASTER_KEYS": "m1:" + "bWFzdGVyLWtleS1vZi10aGUtdGVzdHMtMDEyMzQ1Njc",
    "BETWEEN_ALLOWED_HOSTS": "clinic.example.org",
}


def read(tmp_path: Any, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str]) -> dict[str, Any]:
    """Read the settings as a start would, in this process."""
    for name in [name for name in os.environ if name.startswith("BETWEEN_")]:
        monkeypatch.delenv(name)
    for name, value in (SAFE | {"BETWEEN_DATA": str(tmp_path)} | changes).items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(ROOT / "backend" / "settings.py"))


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


_HOST, _ORIGIN = (
    "BETWEEN_ALLOWED_HOSTS must be names alone",
    "BETWEEN_TRUSTED_ORIGINS must be https",
)
_DATABASE = "BETWEEN_DATABASE_URL must be postgres://user@host/name or sqlite:///path"
_ACCOUNT = "BETWEEN_FCM_CREDENTIALS"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"BETWEEN_ALLOWED_HOSTS": "https://clinic.example.org"}, _HOST),
        ({"BETWEEN_ALLOWED_HOSTS": "clinic.example.org:8000"}, _HOST),
        ({"BETWEEN_ALLOWED_HOSTS": "clinic.example.org/review"}, _HOST),
        ({"BETWEEN_ALLOWED_HOSTS": "clinic.example.org b.example.org"}, _HOST),
        ({"BETWEEN_ALLOWED_HOSTS": "http://localhost", "BETWEEN_DEMO": "1"}, _HOST),
        ({"BETWEEN_TRUSTED_ORIGINS": "clinic.example.org"}, _ORIGIN),
        ({"BETWEEN_TRUSTED_ORIGINS": "https://clinic.example.org/"}, _ORIGIN),
        ({"BETWEEN_TRUSTED_ORIGINS": "https://*.example.org"}, _ORIGIN),
        ({"BETWEEN_TRUSTED_ORIGINS": "http://clinic.example.org"}, _ORIGIN),
        ({"BETWEEN_DATABASE_URL": "mysql://root@db/between"}, _DATABASE),
        ({"BETWEEN_DATABASE_URL": "/var/lib/between.sqlite3"}, _DATABASE),
        ({"BETWEEN_DATABASE_URL": "host=db dbname=between"}, _DATABASE),
        ({"BETWEEN_DATABASE_URL": "postgres://db"}, "BETWEEN_DATABASE_URL names no database"),
        ({"BETWEEN_DATABASE_URL": "postgres://u:p@db:port/x"}, "BETWEEN_DATABASE_URL cannot be"),
        (
            {"BETWEEN_DATABASE_URL": "sqlite://data/x.sqlite3"},
            "BETWEEN_DATABASE_URL must be sqlite",
        ),
        ({"BETWEEN_OWNER_DATABASE_URL": "mysql://db/x"}, "BETWEEN_OWNER_DATABASE_URL must be"),
        ({"BETWEEN_BROKER_URL": "http://cache"}, "BETWEEN_BROKER_URL must be redis://host"),
        ({"BETWEEN_BROKER_URL": "cache.example.org:6379"}, "BETWEEN_BROKER_URL must be redis://"),
        ({"BETWEEN_PUSH_GATEWAY": "firebase"}, "BETWEEN_PUSH_GATEWAY must be one of console,"),
        ({"BETWEEN_PUSH_GATEWAY": "no_such.Gateway"}, "BETWEEN_PUSH_GATEWAY must be one of"),
        ({"BETWEEN_PUSH_GATEWAY": "fcm"}, f"{_ACCOUNT} must name the service account file"),
        ({"BETWEEN_PUSH_GATEWAY": "fcm_curl"}, f"{_ACCOUNT} must name the service account file"),
        (
            {"BETWEEN_PUSH_GATEWAY": "fcm", _ACCOUNT: "/nowhere.json"},
            f"{_ACCOUNT} names no file that can be read",
        ),
        (
            {"BETWEEN_PUSH_GATEWAY": "fcm", _ACCOUNT: __file__},
            f"{_ACCOUNT} names a file that is no service account",
        ),
        (
            {"BETWEEN_PUSH_GATEWAY": "fcm", "BETWEEN_FCM_BASE_URL": "http://127.0.0.1:1"},
            "BETWEEN_FCM_BASE_URL must be https outside the demo",
        ),
        (
            {"BETWEEN_CONSENT_TEXTS": "/nowhere.json"},
            "BETWEEN_CONSENT_TEXTS names no file of texts",
        ),
        ({"BETWEEN_CONSENT_TEXTS": __file__}, "BETWEEN_CONSENT_TEXTS names no file of texts"),
        ({"BETWEEN_FCM_CA_FILE": "/nowhere.pem"}, "BETWEEN_FCM_CA_FILE names no file"),
        ({"BETWEEN_EMAIL_URL": "mail.example.org"}, "BETWEEN_EMAIL_URL must be smtp+tls://"),
        ({"BETWEEN_EMAIL_URL": "smtp+tls://"}, "BETWEEN_EMAIL_URL names no host"),
        ({"BETWEEN_EMAIL_URL": "smtp+tls://mail:x"}, "BETWEEN_EMAIL_URL must be smtp+tls://"),
        ({"BETWEEN_POOL": "many"}, "BETWEEN_POOL must be a number"),
        ({"BETWEEN_POOL": "0"}, "BETWEEN_POOL must be 1 or more"),
        ({"BETWEEN_REMINDER_TICK_SECONDS": "0"}, "BETWEEN_REMINDER_TICK_SECONDS must be 0.1 or"),
        ({"BETWEEN_REMINDER_LEASE_SECONDS": "nan"}, "BETWEEN_REMINDER_LEASE_SECONDS must be a"),
        ({"BETWEEN_PUSH_PER_SECOND": "-1"}, "BETWEEN_PUSH_PER_SECOND must be 0 or more"),
        ({"BETWEEN_PGBOUNCER": "perhaps"}, "BETWEEN_PGBOUNCER must be on or off"),
        ({"BETWEEN_DEMO": "demo"}, "BETWEEN_DEMO must be on or off"),
        ({"BETWEEN_SECRET_KEY_FILE": "/nowhere"}, "BETWEEN_SECRET_KEY_FILE names no file that"),
        ({"BETWEEN_MASTER_KEYS": "m1:" + "QUJD" * 8}, "BETWEEN_MASTER_KEYS must be id:base64"),
        ({"BETWEEN_MASTER_KEYS": SAFE["BETWEEN_MASTER_KEYS"][3:]}, "BETWEEN_MASTER_KEYS must be"),
    ],
    ids=lambda given: "" if isinstance(given, str) else " ".join(map("=".join, given.items())),
)
def test_what_cannot_work_refuses_to_start_and_says_which(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], said: str
) -> None:
    needs_server = "BETWEEN_POOL" in changes or "BETWEEN_PGBOUNCER" in changes
    server = {"BETWEEN_DATABASE_URL": "postgres://db/between"} if needs_server else {}

    with pytest.raises(ImproperlyConfigured) as refused:
        read(tmp_path, monkeypatch, {**server, **changes})

    assert str(refused.value).startswith("Refusing to start: ")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "u:p@" not in str(refused.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"BETWEEN_ALLOWED_HOSTS": " clinic.example.org , 10.1.2.3,[2001:db8::1],a_b.internal"},
        {"BETWEEN_TRUSTED_ORIGINS": "https://clinic.example.org, https://clinic.example.org:8443"},
        {"BETWEEN_DATABASE_URL": "postgres://u:p%40@[::1]:5432/between?sslmode=require"},
        {"BETWEEN_DATABASE_URL": "sqlite:////var/lib/between/x.sqlite3"},
        {"BETWEEN_BROKER_URL": "amqps://u:p@mq.example.org/vhost"},
        {"BETWEEN_BROKER_URL": "rediss://cache.example.org:6379/0"},
        {"BETWEEN_PUSH_GATEWAY": "notifications.push.gateway.InboxGateway"},
        {"BETWEEN_EMAIL_URL": "smtp+tls://u%40x:p@mail.example.org:587"},
        {"BETWEEN_PGBOUNCER": "Yes", "BETWEEN_DATABASE_URL": "postgres://db/between"},
        {"BETWEEN_PUSH_PER_SECOND": "0"},
    ],
    ids=lambda given: " ".join(map("=".join, given.items())),
)
def test_what_can_work_starts(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str]
) -> None:
    assert read(tmp_path, monkeypatch, changes)["DEBUG"] is False


def test_blanks_around_commas_belong_to_no_name(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = read(tmp_path, monkeypatch, {"BETWEEN_ALLOWED_HOSTS": " a.example , b.example,"})

    assert made["ALLOWED_HOSTS"] == ["a.example", "b.example"]


def test_what_the_address_of_a_database_asks_for_is_not_lost(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``sslmode=verify-full`` that is dropped without a word is a connection without TLS."""
    url = "postgres://between@db.example.org/between?sslmode=verify-full"

    made = read(tmp_path, monkeypatch, {"BETWEEN_DATABASE_URL": url})

    options = made["DATABASES"]["default"]["OPTIONS"]
    assert options["sslmode"] == "verify-full"
    assert options["pool"]["max_size"] == 8


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
        "backend.kit.db.postgres", "6", "redis://cache.example.org/0", "3.0", "30.0", "True",
    ]  # fmt: skip
