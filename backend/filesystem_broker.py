"""The embedded broker: kombu's folder of messages, written so that nobody reads half of one.

kombu makes a file and then fills it. Whoever looks in between reads nothing and dies of it, and a
process killed in between leaves an empty table of queues on which every later start dies (seen with
kill -9). Here a file has its name only when it is whole.

What is written anew is what kombu names for a transport to write: ``_put`` and ``_queue_bind`` of
``kombu.transport.virtual.Channel``, its interface for transports in spite of the underscore.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic_ns
from typing import Any
from uuid import uuid4

from kombu.transport import filesystem
from kombu.transport.filesystem import exchange_queue_t
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """A channel whose files appear at once or not at all."""

    def _put(  # type: ignore[override] # its two bases name the message differently
        self, queue: str, payload: dict[str, Any], **kwargs: Any
    ) -> None:
        name = f"{monotonic_ns() // 1_000_000:015}_{uuid4()}.{queue}.msg"
        _write_atomically(Path(self.data_folder_out, name), dumps(payload))

    def _queue_bind(
        self, exchange: str, routing_key: str | None, pattern: str | None, queue: str | None
    ) -> None:
        folder = Path(self.control_folder)
        folder.mkdir(exist_ok=True)
        wanted = exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with _exclusive_lock(folder):
            table = self.get_table(exchange)  # it refuses a name that leads out of the folder
            if wanted not in table:
                _write_atomically(folder / f"{exchange}.exchange", dumps([wanted, *table]))

    def get_table(self, exchange: str) -> list[Any]:
        """Return the bindings; a table that cannot be read is written anew by the next binding."""
        try:
            return list(super().get_table(exchange))
        except ValueError:
            return []


class Transport(filesystem.Transport):
    """kombu's transport with our channel."""

    Channel = Channel


def _write_atomically(file: Path, text: str) -> None:
    part = file.with_name(f"{uuid4()}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(file)


@contextmanager
def _exclusive_lock(folder: Path) -> Iterator[None]:
    with (folder / "binding.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
