"""Running a program whose own progress bar shows, but whose trace does not."""

import fcntl
import os
import struct
import subprocess
import termios
from collections.abc import Callable, Iterator, Mapping, Sequence

from backend.launch import processes, trouble
from backend.launch.screen import Screen
from backend.launch.trouble import Trouble

_TRACE = b"Traceback (most recent call last)"


def run_visibly(what: str, argv: Sequence[str], *, env: Mapping[str, str], screen: Screen) -> None:
    """Run a program to its end, letting what it writes through as it comes.

    On a terminal it gets a terminal of its own, since a bar is drawn on nothing else.

    :raises Trouble: in one line, when it fails.
    """
    if not screen.is_live:
        processes.run(what, argv, env=env, each=_until_a_trace(screen))
        return
    screen.clear()
    ours, theirs = os.openpty()
    width = screen.width()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    said = b""
    with (
        os.fdopen(ours, "rb", buffering=0) as source,
        processes.ended(
            processes.start(argv, env=env, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs)
        ) as process,
    ):
        os.close(theirs)
        for chunk in _chunks(source.fileno()):
            before = len(said.split(_TRACE)[0])
            said += chunk
            screen.draw(said.split(_TRACE)[0][before:].decode(errors="replace"))
        code = process.wait()
    if code:
        raise Trouble(trouble.of_output(what, said.decode(errors="replace")))


def _until_a_trace(screen: Screen) -> Callable[[str], None]:
    has_trace = False

    def each(line: str) -> None:
        nonlocal has_trace
        has_trace = has_trace or line.encode().startswith(_TRACE)
        if not has_trace:
            screen.say(line.rstrip())

    return each


def _chunks(source: int) -> Iterator[bytes]:
    while True:
        try:
            chunk = os.read(source, 4096)
        except OSError:  # Linux ends a terminal whose other side is closed with EIO
            return
        if not chunk:
            return
        yield chunk
