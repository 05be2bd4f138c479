"""Guards of whose row is meant, beside who may open a chart at all."""

from tests.proofs.mutants.mutant import Mutant

_A, _N = "tests/api/", "tests/notifications/"

OWNERSHIP = (
    Mutant(
        "whose device is ended", "notifications/push/devices.py",
        "pk=device_id, patient_id=chart.patient_id, ended_at__isnull=True",
        "pk=device_id, ended_at__isnull=True",
        (_N + "push/test_device_addresses.py::test_nobody_ends_the_device_of_another",),
    ),
    Mutant(
        "whose reminder is changed", "notifications/reminders/edit.py",
        ".filter(patient_id=chart.patient_id, id=reminder_id, deleted_at__isnull=True)",
        ".filter(id=reminder_id, deleted_at__isnull=True)",
        (_A + "reminders/test_reminders_patch_delete.py::test_another_patients_is_as_if_there_were_none",),
    ),
    Mutant(
        "whose export is fetched", "journaling/exports/jobs.py",
        "ExportJob.objects.filter(patient_id=chart.patient_id, pk=export_id)",
        "ExportJob.objects.filter(pk=export_id)",
        (_A + "privacy/test_exports.py::test_nobody_else_gets_at_an_export",),
    ),
)  # fmt: skip
