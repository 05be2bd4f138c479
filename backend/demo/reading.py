"""The therapists of the demo read each brief before its session, but for the coming ones."""

from datetime import timedelta

from care.models import Attendance, User
from journaling.actions.reviewing import take_as_reviewed

#: So long before a session its brief is read.
READ_BEFORE = timedelta(minutes=10)


def read_past_briefs(user: User) -> None:
    """Take as reviewed what stood there before the last individual session that they attended."""
    last = (
        Attendance.objects.filter(
            patient_id=user.pk, status__in=Attendance.ATTENDED, session__kind="individual"
        )
        .order_by("-session__starts_at")
        .values_list("session__clinician_id", "session__starts_at")
        .first()
    )
    if last is not None:
        clinician_id, starts_at = last
        take_as_reviewed(patient_id=user.pk, by=clinician_id, at=starts_at - READ_BEFORE)
