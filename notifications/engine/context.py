"""Context of patients and of their reminders at the moment of sending.

It is read without a patient's chart: flags and timestamps only, never clinical content. In the
engine only this file and ``reminders/sessions.py`` read tables of other rooms.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import (
    Case,
    DurationField,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from backend.kit.db.bulk import IdArray
from backend.kit.db.compiled import CompiledQuery
from backend.kit.languages import spoken_language
from care.access.rules import consent_covers_reminders
from care.models import Consent, Patient
from journaling.models import Entry
from notifications.engine.policy import (
    LOOK_BACK,
    OriginalReminder,
    PatientContext,
    ReminderContext,
)
from notifications.engine.step import (
    MISSED_COLUMNS,
    SHOWN_ELSEWHERE_REASONS,
    Leased,
    reminder_context,
)
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Purpose, Recipient, Reminder
from notifications.reminders import next_due
from notifications.reminders.sessions import (
    is_in_session,
    last_session_end,
    planned_sessions,
    running_sessions,
    sessions_of_patients,
)

_NO_RECIPIENT = (None, None)
_NO_ENTRIES: Mapping[str, datetime] = {}
#: A phone's clock may be ahead by so much.
_CLOCK_SKEW = timedelta(minutes=5)
#: What counts was written down so soon after: 48 hours, from the end of the day that it is about.
RECORDED_WITHIN = timedelta(days=3)

State = Occurrence.State
#: A session is announced at most a day before; it may have moved to a little later.
ANNOUNCED_WITHIN = timedelta(days=2)
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
#: The states of a reminder that the patient may have seen, so that a nudge repeats something.
_SHOWN_STATES = frozenset({State.SENT, State.UNKNOWN, State.FAILED, State.DEAD_DEVICE})
_SERIES_COLUMNS = (
    "row", "purpose", "active", "deleted_at", "skip_if_logged", "minutes", "next_due_at",
    "halved_at", "was", *MISSED_COLUMNS,
)  # fmt: skip


def load_patient_contexts(
    *, patients: Collection[UUID], now: datetime
) -> dict[UUID, PatientContext]:
    """Load the context of these patients as of ``now``."""
    ids = IdArray(patients)
    recipients = {
        pk: (paused_until, last_active_at)
        for pk, paused_until, last_active_at in _RECIPIENTS.all(patients=ids)
    }
    newest_entries = _newest_entries(ids, now)
    sessions = running_sessions(patients=patients, now=now)
    contexts = {}
    rows = _PATIENTS.all(patients=ids, now=now)
    for pk, zone_name, tag, quiet_start, quiet_end, is_active, enrolled, discharged, agreed in rows:
        paused_until, last_active_at = recipients.get(pk, _NO_RECIPIENT)
        entries = newest_entries.get(pk, _NO_ENTRIES)
        contexts[pk] = PatientContext(
            zone_name=zone_name,
            quiet_start=quiet_start,
            quiet_end=quiet_end,
            is_enrolled=is_active and enrolled is not None
            and (discharged is None or discharged > now),
            has_consent=agreed,
            paused_until=paused_until,
            is_in_session=is_in_session(sessions.get(pk, ()), at=now),
            logged=entries,
            last_active_at=_last_activity((enrolled, last_active_at, *entries.values())),
            language=spoken_language(tag),
        )  # fmt: skip
    return contexts


def _last_activity(activities: Iterable[datetime | None]) -> datetime | None:
    """Return when the patient was last active; enrolling counts as the first activity."""
    return max(filter(None, activities), default=None)


def _newest_entries(patients: IdArray, now: datetime) -> dict[UUID, dict[str, datetime]]:
    """Return the newest instant of each kind of entry, by patient, as far back as any rule looks.

    What counts is when it happened or when it was recorded, whichever is later: a craving of 8:00
    that is recorded at 8:40 answers the reminder of 8:30.
    """
    newest: dict[UUID, dict[str, datetime]] = {}
    bounds = {"since": now - LOOK_BACK, "until": now + _CLOCK_SKEW}
    for pk, kind, *instants in (
        *_RECORDED_IN_TIME.all(
            patients=patients, early=bounds["since"] - RECORDED_WITHIN, until=bounds["until"]
        ),
        *_RECORDED_LATE.all(patients=patients, **bounds),
    ):
        of_patient = newest.setdefault(pk, {})
        latest = max((at for at in instants if at is not None), default=None)
        if latest is not None and latest > of_patient.get(kind, bounds["since"]):
            of_patient[kind] = latest
    return newest


def _newest_by_kind(entries: "QuerySet[Entry]", until: datetime) -> "QuerySet[Any, Any]":
    rows: QuerySet[Any, Any] = (
        entries.annotate(written_at=written_at())
        .values("patient_id", "kind")
        .annotate(
            happened=Max("timeline_at", filter=Q(timeline_at__lte=until)),
            written=Max("written_at", filter=Q(written_at__lte=until)),
        )
        .order_by("patient_id", "kind")
        .values_list("patient_id", "kind", "happened", "written")
    )
    return rows


def written_at() -> Case:
    """Return when an entry was recorded: by the phone's clock, or ours where that is suspect."""
    return Case(When(clock_suspect=True, then=F("received_at")), default=F("recorded_at"))


