"""What follows at once from answers about safety; it never stands in the way of a save."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from care.access import Chart
from care.queries.staffing import SafetySetting, setting_for
from journaling.actions.safety_events import Sign, record_signs
from journaling.entries import Recorded
from journaling.queries.entries import NoSuchEntry, entry_of
from journaling.queries.opioids import Use, break_days
from journaling.queries.safety_events import notice_of
from journaling.queries.safety_plans import plan_of
from journaling.revisions import content_of
from journaling.safety import answers, rules
from journaling.safety.answers import Answered
from journaling.safety.notice import Notice
from journaling.safety.plan import Plan
from journaling.safety.rules import Finding
from journaling.safety.support import Support, most_serious, support

log = logging.getLogger(__name__)

Signals = Mapping[str, Any]


@dataclass(slots=True)
class _Known:
    """What was found out so far: where a later part fails, the earlier ones still help."""

    findings: list[Finding]
    notice: Notice = Notice.NEXT_SESSION
    plan: Plan | None = None
    resources: tuple[Mapping[str, Any], ...] = ()


def respond(
    *, chart: Chart, entries: Sequence[Recorded], now: datetime, refused: Sequence[Any] = ()
) -> Support | None:
    """Answer the entries that were just stored or sent again with what helps now, or nothing.

    Call it after the save was committed, with what was stored, through the patient's own chart. It
    raises nothing: where anything fails, the patient still gets the crisis lines, and the sweep
    (``safety_sweep``) finds the event. Entries without any answer that a rule looks at cost no
    statement. The same entries again are answered alike and make no second event.

    ``refused`` are bodies that came along and could not be taken: see ``respond_to_refused``.
    """
    said = [answers.of_entry(entry) for entry in entries]
    said += [one for body in refused if (one := _of_refused(chart, body, None, now)) is not None]
    return _answer(chart, said, now)


def respond_to_refused(
    *, chart: Chart | None, sent: Sequence[Any], now: datetime, entry_id: UUID | None = None
) -> Support | None:
    """Answer what a patient sent and could not be saved: its answers were read, so help comes.

    What can be read of each body is judged as if it had been stored, and staff are called by the
    same rules; nothing of it is kept but the codes and answers of the rules that fired. Sent again,
    nothing happens twice. ``entry_id`` is that of an entry that the bodies would have changed.
    Without a chart, since nobody could be asked whose it is, no event is made. It raises nothing.
    """
    said = [one for body in sent if (one := _of_refused(chart, body, entry_id, now)) is not None]
    return _answer(chart, said, now)


def findings_of(
    *, patient_id: UUID, said: Sequence[tuple[Use, Signals]], setting: SafetySetting
) -> list[Finding | None]:
    """Judge entries by the clinic's rules, each with the break before it if it tells of opioids."""
    uses = [use for use, found in said if rules.names_opioid(found)]
    breaks = break_days(patient_id=patient_id, uses=uses)
    return [
        rules.judge(
            rules.with_use(found, break_days=breaks.get(use.id)), tightened=setting.tightened
        )
        for use, found in said
    ]


def sign_of(one: Answered, finding: Finding, *, refused: bytes | None = None) -> Sign:
    """Make the sign of what was found; ``refused`` is the digest of what was not stored."""
    return Sign(one.entry_id, one.entry_rev, one.share, finding, one.kind, one.occurred_at, refused)


def _of_refused(
    chart: Chart | None, body: Any, entry_id: UUID | None, now: datetime
) -> Answered | None:
    """Read one body; a change is read together with what it would have changed.

    What the entry said before was answered then, so a change that says no more calls for nothing.
    """
    starts_hour = chart.day_starts_hour if chart is not None else 0
    if entry_id is None:
        return answers.of_refused(body, now=now, starts_hour=starts_hour)
    whole = dict(body) if isinstance(body, dict) else {}
    before: Mapping[str, Any] = {}
    try:
        stored = entry_of(chart=chart, entry_id=entry_id) if chart is not None else None
        before = content_of(stored) if stored is not None else {}
    except NoSuchEntry:
        pass
    except Exception:
        log.exception("safety answer failed", extra={"event": "safety_failed", "code": "refused"})
    merged = answers.of_refused(
        {**before, **whole}, now=now, starts_hour=starts_hour, entry_id=entry_id
    )
    is_news = answers.signals_in(whole) or (
        merged is not None and merged.signals != answers.signals_in(before)
    )
    return merged if is_news else None


def _answer(chart: Chart | None, said: Sequence[Answered], now: datetime) -> Support | None:
    said = [one for one in said if not rules.is_harmless(one.signals)]
    if not said:
        return None
    known = _Known(_judged_by_shipped_rules(one.signals for one in said))
    if not all(one.is_stored for one in said):
        known.notice = Notice.NOT_SAVED
    try:
        if chart is not None:
            _find_out(known, chart, said, now)
    except Exception:
        log.exception("safety answer failed", extra={"event": "safety_failed", "code": "respond"})
    if not known.findings:
        return None
    return support(
        finding=most_serious(known.findings),
        plan=known.plan,
        own_resources=known.resources,
        not_monitored=known.notice.words,
        staff_notified=known.notice.is_notified,
    )


def _find_out(known: _Known, chart: Chart, said: Sequence[Answered], now: datetime) -> None:
    setting = setting_for(patient_id=chart.patient_id)
    known.resources = setting.resources
    judged = findings_of(
        patient_id=chart.patient_id,
        said=[(Use(one.key, one.at, one.day), one.signals) for one in said],
        setting=setting,
    )
    signs = [
        sign_of(one, finding, refused=chart.cipher.digest(one.content) if one.content else None)
        for one, finding in zip(said, judged, strict=True)
        if finding is not None
    ]
    known.findings = [sign.finding for sign in signs]
    if all(sign.share == "private" for sign in signs):
        known.notice = Notice.PRIVATE
    events = record_signs(
        patient_id=chart.patient_id, signs=signs, setting=setting, chart=chart, now=now
    )
    if events:
        known.notice = notice_of(event_ids=events)
    newest = plan_of(chart=chart)
    known.plan = newest.plan if newest is not None else None


def _judged_by_shipped_rules(said: Iterable[Signals]) -> list[Finding]:
    """Judge without the database: a break that nobody can count is taken for a long one."""
    found = [
        rules.judge(
            rules.with_use(
                signals,
                break_days=rules.OPIOID_BREAK_DAYS if rules.names_opioid(signals) else None,
            ),
            tightened={},
        )
        for signals in said
    ]
    return [finding for finding in found if finding is not None]
