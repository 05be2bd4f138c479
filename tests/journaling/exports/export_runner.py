"""Making exports in tests as a worker does, on a clock of the test's."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from care.models import User
from journaling.exports.jobs import FORMATS, read_export_file, request_export, run_next_export
from journaling.exports.parts import all_export_parts
from journaling.models import ExportJob
from tests.cast import own_chart


def asked(user: User, *formats: str, now: datetime) -> ExportJob:
    """Request an export."""
    job, _ = request_export(chart=own_chart(user), formats=formats or FORMATS, now=now)
    return job


def still(now: datetime) -> Callable[[], datetime]:
    """Make a clock that stands."""
    return lambda: now


def ticking(now: datetime, step: timedelta) -> Callable[[], datetime]:
    """Make a clock that goes on by a step each time it is read."""
    ticks: Iterator[int] = count()
    return lambda: now + step * next(ticks)


def work(clock: Callable[[], datetime]) -> bool:
    """Run a worker once."""
    return run_next_export(parts=all_export_parts(), clock=clock)


def made(user: User, *formats: str, now: datetime) -> ExportJob:
    """Request an export and make it."""
    job = asked(user, *formats, now=now)
    while work(still(now)):
        pass
    job.refresh_from_db()
    assert job.state == "ready", job.state
    return job


def text(user: User, job: ExportJob, file: str) -> str:
    """Read a finished file."""
    return b"".join(read_export_file(chart=own_chart(user), job=job, file=file)).decode()


def as_json(user: User, job: ExportJob, file: str = "json") -> Any:
    """Read a finished file of JSON."""
    return json.loads(text(user, job, file))


def table(user: User, job: ExportJob, part: str = "entries") -> list[dict[str, str]]:
    """Read a finished table."""
    return list(csv.DictReader(io.StringIO(text(user, job, f"csv/{part}"), newline="")))
