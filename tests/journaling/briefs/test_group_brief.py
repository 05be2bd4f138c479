"""The group brief: one line a member, sums that agree with the rows, reasons elsewhere."""

from datetime import timedelta
from typing import Any

import pytest

from care.models import (
    AccessLogEntry,
    Attendance,
    CareTeamMembership,
    GroupMembership,
    Patient,
)
from care.people.enrol import revoke_treatment_consents
from journaling.briefs.group_member import AssignmentsDone, SkillCount
from journaling.models import Assignment, ClinicSkill, SafetyEvent
from journaling.skills import catalogue
from tests import cast as people
from tests.cast import Cast
from tests.journaling.briefs.brief_scenario import (
    NOW,
    SESSION_AT,
    at,
    everything,
    read,
    texts,
    wrote,
)
from tests.journaling.briefs.group_scenario import leads, members, of, planned


def test_a_members_line_counts_their_entries_days_and_practice(cast: Cast) -> None:
    ana, ben = members(cast, 2)
    session_id = planned(cast, ana, ben)
    wrote(ana, "craving", at(3, 21))
    wrote(ana, "mood", at(3, 22))
    wrote(ana, "skill_practice", at(2), skill="name-it", helped=True)
    wrote(ana, "skill_practice", at(2, 15), skill="name-it", helped=False)
    wrote(ana, "skill_practice", at(1), skill="slow-breathing", automatic=True, attempted=None,
          able=None)  # fmt: skip
    wrote(ana, "skill_practice", at(1), able=False)
    wrote(ana, "mood", at(6))
    wrote(ben, "mood", at(4, 8), later=timedelta(days=3))

    found = leads(cast, session_id)

    line = of(found, ana)
    assert (line.name, line.entries, line.days_logged, line.days) == ("Ana", 6, 3, 4)
    assert (line.practised_on, line.helped, line.answered) == (2, 1, 2)
    assert line.skill == "Put it into words"
    # From before the group met and written down after it: told, and on no day of theirs.
    assert (of(found, ben).entries, of(found, ben).days_logged) == (1, 0)


def test_a_members_days_are_over_when_their_next_begins(cast: Cast) -> None:
    (ana,) = members(cast, 1)
    session_id, two_in_the_night = planned(cast, ana), at(0, 2) - NOW

    found = []
    for hour in (0, 3):
        Patient.objects.filter(pk=ana.pk).update(day_starts_hour=hour)
        found.append(of(leads(cast, session_id, late=two_in_the_night), ana).days)

    assert found == [4, 3]


def test_what_was_recalled_late_is_an_entry_and_no_day(cast: Cast) -> None:
    (ana,) = members(cast, 1)
    session_id = planned(cast, ana)
    wrote(ana, "skill_practice", at(3), later=timedelta(hours=50), helped=True)

    line = of(leads(cast, session_id), ana)

    assert (line.entries, line.days_logged, line.practised_on, line.answered) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("daily", {"urges": {"suicide": {"peak": 2}}}, False),
        ("daily", {"urges": {"suicide": {"peak": 3}}}, True),
        ("daily", {"urges": {"self_harm": {"acted": True}}}, True),
        ("daily", {"urges": {"use": {"peak": 5}}}, False),
        ("pre_session", {"coming_in": {"die": 1}}, False),
        ("pre_session", {"coming_in": {"die": 3}}, True),
        ("pre_session", {"coming_in": {"use": 4}}, True),
        ("pre_session", {"coming_in": {"quit_treatment": 4}}, True),
        ("pre_session", {"coming_in": {"use": 3, "quit_treatment": 3}}, False),
        ("daily", {"safety_check": {"safe_now": False}}, True),
        ("use", {}, False),
    ],
)
def test_who_needs_a_word_beforehand_is_told_by_rule_and_not_why(
    cast: Cast, kind: str, fields: dict[str, Any], expected: bool
) -> None:
    ana, ben = members(cast, 2)
    session_id = planned(cast, ana, ben)
    wrote(ana, kind, at(1), **fields)

    found = leads(cast, session_id)

    assert [of(found, one).needs_one_to_one for one in (ana, ben)] == [expected, False]
    assert of(found, ana).may_be_raised == ()


def test_members_stand_in_the_order_of_need(cast: Cast) -> None:
    ana, ben, caro, dev, eli = members(cast, 5)
    session_id = planned(cast, ana, ben, caro, dev, eli)
    wrote(ana, "mood", at(1))
    wrote(caro, "note", at(1), discuss=True, note="the wedding")
    wrote(dev, "daily", at(1), urges={"suicide": {"peak": 4}})
    wrote(eli, "mood", at(2))

    names = [member.name for member in leads(cast, session_id).members]

    assert names == ["Dev", "Caro", "Ben", "Ana", "Eli"]


