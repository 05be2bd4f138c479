"""Who reads what in a brief: sharing, other patients, and the same words for the same data."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from care.access.chart import NoSuchChart
from care.models import AccessLogEntry, CareTeamMembership, Consent, User
from care.sessions.for_brief import IsGroupSession, NoSessionToBrief
from journaling.models import Entry, SafetyEvent
from tests import cast as people
from tests.cast import Cast
from tests.journaling.briefs.brief_scenario import (
    NOW,
    SESSION_AT,
    at,
    everything,
    header_text,
    read,
    texts,
    wrote,
)

CANARY = "canary-4417"


def planned(cast: Cast, clinician: User | None = None) -> UUID:
    held_by = clinician or cast.dr_okafor
    people.session(held_by, starts_at=at(7, 10), with_patient=cast.maya, status="present")
    return people.session(held_by, starts_at=SESSION_AT, with_patient=cast.maya).pk


def everything_private(user: User, share: str) -> None:
    wrote(user, "craving", at(2), intensity=10, outcome="used", target=CANARY, share=share,
          discuss=True, note=CANARY)  # fmt: skip
    wrote(user, "use", at(3), substance=CANARY, share=share)
    wrote(user, "mood", at(4), valence=-3, note=CANARY, share=share, labels=["hopeless"])
    wrote(user, "skill_practice", at(5), situation=CANARY, share=share)
    wrote(user, "note", at(10), note=CANARY, share=share)
    wrote(user, "note", at(4), note=CANARY, share=share, later=timedelta(days=3))


def test_private_entries_leave_no_trace(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "craving", at(1), intensity=4)
    before = read(cast.dr_okafor, session_id)

    everything_private(cast.maya, "private")

    after = read(cast.dr_okafor, session_id)
    assert after == before
    assert CANARY not in everything(after)


def test_a_private_first_entry_does_not_open_the_window_earlier(cast: Cast) -> None:
    session_id = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya).pk
    people.admitted(cast.maya, on=at(5).date())
    before = read(cast.dr_okafor, session_id)

    wrote(cast.maya, "mood", at(20), share="private")

    assert read(cast.dr_okafor, session_id) == before


def test_what_is_for_the_primary_therapist_alone_reaches_nobody_else(cast: Cast) -> None:
    people.joins(cast.maya.pk, cast.dr_lind, role=CareTeamMembership.Role.THERAPIST)
    session_id = planned(cast)
    before = read(cast.dr_lind, session_id)

    everything_private(cast.maya, "individual_therapist_only")

    assert read(cast.dr_lind, session_id) == before
    assert CANARY not in everything(before)
    primary = read(cast.dr_okafor, session_id)
    assert CANARY in everything(primary)
    assert "with the primary therapist alone" in header_text(primary, "entries")
    assert "primary" not in header_text(before, "entries")


def test_nothing_of_another_patient_is_in_it(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "craving", at(1))
    before = read(cast.dr_okafor, session_id)

    everything_private(cast.noah, "care_team")
    people.session(cast.dr_lind, starts_at=at(1, 10), with_patient=cast.noah, status="no_show")

    assert read(cast.dr_okafor, session_id) == before


def test_an_ended_consent_closes_it_at_once(cast: Cast) -> None:
    session_id = planned(cast)
    read(cast.dr_okafor, session_id)

    Consent.objects.filter(patient_id=cast.maya.pk).update(revoked_at=NOW)

    with pytest.raises(NoSuchChart):
        read(cast.dr_okafor, session_id)


def test_a_brief_tells_of_nothing_that_was_not_agreed_to(cast: Cast) -> None:
    session_id = planned(cast)
    people.admitted(cast.maya, on=at(9).date())
    SafetyEvent.objects.create(
        patient_id=cast.maya.pk, audience="care_team", level=3, opened_at=at(1),
        last_sign_at=at(1),
    )  # fmt: skip
    wrote(cast.maya, "craving", at(2), intensity=4)
    whole = read(cast.dr_okafor, session_id)
    assert "1 safety event is open" in everything(whole)

    Consent.objects.filter(patient_id=cast.maya.pk).update(scope=["shared_entries"])
    told = read(cast.dr_okafor, session_id)

    assert texts(told, "safety")[0] == (
        "Their consent doesn't cover safety events, open or acknowledged."
    )
    assert "Their consent doesn't cover the programme and attendance." in texts(told, "header")
    for word in ("level 3", "day 9", "Attended", "came to", "reminder asked"):
        assert word not in everything(told)


@pytest.mark.parametrize("who", ["dr_lind", "ada", "maya", "noah"])
def test_whoever_is_not_on_the_team_finds_no_such_session(cast: Cast, who: str) -> None:
    session_id = planned(cast)

    with pytest.raises(NoSessionToBrief):
        read(getattr(cast, who), session_id)

    denial = AccessLogEntry.objects.order_by("-id")[0]
    assert (denial.action, denial.data_class) == ("denied", "brief")
    assert denial.actor_id == getattr(cast, who).pk


def test_a_group_session_has_no_brief_about_one_patient(cast: Cast) -> None:
    group = people.group(cast.dr_okafor, cast.maya, cast.noah)
    session = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_group=group, kind="group")

    with pytest.raises(IsGroupSession):
        read(cast.dr_okafor, session.pk)
    with pytest.raises(NoSessionToBrief):
        read(cast.dr_lind, session.pk)


def test_the_same_data_has_the_same_digest_and_other_data_another(cast: Cast) -> None:
    session_id = planned(cast)
    kept = wrote(cast.maya, "craving", at(1), intensity=4)

    first = read(cast.dr_okafor, session_id)
    later = read(cast.dr_okafor, session_id, now=NOW + timedelta(minutes=5))
    Entry.objects.filter(id=kept.id).update(intensity=5)
    changed = read(cast.dr_okafor, session_id)

    assert later.digest == first.digest
    assert later.generated_at != first.generated_at
    assert later.sections == first.sections
    assert changed.digest != first.digest
    assert len(first.digest) == 64


def test_the_order_in_which_entries_arrive_changes_nothing(cast: Cast) -> None:
    session_id = planned(cast)
    for n in (3, 1, 5, 2, 4):
        wrote(cast.maya, "craving", at(n), intensity=n, target=f"t{n % 2}", triggers=["lonely"])
        wrote(cast.maya, "mood", at(n), valence=n - 3, labels=["sad", "calm"])
    first = read(cast.dr_okafor, session_id)
    rows = list(Entry.objects.order_by("row"))
    Entry.objects.all().delete()

    for entry in reversed(rows):
        entry.pk = None
        entry.save(force_insert=True)

    assert read(cast.dr_okafor, session_id) == first


def test_statements_do_not_grow_with_entries_and_stay_within_ten(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "craving", at(1))
    with CaptureQueriesContext(
        connection,
    ) as one:
        read(cast.dr_okafor, session_id)
    for n in range(1, 500):
        wrote(cast.maya, "mood", at(n % 20, n % 24, n % 60), note="some words")

    with CaptureQueriesContext(connection) as many:
        read(cast.dr_okafor, session_id)

    assert len(one) == len(many) <= 9  # and one more for the sign-in that a request asks
