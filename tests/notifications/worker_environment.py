"""What a worker beside a test is given: the same secrets and database, a folder of its own."""

import os
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


def environment(folder: Path, *, gateway: str, **more: str) -> dict[str, str]:
    """Build the environment of a process that works on the test's database."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{database['NAME']}"
    else:
        url = f"postgres://{database['USER']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "backend.settings",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        "BETWEEN_DATA": str(folder),
        "BETWEEN_DATABASE_URL": url,
        "BETWEEN_PUSH_GATEWAY": gateway,
        **more,
    }
