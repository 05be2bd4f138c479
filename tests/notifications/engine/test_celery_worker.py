"""A reminder from its plan to FCM, through a real Celery worker and beat, and a death between."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from amqp.exceptions import NotFound
from django.utils import timezone
from kombu import Connection
from kombu.exceptions import OperationalError

from notifications import wording
from notifications.engine.tick import EXPORTS_TASK
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder
from tests import cast as people
from tests.notifications.broker_contents import ADDRESS, carried, plant, told_of_nobody
from tests.notifications.reminder_scenario import phone, planned
from tests.notifications.worker_environment import ROOT, environment
from tests.proofs.fcm.server import FakeFcm

pytestmark = pytest.mark.django_db(transaction=True)

#: A database of Redis that nothing else of ours uses: each process that tests empties its own.
REDIS = f"redis://127.0.0.1:6379/{13 - int(os.environ.get('PYTEST_XDIST_WORKER', 'gw0')[2:]) % 8}"
PATIENCE = 60.0


def redis_answers() -> bool:
    try:
        redis.Redis.from_url(REDIS, socket_connect_timeout=1).flushdb()
    except redis.RedisError:
        return False
    return True


RABBIT = "amqp://guest:guest@127.0.0.1:5672//"


def rabbit_answers() -> bool:
    try:
        with Connection(RABBIT, connect_timeout=2) as broker:
            broker.ensure_connection(max_retries=1)
    except (OSError, OperationalError):
        return False
    return True


BROKERS = [
    pytest.param("filesystem://", id="folder"),
    pytest.param(
        REDIS,
        id="redis",
        marks=[
            pytest.mark.redis,
            pytest.mark.skipif(not redis_answers(), reason="no Redis answers on 127.0.0.1:6379"),
        ],
    ),
    pytest.param(
        RABBIT,
        id="rabbitmq",
        marks=[
            pytest.mark.rabbitmq,
            pytest.mark.skipif(
                not rabbit_answers(), reason="no RabbitMQ answers on 127.0.0.1:5672"
            ),
        ],
    ),
]
DISPATCH = "notifications.tasks.dispatch_due"


@pytest.fixture
def fcm(tmp_path: Path) -> Iterator[FakeFcm]:
    """Run the fake, with a service account that its worker is given."""
    fake = FakeFcm().start()
    fake.write_credentials(tmp_path / "fcm.json")
    yield fake
    fake.stop()


def surroundings(fcm: FakeFcm, folder: Path, broker: str, gateway: str) -> dict[str, str]:
    """Build the environment of a worker beside this test, with the fake to send to."""
    return environment(
        folder,
        gateway=gateway,
        BETWEEN_BROKER_URL=broker,
        BETWEEN_FCM_BASE_URL=fcm.url,
        BETWEEN_FCM_CREDENTIALS=str(folder / "fcm.json"),
        BETWEEN_REMINDER_TICK_SECONDS="0.5",
        BETWEEN_REMINDER_LEASE_SECONDS="8",
        BETWEEN_TEST_FAILPOINT=str(folder / "fuse"),
    )


@contextmanager
def running(environment: dict[str, str], *what: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a part of Celery in a session of its own, and end all of it afterwards."""
    with (Path(environment["BETWEEN_DATA"]) / f"{what[0]}.log").open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "backend.celery", *what],
            cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        yield child
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait(timeout=10)


def worker(environment: dict[str, str]) -> AbstractContextManager[subprocess.Popen[bytes]]:
    return running(environment, "worker", "--concurrency=1", "--loglevel=ERROR")


def beat(environment: dict[str, str]) -> AbstractContextManager[subprocess.Popen[bytes]]:
    folder = environment["BETWEEN_DATA"]
    return running(
        environment, "beat", "--schedule", f"{folder}/beat", "--pidfile=", "--loglevel=ERROR"
    )


