"""Every page speaks in sentences: no value of the program's own reaches a reader."""

import re

import pytest
from django.utils.html import strip_tags

from tests.cast import Cast
from tests.web.clinic_day import working_day
from tests.web.page_client import browser_of, text_of

#: How Python writes a value; a sentence of ours may begin with "None of …", a value stands alone.
OF_THE_PROGRAM = re.compile(
    r"\w+\(\w+=|datetime\.|UUID\(|\bNone\b(?! [a-z])|\bTrue\b|\bFalse\b|\{\{|_\w+_"
)


def told(page: str) -> str:
    """Take what a page says, without what its form carries along unseen."""
    return strip_tags(re.sub(r"<(script|style)\b.*?</\1>|<input[^>]*>", " ", page, flags=re.S))


def test_no_page_shows_a_value_of_the_program(cast: Cast) -> None:
    day = working_day(cast)
    client = browser_of(cast.dr_okafor)

    found = {name: text_of(client.get(address)) for name, address in day.pages.items()}

    odd = {name: OF_THE_PROGRAM.findall(told(page)) for name, page in found.items()}
    assert odd == {name: [] for name in day.pages}
    assert "1 skill practised" in found["leader"]


@pytest.mark.parametrize(
    "text", ["Homework: Done(assigned=1)", "datetime.date(2026, 1, 2)", "None"]
)
def test_what_is_looked_for_would_be_found(text: str) -> None:
    assert OF_THE_PROGRAM.search(told(f"<p>{text}</p>"))
