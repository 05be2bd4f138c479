"""Caseload and timeline, invitations, care teams and the programme, as pages."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from care.models import (
    AccessLogEntry,
    CarePlan,
    CareTeamMembership,
    Certification,
    Episode,
    Invitation,
    LevelChange,
    Patient,
)
from care.people.enrol import revoke_treatment_consents
from journaling.models import Entry
from tests import cast as people
from tests.cast import Cast
from tests.journaling.briefs.brief_scenario import wrote
from tests.web.page_client import browser_of, page_of, text_of, week_of_maya

CASELOAD, INVITE = "/review/caseload/", "/review/invite/"


def door(cast: Cast, what: str = "") -> str:
    return f"/review/patients/{cast.maya.pk}/{what}"


class TestCaseload:
    """Everybody whom the clinician treats, by need."""

    def test_it_shows_need_before_name_and_leads_on(self, cast: Cast) -> None:
        session_id = week_of_maya(cast)
        zoe = people.patient(cast.clinic, "zoe", "Zoe", treated_by=cast.dr_okafor)
        wrote(zoe, "craving", timezone.now() - timedelta(hours=3), intensity=9)

        page = text_of(browser_of(cast.dr_okafor).get(CASELOAD))

        assert page.index("Zoe") < page.index("Maya")
        assert "Noah" not in page
        assert f'href="{page_of(session_id)}"' in page
        assert f'href="{door(cast)}"' in page
        assert page.count('role="img"') == 2

    def test_who_may_not_be_read_is_named_with_the_reason_alone(self, cast: Cast) -> None:
        week_of_maya(cast)
        revoke_treatment_consents(patient_id=cast.maya.pk, now=timezone.now())
        client = browser_of(cast.dr_okafor)
        client.post(INVITE, {"display_name": "Iris", "time_zone": "America/Chicago"})

        page = text_of(client.get(CASELOAD))

        assert "Their consent has ended or was withdrawn." in page
        assert "Has not enrolled yet." in page
        assert 'role="img"' not in page

    def test_an_empty_caseload_says_what_to_do(self, cast: Cast) -> None:
        CareTeamMembership.objects.update(ends_at=timezone.now())

        page = text_of(browser_of(cast.dr_okafor).get(CASELOAD))

        assert "You treat nobody yet." in page
        assert "Maya" not in page

    @pytest.mark.parametrize("count", [1, 12])
    def test_it_costs_the_same_however_many_there_are(self, cast: Cast, count: int) -> None:
        for n in range(count):
            who = people.patient(cast.clinic, f"p{n}", f"P{n}", treated_by=cast.dr_okafor)
            wrote(who, "mood", timezone.now() - timedelta(hours=n + 1))
        client = browser_of(cast.dr_okafor)

        with CaptureQueriesContext(connection) as seen:
            client.get(CASELOAD)

        assert len(seen) <= 12, [query["sql"] for query in seen]


class TestTimeline:
    """One patient's entries, newest first."""

    def test_recalled_entries_are_hollow_and_the_words_escaped(self, cast: Cast) -> None:
        now = timezone.now()
        wrote(cast.maya, "craving", now - timedelta(days=1), note="An <evening>", discuss=True)
        wrote(cast.maya, "mood", now - timedelta(days=6), later=timedelta(days=5))

        page = text_of(browser_of(cast.dr_okafor).get(door(cast)))

        assert page.count('<span class="mark hollow" aria-hidden="true"></span>') == 2  # + legend
        assert "written on a later day, in no figure" in page
        assert "An &lt;evening&gt;" in page
        assert "To discuss" in page

    def test_it_is_filtered_by_kind_and_day(self, cast: Cast) -> None:
        now = timezone.now()
        wrote(cast.maya, "craving", now - timedelta(days=1))
        wrote(cast.maya, "mood", now - timedelta(days=1))
        wrote(cast.maya, "mood", now - timedelta(days=9))
        client = browser_of(cast.dr_okafor)

        of_kind = text_of(client.get(door(cast, "?kind=mood")))
        of_days = text_of(client.get(door(cast, f"?from={(now - timedelta(days=3)).date()}")))
        none = text_of(client.get(door(cast, "?kind=use")))

        assert (of_kind.count("<p>Mood slightly"), of_kind.count("<p>Craving 5")) == (2, 0)
        assert (of_days.count("<p>Mood slightly"), of_days.count("<p>Craving 5")) == (1, 1)
        assert "Nothing shared with you matches." in none

    @pytest.mark.parametrize(
        "query", ["?kind=nonsense", "?from=x&to=2026-02-30", "?before=x", "?before=2026-01-01~9"]
    )
    def test_what_makes_no_sense_counts_as_not_asked(self, cast: Cast, query: str) -> None:
        wrote(cast.maya, "mood", timezone.now() - timedelta(days=1))

        response = browser_of(cast.dr_okafor).get(door(cast, query))

        assert response.status_code == 200
        assert "Mood slightly" in text_of(response)

    def test_earlier_entries_follow_each_once(self, cast: Cast) -> None:
        now = timezone.now()
        for n in range(45):
            wrote(cast.maya, "mood", now - timedelta(hours=n + 1))
        client = browser_of(cast.dr_okafor)
        page = text_of(client.get(door(cast)))
        address = page.split('class="older"')[1].split('href="')[1].split('"')[0]
        address = address.replace("&amp;", "&").removesuffix("#timeline")

        older = client.get(address)
        part = client.get(address, headers={"HX-Request": "true"})

        assert page.count("<p>Mood slightly") == 40
        assert text_of(part).count("/talk/") == 10  # five forms, each with two addresses
        assert "<html" not in text_of(part)
        assert "<html" in text_of(older)

    def test_private_entries_leave_no_trace(self, cast: Cast) -> None:
        wrote(cast.maya, "note", timezone.now() - timedelta(days=1), share="private")

        page = text_of(browser_of(cast.dr_okafor).get(door(cast)))

        assert "Nothing is shared with you yet." in page
        assert "quiet day" not in page

    def test_opening_it_stands_in_the_access_log(self, cast: Cast) -> None:
        browser_of(cast.dr_okafor).get(door(cast))

        row = AccessLogEntry.objects.get(action="read", data_class="entries")
        assert (row.actor_id, row.patient_id) == (cast.dr_okafor.pk, cast.maya.pk)

    @pytest.mark.parametrize("count", [1, 30])
    def test_it_costs_the_same_however_many_there_are(self, cast: Cast, count: int) -> None:
        people.admitted(cast.maya, on=timezone.now().date())
        for n in range(count):
            wrote(cast.maya, "mood", timezone.now() - timedelta(hours=n + 1))
        client = browser_of(cast.dr_okafor)

        with CaptureQueriesContext(connection) as seen:
            client.get(door(cast))

        assert len(seen) <= 18, [query["sql"] for query in seen]


