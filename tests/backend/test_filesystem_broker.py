"""The embedded broker: every message is read whole and once, whoever dies or comes in between."""

from pathlib import Path
from queue import Empty
from threading import Barrier, Thread
from time import sleep
from typing import Any

import pytest
from kombu import Connection

from backend.celery import app
from backend.filesystem_broker import Transport

MESSAGES = 300


def channel_in(folder: Path) -> Any:
    for name in ("messages", "done", "control"):
        (folder / name).mkdir(exist_ok=True)
    options = {
        "data_folder_in": str(folder / "messages"),
        "data_folder_out": str(folder / "messages"),
        "processed_folder": str(folder / "done"),
        "control_folder": str(folder / "control"),
        "store_processed": True,
    }
    return Connection(transport=Transport, transport_options=options).channel()


def in_threads(*jobs: Any) -> list[BaseException]:
    """Start all threads at once; return what went wrong."""
    wrong: list[BaseException] = []
    start = Barrier(len(jobs))

    def run(job: Any) -> None:
        start.wait()
        try:
            job()
        except BaseException as error:
            wrong.append(error)

    threads = [Thread(target=run, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def test_messages_come_in_their_order(tmp_path: Path) -> None:
    channel = channel_in(tmp_path)

    for number in range(5):
        channel._put("celery", {"number": number})
        sleep(0.002)  # the order is that of milliseconds

    assert [channel._get("celery")["number"] for _ in range(5)] == list(range(5))
    with pytest.raises(Empty):
        channel._get("celery")


def test_whoever_reads_while_others_write_reads_whole_messages_once(tmp_path: Path) -> None:
    seen: list[int] = []
    long_text = "x" * 20_000

    def write(first: int) -> Any:
        channel = channel_in(tmp_path)
        return lambda: [
            channel._put("celery", {"number": first + n, "text": long_text})
            for n in range(MESSAGES)
        ]

    def read() -> Any:
        channel = channel_in(tmp_path)

        def run() -> None:
            while len(seen) < 2 * MESSAGES:
                try:
                    seen.append(channel._get("celery")["number"])
                except Empty:
                    continue

        return run

    assert in_threads(write(0), write(MESSAGES), read()) == []

    assert sorted(seen) == list(range(2 * MESSAGES))


def test_many_that_bind_at_once_all_stand_in_the_table(tmp_path: Path) -> None:
    for number in range(60):
        exchange = f"exchange{number}"
        channels = [channel_in(tmp_path) for _ in range(4)]

        wrong = in_threads(
            *[
                lambda channel=channel, name=f"queue{place}", to=exchange: channel._queue_bind(
                    to, "key", "", name
                )
                for place, channel in enumerate(channels)
            ]
        )

        assert wrong == []
        listening = {row.queue for row in channels[0].get_table(exchange)}
        assert listening == {"queue0", "queue1", "queue2", "queue3"}


def test_a_table_that_somebody_left_empty_is_made_anew(tmp_path: Path) -> None:
    channel = channel_in(tmp_path)
    (tmp_path / "control" / "celery.exchange").touch()

    channel._queue_bind("celery", "celery", "", "celery")

    assert [row.queue for row in channel.get_table("celery")] == ["celery"]


def test_our_settings_use_it() -> None:
    with app.connection_for_write(url="filesystem://localhost") as connection:
        assert isinstance(connection.transport, Transport)
