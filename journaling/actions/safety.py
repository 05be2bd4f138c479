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
from journaling.kinds import KINDS
from journaling.queries.opioids import Use, break_days
from journaling.queries.safety_events import notice_of
from journaling.queries.safety_plans import plan_of
from journaling.safety import rules
from journaling.safety.notice import Notice
from journaling.safety.plan import Plan
from journaling.safety.rules import Finding
from journaling.safety.support import Support, most_serious, support

log = logging.getLogger(__name__)

Signals = Mapping[str, Any]
Said = Sequence[tuple[Recorded, Signals]]


@dataclass(slots=True)
class _Known:
    """What was found out so far: where a later part fails, the earlier ones still help."""

    findings: list[Finding]
    notice: Notice = Notice.NEXT_SESSION
    plan: Plan | None = None
    resources: tuple[Mapping[str, Any], ...] = ()


def respond(*, chart: Chart, entries: Sequence[Recorded], now: datetime) -> Support | None:
    """Answer the entries that were just stored or sent again with what helps now, or nothing.

    Call it after the save was committed, with what was stored, through the patient's own chart. It
    raises nothing: where anything fails, the patient still gets the crisis lines, and the sweep
    (``safety_sweep``) finds the event. Entries without any answer that a rule looks at cost no
    statement. The same entries again are answered alike and make no second event.
    """
    said = [(entry, KINDS[entry.kind].signals(entry.values)) for entry in entries]
    said = [(entry, found) for entry, found in said if not rules.is_harmless(found)]
    if not said:
        return None
    known = _Known(_judged_by_shipped_rules(found for _, found in said))
    try:
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


def _find_out(known: _Known, chart: Chart, said: Said, now: datetime) -> None:
    setting = setting_for(patient_id=chart.patient_id)
    known.resources = setting.resources
    judged = findings_of(
        patient_id=chart.patient_id,
        said=[(Use(one.id, one.occurred_at, one.local_date), found) for one, found in said],
        setting=setting,
    )
    signs = [
        Sign(entry.id, entry.rev, entry.share, finding)
        for (entry, _), finding in zip(said, judged, strict=True)
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
