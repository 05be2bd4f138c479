"""Settings of the test run: the real ones, on a throw-away database."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path


def _made(owner: int) -> str:
    """Make a folder that goes when the process that made it ends; its children only use it."""
    folder = tempfile.mkdtemp(prefix="between-tests-")

    def take_away() -> None:
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(take_away)
    return folder


_folder = Path(os.environ.get("BETWEEN_TEST_DATA") or _made(os.getpid()))
os.environ["BETWEEN_TEST_DATA"] = str(_folder)
os.environ.update(
    BETWEEN_DEMO="1",
    BETWEEN_DATA=str(_folder),
    BETWEEN_SECRET_KEY="tests-only-0123456789-abcdefghijklmnopqrstuvwxyz",
    BETWEEN_TOKEN_KEYS="t1:" + "dG9rZW4ta2V5LW9mLXRoZS10ZXN0cy0wMTIzNDU2Nzg",
    BETWEEN_MASTER_KEYS="m1:" + "bWFzdGVyLWtleS1vZi10aGUtdGVzdHMtMDEyMzQ1Njc",
    BETWEEN_DEMO_PASSWORD="quiet-harbor-lamp-seven",
    BETWEEN_ALLOWED_HOSTS="testserver,localhost,127.0.0.1",
    BETWEEN_PUSH_GATEWAY="inbox",
    BETWEEN_EMAIL_URL="memorymail://",
    BETWEEN_PUSH_PER_SECOND="0",
    BETWEEN_VAPID_KEYS="v2:MjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjI,v1:MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE",
    BETWEEN_SECOND_FACTOR="1",
)
if os.environ.get("BETWEEN_TEST_DATABASE") == "postgres":
    os.environ["BETWEEN_DATABASE_URL"] = os.environ.get(
        "BETWEEN_TEST_POSTGRES_URL", "postgres://root@127.0.0.1:5432/postgres"
    )
else:
    os.environ["BETWEEN_DATABASE_URL"] = f"sqlite:///{_folder / 'tests.sqlite3'}"

from backend.settings import *  # noqa: E402, F403 (the environment above must come first)
from backend.settings import DATABASES, REST_FRAMEWORK  # noqa: E402

if "sqlite" in DATABASES["default"]["ENGINE"]:
    # A file, not memory: threads and other processes of a test must see the same rows.
    DATABASES["default"]["TEST"] = {"NAME": str(_folder / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
    )
else:
    DATABASES["default"]["TEST"] = {"NAME": os.environ.get("BETWEEN_TEST_NAME", "test_between")}
    # The server outlives what tests kill.
    DATABASES["default"]["OPTIONS"]["options"] += " -c synchronous_commit=off"
    #: For how long a request waits for a connection where people are served, in seconds.
    SERVED_POOL_TIMEOUT: float = DATABASES["default"]["OPTIONS"]["pool"]["timeout"]
    # On a busy machine PostgreSQL may take longer to open one, which is no fault.
    DATABASES["default"]["OPTIONS"]["pool"] |= {"timeout": 60.0}

REST_FRAMEWORK["TEST_REQUEST_DEFAULT_FORMAT"] = "json"

# Same algorithm, cheaper: the suite signs in hundreds of times.
PASSWORD_HASHERS = ["tests.password_hashers.QuickArgon2"]

# Every test client starts the middleware anew; reading the static files took most of a test's time.
WHITENOISE_AUTOREFRESH = True

# Nobody works behind a test's back; what a worker would do, tests call.
CELERY_APP = ""