def load_reminder_contexts(
    *, leased: Sequence[Leased], now: datetime
) -> dict[UUID, ReminderContext]:
    """Load the context of the reminders of these occurrences as of ``now``, by occurrence."""
    rows = load_series_rows({item.reminder for item in leased}, now)
    originals = load_originals(leased)
    still_planned = _sessions_still_planned(leased, now)
    session_ends = _last_session_ends(leased, now)
    return {
        item.id: reminder_context(
            item, row, original=originals.get(item.id),
            session_stands=None if item.session is None else item.id in still_planned,
            last_session_at=session_ends.get(item.patient)
        )
        for item in leased
        if (row := rows.get(item.reminder)) is not None
    }  # fmt: skip


def load_series_rows(reminders: Collection[int], now: datetime) -> dict[int, dict[str, Any]]:
    """Load these series, each with the reason of its newest settled occurrence and its misses."""
    rows = _SERIES.all(reminders=IdArray(reminders), now=now)
    return {row[0]: dict(zip(_SERIES_COLUMNS, row, strict=True)) for row in rows}


def _sent_of_series(now: datetime) -> "QuerySet[Any, Any]":
    """Select what was sent of a series and is over, newest first, and whether it was missed.

    What wasn't delivered is no miss. Any entry is an answer, whatever its origin, that happened
    within its window or was written down in it.
    """
    entries = Entry.objects.filter(patient_id=OuterRef("patient_id"), deleted_at__isnull=True)
    within = entries.annotate(written_at=written_at()).filter(
        Q(timeline_at__gte=OuterRef("due_at"), timeline_at__lte=OuterRef("not_after"))
        | Q(written_at__gte=OuterRef("due_at"), written_at__lte=OuterRef("not_after"))
    )
    timely = within.filter(
        is_countable=True,
        timeline_at__gte=OuterRef("due_at") - Value(RECORDED_WITHIN, DurationField()),
        timeline_at__lte=OuterRef("not_after"),
    )
    recalled = within.filter(is_countable=False, received_at__gte=OuterRef("due_at"))
    return (
        Occurrence.objects.filter(
            reminder=OuterRef("pk"), slot__lt=next_due.NUDGE_SLOT, state=State.SENT,
            not_after__lte=now,
            due_at__gt=Coalesce(OuterRef("misses_counted_from"), Value(_LONG_AGO))
        )
        .annotate(is_missed=Case(
            When(Q(answered_at__isnull=True) & ~Exists(timely) & ~Exists(recalled), then=Value(1)),
            default=Value(0)
        ))
        .order_by("-local_day", "-slot")
    )  # fmt: skip


def load_originals(leased: Sequence[Leased]) -> dict[UUID, OriginalReminder]:
    """Load the originals that the nudges among these repeat, by nudge."""
    repeated = {
        item.id: next_due.occurrence_of_tag(item.tag)
        for item in leased
        if item.slot >= next_due.NUDGE_SLOT
    }
    if not repeated:
        return {}
    rows = {
        pk: OriginalReminder(
            due_at,
            state in _SHOWN_STATES or reason in SHOWN_ELSEWHERE_REASONS,
            answered_at is not None,
        )
        for pk, due_at, state, reason, answered_at in Occurrence.objects.filter(
            pk__among=set(repeated.values())
        ).values_list("pk", "due_at", "state", "reason", "answered_at")
    }
    return {nudge: rows[original] for nudge, original in repeated.items() if original in rows}


