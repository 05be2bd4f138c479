"""App configuration of reminders: what they follow of the rooms below."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Configuration of the reminders' tables and of what they follow."""

    name = "notifications"

    def ready(self) -> None:
        """Subscribe to what reminders and devices follow: entries, sessions, sign-ins and so on.

        They follow in the transactions that write it. Entries alone are followed after theirs, so
        that a save stands whatever becomes of it. Subscribed again, nothing changes.
        """
        # These import tables, which are there only once every application is known.
        from care.accounts.device_sessions import SIGN_IN_SUBSCRIBERS
        from care.medical.medications import MEDICATION_SUBSCRIBERS
        from care.people.enrol import PATIENT_SUBSCRIBERS
        from care.people.profile import ZONE_SUBSCRIBERS
        from care.programme.groups import MEMBERSHIP_SUBSCRIBERS
        from care.sessions.plan import SESSION_SUBSCRIBERS
        from journaling.entries.record import ENTRY_SUBSCRIBERS
        from journaling.skills.assign import ASSIGNMENT_SUBSCRIBERS
        from notifications.push import devices
        from notifications.reminders import default_plan, follow, follow_medications, receipts

        ENTRY_SUBSCRIBERS.add(receipts.record_answers)
        ASSIGNMENT_SUBSCRIBERS.add(follow.follow_assignment)
        MEDICATION_SUBSCRIBERS.add(follow_medications.follow_medication)
        SESSION_SUBSCRIBERS.add(follow.follow_session)
        MEMBERSHIP_SUBSCRIBERS.add(follow.follow_sessions_of)
        ZONE_SUBSCRIBERS.add(follow.follow_time_zone)
        PATIENT_SUBSCRIBERS.add(default_plan.create_default_reminders)
        SIGN_IN_SUBSCRIBERS.add(devices.end_devices_of_ended_sessions)
