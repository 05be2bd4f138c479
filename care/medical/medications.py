"""What a patient takes by agreement: written by their care team, read by both, and ended."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any, Protocol
from uuid import UUID

import orjson
from django.db import transaction

from backend.kit.db.compiled import CompiledQuery
from backend.kit.db.versions import next_version
from backend.kit.errors import ChangedMeanwhile, NotThere, enforce_limit
from backend.kit.ids import new_id
from backend.kit.subscribers import Subscribers
from backend.kit.text import fold_name
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_write
from care.access.open import open_chart_of_row
from care.access.patient_lock import lock_patient
from care.medical.regimen import MedicationHistory, Regimen, RegimenVersion, validate_regimen
from care.models import MedicationVersion, User
from care.people.patients import patient_today, staff_names

WORDS_BINDING = MedicationVersion.HANDLING.sealed["words"].bound_to
KINDS: tuple[str, ...] = tuple(MedicationVersion.Kind.values)
MAX_NAME_LENGTH = 120
#: Ours: more is a slip; it is still read on one screen of a phone.
MOST_MEDICATIONS = 40
MOST_TIMES = 8
_COLUMNS = (
    "id", "medication_id", "rev", "kind", "words", "minutes", "weekdays", "starts_on", "ends_on",
    "refill_by", "has_reminder", "written_on", "is_ended", "at", "written_by",
)  # fmt: skip


class NoSuchMedication(NotThere):
    """This chart shows none of that id, or it has ended."""


class MedicationChanged(ChangedMeanwhile):
    """Somebody changed it since it was read; nothing was written."""


class OnlyCareTeamPrescribes(Exception):
    """What was agreed is written by the care team; the patient logs what they take."""


@dataclass(frozen=True, slots=True)
class MedicationView:
    """One medicine as it stands; ``ended_at`` is when somebody ended it before its last day."""

    id: UUID
    rev: int
    regimen: Regimen
    written_by: str
    written_at: datetime
    ended_at: datetime | None


class MedicationSubscriber(Protocol):
    """Whoever follows what is to be taken; told the same again it must change nothing."""

    def __call__(self, *, chart: Chart, medication_id: UUID, regimen: Regimen, is_ended: bool,
                 now: datetime) -> None:  # fmt: skip
        """Follow one that was written, changed or ended, in its transaction."""


MEDICATION_SUBSCRIBERS: Subscribers[MedicationSubscriber] = Subscribers()


def open_medication_chart(*, viewer: User, medication_id: UUID, now: datetime) -> Chart:
    """Open the chart of who takes it, to change it.

    :raises care.access.chart.NoSuchChart: for whoever does not treat them; logged.
    """
    return open_chart_of_row(
        viewer=viewer, rows=MedicationVersion.objects.filter(medication_id=medication_id),
        row_id=medication_id, what=DataCategory.MEDICAL, now=now,
    )  # fmt: skip


def medications_of(*, chart: Chart, with_ended: bool = False) -> list[MedicationView]:
    """List what is to be taken, medicines first and each kind by name; two statements."""
    histories = [one for one in medication_histories(chart=chart) if with_ended or not one.is_ended]
    names = staff_names(ids={one.versions[-1].written_by for one in histories})
    views = [_view(one.versions[-1], names) for one in histories]
    return sorted(views, key=lambda view: (KINDS.index(view.regimen.kind),
                                           fold_name(view.regimen.name), view.id))  # fmt: skip


def medication_of(*, chart: Chart, medication_id: UUID) -> MedicationView:
    """Read one as it stands, also when it has ended.

    :raises NoSuchMedication: this chart shows none of that id.
    """
    newest = _history_of(medication_histories(chart=chart), medication_id).versions[-1]
    return _view(newest, staff_names(ids={newest.written_by}))


def medication_histories(*, chart: Chart) -> tuple[MedicationHistory, ...]:
    """Read every version of everything that is or was to be taken; one statement.

    There is nothing where consent doesn't cover it.
    """
    if not chart.covers(DataCategory.MEDICAL):
        return ()
    versions = [_opened(row, chart) for row in _VERSIONS_QUERY.all(patient_id=chart.patient_id)]
    by_id = groupby(versions, key=lambda version: version.medication_id)
    return tuple(MedicationHistory(tuple(found)) for _, found in by_id)


def add_medication(*, chart: Chart, regimen: Regimen, now: datetime) -> MedicationView:
    """Write down what is to be taken from now on.

    :raises backend.kit.errors.InvalidInput: naming the field at fault; also where something of
        this name is to be taken already.
    :raises OnlyCareTeamPrescribes: through the patient's own chart.
    """
    _require_care_team(chart)
    with transaction.atomic():
        lock_patient(chart.patient_id)
        open_ones = [one for one in medication_histories(chart=chart) if not one.is_ended]
        enforce_limit(len(open_ones), most=MOST_MEDICATIONS, what="at a time")
        validate_regimen(regimen, others=open_ones, now=now)
        return _write(chart, new_id(), 1, regimen, now=now)


def change_medication(
    *, chart: Chart, medication_id: UUID, rev: int, changes: Mapping[str, Any], now: datetime
) -> MedicationView:
    """Write the next version; what is not among ``changes`` (fields of ``Regimen``) stays.

    :raises NoSuchMedication: this chart shows none of that id, or it has ended.
    :raises MedicationChanged: ``rev`` is not the newest.
    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    :raises OnlyCareTeamPrescribes: through the patient's own chart.
    """
    _require_care_team(chart)
    histories = medication_histories(chart=chart)
    known = _open_one(histories, medication_id, rev)
    regimen = replace(known.newest, **changes)
    others = [one for one in histories if not one.is_ended and one is not known]
    validate_regimen(regimen, others=others, now=now)
    return _write(chart, medication_id, rev + 1, regimen, now=now)


def end_medication(*, chart: Chart, medication_id: UUID, rev: int, now: datetime) -> None:
    """End it; what was logged and counted stays.

    :raises NoSuchMedication: this chart shows none of that id, or it has ended.
    :raises MedicationChanged: ``rev`` is not the newest.
    :raises OnlyCareTeamPrescribes: through the patient's own chart.
    """
    _require_care_team(chart)
    known = _open_one(medication_histories(chart=chart), medication_id, rev)
    _write(chart, medication_id, rev + 1, known.newest, now=now, is_ended=True)


def _require_care_team(chart: Chart) -> None:
    if chart.is_own:
        raise OnlyCareTeamPrescribes


def _history_of(histories: Iterable[MedicationHistory], medication_id: UUID) -> MedicationHistory:
    for history in histories:
        if history.versions[0].medication_id == medication_id:
            return history
    raise NoSuchMedication


def _open_one(
    histories: Iterable[MedicationHistory], medication_id: UUID, rev: int
) -> MedicationHistory:
    known = _history_of(histories, medication_id)
    if known.is_ended:
        raise NoSuchMedication
    if known.versions[-1].rev != rev:
        raise MedicationChanged
    return known


def _write(
    chart: Chart, medication_id: UUID, rev: int, regimen: Regimen, *, now: datetime,
    is_ended: bool = False,
) -> MedicationView:  # fmt: skip
    row_id = new_id()
    words = {name: getattr(regimen, name) for name in ("name", "dose", "prescriber")}
    row = MedicationVersion(
        id=row_id, patient_id=chart.patient_id, medication_id=medication_id, rev=rev,
        kind=regimen.kind, minutes=list(regimen.minutes), weekdays=regimen.weekdays,
        starts_on=regimen.starts_on, ends_on=regimen.ends_on, refill_by=regimen.refill_by,
        has_reminder=regimen.has_reminder, is_ended=is_ended, at=now, written_by=chart.viewer_id,
        written_on=patient_today(chart=chart, now=now),
        words=chart.cipher.seal(orjson.dumps(words), column=WORDS_BINDING, row=row_id),
    )  # fmt: skip
    with next_version(MedicationChanged):
        row.save(force_insert=True)
        log_write(chart=chart, what=DataCategory.MEDICAL, now=now)
        for follow in MEDICATION_SUBSCRIBERS:
            follow(
                chart=chart, medication_id=medication_id, regimen=regimen, is_ended=is_ended,
                now=now,
            )  # fmt: skip
    names = staff_names(ids={chart.viewer_id})
    version = RegimenVersion(
        medication_id, rev, regimen, row.written_on, is_ended, now, chart.viewer_id
    )
    return _view(version, names)


def _opened(row: tuple[Any, ...], chart: Chart) -> RegimenVersion:
    at = dict(zip(_COLUMNS, row, strict=True))
    words = orjson.loads(chart.cipher.open(at["words"], column=WORDS_BINDING, row=at["id"]))
    regimen = Regimen(
        kind=at["kind"], minutes=tuple(at["minutes"]), weekdays=at["weekdays"],
        starts_on=at["starts_on"], ends_on=at["ends_on"], refill_by=at["refill_by"],
        has_reminder=at["has_reminder"], **words,
    )  # fmt: skip
    return RegimenVersion(
        at["medication_id"], at["rev"], regimen, at["written_on"], at["is_ended"], at["at"],
        at["written_by"],
    )  # fmt: skip


def _view(version: RegimenVersion, names: Mapping[UUID, str]) -> MedicationView:
    return MedicationView(
        version.medication_id, version.rev, version.regimen, names.get(version.written_by, ""),
        version.at, version.at if version.is_ended else None,
    )  # fmt: skip


def _versions_query(*, patient_id: UUID) -> Any:
    return (
        MedicationVersion.objects.filter(patient_id=patient_id)
        .order_by("medication_id", "rev")
        .values_list(*_COLUMNS)
    )


_VERSIONS_QUERY = CompiledQuery(
    _versions_query, patient_id=MedicationVersion._meta.get_field("patient")
)
