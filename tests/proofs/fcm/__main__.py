"""Start the fake on a port, with a credentials file that the worker can be given.

``python -m tests.proofs.fcm --port 9099 --credentials fcm.json --script ok,unavailable,drop``

While it runs, ``POST /fake`` takes orders as JSON and tells what arrived: ``{"script": ["quota"],
"by_address": {"an-address": "unregistered"}, "token_fault": 400, "reset": true}``.
"""

import argparse
import sys
from contextlib import suppress
from pathlib import Path

from tests.proofs.fcm.responses import NAMED
from tests.proofs.fcm.server import FakeFcm


def main() -> None:
    parser = argparse.ArgumentParser(description="A fake FCM v1 on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=9099)
    parser.add_argument("--credentials", type=Path, default=Path("data/fcm-fake.json"))
    parser.add_argument("--log", type=Path, help="append every accepted message to this file")
    parser.add_argument("--script", default="", help="first answers, of: " + ", ".join(NAMED))
    parser.add_argument("--uncounted", action="store_true", help="keep no record: for a bench")
    asked = parser.parse_args()
    fake = FakeFcm(port=asked.port, accepted_log=asked.log, keeps=not asked.uncounted)
    fake.script.extend(NAMED[name] for name in asked.script.split(",") if name)
    asked.credentials.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fake.write_credentials(asked.credentials)
    sys.stdout.write(
        f"BETWEEN_PUSH_GATEWAY=fcm BETWEEN_FCM_BASE_URL={fake.url} "
        f"BETWEEN_FCM_CREDENTIALS={asked.credentials.resolve()}\n"
    )
    sys.stdout.flush()
    with suppress(KeyboardInterrupt):
        fake.serve_forever()


if __name__ == "__main__":
    main()
