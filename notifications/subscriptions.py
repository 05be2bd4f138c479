"""What reminders and devices follow of the rooms below, in the transactions that write it.

Entries alone are followed after their transaction, so that a save stands whatever becomes of it.
"""

from care.accounts.device_sessions import SIGN_IN_SUBSCRIBERS
from care.people.enrol import PATIENT_SUBSCRIBERS
from care.people.profile import ZONE_SUBSCRIBERS
from care.programme.groups import MEMBERSHIP_SUBSCRIBERS
from care.sessions.plan import SESSION_SUBSCRIBERS
from journaling.entries.record import ENTRY_SUBSCRIBERS
from journaling.skills.assign import ASSIGNMENT_SUBSCRIBERS
from notifications.push.devices import end_devices_of_ended_sessions
from notifications.reminders.default_plan import create_default_reminders
from notifications.reminders.follow import (
    follow_assignment,
    follow_session,
    follow_sessions_of,
    follow_time_zone,
)
from notifications.reminders.receipts import record_answers


def subscribe() -> None:
    """Subscribe everything; again it changes nothing."""
    ENTRY_SUBSCRIBERS.add(record_answers)
    ASSIGNMENT_SUBSCRIBERS.add(follow_assignment)
    SESSION_SUBSCRIBERS.add(follow_session)
    MEMBERSHIP_SUBSCRIBERS.add(follow_sessions_of)
    ZONE_SUBSCRIBERS.add(follow_time_zone)
    PATIENT_SUBSCRIBERS.add(create_default_reminders)
    SIGN_IN_SUBSCRIBERS.add(end_devices_of_ended_sessions)
