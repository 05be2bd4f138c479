"""What the server has in the end, held against what each phone was told it had."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from care.access.chart import Chart
from journaling.entries.entry import EntryValue, open_revision
from journaling.models import Entry, EntryRevision
from journaling.sync.exchange import changes_after
from tests.proofs.chaos.sync.phone import Phone

FAULTS = ("lost", "doubled", "wrong", "skipped", "stuck")
#: Each revision's words, by number; None is a deletion.
Versions = dict[str, dict[int, str | None]]


@dataclass(slots=True)
class Verdict:
    """How often each thing went wrong, and of how many acknowledged operations."""

    acknowledged: int = 0
    entries: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def count(self, fault: str, what: object) -> None:
        """Count one fault; the first few are told."""
        self.faults[fault] += 1
        if len(self.examples) < 5:
            self.examples.append(f"{fault}: {what}")


def judge(verdict: Verdict, *, chart: Chart, phones: Iterable[Phone]) -> None:
    """Hold one patient's journal against their phones.

    - lost: what was acknowledged is not there;
    - wrong: it says something else, or something that no phone ever said;
    - doubled: one change made two revisions, or a day has two diary cards;
    - skipped: a phone that has read everything does not show what is there;
    - stuck: a phone could not get rid of what it had to tell.
    """
    phones, versions = list(phones), versions_of(chart)
    verdict.entries += len(versions)
    told: dict[str, set[str | None]] = {}
    for phone in phones:
        for name, marks in phone.told.items():
            told.setdefault(name, set()).update(marks)
        _acknowledged(verdict, versions, phone)
        _shown(verdict, versions, phone)
    for name, revisions in versions.items():
        _said(verdict, name, revisions, told.get(name, set()))
    days = Entry.objects.filter(patient_id=chart.patient_id, kind="daily", deleted_at=None)
    for day, times in Counter(days.values_list("date", flat=True)).items():
        if times > 1:
            verdict.count("doubled", f"cards of {day}")


def versions_of(chart: Chart) -> Versions:
    """Read every revision of every entry."""
    found: Versions = {}
    names = {}
    for row, name in Entry.objects.filter(patient_id=chart.patient_id).values_list("row", "id"):
        names[row] = name
        found[str(name)] = {}
    kept = EntryRevision.objects.filter(entry_id__in=list(names))
    for row, rev, before in kept.values_list("entry_id", "rev", "before"):
        said = open_revision(bytes(before), entry_id=names[row], rev=rev, cipher=chart.cipher)
        found[str(names[row])][rev - 1] = str(said["note"]) if "note" in said else None
    for now in changes_after(chart=chart, seq=0, before=None, limit=10**6):
        mark = now.values.note if isinstance(now, EntryValue) else None
        found[str(now.id)][now.rev] = mark
    return found


def _said(
    verdict: Verdict, name: str, revisions: dict[int, str | None], told: set[str | None]
) -> None:
    for rev, mark in revisions.items():
        if mark not in told:
            verdict.count("wrong", f"nobody said revision {rev} of {name}")
        if rev > 1 and revisions.get(rev - 1, ...) == mark:
            verdict.count("doubled", f"revision {rev} of {name}")


def _acknowledged(verdict: Verdict, versions: Versions, phone: Phone) -> None:
    verdict.acknowledged += len(phone.acknowledged)
    for known in phone.acknowledged:
        revisions = versions.get(known.id, {})
        if known.rev not in revisions:
            verdict.count("lost", known)
        elif revisions[known.rev] != known.mark:
            verdict.count("wrong", known)


def _shown(verdict: Verdict, versions: Versions, phone: Phone) -> None:
    if phone.is_waiting or phone.invalid:
        verdict.count("stuck", phone.name)
        return
    there = {name: (max(revs), revs[max(revs)]) for name, revs in versions.items()}
    for name, (rev, mark) in there.items():
        page = phone.pages.get(name)
        if page is None or (page.rev, page.mark) != (rev, mark):
            verdict.count("skipped", f"{phone.name} shows {page} for revision {rev} of {name}")
    for name in phone.pages.keys() - there.keys():
        verdict.count("lost", f"{name}, which {phone.name} shows")
