"""Where seals are noted outside the database: without that, a cut-off end would leave no trace."""

import logging
import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from care.models import AuditSeal

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Anchor:
    """What was noted about one seal."""

    seal_id: int
    last_id: int
    hash: str


def file() -> Path:
    """Tell where they stand; best on another disk, or a share that only takes additions."""
    return Path(settings.AUDIT_ANCHORS)


def read() -> list[Anchor]:
    """Read every anchor in the order of noting; a line that was cut short is left out."""
    try:
        lines = file().read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return []
    parts = [line.split() for line in lines]
    return [Anchor(int(part[0]), int(part[1]), part[2]) for part in parts if len(part) == 3]


def write_missing() -> None:
    """Note every seal that is not noted yet; a disk that refuses is told and tried next time."""
    known = read()
    last = known[-1].seal_id if known else 0
    fresh = AuditSeal.objects.filter(id__gt=last).order_by("id")
    lines = [f"{one.pk} {one.last_id} {bytes(one.hash).hex()}\n" for one in fresh]
    if not lines:
        return
    try:
        with file().open("a", encoding="ascii") as kept:
            kept.write("".join(lines))
            kept.flush()
            os.fsync(kept.fileno())
    except OSError:
        log.error("anchor not written", extra={"event": "anchor_not_written"})
