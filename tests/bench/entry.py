"""W1: recording one entry over HTTP, as a share of the raw limit in the same run."""

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.ground import Ground, memory_mib, run, server

PATIENTS = 50
CONNECTIONS = 8
#: Connections are opened and statements prepared before anything is counted.
WARM_UP = 2
LUA = Path(__file__).with_name("wrk.lua")


def measure(place: Ground, *, rounds: int, seconds: int) -> dict[str, Any]:
    """Load our door and the raw limit in turns; medians over the rounds.

    :raises RuntimeError: when wrk is missing, or an answer was anything but 201.
    """
    if shutil.which("wrk") is None:
        raise RuntimeError("W1 needs wrk: apt install wrk")
    shares, ours, raws = [], [], []
    with (
        server(place, "backend.wsgi:application") as (our_address, head),
        server(place, "tests.bench.raw:application") as (raw_address, _),
    ):
        for _ in range(rounds):
            raw = load(place, raw_address, seconds)
            our = load(place, our_address, seconds)
            raws.append(raw)
            ours.append(our)
            shares.append(our["per_second"] / raw["per_second"])
        memory = memory_mib(head)
    statements = int(run(place.env, "-m", "tests.bench.statements"))
    return {
        "path": "W1 POST entries",
        "database": place.name,
        "statements": statements,
        "share_of_raw": round(median(shares), 3),
        "shares": [round(share, 3) for share in shares],
        "per_second": round(median(run["per_second"] for run in ours)),
        "raw_per_second": round(median(run["per_second"] for run in raws)),
        "p50_ms": round(median(run["p50_ms"] for run in ours), 2),
        "p99_ms": round(median(run["p99_ms"] for run in ours), 2),
        "worker_mib": round(memory, 1),
    }


def load(place: Ground, address: str, seconds: int) -> dict[str, float]:
    """Send new entries over kept connections for so long, with fresh tokens."""
    tokens = place.folder / "tokens"
    tokens.write_text(run(place.env, "-m", "tests.bench.people", str(PATIENTS)))
    at = datetime.now(UTC).isoformat(timespec="seconds")
    env = {**os.environ, "BENCH_TOKENS": str(tokens), "BENCH_AT": at}
    _wrk(address, env, WARM_UP)
    found = _wrk(address, env, seconds)
    if found["refused"] or found["lost"]:
        raise RuntimeError(f"not every request was answered 201: {found}")
    found["per_second"] = found["requests"] / found["seconds"]
    return found


def _wrk(address: str, env: dict[str, str], seconds: int) -> dict[str, float]:
    told = subprocess.run(
        [
            "wrk", "--threads", "1", "--connections", str(CONNECTIONS),
            "--duration", f"{seconds}s", "--script", str(LUA), f"{address}/api/v1/entries",
        ],
        env=env,
        check=True,
        capture_output=True,
        text=True,
    ).stdout  # fmt: skip
    found: dict[str, float] = json.loads(told.strip().splitlines()[-1])
    return found
