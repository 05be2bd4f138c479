"""JSON log lines made from an allow-list, so that nothing clinical or secret can slip in."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime

#: The id of the request or task being worked on; it stands in every line and audit row.
request_id: ContextVar[str] = ContextVar("request_id", default="-")

#: What a log call may add through ``extra``: ids, counts and codes.
ALLOWED = frozenset(
    {"event", "code", "status", "method", "route", "count", "took_ms", "actor", "patient",
     "entry", "reminder", "occurrence", "device", "attempt", "state", "reason", "worker", "task",
     "sql_state"}
)  # fmt: skip


class AllowListed(logging.Formatter):
    """Write a record as one JSON line of allowed fields; exceptions give type and place only."""

    def format(self, record: logging.LogRecord) -> str:
        """Render the line; the free text of foreign libraries is left out."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request_id": request_id.get(),
        }
        if record.name.split(".", 1)[0] in OURS:
            line["message"] = (
                record.msg if isinstance(record.msg, str) else type(record.msg).__name__
            )
        line.update({key: value for key, value in vars(record).items() if key in ALLOWED})
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            trace = record.exc_info[2]
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            if trace is not None:
                line["where"] = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}"
        return json.dumps(line, default=str)


#: Loggers whose message templates are ours: constant text, never filled in with data.
OURS = frozenset({"backend", "care", "journaling", "notifications", "api", "web"})
