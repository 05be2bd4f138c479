"""R1 to R4: a month, briefs, a group's brief and a caseload, as shares of the raw limit.

The raw limit verifies the same token, replays the very statements that our door asked, with
their parameters, and writes the same JSON, by hand and with nothing else. Of a month it writes what
it reads; of the others, which say what they make of many rows, what our door once answered.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from tests.proofs.bench.bench_server import Ground, run, server

NAMES = ("r1", "r2", "r3", "r4")
CONNECTIONS = 8
WARM_UP = 2
LUA = Path(__file__).with_name("reads.lua")


def measure(
    place: Ground, *, entries: int, rounds: int, seconds: int, names: Sequence[str]
) -> list[dict[str, Any]]:
    """Fill the database with so many entries, then load our doors and the raw limit in turns.

    :raises RuntimeError: when wrk is missing, or an answer was anything but 200.
    """
    if shutil.which("wrk") is None:
        raise RuntimeError("reads need wrk: apt install wrk")
    recording = place.folder / "reads.pickle"
    asked = json.loads(
        run(place.env, "-m", "tests.proofs.bench.reads_setup", str(entries), recording)
    )
    env = place.env | {"BENCH_READS": str(recording)}
    found = []
    with (
        server(place, "backend.wsgi:application") as (our_address, _),
        server(place, "tests.proofs.bench.reads_raw:application", env=env) as (raw_address, _),
    ):
        for row in asked:
            if row["name"] in names:
                found.append(_measured(place, row, our_address, raw_address, rounds, seconds))
    return [{**row, "entries": entries, "database": place.name} for row in found]


def _measured(
    place: Ground, row: dict[str, Any], ours: str, raw: str, rounds: int, seconds: int
) -> dict[str, Any]:
    paths = place.folder / "paths"
    paths.write_text("\n".join(row["paths"]) + "\n")
    env = {**os.environ, "BENCH_PATHS": str(paths), "BENCH_TOKEN": row["token"]}
    runs: dict[str, list[dict[str, float]]] = {ours: [], raw: []}
    for address in (raw, ours):
        _load(address, env, WARM_UP)
    for _ in range(rounds):
        for address in (raw, ours):
            runs[address].append(_load(address, env, seconds))
    shares = [
        our["per_second"] / limit["per_second"]
        for our, limit in zip(runs[ours], runs[raw], strict=True)
    ]
    return {
        "path": f"{row['name'].upper()} {row['title']}",
        "statements": row["statements"],
        "share_of_raw": round(median(shares), 3),
        "shares": [round(share, 3) for share in shares],
        "per_second": round(median(one["per_second"] for one in runs[ours])),
        "raw_per_second": round(median(one["per_second"] for one in runs[raw])),
        "p50_ms": round(median(one["p50_ms"] for one in runs[ours]), 2),
        "p99_ms": round(median(one["p99_ms"] for one in runs[ours]), 2),
        "one_alone_ms": row["one_alone_ms"],
    }


def _load(address: str, env: dict[str, str], seconds: int) -> dict[str, float]:
    told = subprocess.run(
        [
            "wrk", "--threads", "1", "--connections", str(CONNECTIONS),
            "--duration", f"{seconds}s", "--timeout", "20s", "--script", str(LUA), address,
        ],
        env=env, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    found: dict[str, float] = json.loads(told.strip().splitlines()[-1])
    if found["refused"] or found["lost"]:
        raise RuntimeError(f"not every request was answered 200: {found}")
    return found | {"per_second": found["requests"] / found["seconds"]}