def comes_true(wanted: Callable[[], bool]) -> bool:
    give_up_at = time.monotonic() + PATIENCE
    while time.monotonic() < give_up_at:
        if wanted():
            return True
        time.sleep(0.1)
    return False


def due_in_a_moment() -> Reminder:
    """Plan a check-in of maya and pull it to the next second."""
    now = timezone.now()
    cast = people.enter()
    type(cast.maya).objects.update(time_zone="UTC")
    type(cast.maya.patient).objects.update(quiet_start="00:00", quiet_end="00:00")
    phone(cast.maya, ADDRESS, at=now)
    plant(cast, at=now)
    reminder = planned(cast.maya, "12:00", at=now)
    Reminder.objects.update(next_due_at=now + timedelta(seconds=1))
    return reminder


def is_sent() -> bool:
    return Occurrence.objects.filter(state="sent").exists()


@pytest.mark.parametrize("broker", BROKERS)
def test_a_reminder_goes_from_its_plan_to_fcm(fcm: FakeFcm, tmp_path: Path, broker: str) -> None:
    due_in_a_moment()
    environment = surroundings(fcm, tmp_path, broker, "fcm")

    with worker(environment), beat(environment):
        arrived = comes_true(is_sent)

    assert arrived, (tmp_path / "worker.log").read_text()
    found = Occurrence.objects.get()
    assert [sent["message"]["data"] for sent in fcm.accepted] == [
        {"id": str(found.pk), "kind": "checkin"}
    ]
    assert fcm.accepted[0]["message"]["notification"]["body"] in wording.PUSH_SENTENCES
    assert found.sent_at is not None
    assert found.sent_at - found.due_at < timedelta(seconds=PATIENCE)
    lines = "".join(file.read_text() for file in tmp_path.glob("*.log"))
    assert told_of_nobody(lines + carried(broker, tmp_path)) == []


@pytest.mark.parametrize("broker", BROKERS)
def test_a_worker_killed_between_accept_and_record_doubles_nothing_visible(
    fcm: FakeFcm, tmp_path: Path, broker: str
) -> None:
    due_in_a_moment()
    (tmp_path / "fuse").touch()
    environment = surroundings(
        fcm, tmp_path, broker, "tests.proofs.fcm.failpoint.KilledAfterAccept"
    )

    with beat(environment):
        with worker(environment) as first:
            assert comes_true(lambda: first.poll() is not None), "the worker was not killed"
        held = Occurrence.objects.get()
        # What the dead held, or what beat has said since: nobody takes it meanwhile.
        assert comes_true(lambda: DISPATCH in carried(broker, tmp_path))
        in_hand = carried(broker, tmp_path)
        with worker(environment):
            settled = comes_true(is_sent)

    assert first.returncode == -signal.SIGKILL
    assert (held.state, held.sent_at) == ("leased", None)
    assert settled, (tmp_path / "worker.log").read_text()
    assert told_of_nobody(in_hand) == []
    found = Occurrence.objects.get()
    tags = [sent["message"]["android"]["notification"]["tag"] for sent in fcm.accepted]
    assert tags == [found.tag, found.tag]
    assert found.attempts == 2


@pytest.mark.parametrize("broker", BROKERS)
def test_every_task_that_waits_in_the_broker_is_a_name_alone(tmp_path: Path, broker: str) -> None:
    from backend.celery import app

    due_in_a_moment()
    (tmp_path / "broker").mkdir()
    tasks = [(tick["task"], tick["options"]) for tick in app.conf.beat_schedule.values()]
    options = {"confirm_publish": True}
    if broker.startswith("filesystem"):
        folder = str(tmp_path / "broker")
        options = {f"data_folder_{way}": folder for way in ("in", "out")}  # type: ignore[misc] # kombu's
        options |= {"control_folder": folder}  # type: ignore[dict-item] # the same
    empty(broker, tmp_path)

    with Connection(broker, transport_options=options) as connection:
        for name, more in [*tasks, (EXPORTS_TASK, {})]:
            app.send_task(name, connection=connection, **more)
        held = carried(broker, tmp_path)
    empty(broker, tmp_path)

    assert all(name in held for name, _ in tasks)
    assert told_of_nobody(held) == []
    assert told_of_nobody(f"{held} {Reminder.objects.get().id} of Zephyrine") != []


