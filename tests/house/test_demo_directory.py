"""The demo clinic says who it is, and knows of help that nobody could call by mistake."""

import re

from backend.demo.directory import RESOURCES
from care.clinic.profile import clinic_profile, clinic_profile_history
from care.clinic.resources import find_resources
from care.models import Clinic, CommunityResource
from tests.house.demo_snapshot import NOW

FICTIONAL = re.compile(r"\(?312\)? ?555-?01\d\d")


def test_its_profile_has_everything_and_a_history(loaded: int) -> None:
    clinic = Clinic.objects.get()

    versions = clinic_profile_history(clinic_id=clinic.pk)

    details = clinic_profile(clinic_id=clinic.pk).details
    assert [version.rev for version in versions] == [2, 1]
    assert details.name == clinic.name == "Harbor Intensive Outpatient Program"
    assert all(getattr(details, name) for name in details.__slots__)
    assert FICTIONAL.fullmatch(details.phone or "")
    assert FICTIONAL.fullmatch(details.crisis_phone or "")
    assert all(version.written_by == "Ada Romero (ada)" for version in versions)
    assert all(version.at is not None and version.at < NOW for version in versions)


def test_its_resources_are_of_many_kinds_and_two_are_to_be_checked_again(loaded: int) -> None:
    found = find_resources(clinic_id=Clinic.objects.get().pk, now=NOW, limit=50)

    stale = {one.details.name for one in found if one.is_stale}
    assert len(found) == len(RESOURCES) == CommunityResource.objects.count() == 8
    assert {one.details.kind for one in found} >= {"support_group", "housing", "food", "legal"}
    assert stale == {"Pier Kitchen", "Harbor Legal Desk"}
    assert all(FICTIONAL.fullmatch(one.details.phone or "") for one in found)
    assert all(one.changed_at < NOW for one in found)
