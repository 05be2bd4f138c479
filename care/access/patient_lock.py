"""The lock of whoever writes about one patient by what stands there already."""

from uuid import UUID

from care.models import Patient


def lock_patient(patient_id: UUID) -> None:
    """Hold the patient's row until the transaction ends: of two who write alike one waits.

    What is looked for before it is written, such as one of the same name, is looked for under it.
    """
    Patient.objects.select_for_update().only("pk").get(pk=patient_id)