class TestReviewed:
    """The brief, marked as read."""

    def test_it_marks_what_was_shown_and_says_so(self, cast: Cast) -> None:
        session_id = week_of_maya(cast)
        client = browser_of(cast.dr_okafor)
        page = text_of(client.get(page_of(session_id)))
        digest = page.split('name="digest" value="')[1].split('"')[0]

        response = client.post(f"{page_of(session_id)}reviewed/", {"digest": digest})
        again = client.post(
            f"{page_of(session_id)}reviewed/", {"digest": digest}, headers={"HX-Request": "true"}
        )

        assert response["Location"] == f"{page_of(session_id)}?said=reviewed"
        assert "Reviewed by you " in text_of(again)
        assert "The patient sees “opened before your session”." in text_of(again)
        assert Entry.objects.filter(reviewed_at__isnull=False).exists()
        assert "Mark as reviewed" not in text_of(client.get(page_of(session_id)))

    def test_a_version_that_was_not_shown_leads_back_to_the_brief(self, cast: Cast) -> None:
        session_id = week_of_maya(cast)

        response = browser_of(cast.dr_okafor).post(
            f"{page_of(session_id)}reviewed/", {"digest": "0" * 64}
        )

        assert response["Location"] == page_of(session_id)
        assert not Entry.objects.filter(reviewed_at__isnull=False).exists()


