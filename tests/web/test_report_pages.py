"""The administrator's page of outcomes and census."""

import pytest

from tests.api.programme.test_outcomes_report import crowd
from tests.cast import Cast
from tests.web.page_client import browser_of, text_of

pytestmark = pytest.mark.django_db
OUTCOMES = "/review/reports/outcomes/"


def test_it_says_what_is_hidden_and_names_nobody(cast: Cast) -> None:
    crowd(cast, 4)

    said = text_of(browser_of(cast.ada).get(OUTCOMES))

    assert "A count of 1 to 10 people is hidden" in said
    assert "Crowd" not in said
    assert "In treatment on" in said
    assert "Nobody is named here, of staff neither." in said


def test_the_first_page_of_administration_leads_to_it(cast: Cast) -> None:
    assert f'href="{OUTCOMES}"' in text_of(browser_of(cast.ada).get("/review/admin/"))


@pytest.mark.parametrize("who", ["dr_okafor", "sam"])
def test_nobody_else_opens_it(cast: Cast, who: str) -> None:
    assert browser_of(getattr(cast, who)).get(OUTCOMES).status_code == 403
