"""Where a patient's clocks stood, and since when: written beside the change, never rewritten."""

from datetime import UTC, datetime

import pytest

from care.models import User, ZoneChange
from care.people.enrol import enrol_patient, invite_patient
from care.people.profile import ProfileChanged, change_profile
from tests.cast import Cast

NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)


def history() -> list[tuple[str, str, datetime]]:
    return list(ZoneChange.objects.order_by("row").values_list("before", "after", "at"))


def changed(user: User, **changes: str) -> None:
    fresh = User.objects.get(pk=user.pk)
    change_profile(user=fresh, rev=fresh.rev, changes=changes, now=NOW)


def test_a_new_zone_stands_in_the_history(cast: Cast) -> None:
    changed(cast.maya, time_zone="Asia/Tokyo")
    changed(cast.maya, time_zone="Europe/Paris")

    assert history() == [
        ("America/Chicago", "Asia/Tokyo", NOW),
        ("Asia/Tokyo", "Europe/Paris", NOW),
    ]


def test_the_same_zone_again_is_no_journey(cast: Cast) -> None:
    changed(cast.maya, time_zone="America/Chicago", display_name="May")

    assert history() == []


def test_staff_travel_unrecorded(cast: Cast) -> None:
    changed(cast.dr_okafor, time_zone="Asia/Tokyo")

    assert history() == []


def test_a_refused_change_leaves_no_trace(cast: Cast) -> None:
    with pytest.raises(ProfileChanged):
        change_profile(
            user=cast.maya, rev=cast.maya.rev + 7, changes={"time_zone": "Asia/Tokyo"}, now=NOW
        )

    assert history() == []
    assert User.objects.get(pk=cast.maya.pk).time_zone == "America/Chicago"


def test_a_phone_that_enrols_elsewhere_than_it_was_invited_is_noted(cast: Cast) -> None:
    _, code = invite_patient(
        clinician=cast.dr_okafor, display_name="Ines", time_zone="America/Chicago", now=NOW
    )

    enrol_patient(
        invite_code=code, username="ines", password="a lantern by the old pier",
        time_zone="America/Denver", consent_version="2026-01", now=NOW,
    )  # fmt: skip

    assert history() == [("America/Chicago", "America/Denver", NOW)]
