"""A way out that dies at the worst moment: FCM has accepted, and we have not written it down.

Chosen by setting alone, so that nothing in production code knows of it:
``BETWEEN_PUSH_GATEWAY=tests.proofs.fcm.failpoint.KilledAfterAccept``. The file that
``BETWEEN_TEST_FAILPOINT`` names is the fuse: whoever takes it away dies, so one death per file.
"""

import os
import signal
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from notifications.push.fcm import FirebaseGateway
from notifications.push.gateway import PushMessage, PushResult


class KilledAfterAccept(FirebaseGateway):
    """Send through FCM, then be killed with -9 before the results come home."""

    def send(self, messages: Sequence[PushMessage], *, now: datetime) -> Iterator[PushResult]:
        results = list(super().send(messages, now=now))
        fuse = Path(os.environ["BETWEEN_TEST_FAILPOINT"])
        try:
            fuse.unlink()
        except FileNotFoundError:
            yield from results
            return
        # First the worker that would start another process for us, then this one.
        os.kill(os.getppid(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)
