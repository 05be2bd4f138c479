"""Choose who is invited to a family session, and read one's invitation, as pages."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from care.models import Consent, SessionGuest, TreatmentSession
from tests import cast as people
from tests.cast import Cast, supports
from tests.web.page_client import browser_of, text_of

pytestmark = pytest.mark.django_db
#: Ten o'clock in Chicago.
NOW = datetime(2026, 5, 6, 15, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def that_wednesday(cast: Cast) -> None:
    """Let maya share her times with sam, and have a family session tomorrow."""
    supports(cast.sam, cast.maya, recipient="Sam", scope=["session_times"])
    TreatmentSession.objects.filter(
        pk=people.session(
            cast.dr_okafor, starts_at=NOW + timedelta(days=1), with_patient=cast.maya,
            kind="family",
        ).pk
    ).update(place="Pier room", title="canary")  # fmt: skip


def page() -> str:
    return f"/review/sessions/{TreatmentSession.objects.get().pk}/invited/"


def test_a_therapist_chooses_and_the_guest_reads_when_and_where(cast: Cast) -> None:
    consent = str(Consent.objects.get(purpose="family_support").pk)
    with time_machine.travel(NOW, tick=False):
        client, sams = browser_of(cast.dr_okafor), browser_of(cast.sam)
        assert page() in text_of(client.get(page().replace("invited", "change")))
        before = text_of(client.get(page()))
        answer = client.post(page(), {"people": [consent]})
        shown = text_of(sams.get("/review/shared/"))
        after = text_of(client.get(page()))
        client.post(page(), {"people": []})
        gone = text_of(sams.get("/review/shared/"))

    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, page())
    assert "checked" not in before
    assert "checked" in after
    assert "<li>Thu May 7, 10:00 am to 10:50 am, Pier room</li>" in shown
    assert "canary" not in shown
    assert "Family" not in shown
    assert "Pier room" not in gone


def test_somebody_else_is_no_choice_and_what_was_taken_off_is_said(cast: Cast) -> None:
    other = str(supports(cast.sam, cast.noah, recipient="Coach").pk)
    with time_machine.travel(NOW, tick=False):
        client = browser_of(cast.dr_okafor)
        refused = client.post(page(), {"people": [other]})
        guest = people.invites(
            cast.dr_okafor, TreatmentSession.objects.get(),
            cast.sam.supports.get(patient_id=cast.maya.pk),
        )  # fmt: skip
        SessionGuest.objects.filter(pk=guest.pk).update(revoked_at=NOW, revoked_by=cast.maya.pk)
        shown = text_of(client.get(page()))

    assert refused.status_code == 400
    assert SessionGuest.objects.filter(revoked_at__isnull=True).count() == 0
    assert "took Sam off this session." in shown
    assert "Nobody can be invited" in shown


@pytest.mark.parametrize("change", [{"starts_at": NOW}, {"cancelled_at": NOW}])
def test_once_it_has_begun_nobody_is_chosen(cast: Cast, change: dict[str, datetime]) -> None:
    consent = str(Consent.objects.get(purpose="family_support").pk)
    TreatmentSession.objects.update(**change)
    with time_machine.travel(NOW, tick=False):
        client = browser_of(cast.dr_okafor)
        shown = text_of(client.get(page()))
        sent = client.post(page(), {"people": [consent]})

    assert "Nobody was invited." in shown
    assert sent.status_code == 400
    assert not SessionGuest.objects.exists()


def test_other_kinds_and_other_therapists_have_no_such_page(cast: Cast) -> None:
    with time_machine.travel(NOW, tick=False):
        assert browser_of(cast.dr_lind).get(page()).status_code == 404
        TreatmentSession.objects.update(kind="individual")
        client = browser_of(cast.dr_okafor)
        assert client.get(page()).status_code == 404
        assert page() not in text_of(client.get(page().replace("invited", "change")))
