"""Log formatters that let nothing clinical or secret through.

Ours write JSON lines of allowed fields; gunicorn's own lines are cut down.
"""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime

#: The id of the request or task being worked on; it stands in every line and audit row.
request_id: ContextVar[str] = ContextVar("request_id", default="-")

#: What a log call may add through ``extra``: ids, counts and codes.
ALLOWED_FIELDS = frozenset(
    {"event", "code", "status", "method", "route", "count", "took_ms", "actor", "patient",
     "entry", "reminder", "occurrence", "device", "attempt", "state", "reason", "worker", "task",
     "sql_state"}
)  # fmt: skip


class AllowListFormatter(logging.Formatter):
    """Write a record as one JSON line of allowed fields; exceptions give type and place only."""

    def format(self, record: logging.LogRecord) -> str:
        """Render the line; the free text of foreign libraries is left out."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request_id": request_id.get(),
        }
        if record.name.split(".", 1)[0] in OUR_LOGGERS:
            line["message"] = (
                record.msg if isinstance(record.msg, str) else type(record.msg).__name__
            )
        line.update({key: value for key, value in vars(record).items() if key in ALLOWED_FIELDS})
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            trace = record.exc_info[2]
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            if trace is not None:
                line["where"] = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}"
        return json.dumps(line, default=str)


#: Loggers whose message templates are ours: constant text, never filled in with data.
OUR_LOGGERS = frozenset({"backend", "care", "journaling", "notifications", "api", "web"})


class GunicornFormatter(logging.Formatter):
    """Write the constant part of a line, and of an exception its type and place."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s [%(process)d] [%(levelname)s] %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Render the line; a name of a type is the only thing that it is filled in with."""
        said = record.args if record.msg in GUNICORN_LINES_WITH_ARGUMENTS else ()
        plain = logging.makeLogRecord(
            {**vars(record), "args": said, "exc_info": None, "exc_text": None, "stack_info": None}
        )
        if record.exc_info and record.exc_info[0] is not None:
            plain.msg = f"{record.msg} ({record.exc_info[0].__name__})"
        return super().format(plain)


#: Lines of ours that are filled in, with a type's name.
GUNICORN_LINES_WITH_ARGUMENTS = frozenset({"unhandled %s"})


def redact_gunicorn_log() -> None:
    """Install the formatter on gunicorn's log; a fault of the start was logged in full before."""
    for handler in logging.getLogger("gunicorn.error").handlers:
        handler.setFormatter(GunicornFormatter())
