"""Handovers and restriction requests as pages, and the level's code, referral and transfer."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from care.clinic.level_plans import LevelPlanDetails, write_level_plan
from care.consents.restrictions import ask_to_restrict, restrictions_of
from care.models import Consent, Disclosure, Episode, Handover
from notifications.models.reminder import Reminder
from tests import cast as people
from tests.cast import Cast, own_chart
from tests.web.page_client import browser_of, text_of

pytestmark = pytest.mark.django_db


def place(cast: Cast, name: str = "handovers") -> str:
    return f"/review/patients/{cast.maya.pk}/{name}/"


def agreed(cast: Cast, **changes: Any) -> Consent:
    given = {
        "purpose": "handover", "version": "2026-01", "scope": ["level", "medicines"],
        "recipient": "North Clinic", "signed_name": "Maya", "agreed_at": people.LONG_AGO,
        "expires_at": timezone.now() + timedelta(days=40), "text": "Agreed.", "language": "en",
    }  # fmt: skip
    return Consent.objects.create(patient_id=cast.maya.pk, **given | changes)


class TestHandovers:
    """One confirmation makes a link; it is shown once."""

    def test_without_a_consent_there_is_nothing_to_press(self, cast: Cast) -> None:
        client = browser_of(cast.dr_okafor)

        page = text_of(client.get(place(cast)))

        assert "Maya has not agreed to a handover" in page
        assert "Make the link" not in page
        assert client.post(place(cast), {"consent": "", "days": "30"}).status_code == 400

    def test_link_and_passcode_are_shown_once(self, cast: Cast) -> None:
        consent = agreed(cast)
        client = browser_of(cast.dr_okafor)

        made = client.post(place(cast), {"consent": str(consent.pk), "days": "14"})

        assert made.status_code == 200
        assert "shlink:/" in text_of(made)
        assert made.headers["Cache-Control"].find("no-store") >= 0
        listed = text_of(client.get(place(cast)))
        assert "shlink:/" not in listed
        assert "North Clinic" in listed
        assert "Level, medicines" in listed

    def test_one_that_was_taken_back_meanwhile_makes_nothing(self, cast: Cast) -> None:
        consent = agreed(cast)
        client = browser_of(cast.dr_okafor)
        Consent.objects.filter(pk=consent.pk).update(revoked_at=timezone.now())

        refused = client.post(place(cast), {"consent": str(consent.pk), "days": "14"})

        assert refused.status_code == 400
        assert not Handover.objects.exists()

    def test_it_is_ended_after_a_question(self, cast: Cast) -> None:
        consent = agreed(cast)
        client = browser_of(cast.dr_okafor)
        client.post(place(cast), {"consent": str(consent.pk), "days": "14"})
        end = f"{place(cast)}{Handover.objects.get().pk}/end/"

        assert "End the link for North Clinic?" in text_of(client.get(end))
        assert Handover.objects.get().revoked_at is None
        assert client.post(end)["Location"] == f"{place(cast)}?said=handover_revoked"
        assert Handover.objects.get().revoked_at is not None
        assert client.get(end).status_code == 404

    def test_a_granted_restriction_stands_over_it(self, cast: Cast) -> None:
        ask_to_restrict(chart=own_chart(cast.maya), text="Nothing of work", now=timezone.now())
        client = browser_of(cast.dr_okafor)
        (asked,) = restrictions_of(chart=own_chart(cast.maya))
        client.post(
            place(cast, "restrictions"),
            {"request_id": str(asked.id), "answer": "granted", "reason": "We will."},
        )

        assert "A restriction was granted" in text_of(client.get(place(cast)))


class TestRestrictions:
    """Each request is answered on its page."""

    def test_an_answer_has_a_reason(self, cast: Cast) -> None:
        ask_to_restrict(chart=own_chart(cast.maya), text="Nothing of work", now=timezone.now())
        client = browser_of(cast.dr_okafor)
        (asked,) = restrictions_of(chart=own_chart(cast.maya))
        sent = {"request_id": str(asked.id), "answer": "declined", "reason": ""}

        refused = client.post(place(cast, "restrictions"), sent)
        done = client.post(place(cast, "restrictions"), sent | {"reason": "The law asks for it."})

        assert refused.status_code == 400
        assert done["Location"].endswith("?said=restriction_answered")
        page = text_of(client.get(place(cast, "restrictions")))
        assert "Declined on" in page
        assert "by Dr. Okafor: The law asks for it." in page
        later = client.post(
            place(cast, "restrictions"), sent | {"reason": "Other.", "answer": "granted"}
        )
        assert later.status_code == 409

    def test_nobody_elses(self, cast: Cast) -> None:
        client = browser_of(cast.dr_lind)

        assert client.get(place(cast, "restrictions")).status_code == 404
        assert client.get(place(cast)).status_code == 404


class TestLevel:
    """What is written with a level of care."""

    def test_code_referral_and_transfer(self, cast: Cast) -> None:
        client = browser_of(cast.dr_okafor)
        today = timezone.now().date().isoformat()
        admitted = {
            "to": "outpatient", "on": today, "asam": "4 1.5", "referral_kind": "hospital",
            "referral_name": "Lakeside",
        }  # fmt: skip

        assert client.post(place(cast, "level"), admitted).status_code == 302

        page = text_of(client.get(place(cast, "level")))
        assert "ASAM, edition 4: 1.5." in page
        assert "Referred by: hospital (Lakeside)." in page
        ended = {
            "to": "discharge", "on": today, "reason": "Moves.", "outcome": "transferred",
            "receiving": "North Clinic", "sure": "yes",
        }  # fmt: skip
        assert client.post(place(cast, "level"), ended | {"receiving": ""}).status_code == 400
        assert client.post(place(cast, "level"), ended | {"outcome": ""}).status_code == 400
        assert client.post(place(cast, "level"), ended).status_code == 302
        assert Episode.objects.get().discharged_on is not None
        assert Disclosure.objects.get().to == "North Clinic"

    def test_the_plan_of_a_level_is_looked_at_and_applied(self, cast: Cast) -> None:
        people.admitted(cast.maya, on=timezone.now().date())
        details = LevelPlanDetails(check_ins=(480,), reminder_minutes=60)
        write_level_plan(
            admin=cast.ada, level="intensive_outpatient", rev=0, details=details,
            now=timezone.now(),
        )  # fmt: skip
        client = browser_of(cast.dr_okafor)

        looked = text_of(client.get(place(cast, "level-plan")))
        stale = client.post(place(cast, "level-plan"), {"rev": "7"})
        done = client.post(place(cast, "level-plan"), {"rev": "1"})

        assert "Checkin at 08:00" in looked
        assert stale.status_code == 409
        assert done["Location"].endswith("/level/?said=level_plan")
        assert Reminder.objects.filter(patient_id=cast.maya.pk).count() == 2
