"""What gunicorn's own lines may say once it serves: never a word of what somebody sent."""

import logging


class Quiet(logging.Formatter):
    """Write the constant part of a line, and of an exception its type and place."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s [%(process)d] [%(levelname)s] %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Render the line; a name of a type is the only thing that it is filled in with."""
        said = record.args if record.msg in FILLED_IN else ()
        plain = logging.makeLogRecord(
            {**vars(record), "args": said, "exc_info": None, "exc_text": None, "stack_info": None}
        )
        if record.exc_info and record.exc_info[0] is not None:
            plain.msg = f"{record.msg} ({record.exc_info[0].__name__})"
        return super().format(plain)


#: Lines of ours that are filled in, with a type's name.
FILLED_IN = frozenset({"unhandled %s"})


def be_quiet() -> None:
    """Let gunicorn write so from here on; what stops a start was told in full before."""
    for handler in logging.getLogger("gunicorn.error").handlers:
        handler.setFormatter(Quiet())
