"""W1 and W2: recording one entry or a hundred over HTTP, as shares of the raw limit in one run."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from tests.proofs.bench.bench_server import Ground, memory_mib, run, server

PATIENTS = 50
CONNECTIONS = 8
#: Connections are opened and statements prepared before anything is counted.
WARM_UP = 2


@dataclass(frozen=True)
class Door:
    """One way to record: its door, what is sent to it, and how much at once."""

    title: str
    path: str
    lua: Path
    ops: int


DOORS = {
    "w1": Door("W1 POST entries", "entries", Path(__file__).with_name("wrk.lua"), 1),
    "w2": Door("W2 POST sync of 100", "sync", Path(__file__).with_name("sync.lua"), 100),
}


def measure(place: Ground, name: str, *, rounds: int, seconds: int) -> dict[str, Any]:
    """Load our door and the raw limit in turns; medians over the rounds.

    :raises RuntimeError: when wrk is missing, or an answer was anything but a success.
    """
    if shutil.which("wrk") is None:
        raise RuntimeError("writes need wrk: apt install wrk")
    door = DOORS[name]
    shares, ours, raws = [], [], []
    with (
        server(place, "backend.wsgi:application") as (our_address, head),
        server(place, "tests.proofs.bench.raw:application") as (raw_address, _),
    ):
        for _ in range(rounds):
            raw = load(place, door, raw_address, seconds)
            our = load(place, door, our_address, seconds)
            raws.append(raw)
            ours.append(our)
            shares.append(our["per_second"] / raw["per_second"])
        memory = memory_mib(head)
    statements = int(run(place.env, "-m", "tests.proofs.bench.statements", door.path))
    return {
        "path": door.title,
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


def load(place: Ground, door: Door, address: str, seconds: int) -> dict[str, float]:
    """Send new entries over kept connections for so long, with fresh tokens."""
    for length in (WARM_UP, seconds):
        found = _wrk(place, door, address, length)
    if found["refused"] or found["lost"]:
        raise RuntimeError(f"not every request was answered by a success: {found}")
    found["per_second"] = found["requests"] / found["seconds"]
    return found


def _wrk(place: Ground, door: Door, address: str, seconds: int) -> dict[str, float]:
    tokens = place.folder / "tokens"
    tokens.write_text(run(place.env, "-m", "tests.proofs.bench.sign_in_patients", str(PATIENTS)))
    at = datetime.now(UTC).isoformat(timespec="seconds")
    env = {**os.environ, "BENCH_TOKENS": str(tokens), "BENCH_AT": at}
    told = subprocess.run(
        [
            "wrk", "--threads", "1", "--connections", str(CONNECTIONS),
            "--duration", f"{seconds}s", "--script", str(door.lua), f"{address}/api/v1/{door.path}",
        ],
        env=env,
        check=True,
        capture_output=True,
        text=True,
    ).stdout  # fmt: skip
    found: dict[str, float] = json.loads(told.strip().splitlines()[-1])
    return found
