"""Write the access log: reads, writes, denials and sign-ins, with or without a chart."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.kit import logs
from backend.kit.db.bulk import bulk_insert
from backend.kit.db.claims import require_autocommit
from backend.kit.db.compiled import insert_row
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.models import AccessLogEntry, User
from care.models.people import logged_name

#: Why a chart that shows nothing but safety events was opened.
REASON_ON_CALL = "on_duty"
#: Why somebody sees a chart without being on its care team.
REASON_BREAK_GLASS = "break_glass"
#: Whoever opens a link that was given to them, without an account.
LINK_ROLE = "link"


def log_read(*, chart: Chart, what: DataCategory, now: datetime) -> None:
    """Log that this chart was read; it commits by itself, so no rollback takes it back.

    :raises backend.kit.db.claims.InsideTransaction: inside a transaction of ours.
    """
    require_autocommit()
    insert_chart_row(chart, AccessLogEntry.Action.READ, what, now)


def log_write(*, chart: Chart, what: DataCategory, now: datetime) -> None:
    """Log that this chart was changed, in the same transaction as the change."""
    insert_chart_row(chart, AccessLogEntry.Action.WRITE, what, now)


def log_reads_many(
    *, viewer: User, patient_ids: Iterable[UUID], what: DataCategory, reason: str, now: datetime
) -> None:
    """Log that a list showed something of each patient, in one statement."""
    require_autocommit()
    insert_log_rows(
        viewer,
        patient_ids,
        action=AccessLogEntry.Action.READ,
        data_class=what,
        reason=reason,
        at=now,
    )


def log_writes_many(
    *, viewer: User, patient_ids: Iterable[UUID], what: DataCategory, reason: str, now: datetime
) -> None:
    """Log a change that concerns several patients, in the transaction that makes it."""
    insert_log_rows(
        viewer,
        patient_ids,
        action=AccessLogEntry.Action.WRITE,
        data_class=what,
        reason=reason,
        at=now,
    )


def log_denial(*, viewer: User | None, what: DataCategory, reason: str, now: datetime) -> None:
    """Log a denial that concerns no single patient, such as a session that isn't theirs."""
    log_chart_denial(viewer, patient_id=None, what=what, reason=reason, now=now)


def log_chart_denial(
    viewer: User | None, *, patient_id: UUID | None, what: DataCategory, reason: str, now: datetime
) -> None:
    """Log that a patient's chart was denied; it survives any rollback."""
    require_autocommit()
    insert_log_row(
        viewer,
        patient_id=patient_id,
        action=AccessLogEntry.Action.DENIED,
        data_class=what,
        reason=reason,
        at=now,
    )


def log_self(
    *, user: User, action: AccessLogEntry.Action, what: DataCategory, reason: str, now: datetime
) -> None:
    """Log what somebody did with what is their own, patient or staff."""
    insert_log_row(
        user,
        patient_id=user.pk if user.role == User.Role.PATIENT else None,
        action=action,
        data_class=what,
        reason=reason,
        at=now,
    )


def log_sign_in(
    *,
    user: User | None,
    action: AccessLogEntry.Action,
    reason: str,
    device_session_id: UUID | None,
    now: datetime,
) -> None:
    """Log what happened to a sign-in, such as a refusal; it survives any rollback."""
    require_autocommit()
    insert_log_row(
        user,
        device_session_id=device_session_id,
        patient_id=user.pk if user and user.role == User.Role.PATIENT else None,
        action=action,
        data_class=DataCategory.SIGN_IN,
        reason=reason,
        at=now,
    )


def log_operator_read(*, patient_id: UUID, what: DataCategory, now: datetime) -> None:
    """Log that somebody with a shell on the server looked at something of a patient's."""
    require_autocommit()
    row = {"action": AccessLogEntry.Action.READ, "data_class": what, "reason": "operator"}
    insert_log_row(None, patient_id=patient_id, at=now, **row)


def log_system_write(*, patient_id: UUID, what: str, reason: str, now: datetime) -> None:
    """Log a change that no person made, in the same transaction as the change."""
    insert_row(
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


def log_link_use(
    *, patient_id: UUID, action: AccessLogEntry.Action, what: DataCategory, name: str, reason: str,
    now: datetime,
) -> None:  # fmt: skip
    """Log that somebody without an account opened a link, or was refused, as they call themselves.

    A denial is not taken back by any rollback: the caller is in no transaction.
    """
    if action == AccessLogEntry.Action.DENIED:
        require_autocommit()
    insert_row(
        AccessLogEntry,
        at=now,
        actor_id=None,
        actor_role=LINK_ROLE,
        actor_name=name,
        device_session_id=None,
        patient_id=patient_id,
        action=action,
        data_class=what,
        reason=reason,
        request_id=logs.request_id.get(),
    )


def insert_chart_row(chart: Chart, action: AccessLogEntry.Action, what: str, now: datetime) -> None:
    """Insert a row of what was done through a chart."""
    insert_row(
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


def insert_log_row(viewer: User | None, **columns: Any) -> None:
    """Insert a row about somebody who acts without a chart.

    Nothing is read back, for not everybody whom the log names may read it.
    """
    insert_row(AccessLogEntry, **_log_columns(viewer, **columns))


def insert_log_rows(viewer: User, patient_ids: Iterable[UUID], **columns: Any) -> None:
    """Insert one row a patient, in one statement."""
    common = _log_columns(viewer, **columns)
    same = tuple(common.values())
    rows = [(patient_id, *same) for patient_id in sorted(set(patient_ids))]
    bulk_insert(AccessLogEntry, ("patient_id", *common), rows)


def _log_columns(viewer: User | None, **columns: Any) -> dict[str, Any]:
    who = {
        "actor_id": viewer.pk if viewer else None,
        "actor_role": viewer.role if viewer else "nobody",
        "actor_name": logged_name(viewer),
        "device_session_id": viewer.device_session_id if viewer else None,
        "request_id": logs.request_id.get(),
    }
    return who | columns
