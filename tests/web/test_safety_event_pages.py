"""Open safety events on the day, acknowledged in place; homework given and ended."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backend.kit.timezones import local_day
from care.models import AccessLogEntry, CareTeamMembership
from care.people.enrol import revoke_treatment_consents
from journaling import formatting
from journaling.models import Assignment, SafetyEvent
from journaling.safety.respond import safety_response_for
from tests import cast as people
from tests.cast import ZONE, Cast, signed_in
from tests.journaling.briefs.brief_scenario import wrote
from tests.on_call_clinic import set_up, unsafe
from tests.web.page_client import TODAY, browser_of, text_of
from web.safety_events import REASON_TEXTS, SIGNAL_TEXTS, reason_choices


def in_need(cast: Cast) -> SafetyEvent:
    """Let maya say on her diary card that urges were strong."""
    now = timezone.now()
    day = local_day(now - timedelta(minutes=5), ZONE).isoformat()
    entry = wrote(
        cast.maya, "daily", now - timedelta(minutes=5), date=day,
        urges={"suicide": {"peak": 4, "acted": False}},
    )  # fmt: skip
    safety_response_for(chart=people.own_chart(cast.maya), entries=[entry], now=now)
    return SafetyEvent.objects.get()


def door(event: SafetyEvent) -> str:
    return f"/review/safety-events/{event.pk}/"


def test_an_open_event_stands_before_the_sessions_with_what_was_said(cast: Cast) -> None:
    in_need(cast)
    people.session(cast.dr_okafor, starts_at=timezone.now(), with_patient=cast.maya)

    page = text_of(browser_of(cast.dr_okafor).get(TODAY))

    assert page.index("Open safety events") < page.index('<ol class="day">')
    assert "strong urge for suicide" in page
    assert "Urgent" in page
    log = AccessLogEntry.objects.filter(action="read", data_class="safety_events")
    assert {row.patient_id for row in log} == {cast.maya.pk}


@pytest.mark.parametrize("is_in_place", [False, True])
def test_it_is_acknowledged_once_for_everybody(cast: Cast, is_in_place: bool) -> None:
    event, client = in_need(cast), browser_of(cast.dr_okafor)
    headers = {"HX-Request": "true"} if is_in_place else {}

    asked = client.post(door(event), {"reason": "reached_safe"}, headers=headers)
    event.refresh_from_db()
    assert event.acknowledged_at is None
    assert asked.status_code == 200
    assert "because: Reached: safe now?" in text_of(asked)
    assert 'name="confirmed" value="1"' in text_of(asked)
    assert ("<html" in text_of(asked)) is not is_in_place
    response = client.post(
        door(event), {"reason": "reached_safe", "confirmed": "1"}, headers=headers
    )

    event.refresh_from_db()
    assert (event.acknowledged_by_id, event.reason) == (cast.dr_okafor.pk, "reached_safe")
    if is_in_place:
        assert "Maya: acknowledged" in text_of(response)
    else:
        assert response["Location"] == f"{TODAY}?said=cleared"
    assert "Open safety events" not in text_of(client.get(TODAY))


def test_words_of_ones_own_are_kept_encrypted(cast: Cast) -> None:
    event = in_need(cast)

    client = browser_of(cast.dr_okafor)
    sent = {"words": "Called; sister is with her."}
    asked = client.post(door(event), sent)
    client.post(door(event), sent | {"confirmed": "1"})

    event.refresh_from_db()
    assert "Called; sister is with her." in text_of(asked)
    assert event.reason == "other"
    assert b"sister" not in bytes(event.words or b"")


def test_words_beside_a_reason_take_nothing_of_it_away(cast: Cast) -> None:
    event = in_need(cast)

    browser_of(cast.dr_okafor).post(
        door(event),
        {"reason": "reached_safe", "words": "Her sister is with her.", "confirmed": "1"},
    )

    page = text_of(browser_of(cast.dr_okafor).get(f"/review/patients/{cast.maya.pk}/"))
    event.refresh_from_db()
    assert event.reason == "reached_safe"
    assert "Her sister is with her." in page
    assert "Reached and safe" in page
    assert "by Dr. Okafor: “Her sister is with her.”" in page


def test_nothing_is_chosen_before_somebody_chooses(cast: Cast) -> None:
    in_need(cast)

    page = text_of(browser_of(cast.dr_okafor).get(TODAY))

    form = page.split("<select", 1)[1].split("</select>", 1)[0]
    assert form.split("<option", 2)[1].startswith(' value="">')
    assert "selected" not in form
    assert "Tried, not reached" in form


@pytest.mark.parametrize("is_in_place", [False, True])
def test_tried_and_not_reached_keeps_it_open_and_says_when_the_next_call_is(
    cast: Cast, is_in_place: bool
) -> None:
    set_up(cast)
    event, client = in_need(cast), browser_of(cast.dr_okafor)
    headers = {"HX-Request": "true"} if is_in_place else {}

    response = client.post(
        door(event), {"reason": "tried_not_reached", "words": "Left a message."}, headers=headers
    )

    event.refresh_from_db()
    assert event.acknowledged_at is None
    assert event.next_call_at is not None
    if is_in_place:
        assert "It stays open; the next call is due" in text_of(response)
    else:
        assert response["Location"] == f"{TODAY}?said=tried"
    page = text_of(client.get(f"/review/patients/{cast.maya.pk}/"))
    assert "Tried, not reached: Dr. Okafor" in page
    assert "Left a message." in page
    today = text_of(client.get(TODAY))
    assert "Tried, not reached: Dr. Okafor" in today
    assert "Left a message." not in today


def test_an_event_says_when_it_happened_when_it_arrived_and_where_it_stands(cast: Cast) -> None:
    now = timezone.now()
    entry = wrote(
        cast.maya,
        "pre_session",
        now - timedelta(hours=30),
        later=timedelta(hours=30),
        coming_in={"die": 5},
    )
    safety_response_for(chart=people.own_chart(cast.maya), entries=[entry], now=now)
    client = browser_of(cast.dr_okafor)

    happened = formatting.format_datetime(now - timedelta(hours=30), "America/Chicago")
    arrived = formatting.format_datetime(now, "America/Chicago")
    for page in (client.get(TODAY), client.get(f"/review/patients/{cast.maya.pk}/")):
        assert f"Happened {happened}, arrived {arrived}." in text_of(page)
        assert "Strong wish to die, 5 of 5" in text_of(page)
        assert f"#entry-{entry.id}" in text_of(page)
    assert f'id="entry-{entry.id}"' in text_of(client.get(f"/review/patients/{cast.maya.pk}/"))


def test_an_event_of_what_was_refused_says_so(cast: Cast) -> None:
    signed_in(cast.maya).post("/api/v1/entries", unsafe(at=timezone.now()) | {"cat": 1})

    page = text_of(browser_of(cast.dr_okafor).get(f"/review/patients/{cast.maya.pk}/"))

    assert "Did not feel safe" in page
    assert "the entry itself was refused and not kept" in page


def test_the_events_of_a_patient_are_logged_as_read_with_their_page(cast: Cast) -> None:
    in_need(cast)

    browser_of(cast.dr_okafor).get(f"/review/patients/{cast.maya.pk}/")

    row = AccessLogEntry.objects.get(action="read", data_class="safety_events")
    assert (row.actor_id, row.patient_id) == (cast.dr_okafor.pk, cast.maya.pk)


@pytest.mark.parametrize("is_in_place", [False, True])
@pytest.mark.parametrize(
    "sent",
    [
        {}, {"words": "x" * 1001}, {"reason": ""}, {"reason": "other"}, {"reason": "bogus"},
        {"reason": "bogus", "words": "x", "confirmed": "1"}, {"confirmed": "1"},
    ],
)  # fmt: skip
def test_without_a_reason_it_stays_open_and_says_what_is_missing(
    cast: Cast, sent: dict[str, Any], is_in_place: bool
) -> None:
    event = in_need(cast)
    headers = {"HX-Request": "true"} if is_in_place else {}

    response = browser_of(cast.dr_okafor).post(door(event), sent, headers=headers)

    assert "Choose why, or say it" in text_of(response)
    assert response.status_code == (200 if is_in_place else 400)
    assert ("<html" in text_of(response)) is not is_in_place
    event.refresh_from_db()
    assert event.acknowledged_at is None


@pytest.mark.parametrize("ended", ["stranger", "care team", "consent"])
@pytest.mark.parametrize(
    "sent",
    [
        {}, {"reason": "reached_safe"}, {"reason": "reached_safe", "confirmed": "1"},
        {"reason": "tried_not_reached"},
    ],
)  # fmt: skip
def test_nobody_else_sees_or_clears_it(cast: Cast, ended: str, sent: dict[str, str]) -> None:
    event, now = in_need(cast), timezone.now()
    if ended == "care team":
        CareTeamMembership.objects.filter(patient_id=cast.maya.pk).update(ends_at=now)
    if ended == "consent":
        revoke_treatment_consents(patient_id=cast.maya.pk, now=now)
    client = browser_of(cast.dr_lind if ended == "stranger" else cast.dr_okafor)

    response = client.post(door(event), sent)

    assert response.status_code == 404
    assert "Maya" not in text_of(response)
    assert "Open safety events" not in text_of(client.get(TODAY))
    event.refresh_from_db()
    assert event.acknowledged_at is None


def test_an_event_of_another_day_is_not_hidden_by_looking_back(cast: Cast) -> None:
    in_need(cast)
    client = browser_of(cast.dr_okafor)

    assert "Open safety events" not in text_of(client.get(TODAY, {"day": "2026-01-05"}))
    assert "1 open safety event<" in text_of(client.get("/review/caseload/"))


def test_every_sign_and_reason_has_words() -> None:
    from journaling.safety.events import CLEARING_REASONS
    from journaling.safety.rules import NOTICE, RULES

    assert {rule.code for rule in RULES if rule.level > NOTICE} == set(SIGNAL_TEXTS)
    assert (
        set(CLEARING_REASONS) - {"other"}
        == set(REASON_TEXTS)
        == {code for code, _ in reason_choices()}
    )


class TestHomework:
    """Skills given to practise."""

    def page(self, cast: Cast) -> str:
        return f"/review/patients/{cast.maya.pk}/homework/"

    def test_a_skill_is_assigned_shown_and_ended(self, cast: Cast) -> None:
        client = browser_of(cast.dr_okafor)
        sent = {"skill": "slow-breathing", "per_week": "3", "note": "Before bed."}

        made = client.post(self.page(cast), sent)
        again = client.post(self.page(cast), sent)
        page = text_of(client.get(self.page(cast)))

        assert made["Location"] == f"{self.page(cast)}?said=assigned"
        assert "This skill is assigned already." in text_of(again)
        assert "0 of 3 this week" in page
        assert "Before bed." in page
        row = Assignment.objects.get()
        ended = client.post(f"{self.page(cast)}{row.id}/end/", {"rev": str(row.rev)})
        assert ended["Location"] == f"{self.page(cast)}?said=unassigned"
        assert "Nothing is assigned now." in text_of(client.get(self.page(cast)))

    @pytest.mark.parametrize(
        ("sent", "field"),
        [
            ({"skill": "", "per_week": "3"}, "skill"),
            ({"skill": "slow-breathing", "per_week": "0"}, "per_week"),
            ({"skill": "slow-breathing", "per_week": "3", "until": "2001-01-01"}, "until"),
        ],
    )
    def test_what_is_wrong_is_told_beside_the_field(
        self, cast: Cast, sent: dict[str, str], field: str
    ) -> None:
        response = browser_of(cast.dr_okafor).post(self.page(cast), sent)

        assert response.status_code == 400
        assert f'id="id_{field}_error"' in text_of(response)
        assert Assignment.objects.count() == 0

    def test_a_stale_form_ends_nothing(self, cast: Cast) -> None:
        client = browser_of(cast.dr_okafor)
        client.post(self.page(cast), {"skill": "slow-breathing", "per_week": "3"})
        row = Assignment.objects.get()

        response = client.post(f"{self.page(cast)}{row.id}/end/", {"rev": "9"})

        assert response["Location"] == self.page(cast)
        assert Assignment.objects.get().ended_at is None

    def test_a_stranger_assigns_nothing(self, cast: Cast) -> None:
        client = browser_of(cast.dr_lind)

        assert client.get(self.page(cast)).status_code == 404
        sent = {"skill": "slow-breathing", "per_week": "3"}
        assert client.post(self.page(cast), sent).status_code == 404
        assert Assignment.objects.count() == 0
