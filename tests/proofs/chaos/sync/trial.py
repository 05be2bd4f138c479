"""One trial on one database, in a process whose settings are that database's."""

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.proofs.bench.bench_server import SECRETS
from tests.proofs.chaos.gunicorn_workers import Service, service
from tests.proofs.chaos.postgres_server import Cluster, binaries, cluster
from tests.proofs.chaos.sync.__main__ import ROW
from tests.proofs.chaos.sync.device import Device

#: So that each kill meets work: this many answers came since the last one.
ANSWERS_BETWEEN = 4
PATIENCE = 30.0


def trial(asked: argparse.Namespace) -> int:
    """Set the stage, let it happen, judge, and print a row."""
    started = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="between-chaos-")))
        database = None
        if asked.here == "postgres":
            if binaries() is None:
                sys.stdout.write("postgres  skipped: PostgreSQL's initdb is not installed\n")
                return 0
            options = ["synchronous_commit=off"] if asked.control == "async" else []
            database = stack.enter_context(cluster(*options))
        env = _environment(folder, database)
        charts = _people(asked.patients)
        application = "tests.proofs.chaos.preloaded_app:application"
        if asked.control == "serial":
            application = "tests.proofs.chaos.sync.unguarded_app:application"
        served = stack.enter_context(service(application, env, log=folder / "log"))
        devices = [
            Device(f"{place}", served.port, tokens, seed=asked.seed * 1_000 + place)
            for place in range(asked.devices)
            for tokens in [_tokens(charts[place % len(charts)])]
        ]
        done = _disturb(asked, devices, served, database)
        verdict = _verdict(charts, devices)
    return _tell(asked, done, devices, verdict, time.monotonic() - started)


def _environment(folder: Path, database: Cluster | None) -> dict[str, str]:
    url = database.url if database is not None else f"sqlite:///{folder}/chaos.sqlite3"
    os.environ.update(SECRETS, BETWEEN_DATA=str(folder), BETWEEN_DATABASE_URL=url)
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    return dict(os.environ)


def _people(count: int) -> list[Any]:
    from care.models import Clinic
    from tests import cast

    clinic = Clinic.objects.create(name="Chaos", time_zone=cast.ZONE)
    therapist = cast.staff(clinic, "therapist", "Therapist")
    people = [
        cast.patient(clinic, f"patient{n}", f"Patient {n}", treated_by=therapist)
        for n in range(count)
    ]
    _let_go()
    return people


def _tokens(user: Any) -> Callable[[], str]:
    """Give fresh tokens of one sign-in, without asking the database again."""
    from django.utils import timezone

    from api.http import authentication
    from care.accounts.device_sessions import start_device_session

    session = start_device_session(user=user, device_name="chaos", now=timezone.now())
    _let_go()
    kept: list[Any] = [0.0, ""]

    def fresh() -> str:
        if time.monotonic() - kept[0] > 120:
            kept[:] = [
                time.monotonic(),
                authentication.token_pair(session, now=timezone.now()).access,
            ]
        return str(kept[1])

    return fresh


def _disturb(
    asked: argparse.Namespace, devices: list[Device], served: Service, database: Cluster | None
) -> Counter[str]:
    """Kill and crash while all phones work; then let them come home in peace."""
    dice, done = random.Random(asked.seed), Counter[str]()
    crashes = asked.crashes if database is not None else 0
    with _working(devices):
        while done["kills"] < asked.kills or done["crashes"] < crashes:
            _wait_for_answers(devices)
            time.sleep(dice.uniform(0, 0.05))
            left = asked.kills - done["kills"] + crashes - done["crashes"]
            if database is not None and dice.random() < (crashes - done["crashes"]) / left:
                database.crash_and_start()
                done["crashes"] += 1
            else:
                done["kills"] += served.kill_one(dice)
    until = time.monotonic() + PATIENCE * len(devices)
    # Until nobody learned anything: what the last one told is read by the first as well.
    while sum([device.comes_home() for device in devices]) and time.monotonic() < until:
        time.sleep(0.01)
    return done


@contextmanager
def _working(devices: list[Device]) -> Iterator[None]:
    for device in devices:
        device.start()
    try:
        yield
    finally:
        for device in devices:
            device.is_stopped.set()
        for device in devices:
            device.join()
    for device in devices:
        if device.fault is not None:
            raise device.fault


def _wait_for_answers(devices: list[Device]) -> None:
    def answers() -> int:
        return sum(device.ends["answered"] for device in devices)

    wanted, until = answers() + ANSWERS_BETWEEN, time.monotonic() + PATIENCE
    while answers() < wanted:
        if time.monotonic() > until or any(device.fault for device in devices):
            raise RuntimeError("the service does not answer any more")
        time.sleep(0.005)


def _verdict(charts: list[Any], devices: list[Device]) -> Any:
    from tests import cast
    from tests.proofs.chaos.sync.loss_check import Verdict, judge

    verdict = Verdict()
    for place, user in enumerate(charts):
        phones = [device.phone for device in devices[place :: len(charts)]]
        judge(verdict, chart=cast.own_chart(user), phones=phones)
    _let_go()
    return verdict


def _let_go() -> None:
    """Hold no connection over a crash, nor over the end of the database."""
    from django.db import connection

    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined] # the stubs know no pool


def _tell(
    asked: argparse.Namespace, done: Counter[str], devices: list[Device], verdict: Any, took: float
) -> int:
    ends = sum((device.ends for device in devices), Counter[str]())
    unheard = sum(times for end, times in ends.items() if end != "answered")
    trials, faults = done["kills"] + done["crashes"], sum(verdict.faults.values())
    bound = f"< {3 / trials:.2%}" if trials and not faults else "-"
    sys.stdout.write(
        ROW.format(
            asked.here, asked.control or "-", done["kills"], done["crashes"], ends["answered"],
            unheard, verdict.entries, verdict.acknowledged,
            *(verdict.faults[name] for name in ("lost", "doubled", "wrong", "skipped", "stuck")),
            bound, f"{took:.0f}",
        )
    )  # fmt: skip
    for example in verdict.examples:
        sys.stdout.write(f"          {example}\n")
    sys.stdout.flush()
    return 1 if faults else 0
