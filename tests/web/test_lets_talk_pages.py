"""Beside what "let's talk about this" stands in a brief."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from journaling.models import Assignment, Entry
from journaling.skills.assign import ASSIGNMENT_SUBSCRIBERS, OUTCOMES
from tests import cast as people
from tests.cast import Cast
from tests.followers import unfollowed
from tests.journaling.briefs.brief_scenario import wrote
from tests.journaling.skills.homework import assigned
from tests.web.page_client import browser_of, text_of


def door(cast: Cast, what: str = "") -> str:
    return f"/review/patients/{cast.maya.pk}/{what}"


class TestWhatCanBeAnswered:
    """ "Let's talk about this" stands beside what the patient logged, and nothing of ours."""

    def page(self, cast: Cast) -> str:
        session = people.session(
            cast.dr_okafor, starts_at=timezone.now() + timedelta(hours=1), with_patient=cast.maya
        )
        return text_of(browser_of(cast.dr_okafor).get(f"/review/sessions/{session.pk}/"))

    def test_none_reported_is_nothing_to_answer(self, cast: Cast) -> None:
        wrote(
            cast.maya, "daily", timezone.now() - timedelta(hours=2),
            urges={"suicide": {"peak": 0}, "use": {"peak": 0, "acted": False}},
        )  # fmt: skip

        page = self.page(cast)

        assert "None reported; asked in 1 entry: suicide." in page
        assert "/talk/" not in page

    def test_a_question_that_was_passed_over_is_nothing_to_answer(self, cast: Cast) -> None:
        wrote(
            cast.maya, "daily", timezone.now() - timedelta(hours=2),
            unanswered={"urges.suicide": "prefer_not_to_say"}, urges={"use": {"peak": 0}},
        )  # fmt: skip

        page = self.page(cast)

        assert "preferred not to say: suicide" in page
        assert "/talk/" not in page

    def test_a_report_is_answered_in_one_place(self, cast: Cast) -> None:
        wrote(
            cast.maya, "daily", timezone.now() - timedelta(hours=2),
            urges={"suicide": {"peak": 2}},
        )  # fmt: skip

        assert self.page(cast).count('<form class="talk"') == 1


class TestHomework:
    """Homework that nobody closed stands at the top of a brief, and is closed there in one tap."""

    def given(self, cast: Cast) -> str:
        with unfollowed(ASSIGNMENT_SUBSCRIBERS):
            one = assigned(cast)
        return door(cast, f"homework/{one}/close/")

    def test_one_tap_closes_it_and_offers_to_assign_it_again(self, cast: Cast) -> None:
        address, client = self.given(cast), browser_of(cast.dr_okafor)
        page = text_of(client.get(door(cast, "brief/")))

        answer = client.post(address, {"outcome": "kept"}, headers={"HX-Request": "true"})

        assert page.count(f'hx-post="{address}"') == 1
        assert re.findall(r'name="outcome" value="(\w+)"', page) == list(OUTCOMES)
        assert "closed as kept up" in text_of(answer)
        assert f'href="{door(cast, "homework/#assign")}"' in text_of(answer)
        assert Assignment.objects.get().outcome == "kept"
        assert address not in text_of(client.get(door(cast, "brief/")))

    @pytest.mark.parametrize("back", ["present", "session", ""])
    def test_without_scripts_it_leads_back_to_the_brief(self, cast: Cast, back: str) -> None:
        address, client = self.given(cast), browser_of(cast.dr_okafor)
        session = people.session(
            cast.dr_okafor, starts_at=timezone.now() + timedelta(hours=1), with_patient=cast.maya
        )
        sent = str(session.pk) if back == "session" else back

        answer = client.post(address, {"outcome": "dropped", "session": sent})

        own = f"/review/sessions/{session.pk}/" if back == "session" else door(cast, "brief/")
        assert answer.headers["Location"] == f"{own}?said=closed"

    def test_another_outcome_and_none_change_nothing(self, cast: Cast) -> None:
        address, client = self.given(cast), browser_of(cast.dr_okafor)
        client.post(address, {"outcome": "kept"})

        other = client.post(address, {"outcome": "dropped"})
        wrong = client.post(address, {"outcome": "solved"})

        assert other.headers["Location"] == door(cast, "homework/?said=closed_before")
        assert wrong.status_code == 400
        assert Assignment.objects.get().outcome == "kept"


class TestTalk:
    """ "Let's talk about this" on one entry."""

    @pytest.mark.parametrize("is_in_place", [False, True])
    def test_it_is_said_in_place_or_by_a_page(self, cast: Cast, is_in_place: bool) -> None:
        entry = wrote(cast.maya, "mood", timezone.now() - timedelta(days=1))
        headers = {"HX-Request": "true"} if is_in_place else {}
        client = browser_of(cast.dr_okafor)

        asked = client.post(door(cast, f"entries/{entry.id}/talk/"), headers=headers)
        assert Entry.objects.get().acknowledged_at is None
        assert "Yes, tell Maya" in text_of(asked)
        assert ("<html" in text_of(asked)) is not is_in_place
        response = client.post(
            door(cast, f"entries/{entry.id}/talk/"), {"confirmed": "1"}, headers=headers
        )

        assert Entry.objects.get().acknowledged_at is not None
        if is_in_place:
            assert text_of(response).startswith("<span")
        else:
            assert response["Location"] == door(cast, "?said=talk")
        assert "You said: let’s talk about this" in text_of(client.get(door(cast)))

    @pytest.mark.parametrize("sent", [{}, {"confirmed": "1"}])
    def test_a_stranger_says_nothing(self, cast: Cast, sent: dict[str, str]) -> None:
        entry = wrote(cast.maya, "mood", timezone.now() - timedelta(days=1))

        response = browser_of(cast.dr_lind).post(door(cast, f"entries/{entry.id}/talk/"), sent)

        assert response.status_code == 404
        assert Entry.objects.get().acknowledged_at is None
