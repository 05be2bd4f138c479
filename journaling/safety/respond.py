"""Respond at once to answers about safety, whether the entry was stored or refused.

A fault here never keeps an entry from being saved.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q

from backend.kit.languages import ENGLISH
from backend.kit.strict_json import Json
from care.access.chart import Chart
from care.models.oncall import CrisisLine
from care.oncall.safety_settings import SafetySettings, settings_of_patient
from journaling.entries.entry import EntryValue, entry_content
from journaling.entries.kinds.craving import USED_OUTCOMES
from journaling.entries.kinds.registry import KINDS
from journaling.entries.read import NoSuchEntry, entry_of
from journaling.models import Entry
from journaling.safety.events import NewSign, record_signs
from journaling.safety.messages import StaffNotice
from journaling.safety.read_events import staff_notice_of
from journaling.safety.refused_answers import answers_of_refused, safety_signals_in
from journaling.safety.rules import (
    OPIOID_BREAK_DAYS,
    Finding,
    SafetyAnswers,
    Signals,
    add_use_signals,
    answers_of_entry,
    evaluate,
    has_no_signal,
    mentions_opioid,
)
from journaling.safety.safety_plan import PlanContent, newest_plan_of
from journaling.safety.support import Support, build_support, merge_findings

log = logging.getLogger(__name__)
_USE_COLUMNS = (
    "id",
    "kind",
    "occurred_at",
    "local_date",
    "substance",
    "target",
    "outcome",
    "urges",
)


@dataclass(frozen=True, slots=True)
class OpioidUse:
    """One entry that reports opioid use: which, when, and on which local day."""

    id: UUID
    at: datetime
    day: date


@dataclass(slots=True)
class _Gathered:
    """What was found out so far: where a later part fails, the earlier ones still help."""

    findings: list[Finding]
    notice: StaffNotice = StaffNotice.NEXT_SESSION
    plan: PlanContent | None = None
    resources: tuple[CrisisLine, ...] = ()


def safety_response_for(
    *, chart: Chart, entries: Sequence[EntryValue], now: datetime, refused: Sequence[Json] = ()
) -> Support | None:
    """Answer the entries that were just stored or sent again with what helps now, or nothing.

    Call it after the save was committed, with what was stored, through the patient's own chart. It
    raises nothing: where anything fails, the patient still gets the crisis lines, and the sweep
    (``journaling.safety.sweep``) finds the event. Entries without any answer that a rule looks at
    cost no statement. The same entries again are answered alike and make no second event.

    ``refused`` are bodies that came along and could not be taken: see
    ``safety_response_for_refused``.
    """
    answered = [answers_of_entry(entry) for entry in entries]
    answered += [
        one
        for body in refused
        if (one := _answers_of_refused_body(chart, body, None, now)) is not None
    ]
    return _response_to(chart, answered, now, chart.language)


def safety_response_for_refused(
    *,
    chart: Chart | None,
    sent: Sequence[Json],
    now: datetime,
    entry_id: UUID | None = None,
    language: str = ENGLISH,
) -> Support | None:
    """Answer what a patient sent and could not be saved: its answers were read, so help comes.

    What can be read of each body is judged as if it had been stored, and staff are called by the
    same rules; nothing of it is kept but the codes and answers of the rules that fired. Sent again,
    nothing happens twice. ``entry_id`` is that of an entry that the bodies would have changed.
    Without a chart, since nobody could be asked whose it is, no event is made. It is said in this
    language. It raises nothing.
    """
    answered = [
        one
        for body in sent
        if (one := _answers_of_refused_body(chart, body, entry_id, now)) is not None
    ]
    return _response_to(chart, answered, now, language)


def evaluate_entries(
    *, patient_id: UUID, said: Sequence[tuple[OpioidUse, Signals]], setting: SafetySettings
) -> list[Finding | None]:
    """Judge entries by the clinic's rules, each with the break before it if it reports opioids."""
    uses = [use for use, signals in said if mentions_opioid(signals)]
    breaks = days_since_last_opioid(patient_id=patient_id, uses=uses)
    return [
        evaluate(
            add_use_signals(signals, break_days=breaks.get(use.id)), tightened=setting.tightened
        )
        for use, signals in said
    ]


def days_since_last_opioid(*, patient_id: UUID, uses: Sequence[OpioidUse]) -> dict[UUID, int]:
    """Count for each opioid use the days since the one before it, in one statement.

    From ``OPIOID_BREAK_DAYS`` on, or where none is known, it is that number: an unknown tolerance
    is taken for a lower one.
    """
    if not uses:
        return {}
    first = min(use.day for use in uses) - timedelta(days=OPIOID_BREAK_DAYS - 1)
    known = _known_uses(patient_id, first, max(use.day for use in uses))
    return {use.id: _days_since_last(use, known) for use in uses}


