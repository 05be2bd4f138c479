"""What the terminal shows: progress in one live line, and faults in one line each."""

import errno
import os
import pwd
import re
import shutil
import sys
from pathlib import Path
from typing import TextIO

_CLEAR = "\r\033[K"


class Console:
    """Output with one progress line below the lines that stay."""

    def __init__(self, out: TextIO | None = None) -> None:
        self.out = out or sys.stdout
        self.is_live = self.out.isatty()
        self._shown = ""

    def say(self, text: str) -> None:
        """Print a line that stays."""
        self.clear()
        self.draw(f"{text}\n")

    def progress(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Show how far a stage is; off a terminal only its start and each further quarter."""
        part = f"{stage} {done}/{total}" if total else f"{stage} …"
        if self.is_live:
            self.draw(_CLEAR + part[: self.width() - 1])
            self._shown = part
            return
        mark = f"{stage} {done * 4 // total}" if total else stage
        if mark != self._shown:
            self.say(part)
            self._shown = mark

    def clear(self) -> None:
        """Clear the live line."""
        if self.is_live and self._shown:
            self.draw(_CLEAR)
            self._shown = ""

    def draw(self, text: str) -> None:
        """Write text unchanged, at once."""
        self.out.write(text)
        self.out.flush()

    def width(self) -> int:
        """Return the terminal's number of columns."""
        return shutil.get_terminal_size().columns


_FULL = re.compile(r"No space left on device|disk is full|ENOSPC|Disk quota exceeded")
_DISK = re.compile(r"Read-only file system|EROFS")
_READ_ONLY = re.compile(r"readonly database|unable to open database file|Permission denied")
_CERTIFICATE = re.compile(
    r"CERTIFICATE_VERIFY_FAILED|invalid peer certificate|UnknownIssuer|self[- ]signed certificate|"
    r"unable to get local issuer certificate|CA certificate bundle"
)
_PROXY = re.compile(r"ProxyError|Tunnel connection failed|proxy authentication|tunnel error", re.I)
_REFUSED = re.compile(r"\b(?P<code>401|403|407) (?:Client Error|Unauthorized|Forbidden)|"
                      r"client error \((?P<status>401|403)", re.I)  # fmt: skip
_NO_NETWORK = re.compile(
    r"NameResolutionError|[Nn]ame resolution|NewConnectionError|Network is unreachable|"
    r"No route to host|ConnectTimeout|Connection refused|dns error|tcp connect error|"
    r"error sending request|operation timed out|Connection reset",
)
#: How Python ends a trace, and how Django, pip and gunicorn name a fault.
_LAST_WORDS = re.compile(
    r"^(?:(?:\w+\.)*[A-Z]\w*(?:Error|Exception|Configured|Full|Busy|Timeout|Refused)|ERROR|Error)"
    r": (?P<fault>.+)$"
)


class CliError(Exception):
    """A run that cannot go on, with the one line that says why and what helps."""

    exit_code = 1


def describe_os_error(error: OSError) -> str:
    """Describe what the operating system refused."""
    where = error.filename or "The data folder"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full: {where} could not be written."
    if error.errno == errno.EROFS:
        return f"{where} lies on a disk that can only be read."
    if error.errno in (errno.EACCES, errno.EPERM):
        whose = f"belongs to {file_owner(error.filename)}, and " if error.filename else ""
        return f"{where} {whose}cannot be read or written by {_user_name(os.geteuid())}."
    return f"{where}: {error.strerror or type(error).__name__}."


def file_owner(place: str | Path) -> str:
    """Return the owner of a file, or of the nearest folder above one that isn't there."""
    path = Path(place)
    for one in (path, *path.parents):
        try:
            return _user_name(one.stat().st_uid)
        except OSError:
            continue
    return "nobody known"


def _user_name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


def is_disk_full(output: str) -> bool:
    """Whether a program met a full disk."""
    return bool(_FULL.search(output))


def describe_network_error(what: str, output: str) -> str:
    """Describe why the package index did not answer; empty where that is not the fault."""
    if _CERTIFICATE.search(output):
        return (
            f"{what} failed: the certificate of the package index is not trusted here. Where a "
            "proxy signs with its own, name its authority's file in PIP_CERT or SSL_CERT_FILE."
        )
    if _PROXY.search(output):
        return f"{what} failed: the proxy refuses, or isn't there: look at HTTPS_PROXY."
    if found := _REFUSED.search(output):
        return (
            f"{what} failed: the package index refuses access ({found['code'] or found['status']})."
        )
    if _NO_NETWORK.search(output):
        return f"{what} failed: the package index cannot be reached."
    return ""


def describe_failed_output(what: str, output: str) -> str:
    """Return the one line of a program's output that says why it failed."""
    if _FULL.search(output):
        return f"The disk is full: {what} failed."
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    faults = [match["fault"] for line in lines if (match := _LAST_WORDS.match(line))]
    said = faults[-1] if faults else (lines[-1] if lines else "it said nothing")
    if _DISK.search(said):
        return f"{what} failed: the disk can only be read ({said})."
    if _READ_ONLY.search(said):
        return f"{what} failed: the data folder cannot be written by this user ({said})."
    return said if said.startswith("Refusing to start") else f"{what} failed: {said}"