class TestInvitation:
    """The code, shown once."""

    def test_the_code_is_on_the_answer_alone(self, cast: Cast) -> None:
        client = browser_of(cast.dr_okafor)

        led = client.post(INVITE, {"display_name": "Iris", "time_zone": "America/Chicago"})
        response = client.get(led["Location"])

        made = Patient.objects.get(user__display_name="Iris")
        code = text_of(response).split('aria-label="Invitation code">')[1].split("<")[0]
        assert len(code) == 14
        assert response["Cache-Control"] == "no-store"
        assert code not in text_of(client.get(CASELOAD))
        again = client.get(client.post(f"/review/patients/{made.pk}/invite/")["Location"])
        assert code not in text_of(again)
        assert "Invitation code" in text_of(again)
        assert Invitation.objects.filter(revoked_at__isnull=True).count() == 1

    def test_who_has_enrolled_needs_none(self, cast: Cast) -> None:
        response = browser_of(cast.dr_okafor).post(door(cast, "invite/"))

        assert response.status_code == 409
        assert "has enrolled already" in text_of(response)
        assert Invitation.objects.count() == 0

    @pytest.mark.parametrize(
        "body", [{"time_zone": "UTC"}, {"display_name": "Iris", "time_zone": "Mars/One"}]
    )
    def test_what_is_wrong_makes_no_patient(self, cast: Cast, body: dict[str, str]) -> None:
        response = browser_of(cast.dr_okafor).post(INVITE, body)

        assert response.status_code == 400
        assert 'class="error"' in text_of(response)
        assert Patient.objects.count() == 2


class TestTeam:
    """Who treats the patient."""

    def test_a_colleague_joins_and_leaves(self, cast: Cast) -> None:
        client = browser_of(cast.dr_okafor)
        client.post(door(cast, "team/"), {"clinician": str(cast.dr_lind.pk), "role": "nurse"})
        assert "Dr. Lind" in text_of(client.get(door(cast, "team/")))

        response = client.post(door(cast, f"team/{cast.dr_lind.pk}/leave/"))

        assert response["Location"] == door(cast, "team/?said=team")
        assert (
            CareTeamMembership.objects.filter(patient_id=cast.maya.pk, ends_at__isnull=True).count()
            == 1
        )

    def test_the_last_therapist_is_told_why_they_stay(self, cast: Cast) -> None:
        response = browser_of(cast.dr_okafor).post(door(cast, f"team/{cast.dr_okafor.pk}/leave/"))

        assert "A patient keeps at least one primary therapist." in text_of(response)
        assert not CareTeamMembership.objects.filter(ends_at__isnull=False).exists()

    def test_others_of_the_team_are_told_who_decides(self, cast: Cast) -> None:
        people.joins(cast.maya.pk, cast.dr_lind, role=CareTeamMembership.Role.NURSE)

        response = browser_of(cast.dr_lind).post(
            door(cast, "team/"), {"clinician": str(cast.dr_lind.pk), "role": "physician"}
        )

        assert "Only a primary therapist of this patient decides" in text_of(response)
        assert not CareTeamMembership.objects.filter(role="physician").exists()


