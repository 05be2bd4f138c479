"""Beside what "let's talk about this" stands in a brief."""

from datetime import timedelta

from django.utils import timezone

from tests import cast as people
from tests.cast import Cast
from tests.journaling.brief_story import wrote
from tests.web.pages import browser_of, text_of


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
