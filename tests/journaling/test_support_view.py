"""What a support person reads is counted right, and holds no trace of anything else."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from backend.kit.db import rls_actor
from backend.kit.timezones import local_day
from care.access.data_categories import CONSENT_SCOPES
from care.models import Clinic, Patient, TreatmentSession, User
from care.support import grants
from care.support.grants import PartNotGranted, SupportGrant, open_grant
from journaling import support_view
from journaling.entries.kinds.registry import KINDS
from journaling.models import ClinicSkill, Entry
from journaling.support_view import MISSING_DAY_NOTE, LoggedDays
from tests import cast as people
from tests.api.responses import API
from tests.cast import Cast, signed_in, supports
from tests.journaling.briefs.brief_scenario import _REQUIRED, wrote

CANARY = "canary-7702"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: Free text and tags that a kind may carry; whatever it is called, none of it is shown.
CARRIERS: dict[str, dict[str, Any]] = {
    "craving": {"intensity": 9, "target": CANARY, "triggers": ["lonely"], "thought": CANARY,
                "outcome": "used", "skills": ["call-someone"]},
    "mood": {"valence": -3, "labels": ["hopeless"]},
    "skill_practice": {"situation": CANARY},
    "use": {"substance": CANARY, "before": CANARY},
    "daily": {"barrier": CANARY, "urges": {"suicide": {"peak": 5, "acted": True}}},
    "pre_session": {"agenda": CANARY, "coming_in": {"die": 5}},
    "dose": {"name": CANARY},
    "meeting": {"meeting_kind": CANARY},
}  # fmt: skip


def viewed(cast: Cast, **agreed: Any) -> dict[str, Any]:
    consent = supports(cast.sam, cast.maya, **agreed)
    response = signed_in(cast.sam).get(f"{API}supported/{consent.pk}")
    assert response.status_code == 200, response.content
    told: dict[str, Any] = response.json()
    return told


def practised(cast: Cast, days_ago: float, **fields: Any) -> None:
    wrote(cast.maya, "skill_practice", timezone.now() - days_ago * DAY, **fields)


def of_every_kind(cast: Cast, share: str, at: datetime) -> None:
    """Write one entry of each kind, with a canary wherever words fit."""
    for n, kind in enumerate(KINDS):
        if kind not in _REQUIRED:
            continue
        fields = CARRIERS.get(kind, {}) | {"note": CANARY, "discuss": True}
        if kind == "daily":
            fields["date"] = (at - DAY).date().isoformat()
        wrote(cast.maya, kind, at - n * timedelta(minutes=7), share=share, **fields)


# --- Privacy ---------------------------------------------------------------------------------


def test_of_every_kind_of_entry_nothing_is_there_but_days_and_skills(cast: Cast) -> None:
    now = timezone.now()
    of_every_kind(cast, "care_team", now - HOUR)
    written = set(Entry.objects.values_list("kind", flat=True))
    held = people.session(cast.dr_okafor, starts_at=now + DAY, with_patient=cast.maya)
    TreatmentSession.objects.filter(pk=held.pk).update(title=CANARY, place=CANARY)

    consent = supports(cast.sam, cast.maya)
    response = signed_in(cast.sam).get(f"{API}supported/{consent.pk}")

    assert written == set(_REQUIRED) >= set(CARRIERS)
    told = response.json()
    assert set(told) == {
        "id", "name", "scope", "agreed_at", "expires_at", "expires_event", "notice",
        "invited", *CONSENT_SCOPES["family_support"],
    }  # fmt: skip
    said = response.content.decode()
    for hidden in (CANARY, "naltrexone", "lonely", "hopeless", "phq", "alcohol", "Okafor",
                   str(cast.maya.pk), str(held.pk), "individual"):  # fmt: skip
        assert hidden not in said, hidden
    for entry in Entry.objects.values_list("id", flat=True):
        assert str(entry) not in said
    assert told["skills_practised"] == [{"name": "Slow breathing", "times": 1}]
    assert set(told["session_times"][0]) == {"starts_at", "ends_at"}


@pytest.mark.parametrize("share", ["private", "individual_therapist_only"])
def test_what_is_not_shared_with_the_team_changes_no_number(cast: Cast, share: str) -> None:
    now = timezone.now()
    practised(cast, 3)
    consent = supports(cast.sam, cast.maya)
    client = signed_in(cast.sam)
    before = client.get(f"{API}supported/{consent.pk}").json()

    of_every_kind(cast, share, now - 5 * DAY)

    assert client.get(f"{API}supported/{consent.pk}").json() == before
    assert before["days_logged"]["days_with"] == 1


def test_nothing_of_another_patient_is_in_it(cast: Cast) -> None:
    now = timezone.now()
    wrote(cast.noah, "skill_practice", now - HOUR)
    people.session(cast.dr_lind, starts_at=now + HOUR, with_patient=cast.noah)

    told = viewed(cast)

    assert (told["session_times"], told["skills_practised"]) == ([], [])
    assert told["days_logged"]["days_with"] == 0


def test_of_two_whom_one_supports_each_is_shown_alone(cast: Cast) -> None:
    now = timezone.now()
    for n in range(2):
        wrote(cast.noah, "skill_practice", now - (n + 3) * DAY, skill="name-it")
    people.session(cast.dr_lind, starts_at=now + HOUR, with_patient=cast.noah)
    people.session(
        cast.dr_lind, starts_at=now + 2 * HOUR, kind="group",
        with_group=people.group(cast.dr_lind, cast.noah),
    )  # fmt: skip
    practised(cast, 1)
    supports(cast.sam, cast.noah)

    told = viewed(cast)

    assert told["session_times"] == []
    assert told["days_logged"]["days_with"] == 1
    assert told["skills_practised"] == [{"name": "Slow breathing", "times": 1}]


# --- Days ------------------------------------------------------------------------------------


def test_days_are_counted_once_and_missing_is_missing(cast: Cast) -> None:
    now = timezone.now()
    for days_ago in (0, 1, 1, 2, 12):
        wrote(cast.maya, "mood", now - days_ago * DAY - timedelta(minutes=1))

    told = viewed(cast)["days_logged"]

    assert (told["days_with"], told["days"]) == (4, 14)
    assert told["text"] == f"Something logged on 4 of the last 14 days. {MISSING_DAY_NOTE}"


def test_what_was_written_down_too_late_or_deleted_or_long_ago_is_not_counted(cast: Cast) -> None:
    now = timezone.now()
    wrote(cast.maya, "mood", now - 6 * DAY, later=3 * DAY)
    wrote(cast.maya, "mood", now - 5 * DAY)
    Entry.objects.filter(recall="momentary").update(deleted_at=now)
    wrote(cast.maya, "mood", now - 20 * DAY)
    practised(cast, 20)

    told = viewed(cast)

    assert told["days_logged"]["days_with"] == 0
    assert told["skills_practised"] == []


def test_days_before_the_patient_came_are_left_out(cast: Cast) -> None:
    Patient.objects.filter(pk=cast.maya.pk).update(enrolled_at=timezone.now() - 4 * DAY)

    assert viewed(cast)["days_logged"]["days"] == 4


def test_a_patient_who_logs_each_day_has_no_day_missing() -> None:
    assert LoggedDays(14, 14).text == "Something logged on 14 of the last 14 days."
    assert LoggedDays(0, 1).text == f"Something logged on 0 of the last 1 day. {MISSING_DAY_NOTE}"


def test_the_days_are_the_patients_own(cast: Cast) -> None:
    # Fourteen hours ahead of Greenwich: there it is tomorrow for most of the day.
    User.objects.filter(pk=cast.maya.pk).update(time_zone="Pacific/Kiritimati")
    today = local_day(timezone.now(), "Pacific/Kiritimati")
    for days_ago in (0, 13, 14):
        written = wrote(cast.maya, "mood", timezone.now() - HOUR)
        Entry.objects.filter(id=written.id).update(local_date=today - days_ago * DAY)

    assert viewed(cast)["days_logged"]["days_with"] == 2


# --- Skills ----------------------------------------------------------------------------------


def test_skills_are_counted_as_practised_and_named_as_the_clinic_does(cast: Cast) -> None:
    ClinicSkill.objects.create(
        clinic=cast.clinic, slug="slow-breathing", name="Breathing by the water",
        changed_at=timezone.now(), changed_by=cast.ada.pk,
    )  # fmt: skip
    for days_ago in (0, 1, 2):
        practised(cast, days_ago + 0.1)
    practised(cast, 1, skill="name-it", automatic=True)
    practised(cast, 1, skill="name-it", attempted=True, able=None)
    practised(cast, 1, skill="notice-only", attempted=True, able=False)
    practised(cast, 1, skill="ride-the-urge", attempted=False, able=None, wanted_to=True)

    told = viewed(cast)["skills_practised"]

    assert told[0] == {"name": "Breathing by the water", "times": 3}
    assert [one["times"] for one in told] == [3, 2]


def test_a_skill_that_is_not_in_the_catalogue_is_not_named(cast: Cast) -> None:
    practised(cast, 1)
    Entry.objects.update(skill=CANARY)
    practised(cast, 2)

    told = viewed(cast)

    assert told["skills_practised"] == [{"name": "Slow breathing", "times": 1}]
    assert CANARY not in str(told)


def test_another_clinics_words_are_not_used(cast: Cast) -> None:
    elsewhere = Clinic.objects.create(name="Elsewhere", time_zone="UTC")
    ClinicSkill.objects.create(
        clinic=elsewhere, slug="slow-breathing", name=CANARY, changed_at=timezone.now(),
        changed_by=cast.ada.pk,
    )  # fmt: skip
    practised(cast, 1)

    assert CANARY not in str(viewed(cast))


# --- Sessions --------------------------------------------------------------------------------


def test_sessions_of_the_coming_fourteen_days_alone_and_in_groups(cast: Cast) -> None:
    now = timezone.now()
    group = people.group(cast.dr_okafor, cast.maya)
    other = people.group(cast.dr_lind, cast.noah)
    hours = {
        "now": -0.5, "own": 30, "group": 50, "last": 14 * 24 - 1, "far": 14 * 24 + 1, "over": -3,
        "cancelled": 40, "others": 20,
    }  # fmt: skip
    at = {name: now + ahead * HOUR for name, ahead in hours.items()}
    for name in ("now", "own", "last", "far", "over", "cancelled"):
        people.session(cast.dr_okafor, starts_at=at[name], with_patient=cast.maya)
    TreatmentSession.objects.filter(starts_at=at["cancelled"]).update(cancelled_at=now)
    people.session(cast.dr_okafor, starts_at=at["group"], with_group=group, kind="group")
    people.session(cast.dr_lind, starts_at=at["others"], with_group=other, kind="group")

    told = viewed(cast)["session_times"]

    starts = [datetime.fromisoformat(one["starts_at"]) for one in told]
    assert starts == [at[name] for name in ("now", "own", "group", "last")]


def test_a_group_that_the_patient_left_is_not_theirs_any_more(cast: Cast) -> None:
    now = timezone.now()
    group = people.group(cast.dr_okafor, cast.maya)
    people.session(cast.dr_okafor, starts_at=now + HOUR, with_group=group, kind="group")
    group.memberships.update(ends_at=now)

    assert viewed(cast)["session_times"] == []


# --- The key ---------------------------------------------------------------------------------


def opened(cast: Cast, consent_id: Any, now: datetime) -> SupportGrant:
    with rls_actor.acting_as(rls_actor.user_actor("supporter", cast.sam.pk)):
        return open_grant(viewer=cast.sam, consent_id=consent_id, now=now)


def test_a_part_that_is_not_named_is_not_even_asked_for(cast: Cast) -> None:
    now = timezone.now()
    today = date(2026, 3, 24)
    nothing = opened(cast, supports(cast.sam, cast.maya, scope=[]).pk, now)

    for ask in (
        lambda: grants.appointments_of(shared=nothing, now=now),
        lambda: support_view.days_logged(shared=nothing, first=today, last=today, now=now),
        lambda: support_view.skills_practised(shared=nothing, first=today, last=today, now=now),
    ):
        with pytest.raises(PartNotGranted):
            ask()


def test_nobody_else_makes_one(cast: Cast) -> None:
    shared = opened(cast, supports(cast.sam, cast.maya).pk, timezone.now())

    with pytest.raises(TypeError, match=r"care\.support\.grants alone"):
        replace(shared, made_by=object())
