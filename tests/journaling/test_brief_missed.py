"""What came between the review of a brief and its session: told in the next one."""

from datetime import timedelta

import pytest

from tests import cast as people
from tests.cast import Cast
from tests.journaling.brief_story import SESSION_AT, read, texts, wrote
from tests.journaling.test_brief_late import MET_AT, came_to, review, shown, synced


@pytest.mark.parametrize("when", [timedelta(hours=3), timedelta(hours=1)], ids=["late", "at once"])
def test_what_comes_between_review_and_session_is_told_in_the_next_brief(
    cast: Cast, when: timedelta
) -> None:
    last = people.session(
        cast.dr_okafor, starts_at=MET_AT, with_patient=cast.maya, status="present"
    )
    seen = wrote(cast.maya, "mood", MET_AT - timedelta(hours=5))
    review(cast, last.pk, now=MET_AT - timedelta(hours=2))
    arrived = MET_AT - timedelta(hours=1)
    missed = synced(
        cast.maya, "use", MET_AT - when, on=arrived, substance="heroin", discuss=True, note="help"
    )
    coming = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya)

    found = read(cast.dr_okafor, coming.pk)

    mark = "came after the last brief was reviewed"
    assert shown(found) == {missed.id}
    assert mark in texts(found, "agenda")[1]
    assert any("heroin" in text and mark in text for text in texts(found, "use"))
    assert texts(found, "header")[3].startswith(
        f"No shared entries in this window. With 1 entry from before it (1 use): {mark}."
    )
    assert seen.id not in shown(found)
    review(cast, coming.pk)
    after = people.session(
        cast.dr_okafor, starts_at=SESSION_AT + timedelta(days=2), with_patient=cast.maya
    )
    came_to(cast, coming.pk)
    assert missed.id not in shown(
        read(cast.dr_okafor, after.pk, now=SESSION_AT + timedelta(days=1))
    )


def test_whoever_never_reviews_is_not_told_all_of_it_again(cast: Cast) -> None:
    people.session(cast.dr_okafor, starts_at=MET_AT, with_patient=cast.maya, status="present")
    wrote(cast.maya, "mood", MET_AT - timedelta(hours=5))
    coming = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya)

    assert shown(read(cast.dr_okafor, coming.pk)) == set()
