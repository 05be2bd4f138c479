"""Numbers, names and quotes stand in sentences as their patient wrote them."""

import pytest

from journaling import formatting
from journaling.formatting import MAX_QUOTE_LENGTH
from tests.cast import Cast
from tests.journaling.briefs.brief_scenario import at, everything, read, section, wrote
from tests.journaling.briefs.test_brief_sections import planned


@pytest.mark.parametrize(
    ("amount", "words"),
    [(0.00005, "0.00005 g"), (12345.67, "12345.67 g"), (100_000, "100000 g"), (6, "6 g"),
     (6.5, "6.5 g"), (0.1, "0.1 g"), (99_999.9999, "99999.9999 g")],
)  # fmt: skip
def test_an_amount_is_told_as_it_was_given(cast: Cast, amount: float, words: str) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "use", at(1), substance="kratom", amount=amount, unit="g")

    assert f"use of kratom, {words}" in everything(read(cast.dr_okafor, session_id))


def test_a_signed_number_has_no_exponent() -> None:
    told = [formatting.format_signed(value) for value in (0.00005, -0.00005, 0, -0.0, 1.5, -2)]

    assert told == ["+0.00005", "−0.00005", "0", "0", "+1.5", "−2"]


def test_a_quote_without_spaces_is_cut_at_the_limit(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "craving", at(1), intensity=9, thought="昨日 " + "眠" * 180)

    said = everything(read(cast.dr_okafor, session_id))

    assert f"“昨日 {'眠' * (MAX_QUOTE_LENGTH - 3)} …”" in said


def test_a_family_is_never_torn_apart() -> None:
    family = "👨\u200d👩\u200d👧\u200d👦"

    assert formatting.quote(family * 5, longest=3) == f"“{family * 3} …”"
    assert formatting.quote("one two three", longest=9) == "“one two …”"


def test_targets_are_counted_whatever_their_capitals(cast: Cast) -> None:
    session_id = planned(cast)
    for day, target in enumerate(("Alcohol", "alcohol", "ALCOHOL", "alcohol"), start=1):
        wrote(cast.maya, "craving", at(day), target=target)

    assert "For: alcohol 4." in everything(read(cast.dr_okafor, session_id))


def test_own_targets_are_told_whatever_their_capitals(cast: Cast) -> None:
    session_id = planned(cast)
    for day, (target, peak) in enumerate((("Gambling", 2), ("gambling", 4), ("GAMBLING", 1)), 1):
        urges = {target: {"peak": peak, "acted": day == 1}}
        wrote(cast.maya, "daily", at(day, 21), urges=urges)

    line = section(read(cast.dr_okafor, session_id), "use").lines[-1]

    assert line.text == "Own targets: Gambling, urge at most 4 of 5, acted on 1 of 3 times asked."
    assert len(line.entries) == 3
