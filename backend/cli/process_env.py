"""The environment variables that the service is started with."""

import os
from collections.abc import Mapping
from pathlib import Path

from backend.cli import data_dir
from backend.cli.data_dir import DataDir
from backend.cli.paths import ROOT


def env_for_service(
    folder: DataDir, inherited: Mapping[str, str], *, host: str = "127.0.0.1"
) -> dict[str, str]:
    """Return the service's environment: folder, secrets, kind. What is set wins, except the kind.

    Without the demo no host is assumed: the settings refuse until somebody names one.
    """
    env = dict(inherited)
    env.update(
        DJANGO_SETTINGS_MODULE="backend.settings",
        PYTHONUNBUFFERED="1",
        BETWEEN_DATA=str(folder.path),
        BETWEEN_DEMO="1" if folder.is_demo else "0",
    )
    for name, value in folder.secrets.items():
        if f"{name}_FILE" not in env:
            env.setdefault(name, value)
    if folder.is_demo:
        names = ["localhost", "127.0.0.1", "[::1]"]
        if host.strip("[]") not in ("0.0.0.0", "::", "::1", *names):  # noqa: S104 (compared, not bound)
            names.append(f"[{host}]" if ":" in host else host)
        env.setdefault("BETWEEN_ALLOWED_HOSTS", ",".join(names))
        env.setdefault("BETWEEN_PUSH_GATEWAY", "console")
    return env


def env_for_command(folder: DataDir, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return a command's environment: the service's, with no need to name a host.

    It runs where its caller stands, and finds the code all the same.
    """
    env = env_for_service(folder, inherited)
    env.setdefault("BETWEEN_ALLOWED_HOSTS", "localhost")
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), env.get("PYTHONPATH")]))
    return env


def env_without_owner(env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without the connection of the tables' owner."""
    return {name: value for name, value in env.items() if name != "BETWEEN_OWNER_DATABASE_URL"}


def env_for_clinic_checks(data: Path, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return production settings of a made-up clinic, for checks that store nothing."""
    env = {name: value for name, value in inherited.items() if not name.startswith("BETWEEN_")}
    made = data_dir.prepare_data_dir(data, is_demo=False)
    env.update(env_for_service(made, env), BETWEEN_ALLOWED_HOSTS="clinic.example")
    return env


def env_for_tests(inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that tests may see; a clinic's own never reach them."""
    kept = ("BETWEEN_TEST_", "BETWEEN_VENV")
    env = {
        name: value
        for name, value in inherited.items()
        if not name.startswith("BETWEEN_") or name.startswith(kept)
    }
    env["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    return env
