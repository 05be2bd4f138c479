"""Beside what "let's talk about this" stands in a brief."""

from datetime import timedelta

import pytest
from django.utils import timezone

from journaling.models import Entry
from tests import cast as people
from tests.cast import Cast
from tests.journaling.briefs.brief_scenario import wrote
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