class TestProgramme:
    """The plan, the level and the certification."""

    def plan(self, cast: Cast, **changes: Any) -> Any:
        sent = {
            "rev": "0", "hours_per_week": "10", "goals": "Sleep by eleven\n\nCall my sister",
            "reviewed_on": timezone.now().date().isoformat(),
        }  # fmt: skip
        return browser_of(cast.dr_okafor).post(door(cast, "care-plan/"), sent | changes)

    def test_a_plan_is_written_and_read_again(self, cast: Cast) -> None:
        people.admitted(cast.maya, on=timezone.now().date() - timedelta(days=9))

        response = self.plan(cast, reviewed_on=str(timezone.now().date() - timedelta(days=1)))

        assert response["Location"] == door(cast, "care-plan/?said=plan")
        page = text_of(browser_of(cast.dr_okafor).get(door(cast, "care-plan/")))
        assert "Sleep by eleven\nCall my sister" in page
        assert "0 of 10 planned hours are in the next seven days." in page

    def test_an_older_version_is_not_written_over(self, cast: Cast) -> None:
        day = str(timezone.now().date() - timedelta(days=1))
        self.plan(cast, reviewed_on=day)

        response = self.plan(cast, goals="Another", reviewed_on=day)

        assert response.status_code == 409
        assert "yours was not stored" in text_of(response)
        assert CarePlan.objects.count() == 1

    def test_too_few_hours_are_told_beside_the_field(self, cast: Cast) -> None:
        people.admitted(cast.maya, on=timezone.now().date() - timedelta(days=9))

        response = self.plan(
            cast, hours_per_week="4", reviewed_on=str(timezone.now().date() - timedelta(days=1))
        )

        assert 'id="id_hours_per_week_error"' in text_of(response)
        assert CarePlan.objects.count() == 0

    def test_a_patient_is_admitted_certified_and_stepped_down(self, cast: Cast) -> None:
        physician = people.staff(cast.clinic, "dr_sato", "Dr. Sato")
        people.joins(cast.maya.pk, physician, role=CareTeamMembership.Role.PHYSICIAN)
        client = browser_of(cast.dr_okafor)
        today = str(timezone.now().date() - timedelta(days=1))
        asks = {
            "to": "intensive_outpatient", "on": today, "planned_hours_per_week": "9",
            "admission-physician": str(physician.pk), "admission-symptoms": "moderate",
            "admission-complies": "able", "admission-lower_level_insufficient": "on",
            "admission-tolerates_intensity": "on", "admission-co_occurring_manageable": "on",
        }  # fmt: skip

        refused = client.post(door(cast, "level/"), asks)
        assert refused.status_code == 400
        assert 'id="id_admission-not_at_imminent_risk_error"' in text_of(refused)
        assert Episode.objects.count() == 0
        admitted = client.post(
            door(cast, "level/"), asks | {"admission-not_at_imminent_risk": "on"}
        )
        assert admitted["Location"] == door(cast, "?said=admitted")

        certified = browser_of(physician).post(door(cast, "certify/"))
        assert certified["Location"] == door(cast, "level/?said=certified")
        assert Certification.objects.count() == 1
        assert client.post(door(cast, "certify/")).status_code == 404

        silent = client.post(door(cast, "level/"), {"to": "outpatient", "on": today})
        assert 'id="id_reason_error"' in text_of(silent)
        stepped = client.post(
            door(cast, "level/"), {"to": "outpatient", "on": today, "reason": "Steadier."}
        )
        assert stepped["Location"] == door(cast, "?said=stepped")
        assert LevelChange.objects.get().step == "down"
        assert "stepped down" in text_of(client.get(door(cast, "level/")))

    def test_what_admission_asks_is_told_beside_each_question(self, cast: Cast) -> None:
        response = browser_of(cast.dr_okafor).post(door(cast, "level/"), {
            "to": "intensive_outpatient", "on": str(timezone.now().date()),
            "planned_hours_per_week": "9",
        })  # fmt: skip

        page = text_of(response)
        for name in ("physician", "symptoms", "complies"):
            assert f'id="id_admission-{name}_error"' in page
        assert Episode.objects.count() == 0


@pytest.mark.parametrize("what", ["", "team/", "care-plan/", "level/"])
@pytest.mark.parametrize("who", ["dr_lind", "former"])
def test_strangers_find_no_such_patient(cast: Cast, what: str, who: str) -> None:
    if who == "former":
        CareTeamMembership.objects.filter(patient_id=cast.maya.pk).update(ends_at=timezone.now())
    client = browser_of(cast.dr_lind if who == "dr_lind" else cast.dr_okafor)

    response = client.get(door(cast, what))

    assert response.status_code == 404
    assert "Maya" not in text_of(response)