def _sessions_still_planned(leased: Sequence[Leased], now: datetime) -> set[UUID]:
    """Return which of these announce a session that is still planned as announced."""
    announcing = [item for item in leased if item.session is not None]
    patient_sessions = sessions_of_patients(
        patients={item.patient for item in announcing}, since=now, until=now + ANNOUNCED_WITHIN
    )
    planned = {
        patient: planned_sessions(sessions, at=now)
        for patient, sessions in patient_sessions.items()
    }
    return {
        item.id
        for item in announcing
        if (item.session, item.local_day) in planned.get(item.patient, ())
    }


def _last_session_ends(leased: Sequence[Leased], now: datetime) -> dict[UUID, datetime | None]:
    """Return when the last session ended, by patient, for prompts before a session."""
    patients = {item.patient for item in leased if item.purpose == Purpose.PRE_SESSION}
    patient_sessions = sessions_of_patients(patients=patients, since=now - LOOK_BACK, until=now)
    return {
        patient: last_session_end(sessions, since=now - LOOK_BACK, at=now)
        for patient, sessions in patient_sessions.items()
    }


def _patients(*, patients: Collection[UUID], now: datetime) -> "QuerySet[Any, Any]":
    has_consent = Exists(
        Consent.objects.filter(consent_covers_reminders(now), patient_id=OuterRef("pk"))
    )
    return Patient.objects.filter(pk__among=patients).values_list(
        "pk", "user__time_zone", "user__language", "quiet_start", "quiet_end",
        "user__is_active", "enrolled_at", "discharged_at", has_consent,
    )  # fmt: skip


def _recipients(*, patients: Collection[UUID]) -> "QuerySet[Any, Any]":
    return Recipient.objects.filter(pk__among=patients).values_list(
        "pk", "paused_until", "last_active_at"
    )


def _recorded_in_time(
    *, patients: Collection[UUID], early: datetime, until: datetime
) -> "QuerySet[Any, Any]":
    """Select entries recorded soon after they happened: one index serves both instants."""
    live = Entry.objects.filter(
        patient_id__among=patients,
        deleted_at__isnull=True,
        is_countable=True,
        timeline_at__gt=early,
    )
    return _newest_by_kind(live, until)


def _recorded_late(
    *, patients: Collection[UUID], since: datetime, until: datetime
) -> "QuerySet[Any, Any]":
    """Select the few entries about something long past; they have an index of their own."""
    live = Entry.objects.filter(
        patient_id__among=patients,
        deleted_at__isnull=True,
        is_countable=False,
        received_at__gt=since,
    )
    return _newest_by_kind(live, until)


def _series_rows(*, reminders: Collection[int], now: datetime) -> "QuerySet[Any, Any]":
    missed = _sent_of_series(now).values("is_missed")
    closed = Occurrence.objects.filter(
        reminder=OuterRef("pk"), slot__lt=next_due.NUDGE_SLOT, next_attempt_at__isnull=True
    ).order_by("-local_day", "-slot")
    series = Reminder.objects.filter(pk__among=reminders).annotate(
        was=Subquery(closed.values("reason")[:1]),
        **{name: Subquery(missed[index : index + 1]) for index, name in enumerate(MISSED_COLUMNS)},
    )
    return series.values_list(*_SERIES_COLUMNS)


_ID, _INSTANT = Patient._meta.pk, Entry._meta.get_field("occurred_at")
_PATIENTS = CompiledQuery(_patients, patients=_ID, now=_INSTANT)
_RECIPIENTS = CompiledQuery(_recipients, patients=_ID)
_RECORDED_IN_TIME = CompiledQuery(_recorded_in_time, patients=_ID, early=_INSTANT, until=_INSTANT)
_RECORDED_LATE = CompiledQuery(_recorded_late, patients=_ID, since=_INSTANT, until=_INSTANT)
_SERIES = CompiledQuery(
    _series_rows, reminders=Reminder._meta.pk, now=Reminder._meta.get_field("next_due_at")
)
