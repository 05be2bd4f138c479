"""Several workers drain one database at once: nothing is sent twice, and each has its share."""

import re
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from notifications.models.occurrence import Occurrence
from tests import bulk_patients
from tests.notifications.worker_environment import ROOT, environment

REMINDERS = 1_200
WORKERS = 4
SENT = re.compile(r"^reminder .* ([0-9a-f-]{36})$", re.MULTILINE)


def sent() -> int:
    return Occurrence.objects.filter(state="sent").count()


@pytest.mark.django_db(transaction=True)
def test_four_processes_share_what_is_due_and_send_each_once(tmp_path: Path) -> None:
    # By then all of them are up, also on a busy machine: whoever comes first would drain it alone.
    due_at = timezone.now() + timedelta(seconds=15)
    bulk_patients.gather(REMINDERS, due_at=lambda _: due_at, with_phones=False)
    logs = [tmp_path / f"worker-{number}" for number in range(WORKERS)]

    with ExitStack() as left:
        workers = [
            subprocess.Popen(
                [sys.executable, "-m", "django", "dispatch", "--forever", "--pause", "0.05"],
                cwd=ROOT, env=environment(tmp_path, gateway="console"),
                stdout=left.enter_context(log.open("wb")),
            )
            for log in logs
        ]  # fmt: skip
        give_up_at = time.monotonic() + 60
        while sent() < REMINDERS and time.monotonic() < give_up_at:
            time.sleep(0.2)
        for worker in workers:
            worker.terminate()
            worker.wait(10)

    shares = [SENT.findall(log.read_text()) for log in logs]
    told = Counter(name for share in shares for name in share)
    assert len(told) == REMINDERS
    assert set(told.values()) == {1}
    assert Occurrence.objects.filter(state="sent", attempts=1).count() == REMINDERS
    if connection.vendor == "postgresql":
        assert sum(map(bool, shares)) > 1  # SKIP LOCKED: nobody waits for the others
