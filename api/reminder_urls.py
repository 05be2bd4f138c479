"""The doors of reminders and push, all under /api/v1/."""

from django.urls import URLPattern, path

from api import default_reminders, devices, inbox, receipts, reminder_history, reminders

urlpatterns: list[URLPattern] = [
    path("reminders", reminders.Reminders.as_view()),
    path("reminders/upcoming", reminders.Upcoming.as_view()),
    path("reminders/pause", reminders.PauseReminders.as_view()),
    path("reminders/<uuid:reminder_id>", reminders.OneReminder.as_view()),
    path("reminders/<uuid:reminder_id>/time-question", reminders.TimeQuestion.as_view()),
    path("occurrences/<uuid:occurrence_id>/opened", receipts.Opened.as_view()),
    path("occurrences/<uuid:occurrence_id>/answered", receipts.Answered.as_view()),
    path("occurrences/<uuid:occurrence_id>/snooze", receipts.Snooze.as_view()),
    path("devices", devices.Devices.as_view()),
    path("devices/<uuid:device_id>", devices.OneDevice.as_view()),
    path("default-reminders", default_reminders.DefaultReminders.as_view()),
    path(
        "patients/<uuid:patient_id>/reminder-history",
        reminder_history.ReminderHistory.as_view(),
    ),
    path("inbox", inbox.Inbox.as_view()),
]
