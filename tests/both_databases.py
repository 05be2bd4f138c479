"""Which tests run on both databases: what the database itself answers for.

Where PostgreSQL answers, the whole suite runs there, as larger clinics do, and these run again on
SQLite, as a small one does. Where none answers, the whole suite runs on SQLite.
"""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
#: Statements and types, who may see what, writes, sync, the reminder engine, races and kills, what
#: reads or copies the database itself; and one request at least of every operation.
FOLDERS = (
    "kit", "backend", "contract", "care/access", "care/audit", "care/privacy", "care/support",
    "care/counselling", "journaling/entries", "journaling/sync", "notifications/engine",
    "proofs/race", "proofs/chaos", "proofs/backup_drill",
)  # fmt: skip
FILES = (
    "api/http/test_idempotency_key.py",
    "api/journal/test_entries_post.py", "api/journal/test_entries_patch_delete.py",
    "api/journal/test_sync_post.py", "care/sessions/test_plan_idempotence.py",
    "care/accounts/test_idempotency.py", "house/test_tables.py", "house/test_demo_loading.py",
    "api/sessions/test_mirror.py", "api/sessions/test_mirror_kept.py",
    "journaling/education/test_given_and_read.py", "journaling/skills/test_situation_plans.py",
    "notifications/staff/test_reminder_mails.py",
    "notifications/staff/test_reminder_mails_once.py",
    "notifications/staff/test_safety_command.py",
    "notifications/staff/test_unresponsive_mail_server.py",
)  # fmt: skip
#: What asks nothing of the suite's own database, or asks the same of either.
ONCE = ("bare", "once", "browser", "sweep", "redis", "rabbitmq")


def is_listed(file: Path) -> bool:
    """Whether the tests of a file run on both databases."""
    name = file.relative_to(TESTS).as_posix()
    return name in FILES or name.startswith(tuple(f"{folder}/" for folder in FOLDERS))


def runs_again(item: pytest.Function) -> bool:
    """Whether a test runs on SQLite after it ran on PostgreSQL.

    One that asks for no database is the same in both, but for proofs, which start their own.
    """
    if not is_listed(item.path) or any(map(item.get_closest_marker, (*ONCE, "postgres"))):
        return False
    is_proof = item.path.is_relative_to(TESTS / "proofs")
    return is_proof or "db" in item.fixturenames or bool(item.get_closest_marker("django_db"))
