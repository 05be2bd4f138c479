"""The administrator's page of outcomes and census."""

import pytest
import time_machine

from tests.api.programme.test_outcomes_report import NOW, crowd
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


def test_a_small_count_is_hidden_on_the_page(cast: Cast) -> None:
    """Those discharged in July, in a table with a line for each month."""
    with time_machine.travel(NOW, tick=False):
        crowd(cast, 4)
        page = text_of(browser_of(cast.ada).get(OUTCOMES))

    july = page.split('<th scope="row">July</th>')[1].split("</tr>")[0]
    assert "hidden" in july
    assert ">4<" not in july


def test_the_first_page_of_administration_leads_to_it(cast: Cast) -> None:
    assert f'href="{OUTCOMES}"' in text_of(browser_of(cast.ada).get("/review/admin/"))


@pytest.mark.parametrize("who", ["dr_okafor", "sam"])
def test_nobody_else_opens_it(cast: Cast, who: str) -> None:
    assert browser_of(getattr(cast, who)).get(OUTCOMES).status_code == 403