def test_one_place_sends_tasks_and_sends_names_alone() -> None:
    senders = [
        f"{file.relative_to(ROOT)}: {line.strip()}"
        for room in ("api", "backend", "care", "journaling", "notifications", "web")
        for file in sorted((ROOT / room).rglob("*.py"))
        for line in file.read_text().splitlines()
        if any(call in line for call in (".delay(", ".apply_async(", ".send_task("))
    ]

    assert senders == [
        "notifications/engine/tick.py: app.send_task("
        "task, retry=False, expires=settings.REMINDER_TICK_SECONDS)"
    ]


def sender(environment: dict[str, str]) -> Callable[[], None]:
    """Make a way to put one tick into the broker, as beat does."""
    code = (
        "from backend.celery import app; import sys\n"
        "for line in sys.stdin: app.send_task('notifications.tasks.dispatch_due',"
        " kwargs={'of_a_newer_beat': 1}, expires=600); print(flush=True)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip

    def tick() -> None:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write("tick\n")
        child.stdin.flush()
        child.stdout.readline()

    tick.child = child  # type: ignore[attr-defined] # ended by whoever made it
    return tick


def empty(broker: str, folder: Path) -> None:
    """Lose everything that the broker holds."""
    if broker.startswith("redis"):
        redis.Redis.from_url(broker).flushdb()
    elif broker.startswith("amqp"):
        # A broker that was never used has no such queue yet, and says so.
        with Connection(broker) as opened, suppress(NotFound):
            opened.default_channel.queue_purge("celery")  # type: ignore[attr-defined] # the stubs lack it
    else:
        for message in (folder / "broker" / "messages").glob("*.msg"):
            message.unlink(missing_ok=True)


@pytest.mark.parametrize("broker", BROKERS)
def test_a_broker_that_loses_all_and_then_says_all_three_times_costs_only_time(
    fcm: FakeFcm, tmp_path: Path, broker: str
) -> None:
    surrounded = surroundings(fcm, tmp_path, broker, "fcm")
    tick = sender(surrounded)
    due_in_a_moment()
    try:
        for _ in range(5):
            tick()  # nobody takes them
        time.sleep(1.2)
        empty(broker, tmp_path)
        with worker(surrounded), worker(surrounded):
            for _ in range(20):
                for _ in range(3):
                    tick()
                time.sleep(0.05)
            arrived = comes_true(is_sent)
            time.sleep(1)  # the rest of the ticks finds nothing
    finally:
        tick.child.kill()  # type: ignore[attr-defined] # made by sender
        tick.child.communicate()  # type: ignore[attr-defined] # the same

    assert arrived, (tmp_path / "worker.log").read_text()
    assert len(fcm.accepted) == 1
    assert Occurrence.objects.get().attempts == 1


def test_without_any_broker_the_command_sends_all_the_same(fcm: FakeFcm, tmp_path: Path) -> None:
    due_in_a_moment()
    surrounded = surroundings(fcm, tmp_path, "redis://127.0.0.1:1/0", "fcm")

    with subprocess.Popen(
        [sys.executable, "-m", "django", "dispatch", "--forever", "--pause", "0.1"],
        cwd=ROOT, env=surrounded,
    ) as child:  # fmt: skip
        arrived = comes_true(is_sent)
        child.kill()

    assert arrived


def test_beat_only_ticks_and_knows_no_patient() -> None:
    from backend.celery import app

    assert "dispatch" in app.conf.beat_schedule
    for tick in app.conf.beat_schedule.values():
        assert set(tick) == {"task", "schedule", "options"}
