"""The demo clinic holds what its stories promise, and nothing that the rooms would refuse."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

from backend.demo.discharged import DISCHARGED
from backend.demo.people import PATIENTS
from backend.demo.programme import ZONE, assigned_skills_of
from backend.kit.timezones import local_day, start_of_day
from care.access.data_categories import DataCategory
from care.access.open import open_chart, open_own_chart
from care.models import (
    Consent,
    Episode,
    User,
)
from care.programme.targets import targets_of
from journaling.entries.entry import (
    ENTRY_COLUMNS,
    entries_of_kind,
    entry_content,
    entry_from_row,
)
from journaling.entries.kinds.craving import Craving
from journaling.entries.kinds.measure import Measure
from journaling.entries.kinds.short_kinds import Use
from journaling.entries.record import PatientVocabulary
from journaling.entries.validate import validate_entry
from journaling.models import Assignment, Entry, Journal, TaughtSkill
from journaling.skills import catalogue
from journaling.skills.agreed_plans import plans_with_use
from journaling.skills.read import assignments_of
from notifications.models.reminder import Reminder
from tests.house.demo_snapshot import NOW, entries_of


def _sentences() -> Iterator[str]:
    """Yield every sentence that a made-up patient says."""
    for who in PATIENTS:
        yield from (said.text for said in who.said)
        yield from (*who.craving.thoughts, *who.practice.situations)
        yield from (one.note for one in who.homework)
        yield from (text for plan in who.plans for text in (plan.situation, plan.words))
        yield from who.targets
        yield from (text for use in who.uses for text in (use.before, use.after_effect))


def test_it_has_the_promised_people_and_eight_weeks_of_all_kinds(loaded: int) -> None:
    roles = Counter(User.objects.values_list("role", flat=True))
    kinds = Counter(Entry.objects.values_list("kind", flat=True))
    treated = Entry.objects.filter(patient__discharged_at__isnull=True)
    days = set(treated.values_list("local_date", flat=True))

    assert roles == {"patient": 19 + len(DISCHARGED), "clinician": 3, "admin": 1}
    assert loaded == sum(kinds.values()) == Entry.objects.count() > 1_000
    assert set(kinds) == {
        "craving", "mood", "skill_practice", "use", "note", "daily", "measure", "dose", "reading",
        "meeting",
    }  # fmt: skip
    assert max(days) == date(2026, 11, 22)
    assert min(days) == date(2026, 9, 29)
    assert Reminder.objects.values("patient").distinct().count() == 19
    assert not Reminder.objects.filter(next_due_at__lt=NOW).exists()


def test_each_character_is_as_told(loaded: int) -> None:
    found = {user.username: user for user in User.objects.filter(role="patient")}
    journals = {name: entries_of(user, NOW) for name, user in found.items()}
    sizes = Counter({name: len(entries) for name, entries in journals.items()})
    maya = User.objects.select_related("patient").get(username="maya").patient

    assert maya.quiet_start == maya.quiet_end
    assert sizes.most_common(1)[0][0] == "leo"
    assert min(entry.local_date for entry in journals["keiko"]) >= date(2026, 11, 19)
    assert max(entry.local_date for entry in journals["tom"]) < date(2026, 10, 25)
    assert not any(entry.is_countable for entry in journals["samir"])
    assert sum(entry.share != "care_team" for entry in journals["amara"]) > sizes["amara"] / 2
    assert any(entry.clock_suspect for entry in journals["victor"])
    assert {entry.time_zone for entry in journals["ines"]} == {
        "America/Indiana/Indianapolis", "America/Los_Angeles",
    }  # fmt: skip
    assert Consent.objects.get(patient_id=found["dana"].pk).revoked_at is not None
    assert Consent.objects.filter(revoked_at__isnull=False).count() == 1
    levels = Episode.objects.filter(patient_id=found["ruth"].pk).order_by("admitted_on")
    assert [stay.level_of_care for stay in levels] == ["intensive_outpatient", "outpatient"]


def test_opioids_after_a_week_without_are_there_for_the_safety_rules(loaded: int) -> None:
    noah = User.objects.get(username="noah")
    uses = entries_of_kind(entries_of(noah, NOW), Use)
    told = [
        entry
        for entry in entries_of_kind(entries_of(noah, NOW), Craving)
        if entry.values.outcome in {"used", "used_less"}
    ]

    (use,) = uses

    assert use.values.substance == "oxycodone"
    assert use.local_date == date(2026, 11, 20)
    assert all(use.occurred_at - entry.occurred_at < timedelta(hours=1) for entry in told)
    assert use.occurred_at - noah.created_at > timedelta(days=7)


def test_every_entry_passes_the_journals_own_validation(loaded: int) -> None:
    for user in User.objects.filter(role="patient").select_related("patient"):
        chart = open_own_chart(viewer=user, what=DataCategory.ENTRIES, now=NOW)
        rows = Entry.objects.filter(patient_id=user.pk).order_by("seq")
        stored = list(rows.values_list(*ENTRY_COLUMNS, "digest"))
        vocabulary = PatientVocabulary(chart)

        for row in stored:
            entry = entry_from_row(row[:-1], chart.cipher)
            draft = validate_entry(
                entry_content(entry), now=entry.received_at, vocabulary=vocabulary
            )

            assert chart.cipher.digest(draft.content()) == bytes(row[-1])
            assert (draft.local_date, draft.recall) == (entry.local_date, entry.recall)
            assert draft.clock_suspect == entry.clock_suspect
            assert user.created_at <= entry.recorded_at < start_of_day(local_day(NOW, ZONE), ZONE)
        seqs = [row[ENTRY_COLUMNS.index("seq")] for row in stored]
        arrivals = [row[ENTRY_COLUMNS.index("received_at")] for row in stored]
        assert seqs == list(range(1, len(seqs) + 1))
        assert arrivals == sorted(arrivals)
        assert Journal.objects.get(patient_id=user.pk).last_seq == len(seqs)


def test_everybody_was_taught_what_they_practise_and_has_homework_to_show(loaded: int) -> None:
    for who in PATIENTS:
        user = User.objects.select_related("patient").get(username=who.username)
        taught = set(TaughtSkill.objects.filter(patient_id=user.pk).values_list("skill", flat=True))
        chart = open_own_chart(viewer=user, what=DataCategory.SKILLS, now=NOW)
        today = local_day(NOW, user.time_zone)
        found = assignments_of(chart=chart, skills=catalogue.shipped_skills(), today=today)

        # Who took their consent back is in nobody's hands.
        assert taught == (set() if who.consent_ended else set(who.practice.skills))
        assert {one.skill for one in found} == {one.skill for one in assigned_skills_of(who)}
        assert targets_of(chart=chart).names == who.targets
        for one in found:
            assert (today - one.since).days in {told.since for told in assigned_skills_of(who)}
            assert one.progress.practised_days <= one.progress.days
    assert Assignment.objects.count() == sum(
        len(assigned_skills_of(who)) for who in PATIENTS if not who.consent_ended
    )
    practised = Entry.objects.filter(kind="skill_practice", skill="ride-the-urge")
    assert practised.exists()


def test_maya_has_plans_and_uses_of_them_to_show(loaded: int) -> None:
    maya = User.objects.select_related("patient").get(username="maya")
    okafor = User.objects.get(username="dr_okafor")
    chart = open_chart(
        viewer=okafor, patient_id=maya.pk, what=DataCategory.SITUATION_PLANS, now=NOW
    )
    since = start_of_day(local_day(NOW, ZONE) - timedelta(days=7), ZONE)

    shown = plans_with_use(chart=chart, now=NOW)

    assert [(one.plan.situation, one.agreed_with) for one in shown] == [
        ("I walk home past the store", "Dr. Adaeze Okafor"),
        ("my mother calls", "Dr. Adaeze Okafor"), ("Sunday gets long", ""),
    ]  # fmt: skip
    assert [one.is_by_staff for one in shown] == [True, True, False]
    assert all(one.use.times >= 1 and one.use.answered for one in shown)
    lately = Entry.objects.filter(patient_id=maya.pk, occurred_at__gte=since)
    assert lately.filter(origin__startswith="plan:").exists()


def test_questionnaires_tell_change_and_the_dark_item_of_one_alone(loaded: int) -> None:
    dark, scores = set(), {}
    for user in User.objects.filter(role="patient").select_related("patient"):
        measures = [entry.values for entry in entries_of_kind(entries_of(user, NOW), Measure)]
        for measure in measures:
            if measure.answers.get("q9") and measure.instrument == "phq-9":
                dark.add(user.username)
        phq = [one.derived().score for one in measures if one.instrument == "phq-9"]
        scores[user.username] = [score for score in phq if score is not None]

    assert dark == {"noah"}
    assert scores["maya"][0] - scores["maya"][-1] >= 6
    assert all(len(found) <= 4 for found in scores.values())


def test_its_words_name_the_person_first() -> None:
    shaming = re.compile(r"\b(clean|dirty|addict\w*|relaps\w*|fail\w*|streak\w*|junkie)\b", re.I)

    assert [text for text in _sentences() if shaming.search(text)] == []