def sign_of_finding(
    answered: SafetyAnswers, finding: Finding, *, refused: bytes | None = None
) -> NewSign:
    """Make the sign of what was found; ``refused`` is the digest of what was not stored."""
    return NewSign(
        answered.entry_id,
        answered.entry_rev,
        answered.share,
        finding,
        answered.kind,
        answered.occurred_at,
        refused,
    )


def _answers_of_refused_body(
    chart: Chart | None, body: Json, entry_id: UUID | None, now: datetime
) -> SafetyAnswers | None:
    """Read one body; a change is read together with what it would have changed.

    What the entry said before was answered then, so a change that says no more calls for nothing.
    """
    starts_hour = chart.day_starts_hour if chart is not None else 0
    if entry_id is None:
        return answers_of_refused(body, now=now, starts_hour=starts_hour)
    sent = body if isinstance(body, dict) else {}
    before: Mapping[str, Json] = {}
    try:
        stored = entry_of(chart=chart, entry_id=entry_id) if chart is not None else None
        before = entry_content(stored) if stored is not None else {}
    except NoSuchEntry:
        pass
    except Exception:
        log.exception("safety answer failed", extra={"event": "safety_failed", "code": "refused"})
    merged = answers_of_refused(
        {**before, **sent}, now=now, starts_hour=starts_hour, entry_id=entry_id
    )
    is_news = safety_signals_in(sent) or (
        merged is not None and merged.signals != safety_signals_in(before)
    )
    return merged if is_news else None


def _response_to(
    chart: Chart | None, answered: Sequence[SafetyAnswers], now: datetime, language: str
) -> Support | None:
    answered = [one for one in answered if not has_no_signal(one.signals)]
    if not answered:
        return None
    gathered = _Gathered(_evaluate_by_shipped_rules(one.signals for one in answered))
    if not all(one.is_stored for one in answered):
        gathered.notice = StaffNotice.NOT_SAVED
    try:
        if chart is not None:
            _gather(gathered, chart, answered, now)
    except Exception:
        log.exception("safety answer failed", extra={"event": "safety_failed", "code": "respond"})
    if not gathered.findings:
        return None
    return build_support(
        finding=merge_findings(gathered.findings),
        plan=gathered.plan,
        own_resources=gathered.resources,
        not_monitored=gathered.notice.words,
        staff_notified=gathered.notice.is_notified,
        language=language,
    )


def _gather(
    gathered: _Gathered, chart: Chart, answered: Sequence[SafetyAnswers], now: datetime
) -> None:
    setting = settings_of_patient(patient_id=chart.patient_id)
    gathered.resources = setting.resources
    findings = evaluate_entries(
        patient_id=chart.patient_id,
        said=[(OpioidUse(one.key, one.at, one.day), one.signals) for one in answered],
        setting=setting,
    )
    signs = [
        sign_of_finding(
            one, finding, refused=chart.cipher.digest(one.content) if one.content else None
        )
        for one, finding in zip(answered, findings, strict=True)
        if finding is not None
    ]
    gathered.findings = [sign.finding for sign in signs]
    if all(sign.share == "private" for sign in signs):
        gathered.notice = StaffNotice.PRIVATE
    events = record_signs(
        patient_id=chart.patient_id, signs=signs, setting=setting, chart=chart, now=now
    )
    if events:
        gathered.notice = staff_notice_of(event_ids=events)
    newest = newest_plan_of(chart=chart)
    gathered.plan = newest.plan if newest is not None else None


def _evaluate_by_shipped_rules(signals_of_entries: Iterable[Signals]) -> list[Finding]:
    """Judge without the database: a break that nobody can count is taken for a long one."""
    findings = [
        evaluate(
            add_use_signals(
                signals,
                break_days=OPIOID_BREAK_DAYS if mentions_opioid(signals) else None,
            ),
            tightened={},
        )
        for signals in signals_of_entries
    ]
    return [finding for finding in findings if finding is not None]


def _days_since_last(use: OpioidUse, known: Sequence[OpioidUse]) -> int:
    days = [
        (use.day - other.day).days
        for other in known
        if other.id != use.id and (other.day, other.at) < (use.day, use.at)
    ]
    return min([*days, OPIOID_BREAK_DAYS])


def _known_uses(patient_id: UUID, since: date, until: date) -> list[OpioidUse]:
    rows = Entry.objects.filter(
        Q(kind="use")
        | Q(kind="craving", outcome__in=USED_OUTCOMES)
        | Q(kind="daily", urges__isnull=False),
        patient_id=patient_id,
        deleted_at__isnull=True,
        local_date__range=(since, until),
    ).values(*_USE_COLUMNS)
    return [
        OpioidUse(row["id"], row["occurred_at"], row["local_date"])
        for row in rows
        if mentions_opioid(KINDS[row["kind"]].from_values(row).safety_signals())
    ]
