"""Log lines say what is allowed and nothing else."""

import json
import logging
import sys

from backend.kit.logs import AllowListFormatter

CANARY = "canary-7f3e"


def line_of(record: logging.LogRecord) -> dict[str, object]:
    found: dict[str, object] = json.loads(AllowListFormatter().format(record))
    return found


def record(name: str, message: str, **extra: object) -> logging.LogRecord:
    return logging.getLogger(name).makeRecord(
        name, logging.ERROR, "file.py", 1, message, (CANARY,), None, extra=extra
    )


def test_ids_counts_and_codes_are_written() -> None:
    found = line_of(record("notifications.engine.tick", "claimed", count=3, code="unregistered"))

    assert (found["message"], found["count"], found["code"]) == ("claimed", 3, "unregistered")


def test_what_is_not_allowed_is_left_out() -> None:
    found = line_of(record("api.journal.entries", "stored %s", note=CANARY, username=CANARY))

    assert CANARY not in json.dumps(found)


def test_the_text_of_foreign_libraries_is_left_out() -> None:
    found = line_of(record("django.db.backends", f"SELECT {CANARY}"))

    assert CANARY not in json.dumps(found)
    assert found["logger"] == "django.db.backends"


def test_an_exception_gives_its_type_and_place_but_no_words() -> None:
    try:
        raise ValueError(CANARY)
    except ValueError:
        made = logging.getLogger("api").makeRecord(
            "api", logging.ERROR, "f.py", 1, "failed", (), sys.exc_info()
        )

    found = line_of(made)

    assert found["exception"] == "ValueError"
    assert str(found["where"]).startswith("tests.kit.test_logs:")
    assert CANARY not in json.dumps(found)
