"""Routes of reminders, their occurrences, and devices."""

from django.urls import URLPattern, path

from api.reminders import devices, history, occurrences, plan

urlpatterns: list[URLPattern] = [
    path("reminders", plan.Reminders.as_view()),
    path("reminders/upcoming", occurrences.UpcomingOccurrences.as_view()),
    path("reminders/pause", plan.PauseReminders.as_view()),
    path("reminders/<uuid:reminder_id>", plan.OneReminder.as_view()),
    path("reminders/<uuid:reminder_id>/time-question", plan.TimeQuestion.as_view()),
    path("occurrences/<uuid:occurrence_id>/opened", occurrences.RecordOpened.as_view()),
    path("occurrences/<uuid:occurrence_id>/answered", occurrences.RecordAnswered.as_view()),
    path("occurrences/<uuid:occurrence_id>/snooze", occurrences.Snooze.as_view()),
    path("devices", devices.Devices.as_view()),
    path("devices/<uuid:device_id>", devices.OneDevice.as_view()),
    path("default-reminders", plan.DefaultReminders.as_view()),
    path("patients/<uuid:patient_id>/reminder-history", history.ReminderHistory.as_view()),
    path("inbox", occurrences.Inbox.as_view()),
]
