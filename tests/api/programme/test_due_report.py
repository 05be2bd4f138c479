"""GET reports/due: what is due of a clinician's own patients, and stale resources of the clinic."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backend.kit.timezones import local_day
from care.models import (
    AccessLogEntry,
    CarePlan,
    CareTask,
    Certification,
    Clinic,
    CommunityResource,
    Consent,
    MedicationVersion,
    Screening,
    User,
)
from tests import cast as people
from tests.api.responses import API
from tests.cast import Cast, signed_in
from tests.web.page_client import browser_of, text_of

pytestmark = pytest.mark.django_db
DOOR = f"{API}reports/due"


def today() -> date:
    return local_day(timezone.now(), people.ZONE)


def everything_due(cast: Cast, user: User) -> None:
    now, who = timezone.now(), cast.dr_okafor
    episode = people.admitted(user, on=today() - timedelta(days=80))
    Certification.objects.create(
        patient_id=user.pk, episode=episode, physician=who, recorded_at=now,
        certified_on=today() - timedelta(days=70), renew_by=today() - timedelta(days=10),
    )  # fmt: skip
    CarePlan.objects.create(
        patient_id=user.pk, rev=1, hours_per_week=9, words=b"sealed", written_by=who,
        reviewed_on=today() - timedelta(days=40), written_at=now,
    )  # fmt: skip
    CareTask.objects.create(
        patient_id=user.pk, words=b"sealed", owner_id=who.pk, due_on=today(), made_at=now,
        made_by=who.pk,
    )  # fmt: skip
    Screening.objects.create(
        patient_id=user.pk, words=b"sealed", asked_on=today() - timedelta(days=5), changed_at=now,
        changed_by=who.pk,
    )  # fmt: skip
    medicine(user, refill_by=today() + timedelta(days=6))


def medicine(user: User, *, rev: int = 1, **fields: Any) -> MedicationVersion:
    return MedicationVersion.objects.create(
        **(
            {
                "patient_id": user.pk, "medication_id": user.pk, "rev": rev, "kind": "medicine",
                "words": b"sealed", "minutes": [480], "weekdays": 127,
                "starts_on": today() - timedelta(days=30), "has_reminder": False,
                "written_on": today() - timedelta(days=30), "at": timezone.now(),
                "written_by": user.pk,
            }
            | fields
        )
    )  # fmt: skip


def due_of(cast: Cast, viewer: User) -> dict[str, str | None]:
    answer = signed_in(viewer).get(DOOR)
    assert answer.status_code == 200
    return {item["kind"]: item["on"] for item in answer.json()["items"]}


def test_everything_that_is_due_is_listed_with_its_day(cast: Cast) -> None:
    everything_due(cast, cast.maya)

    days = {kind: date.fromisoformat(on or "") - today() for kind, on in
            due_of(cast, cast.dr_okafor).items()}  # fmt: skip

    assert {kind: gone.days for kind, gone in days.items()} == {
        "certification": -10, "plan_review": -10, "screening": -5, "task": 0, "refill": 6
    }  # fmt: skip


def test_what_is_done_renewed_or_far_ahead_is_not_due(cast: Cast) -> None:
    everything_due(cast, cast.maya)
    Certification.objects.update(renew_by=today())
    CarePlan.objects.update(reviewed_on=today() - timedelta(days=30))
    CareTask.objects.update(due_on=today() + timedelta(days=1))
    Screening.objects.update(done_on=today())
    medicine(cast.maya, rev=2, refill_by=today() + timedelta(days=8))

    assert due_of(cast, cast.dr_okafor) == {}


def test_an_ended_medicine_needs_no_refill(cast: Cast) -> None:
    medicine(cast.maya, refill_by=today())
    medicine(cast.maya, rev=2, refill_by=today(), is_ended=True)

    assert due_of(cast, cast.dr_okafor) == {}


def test_what_was_never_certified_or_planned_is_due(cast: Cast) -> None:
    people.admitted(cast.maya, on=today())

    assert due_of(cast, cast.dr_okafor) == {"certification": today().isoformat(),
                                            "plan_review": None}  # fmt: skip


def test_no_other_therapist_is_told(cast: Cast) -> None:
    everything_due(cast, cast.maya)

    assert due_of(cast, cast.dr_lind) == {}


def test_an_administrator_is_told_of_no_patient(cast: Cast) -> None:
    everything_due(cast, cast.maya)

    said = signed_in(cast.ada).get(DOOR)

    assert said.json()["items"] == []
    assert "Maya" not in said.content.decode()
    assert "Maya" not in text_of(browser_of(cast.ada).get("/review/reports/due/"))


def test_only_what_consent_covers_is_told(cast: Cast) -> None:
    everything_due(cast, cast.maya)
    Consent.objects.filter(patient_id=cast.maya.pk).update(scope=["shared_entries"])

    assert set(due_of(cast, cast.dr_okafor)) == {"screening", "refill"}


def test_nothing_that_is_sealed_is_told_and_the_look_is_logged(cast: Cast) -> None:
    everything_due(cast, cast.maya)

    due_of(cast, cast.dr_okafor)

    logged = AccessLogEntry.objects.filter(patient_id=cast.maya.pk, actor_id=cast.dr_okafor.pk)
    assert logged.filter(data_class="caseload", action="read").exists()


def test_resources_that_nobody_checked_are_told_to_both(cast: Cast) -> None:
    fresh = today() - timedelta(days=180)
    CommunityResource.objects.all().delete()
    for name, day in (("Old", fresh - timedelta(days=1)), ("New", fresh), ("Never", None)):
        CommunityResource.objects.create(
            clinic=cast.clinic, kind="food", name=name, verified_at=day, changed_at=timezone.now(),
            created_at=timezone.now(), changed_by=cast.ada.pk,
        )  # fmt: skip

    for viewer in (cast.ada, cast.dr_okafor):
        stale = signed_in(viewer).get(DOOR).json()["stale_resources"]
        assert [one["name"] for one in stale] == ["Never", "Old"]


def test_resources_of_another_clinic_are_not_told(cast: Cast) -> None:
    other = Clinic.objects.create(
        name="Elsewhere", time_zone=people.ZONE, created_at=people.LONG_AGO
    )
    CommunityResource.objects.create(
        clinic=other, kind="food", name="Theirs", changed_at=timezone.now(),
        created_at=timezone.now(), changed_by=cast.ada.pk,
    )  # fmt: skip

    for viewer in (cast.ada, cast.dr_okafor):
        assert "Theirs" not in signed_in(viewer).get(DOOR).content.decode()


@pytest.mark.parametrize("who", ["maya", "sam"])
def test_nobody_but_staff_reads_it(cast: Cast, who: str) -> None:
    assert signed_in(getattr(cast, who)).get(DOOR).status_code == 403


def test_statements_do_not_grow_with_patients(cast: Cast) -> None:
    everything_due(cast, cast.maya)
    client = signed_in(cast.dr_okafor)
    with CaptureQueriesContext(connection) as one:
        client.get(DOOR)
    for number in range(6):
        user = people.patient(cast.clinic, f"p{number}", f"P {number}", treated_by=cast.dr_okafor)
        everything_due(cast, user)

    with CaptureQueriesContext(connection) as many:
        client.get(DOOR)

    assert len(many) == len(one)


def test_the_page_says_it_in_words_and_leads_to_the_patient(cast: Cast) -> None:
    everything_due(cast, cast.maya)

    said = text_of(browser_of(cast.dr_okafor).get("/review/reports/due/"))

    assert f'href="/review/patients/{cast.maya.pk}/"' in said
    for words in ("Certification ran out", "Review the plan of care", "A task", "A screening",
                  "A refill"):  # fmt: skip
        assert words in said