def test_what_may_be_raised_is_in_their_words_and_for_this_session(cast: Cast) -> None:
    (ana,) = members(cast, 1)
    session_id = planned(cast, ana)
    other = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=ana)
    wrote(ana, "mood", at(2))
    entry = wrote(ana, "note", at(1), discuss=True, note="the wedding on Saturday")
    wrote(ana, "pre_session", at(1, 14), discuss=True, agenda="not for the group",
          session=str(other.pk))  # fmt: skip
    own = wrote(ana, "pre_session", at(1, 15), discuss=True, agenda="my turn",
                session=str(session_id))  # fmt: skip

    raised = of(leads(cast, session_id), ana).may_be_raised

    assert [line.entries for line in raised] == [(entry.id,), (own.id,)]
    assert "“the wedding on Saturday”" in raised[0].text
    assert "“my turn”" in raised[1].text


def test_more_marks_than_fit_are_counted(cast: Cast) -> None:
    (ana,) = members(cast, 1)
    session_id = planned(cast, ana)
    for hour in range(8, 13):
        wrote(ana, "note", at(1, hour), discuss=True, note=f"thought {hour}")

    raised = of(leads(cast, session_id), ana).may_be_raised

    assert ["thought 11" in raised[0].text, "thought 12" in raised[1].text] == [True, True]
    assert (raised[2].text, len(raised[2].entries)) == ("And 3 more, earlier.", 3)


def test_the_top_names_what_was_practised_and_what_was_wanted_most(cast: Cast) -> None:
    ana, ben = members(cast, 2)
    session_id = planned(cast, ana, ben)
    assert leads(cast, session_id).top.most_practised is None
    for hour in (9, 10):
        wrote(ana, "skill_practice", at(1, hour), skill="slow-breathing")
    for user in (ana, ben):
        wrote(user, "skill_practice", at(2), skill="name-it")
        wrote(user, "skill_practice", at(2), skill="scan-and-soften", attempted=False, able=None,
              wanted_to=True)  # fmt: skip
    wrote(ben, "skill_practice", at(1), skill="notice-only", attempted=True, able=False,
          wanted_to=True)  # fmt: skip

    top = leads(cast, session_id).top

    # Of equals the one that more members named.
    assert top.most_practised == SkillCount("name-it", "Put it into words", 2, 2)
    assert top.most_wanted == SkillCount("scan-and-soften", "Scan and soften", 2, 2)


def test_the_window_begins_when_the_group_last_met(cast: Cast) -> None:
    (ana,) = members(cast, 1)
    session_id = planned(cast, ana, met_days_ago=None)
    assert leads(cast, session_id).since == NOW - timedelta(days=14)
    group = GroupMembership.objects.get().group
    for days_ago, status in ((9, "present"), (5, "no_show"), (3, None)):
        row = people.session(
            cast.dr_okafor, starts_at=at(days_ago, 10), with_group=group, kind="group"
        )
        if status:
            Attendance.objects.create(
                session=row, patient_id=ana.pk, status=status, recorded_by=cast.dr_okafor,
                recorded_at=at(days_ago, 12),
            )  # fmt: skip
    cancelled = people.session(cast.dr_okafor, starts_at=at(1, 10), with_group=group, kind="group")
    cancelled.cancelled_at = at(2)
    cancelled.save(update_fields=["cancelled_at"])

    assert leads(cast, session_id).since == at(3, 10)
    row.cancelled_at = at(4)
    row.save(update_fields=["cancelled_at"])
    assert leads(cast, session_id).since == at(9, 10)


@pytest.mark.parametrize("why", ["no consent", "other therapist", "left the group", "joins later"])
def test_who_may_not_be_seen_is_neither_named_nor_counted(cast: Cast, why: str) -> None:
    ana, ben = members(cast, 2)
    session_id = planned(cast, ana, ben)
    wrote(ben, "skill_practice", at(1), skill="name-it")
    match why:
        case "no consent":
            revoke_treatment_consents(patient_id=ben.pk, now=at(1, 20))
        case "other therapist":
            CareTeamMembership.objects.filter(
                patient_id=ben.pk, clinician_id=cast.dr_okafor.pk
            ).update(ends_at=at(1))
        case "left the group":
            GroupMembership.objects.filter(patient_id=ben.pk).update(ends_at=at(1))
        case _:
            GroupMembership.objects.filter(patient_id=ben.pk).update(
                starts_at=SESSION_AT + timedelta(days=1)
            )

    found = leads(cast, session_id)

    assert [member.name for member in found.members] == ["Ana"]
    assert found.top.most_practised is None
    read = AccessLogEntry.objects.filter(action="read", data_class="brief")
    assert [row.patient_id for row in read] == [ana.pk]


def test_one_more_mark_is_told_rather_than_counted(cast: Cast) -> None:
    (ana,) = members(cast, 1)
    session_id = planned(cast, ana)
    for hour in range(8, 11):
        wrote(ana, "note", at(1, hour), discuss=True, note=f"thought {hour}")

    raised = of(leads(cast, session_id), ana).may_be_raised

    assert [len(line.entries) for line in raised] == [1, 1, 1]
    assert "thought 8" in raised[0].text


