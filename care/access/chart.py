"""The chart: a frozen value that says who may see whom, what, and why.

Only ``care.access.open`` and ``care.oncall.chart`` build one; a house test holds that.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.kit.crypto import PatientCipher, master_keys
from backend.kit.errors import NotThere
from backend.kit.languages import ENGLISH
from care.access.data_categories import DataCategory
from care.access.rules import is_covered
from care.models import User
from care.models.people import logged_name


class NoSuchChart(NotThere):
    """The viewer may not see this patient, or there is no such patient: nobody learns which."""


class NotTheOwner(Exception):
    """The chart is not the viewer's own: only the patient writes in their name."""


_MADE_HERE = object()


@dataclass(frozen=True, slots=True)
class Chart:
    """Who may see whom, and why. Only ``build_chart`` makes one.

    ``sharing_levels`` are the sharing levels that this viewer is shown; every clinical query
    filters by them. ``parts`` are the parts that the patient's consents let them see; what a chart
    that was opened for one class of data shows of another asks ``covers`` first.
    """

    patient_id: UUID
    viewer_id: UUID
    viewer_role: str
    viewer_name: str
    device_session_id: UUID | None
    reason: str
    sharing_levels: frozenset[str]
    #: When the patient enrolled; known of their own chart alone.
    enrolled_at: datetime | None
    cipher: PatientCipher = field(repr=False)
    made_by: object = field(repr=False, compare=False)
    parts: frozenset[str] = frozenset()
    #: How many hours after local midnight the patient's day begins; known of their own chart alone.
    day_starts_hour: int = 0
    #: In which language what is made for the viewer is said: a patient's own, English to staff.
    language: str = ENGLISH
    #: The clinician as whom the patient looks at their own chart: it shows what theirs would.
    shown_to: UUID | None = None

    def __post_init__(self) -> None:
        if self.made_by is not _MADE_HERE:
            raise TypeError("care.access.chart alone makes charts")

    @property
    def is_own(self) -> bool:
        """Whether the viewer is the patient."""
        return self.patient_id == self.viewer_id

    @property
    def visible_levels(self) -> frozenset[str] | None:
        """Return the sharing levels to which entries are narrowed; None is the patient: all.

        A chart that was opened for something else shows no entry unless consent covers entries.
        """
        if self.is_own and self.shown_to is None:
            return None
        return self.sharing_levels if self.covers(DataCategory.ENTRIES) else frozenset()

    def covers(self, what: DataCategory) -> bool:
        """Whether it may show data of that class beside what it was opened for."""
        sees_all = self.is_own and self.shown_to is None
        return sees_all or is_covered(what, self.parts)


def build_chart(
    viewer: User,
    patient_id: UUID,
    wrapped_key: Any,
    *,
    reason: str,
    sharing_levels: frozenset[str],
    parts: frozenset[str],
    enrolled_at: datetime | None = None,
    day_starts_hour: int = 0,
    language: str = ENGLISH,
    shown_to: UUID | None = None,
) -> Chart:
    """Build a chart for a viewer whose right was checked, with the patient's data key.

    :raises backend.kit.crypto.KeyErased: the patient was erased.
    """
    key = master_keys().unwrap(wrapped_key, patient_id=patient_id)
    return Chart(
        patient_id=patient_id, viewer_id=viewer.pk, viewer_role=viewer.role,
        viewer_name=logged_name(viewer), device_session_id=viewer.device_session_id,
        reason=reason, sharing_levels=sharing_levels, parts=parts, enrolled_at=enrolled_at,
        day_starts_hour=day_starts_hour, language=language, shown_to=shown_to,
        cipher=PatientCipher(patient_id, key),
        made_by=_MADE_HERE,
    )  # fmt: skip
