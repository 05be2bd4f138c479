"""What a clinic offers beside the shipped triggers and targets."""

from dataclasses import dataclass
from uuid import UUID

from journaling.models import ClinicTerm


@dataclass(frozen=True, slots=True)
class Terms:
    """Names in the order of the alphabet."""

    targets: tuple[str, ...]
    triggers: tuple[str, ...]


def terms_of_clinic(*, clinic_id: UUID) -> Terms:
    """List the clinic's own triggers and targets."""
    rows = ClinicTerm.objects.filter(clinic_id=clinic_id, is_withdrawn=False).order_by("name", "id")
    found = list(rows.values_list("vocabulary", "name"))
    return Terms(
        targets=tuple(name for vocabulary, name in found if vocabulary == "target"),
        triggers=tuple(name for vocabulary, name in found if vocabulary == "trigger"),
    )
