"""Select without any condition through every kind of connection, while requests crash.

``python -m tests.proofs.rls --requests 5000``: persistent connections, Django's pool, and PgBouncer
with transaction pooling, each that many requests; and the control, whose actor is set for a
session, on each of them: it must leak. Then every write as everybody, against ``writes.txt``, and a
control that checks no write. The last line is JSON.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.proofs.chaos.gunicorn_workers import service
from tests.proofs.chaos.postgres_server import Cluster
from tests.proofs.rls.clinic_server import bouncer, bouncer_program, clinic_server, run, url
from tests.proofs.rls.leak_callers import ask_all

WAYS = ("persistent", "pool", "pgbouncer")
ROW = "{:<11} {:<8} {:>9} {:>7} {:>7} {:>8} {:>8} {:>8}\n"


def main(arguments: list[str]) -> int:
    """Ask through what was named; 0 when nobody saw a foreign row and each control leaked."""
    parser = argparse.ArgumentParser(prog="python -m tests.proofs.rls", description=__doc__)
    parser.add_argument("--requests", type=int, default=5000, help="for each way")
    parser.add_argument("--control-requests", type=int, default=300, help="for each way")
    parser.add_argument("--ways", default=",".join(WAYS), help="of " + ",".join(WAYS))
    parser.add_argument("--patients", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    ways = [way for way in asked.ways.split(",") if way != "pgbouncer" or bouncer_program()]
    sys.stdout.write(
        ROW.format("way", "actor", "answered", "crashed", "dropped", "own", "foreign", "seconds")
    )
    found = []
    with clinic_server() as (server, env):
        people = json.loads(run(env, "-m", "tests.proofs.rls.fill_patients", str(asked.patients)))
        for way in ways:
            for is_control in (False, True):
                requests = asked.control_requests if is_control else asked.requests
                one = ask(server, env, way, people, requests, asked.seed, is_control=is_control)
                found.append(one)
                sys.stdout.write(ROW.format(*_row(one)))
                sys.stdout.flush()
        writes = wrong_writes(env)
        broken = wrong_writes(env, "--control")
    sys.stdout.write(f"writes otherwise than expected: {len(writes)}; control: {len(broken)}\n")
    holds = all(map(is_as_it_must_be, found)) and not writes and bool(broken)
    sys.stdout.write(json.dumps({"holds": holds, "ways": found, "writes": writes}) + "\n")
    return 0 if holds else 1


def wrong_writes(env: dict[str, str], *options: str) -> list[str]:
    """Try every write as everybody, in a database of its own; tell what is not as expected."""
    with clinic_server() as (_, fresh):
        told = run(env | fresh, "-m", "tests.proofs.rls.write_permissions", *options)
    unexpected: list[str] = json.loads(told)["unexpected"]
    return unexpected


def is_as_it_must_be(one: dict[str, Any]) -> bool:
    """Whether nobody saw a foreign row or missed an own one; a control must leak."""
    if one["control"]:
        return bool(one["foreign"] > 0)
    return bool(one["foreign"] == one["missing"] == 0 and one["own"] > 0)


def ask(
    server: Cluster, env: dict[str, str], way: str, people: list[Any], requests: int, seed: int,
    *, is_control: bool,
) -> dict[str, Any]:  # fmt: skip
    """Serve one way and let everybody ask for everything."""
    here = env | {"BETWEEN_TEST_WAY": way} | ({"BETWEEN_TEST_CONTROL": "1"} if is_control else {})
    with tempfile.TemporaryDirectory() as folder:
        if way != "pgbouncer":
            return _asked(here, Path(folder), way, people, requests, seed, is_control=is_control)
        with bouncer(server) as port:
            here |= {
                "BETWEEN_DATABASE_URL": url(port, "between_serving"), "BETWEEN_PGBOUNCER": "1",
            }  # fmt: skip
            return _asked(here, Path(folder), way, people, requests, seed, is_control=is_control)


def _asked(
    env: dict[str, str], folder: Path, way: str, people: list[Any], requests: int, seed: int,
    *, is_control: bool,
) -> dict[str, Any]:  # fmt: skip
    began = time.monotonic()
    with service("backend.wsgi:application", env, log=folder / "log") as served:
        found = ask_all(served.port, people, requests=requests, seed=seed)
    return {
        "way": way, "control": is_control, "requests": sum(found.answers.values()),
        "answers": dict(found.answers), "own": found.own, "foreign": found.foreign,
        "missing": found.missing, "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


def _row(one: dict[str, Any]) -> tuple[object, ...]:
    answers = one["answers"]
    return (
        one["way"], "session" if one["control"] else "each", answers.get("200", 0),
        answers.get("500", 0), answers.get("dropped", 0), one["own"], one["foreign"],
        one["seconds"],
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
