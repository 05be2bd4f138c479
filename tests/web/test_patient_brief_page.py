"""The brief of any patient of the team, from their page; and what the pages show of each entry."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from care.models import AccessLogEntry, CareTeamMembership
from care.people.enrol import revoke_treatment_consents
from journaling.models import BriefOpening, Entry
from tests import cast as people
from tests.api.responses import API
from tests.cast import Cast, signed_in
from tests.journaling.briefs.brief_scenario import wrote
from tests.web.page_client import browser_of, page_of, text_of, week_of_maya

CASELOAD = "/review/caseload/"


def door(cast: Cast, what: str = "") -> str:
    return f"/review/patients/{cast.maya.pk}/{what}"


def test_who_has_no_session_with_them_reads_a_brief_all_the_same(cast: Cast) -> None:
    people.joins(cast.maya.pk, cast.dr_lind, role="physician")
    week_of_maya(cast)
    client = browser_of(cast.dr_lind)

    page = text_of(client.get(door(cast)))
    brief = client.get(door(cast, "brief/"))

    assert f'<a class="open" href="{door(cast, "brief/")}">Open brief</a>' in page
    assert brief.status_code == 200
    assert "Where things stand on" in text_of(brief)
    assert "Take attendance" not in text_of(brief)
    row = AccessLogEntry.objects.get(data_class="brief", actor_id=cast.dr_lind.pk)
    assert (row.patient_id, row.action) == (cast.maya.pk, "read")
    assert BriefOpening.objects.get().session_id is None


def test_both_pages_show_what_she_added_and_not_what_she_struck(cast: Cast) -> None:
    session = week_of_maya(cast)
    mirror = f"{API}sessions/{session}/mirror"
    client = browser_of(cast.dr_okafor)
    pages = (f"/review/sessions/{session}/", door(cast, "brief/"))
    assert all("did not use" in text_of(client.get(page)) for page in pages)

    sent = signed_in(cast.maya).post(
        mirror,
        {"strike": ["craving.episodes", "craving.outcome"], "add": [{"text": "my <sister>"}]},
    )

    assert sent.status_code == 200
    for page in pages:
        told = text_of(client.get(page))
        assert "Read by them beforehand" in told
        assert "Added for this session" in told
        assert "my &lt;sister&gt;" in told
        assert "Outcome: did not use" not in told
        assert "median daily peak" not in told


@pytest.mark.parametrize("who", ["stranger", "former", "unconsented"])
def test_nobody_else_does(cast: Cast, who: str) -> None:
    week_of_maya(cast)
    client = browser_of(cast.dr_lind if who == "stranger" else cast.dr_okafor)
    if who == "former":
        CareTeamMembership.objects.filter(patient_id=cast.maya.pk).update(ends_at=timezone.now())
    if who == "unconsented":
        revoke_treatment_consents(patient_id=cast.maya.pk, now=timezone.now())

    for response in (
        client.get(door(cast, "brief/")), client.post(door(cast, "brief/reviewed/")),
    ):  # fmt: skip
        assert response.status_code == 404
        assert "Maya" not in text_of(response)
    assert not BriefOpening.objects.exists()


def test_it_is_marked_as_reviewed_and_answered(cast: Cast) -> None:
    week_of_maya(cast)
    client = browser_of(cast.dr_okafor)
    page = text_of(client.get(door(cast, "brief/")))
    digest = page.split('name="digest" value="')[1].split('"')[0]

    marked = client.post(door(cast, "brief/reviewed/"), {"digest": digest})
    stale = client.post(door(cast, "brief/reviewed/"), {"digest": "0" * 64})
    entry = Entry.objects.filter(discuss=True).first()
    assert entry is not None
    talk = door(cast, f"entries/{entry.id}/talk/")
    asked = client.post(talk, {"session": "present"})
    talked = client.post(talk, {"session": "present", "confirmed": "1"})

    assert marked["Location"] == f"{door(cast, 'brief/')}?said=read"
    assert stale["Location"] == door(cast, "brief/")
    assert asked.status_code == 200
    assert f'href="{door(cast, "brief/")}">No' in text_of(asked)
    assert talked["Location"] == f"{door(cast, 'brief/')}?said=talk"
    assert Entry.objects.filter(reviewed_at__isnull=False).exists()


def test_before_a_session_of_ones_own_its_brief_is_opened(cast: Cast) -> None:
    session_id = week_of_maya(cast)
    client = browser_of(cast.dr_okafor)

    for address in (door(cast), CASELOAD):
        assert f'href="{page_of(session_id)}">Open brief' in text_of(client.get(address))


def test_a_group_first_never_takes_the_place_of_the_own_brief(cast: Cast) -> None:
    group = people.group(cast.dr_okafor, cast.maya)
    soon = timezone.now() + timedelta(hours=1)
    held = people.session(cast.dr_okafor, starts_at=soon, with_group=group, kind="group")
    client = browser_of(cast.dr_okafor)

    alone = text_of(client.get(CASELOAD))
    assert f'href="{page_of(held.pk)}"' not in alone
    assert f'href="{door(cast, "brief/")}">Open brief' in alone
    assert ", in a group" in alone
    later = people.session(
        cast.dr_okafor, starts_at=soon + timedelta(days=2), with_patient=cast.maya
    )
    both = text_of(client.get(CASELOAD))

    assert f'href="{page_of(later.pk)}">Open brief' in both
    assert f'href="{page_of(held.pk)}"' not in both


def test_every_field_of_an_entry_is_a_click_away(cast: Cast) -> None:
    wrote(
        cast.maya, "craving", timezone.now() - timedelta(hours=2), intensity=8,
        triggers=["bad_feeling"], skills=["slow-breathing"], place="at the <lake>",
        company="my cousin", intensity_after=2, minutes_later=15, outcome="did_not_use",
    )  # fmt: skip
    wrote(cast.maya, "measure", timezone.now() - timedelta(hours=1), answers={"q1": 2})

    page = text_of(browser_of(cast.dr_okafor).get(door(cast)))

    assert page.count('<details class="detail"><summary>Details') == 2
    for told in (
        "<dt>Triggers</dt><dd>bad feeling</dd>", "<dt>Skills</dt><dd>Slow breathing</dd>",
        "<dt>Place</dt><dd>at the &lt;lake&gt;</dd>", "<dt>With whom</dt><dd>my cousin</dd>",
        "<dt>Rated again</dt><dd>2 of 10</dd>", "<dt>Outcome</dt><dd>did not use</dd>",
        "<dt>Little interest or pleasure in doing things</dt><dd>More than half the days (2)</dd>",
        "<dt>Shared with</dt><dd>the care team</dd>",
    ):  # fmt: skip
        assert told in page


def test_what_was_reviewed_is_folded_and_comes_back_by_one_tap() -> None:
    folded = SimpleNamespace(text="Tue Nov 12, 8:15 pm: craving 8 of 10 “again”.")
    line = SimpleNamespace(
        text="1 craving reviewed before", reviewed=True, collapsed=(folded,),
        reviewed_text="reviewed by you 8:51 pm",
    )  # fmt: skip

    told = render_to_string("web/line.html", {"line": line})
    plain = render_to_string("web/line.html", {"line": SimpleNamespace(text="One.", reviewed=True)})

    assert '<details class="fold"><summary>1 craving reviewed before' in told
    assert "Reviewed by you 8:51 pm" in told
    assert "<li>Tue Nov 12, 8:15 pm: craving 8 of 10 <bdi>“again”</bdi>.</li>" in told
    assert "<details" not in plain
    assert "Reviewed</span>" in plain


class TestSkills:
    """Seventy skills, by module, and found by any of the names that they are known by."""

    def test_they_stand_by_module_with_their_other_names(self, cast: Cast) -> None:
        page = text_of(browser_of(cast.dr_okafor).get(door(cast, "homework/")))

        assert '<optgroup label="Distress tolerance">' in page
        assert ">Slow breathing (TIPP paced breathing)</option>" in page

    @pytest.mark.parametrize("sought", ["tipp", "PACED", "slow breath", "  Slow breathing "])
    def test_a_search_finds_them_by_any_name(self, cast: Cast, sought: str) -> None:
        page = text_of(browser_of(cast.dr_okafor).get(door(cast, "homework/"), {"q": sought}))

        assert 'value="slow-breathing"' in page
        assert page.count("<option") < 12
        assert " found for " in page

    def test_a_search_that_finds_nothing_says_so(self, cast: Cast) -> None:
        page = text_of(browser_of(cast.dr_okafor).get(door(cast, "homework/"), {"q": "<zzz>"}))

        assert "No skill is called &lt;zzz&gt;." in page
        assert "Show all" in page

    def test_what_was_sought_does_not_narrow_what_may_be_sent(self, cast: Cast) -> None:
        response = browser_of(cast.dr_okafor).post(
            door(cast, "homework/?q=zzz"), {"skill": "slow-breathing", "per_week": "3"}
        )

        assert response.status_code == 302


class TestNamesakes:
    """Two people of one name, wherever one of them is chosen or acted on."""

    @pytest.fixture
    def second(self, cast: Cast) -> None:
        people.patient(cast.clinic, "maya.k", "Maya", treated_by=cast.dr_okafor)

    def test_they_are_told_apart_on_every_page(self, cast: Cast, second: None) -> None:
        group = people.group(cast.dr_okafor)
        session = people.session(cast.dr_okafor, starts_at=timezone.now(), with_patient=cast.maya)
        client = browser_of(cast.dr_okafor)

        for address in ("/review/plan/", f"/review/groups/{group.pk}/"):
            page = text_of(client.get(address))
            assert ">Maya (maya)</option>" in page
            assert ">Maya (maya.k)</option>" in page
        for address in (
            "/review/", CASELOAD, door(cast), door(cast, "brief/"), page_of(session.pk),
            f"{page_of(session.pk)}attendance/", door(cast, "team/"), door(cast, "homework/"),
        ):  # fmt: skip
            assert '<bdi class="namesake">(maya)' in text_of(client.get(address)), address

    def test_nobody_else_is_given_a_mark(self, cast: Cast) -> None:
        client = browser_of(cast.dr_okafor)
        for address in ("/review/", CASELOAD, door(cast), "/review/plan/"):
            page = text_of(client.get(address))
            assert "namesake" not in page
            assert "(maya)" not in page

    def test_a_support_person_is_told_when_each_agreed(self, cast: Cast) -> None:
        people.patient(cast.clinic, "maya.k", "maya", treated_by=cast.dr_okafor)
        from care.models import User

        people.supports(cast.sam, cast.maya)
        people.supports(
            cast.sam, User.objects.get(username="maya.k"),
            agreed_at=timezone.now() - timedelta(days=3),
        )  # fmt: skip

        page = text_of(browser_of(cast.sam).get("/review/shared/"))

        assert page.count('<bdi class="namesake">(since ') == 2
        assert "maya.k" not in page
