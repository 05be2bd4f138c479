"""Routes of the journal: entries, sync, days, instruments and summaries."""

from django.urls import URLPattern, path

from api.journal import day, entries, instruments, summary, sync

urlpatterns: list[URLPattern] = [
    path("entries", entries.Entries.as_view()),
    path("entries/<uuid:entry_id>", entries.OneEntry.as_view()),
    path("entries/<uuid:entry_id>/after", entries.LaterRating.as_view()),
    path("entries/<uuid:entry_id>/history", entries.EntryHistory.as_view()),
    path("instruments", instruments.Instruments.as_view()),
    path("instruments/<slug:instrument>", instruments.OneInstrument.as_view()),
    path("sync", sync.Sync.as_view()),
    path("patients/<uuid:patient_id>/entries", entries.EntriesOfPatient.as_view()),
    path("day/<slug:date>", day.Day.as_view()),
    path("summary", summary.OwnSummary.as_view()),
    path("patients/<uuid:patient_id>/summary", summary.SummaryOfPatient.as_view()),
]
