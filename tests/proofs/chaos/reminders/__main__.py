"""Kill dispatchers, crash the database and step the clock while reminders fall due.

``python -m tests.proofs.chaos.reminders --reminders 5000 --kills 500 --database postgres``

Half of the kills hit anybody at any moment, half hit whoever has just been told that a message was
accepted and has not written it down. The messages go to FCM, or with ``--gateway webpush`` to a
push service of browsers. ``--without lease`` and ``--without tag`` are controls: the run has to
find fault. It exits with 1 when a promise is broken.
"""

import argparse
import json
import os
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.proofs.bench.bench_server import SECRETS, run
from tests.proofs.chaos.postgres_server import Cluster, cluster
from tests.proofs.fcm.server import FakeFcm
from tests.proofs.webpush.server import FakePushService

ROOT = Path(__file__).resolve().parents[4]
VAPID_KEYS = "v1:MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE"


@contextmanager
def surroundings(
    name: str, folder: Path, fake: FakeFcm | FakePushService
) -> Iterator[Cluster | None]:
    """Set the environment for this process and its children, on a database of their own."""
    os.environ.update(
        SECRETS,
        PYTHONPATH=os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        BETWEEN_DATA=str(folder),
        BETWEEN_PUSH_PER_SECOND="0",
        CHAOS_FOLDER=str(folder),
    )
    if isinstance(fake, FakeFcm):
        os.environ.update(
            BETWEEN_PUSH_GATEWAY="tests.proofs.chaos.reminders.forking_dispatchers.DiesAtTheFuse",
            BETWEEN_FCM_BASE_URL=fake.url,
            BETWEEN_FCM_CREDENTIALS=str(fake.write_credentials(folder / "fcm.json")),
        )
    else:
        # The gateway of phones tells that it has sent whatever is no browser's: nothing here is.
        os.environ.update(
            BETWEEN_PUSH_GATEWAY="inbox", BETWEEN_VAPID_KEYS=VAPID_KEYS,
            BETWEEN_PUSH_SERVICES=fake.url,
        )  # fmt: skip
    if name == "sqlite":
        os.environ["BETWEEN_DATABASE_URL"] = f"sqlite:///{folder}/chaos.sqlite3"
        yield None
        return
    with cluster() as server:
        os.environ["BETWEEN_DATABASE_URL"] = server.url
        yield server


def main() -> int:
    """Run once, print the figures as JSON, and tell whether the promise held."""
    parser = argparse.ArgumentParser(prog="tests.proofs.chaos.reminders", description=__doc__)
    parser.add_argument("--reminders", type=int, default=300)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--crashes", type=int, default=-1, help="of the database; one in 25 kills")
    parser.add_argument("--steps", type=int, default=-1, help="of the clock; one in 20 kills")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--gateway", choices=["fcm", "webpush"], default="fcm")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--without", choices=["lease", "tag"], default="")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    fake = FakeFcm().start() if asked.gateway == "fcm" else FakePushService().start()
    with (
        tempfile.TemporaryDirectory(prefix="between-chaos-") as folder,
        surroundings(asked.database, Path(folder), fake) as server,
    ):
        os.environ["CHAOS_WITHOUT"] = asked.without
        os.environ["BETWEEN_REMINDER_LEASE_SECONDS"] = "1200"
        run(dict(os.environ), "-m", "django", "migrate", "--verbosity", "0")
        import django

        django.setup()
        from tests.proofs.chaos.reminders.kill_run import Upheaval

        upheaval = Upheaval(
            folder=Path(folder), fake=fake, server=server, dice=random.Random(asked.seed),
            workers=asked.workers,
        )  # fmt: skip
        told = upheaval.run(
            reminders=asked.reminders,
            kills=asked.kills,
            crashes=asked.kills // 25 if asked.crashes < 0 else asked.crashes,
            steps=asked.kills // 20 if asked.steps < 0 else asked.steps,
        )
    fake.stop()
    told["holds"] = told["holds"] and not told["undrained"] and not told["double_occurrences"]
    told |= {"database": asked.database, "gateway": asked.gateway, "without": asked.without}
    sys.stdout.write(json.dumps(told) + "\n")
    return 0 if told["holds"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
