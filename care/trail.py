"""Rows of the access log, as ``care.access`` and what runs without a person write them."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from backend.kit import logs
from backend.kit.bulk import insert_all
from backend.kit.prepared import insert
from care.models import AccessLogEntry, User
from care.naming import logged_name

if TYPE_CHECKING:
    from care.access import Chart


def write(chart: "Chart", action: AccessLogEntry.Action, what: str, now: datetime) -> None:
    """Write what was done through a chart."""
    insert(
        AccessLogEntry,
        at=now,
        actor_id=chart.viewer_id,
        actor_role=chart.viewer_role,
        actor_name=chart.viewer_name,
        device_session_id=chart.device_session_id,
        patient_id=chart.patient_id,
        action=action,
        data_class=what,
        reason=chart.reason,
        request_id=logs.request_id.get(),
    )


def write_by_system(*, patient_id: UUID, what: str, reason: str, now: datetime) -> None:
    """Write a change that no person made, in the same transaction as the change."""
    insert(
        AccessLogEntry,
        at=now,
        actor_id=None,
        actor_role="system",
        actor_name="",
        device_session_id=None,
        patient_id=patient_id,
        action=AccessLogEntry.Action.WRITE,
        data_class=what,
        reason=reason,
        request_id=logs.request_id.get(),
    )


def save_row(viewer: User | None, **columns: Any) -> None:
    """Save a row about somebody who acts without a chart.

    Nothing is read back, for not everybody who is written down may read the log.
    """
    insert(AccessLogEntry, **_row(viewer, **columns))


def _row(viewer: User | None, **columns: Any) -> dict[str, Any]:
    who = {
        "actor_id": viewer.pk if viewer else None,
        "actor_role": viewer.role if viewer else "nobody",
        "actor_name": logged_name(viewer),
        "device_session_id": viewer.device_session_id if viewer else None,
        "request_id": logs.request_id.get(),
    }
    return who | columns


def save_rows(viewer: User, patient_ids: Iterable[UUID], **columns: Any) -> None:
    """Save one row a patient, in one statement."""
    common = _row(viewer, **columns)
    same = tuple(common.values())
    rows = [(patient_id, *same) for patient_id in sorted(set(patient_ids))]
    insert_all(AccessLogEntry, ("patient_id", *common), rows)