def test_each_member_shown_stands_in_the_access_log(cast: Cast) -> None:
    shown = members(cast, 3)
    session_id = planned(cast, *shown)

    leads(cast, session_id)

    rows = AccessLogEntry.objects.filter(action="read", data_class="brief")
    assert {row.patient_id for row in rows} == {user.pk for user in shown}
    assert {(row.actor_id, row.reason) for row in rows} == {(cast.dr_okafor.pk, "group_session")}


@pytest.mark.parametrize("share", ["private", "individual_therapist_only"])
def test_what_is_not_for_the_team_is_absent_even_for_their_own_therapist(
    cast: Cast, share: str
) -> None:
    group_session = planned(cast, cast.maya)
    for kind, fields in (
        ("daily", {"urges": {"suicide": {"peak": 5}}}),
        ("note", {"note": "canary", "discuss": True}),
        ("skill_practice", {"skill": "name-it"}),
    ):
        wrote(cast.maya, kind, at(1), share=share, **fields)

    found = leads(cast, group_session)

    line = of(found, cast.maya)
    assert (line.needs_one_to_one, line.entries, line.may_be_raised) == (False, 0, ())
    assert found.top.most_practised is None


def test_homework_is_told_by_member_and_the_theme_on_top(cast: Cast) -> None:
    ana, ben, caro = members(cast, 3)
    session_id = planned(cast, ana, ben, caro)
    for user, skill in ((ana, "name-it"), (ana, "slow-breathing"), (ben, "name-it")):
        Assignment.objects.create(
            patient_id=user.pk, skill=skill, per_week=3, since=at(3).date(), assigned_at=at(3),
            assigned_by=cast.dr_okafor.pk,
        )  # fmt: skip
    wrote(ana, "skill_practice", at(2), skill="name-it")
    wrote(ben, "skill_practice", at(4, 12), skill="name-it")
    wrote(caro, "skill_practice", at(1), skill="name-it")

    found = leads(cast, session_id)

    assert of(found, ana).homework == AssignmentsDone(assigned=2, practised=1)
    # Practised before it was assigned is not done.
    assert of(found, ben).homework == AssignmentsDone(assigned=1, practised=0)
    assert of(found, caro).homework is None
    assert found.top.homework == SkillCount("name-it", "Put it into words", 1, 2)


@pytest.mark.parametrize(
    ("audience", "expected"), [("care_team", True), ("individual_therapist_only", False)]
)
def test_an_open_safety_event_asks_for_a_word_if_the_team_may_know(
    cast: Cast, audience: str, expected: bool
) -> None:
    (ana,) = members(cast, 1)
    session_id = planned(cast, ana)
    SafetyEvent.objects.create(
        patient_id=ana.pk, audience=audience, level=2, opened_at=at(9), last_sign_at=at(9)
    )

    assert of(leads(cast, session_id), ana).needs_one_to_one is expected


def test_skills_are_named_as_the_clinic_names_them_there_and_in_the_own_brief(cast: Cast) -> None:
    (ana,) = members(cast, 1)
    session_id = planned(cast, ana)
    for slug, name in (("garden-walk", "Garden walk"), ("name-it", "Say it")):
        ClinicSkill.objects.create(
            clinic=cast.clinic, slug=slug, name=name, rev=1, changed_at=at(9),
            changed_by=cast.ada.pk,
        )  # fmt: skip
        Assignment.objects.create(
            patient_id=ana.pk, skill=slug, per_week=3, since=at(3).date(), assigned_at=at(3),
            assigned_by=cast.dr_okafor.pk,
        )  # fmt: skip
    wrote(ana, "skill_practice", at(2), skill="garden-walk")
    own = people.session(cast.dr_lind, starts_at=SESSION_AT, with_patient=ana)

    found, alone = leads(cast, session_id), read(cast.dr_lind, own.pk)

    assert found.top.most_practised == SkillCount("garden-walk", "Garden walk", 1, 1)
    assert of(found, ana).skill == "Garden walk"
    assert found.top.homework is not None
    assert "Garden walk" in " ".join(texts(alone, "skills"))
    assert "Say it" in " ".join(texts(alone, "in_the_way"))
    assert "garden-walk" not in everything(alone)
    # Nobody else's words change by that.
    assert catalogue.skill_name("name-it") == "Put it into words"


def test_a_members_line_counts_medicine_on_days_asked_doses_and_meetings(cast: Cast) -> None:
    ana, ben = members(cast, 2)
    session_id = planned(cast, ana, ben)
    for day, taken in ((4, True), (3, True), (2, False)):
        wrote(ana, "daily", at(day, 21), medication_taken=taken)
    wrote(ana, "daily", at(1, 21))
    wrote(ana, "dose", at(2, 8), taken=True)
    wrote(ana, "dose", at(1, 8), taken=False)
    wrote(ana, "meeting", at(3, 19))
    wrote(ana, "meeting", at(4, 19), later=timedelta(days=3))
    wrote(ben, "mood", at(1))

    found = leads(cast, session_id)

    assert of(found, ana).body == (
        "Medicine taken on 2 of 3 days asked, 1 of 2 doses logged as taken, 1 meeting."
    )
    assert of(found, ben).body == ""
