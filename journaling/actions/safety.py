"""What follows at once from answers about safety; it never stands in the way of a save."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from care.access import Chart
from journaling.entries import Recorded
from journaling.kinds import KINDS
from journaling.queries.opioids import Use, break_days
from journaling.safety import rules, support, wording
from journaling.safety.rules import Finding
from journaling.safety.support import Support, most_serious

log = logging.getLogger(__name__)

Signals = Mapping[str, Any]


def respond(*, chart: Chart, entries: Sequence[Recorded], now: datetime) -> Support | None:
    """Answer the entries that were just stored or sent again with what helps now, or nothing.

    Call it after the save was committed. It raises nothing: where anything fails, the patient still
    gets the crisis lines. Entries without any answer that a rule looks at cost no statement. The
    same entry again is answered alike.
    """
    said = [(entry, KINDS[entry.kind].signals(entry.values)) for entry in entries]
    serious = [(entry, found) for entry, found in said if not rules.is_harmless(found)]
    if not serious:
        return None
    try:
        return _respond(chart, serious, now)
    except Exception:
        log.exception("safety answer failed", extra={"event": "safety_failed", "code": "respond"})
        return _bare(found for _, found in serious)


def _respond(
    chart: Chart, said: Sequence[tuple[Recorded, Signals]], now: datetime
) -> Support | None:
    uses = [
        Use(entry.id, entry.occurred_at, entry.local_date)
        for entry, found in said
        if rules.names_opioid(found)
    ]
    breaks = break_days(patient_id=chart.patient_id, uses=uses)
    judged = [
        rules.judge(rules.with_use(found, break_days=breaks.get(entry.id)), tightened={})
        for entry, found in said
    ]
    findings = [finding for finding in judged if finding is not None]
    return _block(findings) if findings else None


def _bare(said: Iterable[Signals]) -> Support | None:
    """Judge by the shipped rules alone, taking unknown breaks for long ones."""
    judged = [
        rules.judge(
            rules.with_use(
                found,
                break_days=rules.OPIOID_BREAK_DAYS if rules.names_opioid(found) else None,
            ),
            tightened={},
        )
        for found in said
    ]
    findings = [finding for finding in judged if finding is not None]
    return _block(findings) if findings else None


def _block(findings: Sequence[Finding]) -> Support:
    return support.support(
        finding=most_serious(findings),
        plan=None,
        own_resources=(),
        not_monitored=wording.NEXT_SESSION,
        staff_notified=False,
    )
