"""The crisis lines as this process knows them: a clinic's own are remembered from the last look.

A database that is locked, full or down keeps nobody from a number: what ships is a file, and what
a clinic added was read before or stands in a later answer.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import Error

from backend.kit.waiting import waiting_at_most
from care.queries.staffing import own_resources

#: So long is a database asked for a clinic's own lines; then those are told that are known.
PATIENCE_SECONDS = 0.3

_known: dict[UUID | None, Sequence[Mapping[str, Any]]] = {}
#: More clinics than one service has; who asks for ids that are none fills no memory.
_MOST_KNOWN = 1_000


def own_lines(clinic_id: UUID | None) -> Sequence[Mapping[str, Any]]:
    """Read a clinic's own lines (without an id those of the only one), or remember them.

    A clinic that was never read here has none to remember: the shipped lines are told alone.
    """
    try:
        with waiting_at_most(PATIENCE_SECONDS):
            found = own_resources(clinic_id=clinic_id)
    except Error:
        return remembered(clinic_id)
    if found or clinic_id in _known:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[clinic_id] = found
    return found


def remembered(clinic_id: UUID | None) -> Sequence[Mapping[str, Any]]:
    """List what was last read of a clinic's own lines, asking nobody."""
    return _known.get(clinic_id) or _known.get(None) or ()
