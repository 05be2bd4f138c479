"""Help comes whatever becomes of the save: a refusal carries the block, and staff are called."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from care.models import AccessLogEntry, StaffCall
from journaling.models import Entry, SafetyEvent, SafetySign
from tests.api.responses import API, problem, refused
from tests.cast import Cast, craving, signed_in
from tests.on_call_clinic import OPEN, body, card, save, say, set_up, the_event, unsafe, urge

DOOR, SYNC = API + "entries", API + "sync"
IN_NEED = {"safe_now": False, "intent": True}


@pytest.fixture(autouse=True)
def stopped() -> Any:
    with time_machine.travel(OPEN, tick=False):
        yield


class TestASecondDiaryCardOfADay:
    """The day is taken, and what the card said was read."""

    def test_the_refusal_helps_and_staff_are_called(self, cast: Cast) -> None:
        set_up(cast)
        client = signed_in(cast.maya)
        client.post(DOOR, card())

        told = refused(client.post(DOOR, card(safety_check=IN_NEED)), 409, "day_taken")

        assert told["staff_notified"] is True
        assert Entry.objects.count() == 1
        event, sign = the_event(), SafetySign.objects.get()
        assert (event.level, event.audience, event.patient_id) == (3, "care_team", cast.maya.pk)
        assert (sign.entry_rev, sign.kind, sign.occurred_at) == (None, "daily", OPEN)
        assert sign.fired == {"not_safe_now": 1, "intent": 1}
        assert StaffCall.objects.filter(at_work=True).count() == 2
        row = AccessLogEntry.objects.get(data_class="safety_events")
        assert (row.actor_id, row.patient_id, row.action) == (cast.maya.pk, cast.maya.pk, "write")

    def test_sent_again_it_helps_again_and_calls_nobody_again(self, cast: Cast) -> None:
        set_up(cast)
        client, sent = signed_in(cast.maya), card(safety_check=IN_NEED)
        client.post(DOOR, card())
        first = client.post(DOOR, sent).json()

        again = client.post(DOOR, sent).json()

        assert again == first
        assert SafetyEvent.objects.count() == SafetySign.objects.count() == 1
        assert StaffCall.objects.count() == 2

    def test_sent_again_after_the_acknowledgement_it_is_no_new_event(self, cast: Cast) -> None:
        set_up(cast)
        client, sent = signed_in(cast.maya), card(safety_check=IN_NEED)
        client.post(DOOR, card())
        client.post(DOOR, sent)
        signed_in(cast.dr_okafor).post(
            f"{API}safety-events/{the_event().pk}/acknowledge", {"reason": "reached_safe"}
        )

        refused(client.post(DOOR, sent), 409, "day_taken")

        assert the_event().acknowledged_at == OPEN

    def test_saved_at_last_it_is_the_same_event(self, cast: Cast) -> None:
        set_up(cast)
        client, sent = signed_in(cast.maya), card(safety_check=IN_NEED)
        client.post(DOOR, card())
        client.post(DOOR, sent)

        yesterday = (OPEN - timedelta(days=1)).date().isoformat()
        saved = client.post(DOOR, sent | {"date": yesterday})

        assert saved.status_code == 201
        assert set(SafetySign.objects.values_list("event", "entry_rev")) == {
            (the_event().pk, None), (the_event().pk, 1),
        }  # fmt: skip
        assert StaffCall.objects.count() == 2

    def test_what_says_nothing_about_safety_is_refused_as_ever(self, cast: Cast) -> None:
        client = signed_in(cast.maya)
        client.post(DOOR, card())

        told = problem(client.post(DOOR, card(meals=3)), 409, "day_taken")

        assert "support" not in told

    def test_private_helps_and_tells_nobody(self, cast: Cast) -> None:
        set_up(cast)
        client = signed_in(cast.maya)
        client.post(DOOR, card())

        told = refused(
            client.post(DOOR, card(safety_check=IN_NEED, share="private")), 409, "day_taken"
        )

        assert told["staff_notified"] is False
        assert "private" in told["not_monitored"]
        assert SafetyEvent.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "level"),
    [
        pytest.param({"safety_check": IN_NEED, "mood_of_cat": 5}, 3, id="unknown field"),
        pytest.param({"safety_check": {"safe_now": False, "is_cat": True}}, 3, id="unknown answer"),
        pytest.param({"safety_check": {"safe_now": "no", "plan": True}}, 3, id="a text beside"),
        pytest.param({"safe_now": False}, 3, id="beside the fields"),
        pytest.param({"safety_check": IN_NEED, "intensity": 99}, 3, id="off its scale"),
        pytest.param({"safety_check": IN_NEED, "kind": "cat"}, 3, id="unknown kind"),
        pytest.param({"safety_check": IN_NEED, "kind": "mood"}, 3, id="another kind"),
        pytest.param({"safety_check": IN_NEED, "id": "not-a-uuid"}, 3, id="no id"),
        pytest.param({"safety_check": IN_NEED, "occurred_at": "yesterday"}, 3, id="no time"),
        pytest.param({"safety_check": IN_NEED, "time_zone": "Mars/Base"}, 3, id="no zone"),
        pytest.param({"safety_check": IN_NEED, "note": "\x00"}, 3, id="no text"),
        pytest.param(
            {"kind": "daily", "urges": {"suicide": {"peak": 4}, "use": {"peak": 9}}}, 2, id="urge"
        ),
        pytest.param({"kind": "daily", "urges": {"suicide": {"peak": 2, "x": 1}}}, 1, id="notice"),
        pytest.param({"kind": "pre_session", "coming_in": {"die": 3, "cat": 1}}, 2, id="coming in"),
        pytest.param({"kind": "use", "substance": "oxy30", "amount": "much"}, 2, id="opioid"),
        pytest.param({"kind": "use", "substance": "heroin " * 20}, 2, id="a long name"),
        pytest.param({"kind": "use", "substance": 5}, 1, id="use of something"),
        pytest.param({"outcome": "used", "target": "fent", "place": 4}, 2, id="craving"),
        pytest.param(
            {"kind": "measure", "instrument": "phq-9", "version": "77", "answers": {"q9": 3}},
            2, id="item 9",
        ),
        pytest.param(
            {"kind": "measure", "instrument": "PHQ9", "version": 1, "answers": {"Q9": 3.0}},
            2, id="item 9 in capitals",
        ),
    ],
)  # fmt: skip
def test_another_field_that_is_bad_takes_no_help_away(
    cast: Cast, fields: dict[str, Any], level: int
) -> None:
    response = signed_in(cast.maya).post(DOOR, craving(at=OPEN) | fields)

    refused(response, 400, "invalid_input", level=level)
    assert Entry.objects.count() == 0
    assert SafetyEvent.objects.count() == (level >= 2)


def test_an_entry_within_a_list_is_read(cast: Cast) -> None:
    refused(signed_in(cast.maya).post(DOOR, [unsafe()]), 400, "invalid_input")

    assert the_event().level == 3


@pytest.mark.parametrize(
    "fields",
    [
        {"safety_check": {"safe_now": "false", "intent": "yes"}},
        {"safety_check": [False], "urges": {"suicide": {"peak": 9}}},
        {"kind": "daily", "urges": {"suicide": {"peak": "4"}}},
        {"kind": "pre_session", "coming_in": {"die": 4.5}},
        {"kind": "daily", "urges": {"suicide": 5}},
        {"kind": "measure", "instrument": "phq-9", "version": "1", "answers": {"q9": 9}},
        {"safety_check": {"safe_now": True}, "cat": 1},
    ],
)
def test_what_can_not_be_read_is_not_guessed(cast: Cast, fields: dict[str, Any]) -> None:
    response = signed_in(cast.maya).post(DOOR, craving(at=OPEN) | fields)

    assert "support" not in problem(response, 400, "invalid_input")
    assert SafetyEvent.objects.count() == 0


def test_a_repeat_without_a_readable_id_is_one_event_also_after_it_was_cleared(cast: Cast) -> None:
    client, sent = signed_in(cast.maya), unsafe() | {"id": 7}
    first = client.post(DOOR, sent).json()["support"]
    SafetyEvent.objects.update(
        acknowledged_at=OPEN, acknowledged_by=cast.dr_okafor, reason="reached_safe"
    )

    again = refused(client.post(DOOR, sent), 400, "invalid_input")

    assert SafetyEvent.objects.count() == SafetySign.objects.count() == 1
    assert again == first


@pytest.mark.parametrize(
    ("kind", "code"), [("differs", "entry_differs"), ("deleted", "entry_deleted")]
)
def test_an_id_that_is_taken_takes_no_help_away(cast: Cast, kind: str, code: str) -> None:
    set_up(cast)
    client, sent = signed_in(cast.maya), craving(at=OPEN)
    client.post(DOOR, sent)
    if kind == "deleted":
        client.delete(f"{DOOR}/{sent['id']}")

    told = refused(client.post(DOOR, sent | {"safety_check": IN_NEED}), 409, code)

    assert told["staff_notified"] is True
    assert the_event().level == 3


@pytest.mark.parametrize("share", ["nobody", 5, ["private"]])
def test_a_share_that_can_not_be_read_tells_the_own_therapist_alone(cast: Cast, share: Any) -> None:
    refused(signed_in(cast.maya).post(DOOR, unsafe(share=share)), 400, "invalid_input")

    assert the_event().audience == "individual_therapist_only"


class TestAChangeThatIsRefused:
    """PATCH and the later rating are read together with the entry that they would change."""

    def patch(self, cast: Cast, entry_id: Any, changes: Any, rev: str | None = '"9"') -> Any:
        headers = {"If-Match": rev} if rev else {}
        return signed_in(cast.maya).patch(f"{DOOR}/{entry_id}", changes, headers=headers)

    @pytest.mark.parametrize(
        ("rev", "status", "code"),
        [('"9"', 412, "stale"), (None, 428, "precondition_required"), ('"x"', 412, "stale")],
    )
    def test_of_another_revision(self, cast: Cast, rev: str | None, status: int, code: str) -> None:
        sent = craving(at=OPEN)
        save(cast.maya, sent, now=OPEN)

        refused(self.patch(cast, sent["id"], {"safety_check": IN_NEED}, rev), status, code)

        assert SafetySign.objects.get().entry_rev is None
        assert the_event().level == 3

    def test_of_an_entry_that_is_not_there(self, cast: Cast) -> None:
        refused(self.patch(cast, uuid4(), {"safety_check": IN_NEED}), 404, "not_found")

        assert the_event().level == 3

    def test_to_a_day_that_is_taken(self, cast: Cast) -> None:
        first, second = urge(0, date="2026-05-03"), urge(0, date="2026-05-04")
        save(cast.maya, first, now=OPEN)
        save(cast.maya, second, now=OPEN)

        changes = {"date": "2026-05-03", "urges": {"suicide": {"peak": 5}}}
        refused(self.patch(cast, second["id"], changes, '"1"'), 409, "day_taken", level=2)

    def test_that_says_used_of_what_the_entry_named(self, cast: Cast) -> None:
        sent = craving(at=OPEN, target="heroína")
        save(cast.maya, sent, now=OPEN)

        response = signed_in(cast.maya).post(
            f"{DOOR}/{sent['id']}/after", {"outcome": "used", "minutes_later": 20}
        )

        told = refused(response, 400, "invalid_input", level=2)
        assert "naloxone" in told["message"]

    def test_of_another_kind_than_a_craving(self, cast: Cast) -> None:
        sent = body("mood", valence=-3)
        save(cast.maya, sent, now=OPEN)

        response = signed_in(cast.maya).post(
            f"{DOOR}/{sent['id']}/after",
            {"intensity_after": 3, "minutes_later": 20, "safety_check": {"plan": True}},
        )

        refused(response, 400, "invalid_input")

    def test_of_a_private_entry_tells_nobody(self, cast: Cast) -> None:
        set_up(cast)
        sent = craving(at=OPEN, share="private")
        save(cast.maya, sent, now=OPEN)

        told = refused(self.patch(cast, sent["id"], {"safety_check": IN_NEED}), 412, "stale")

        assert "private" in told["not_monitored"]
        assert SafetyEvent.objects.count() == 0

    def test_that_says_nothing_new_calls_for_nothing(self, cast: Cast) -> None:
        sent = urge(4)
        say(cast.maya, sent, now=OPEN)

        told = problem(self.patch(cast, sent["id"], {"meals": 2}), 412, "stale")

        assert "support" not in told
        assert SafetySign.objects.count() == 1


RAW = json.dumps(unsafe())


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(RAW[:-1] + ', "kind": "craving"}', id="doubled"),
        pytest.param(RAW[:-1] + ', "pain": NaN}', id="no number"),
        pytest.param(RAW[:-1] + f', "thought": {"[" * 30}{"]" * 30}}}', id="deep"),
    ],
)
def test_what_is_read_by_one_reader_of_json_is_read_for_help(cast: Cast, raw: str) -> None:
    client = signed_in(cast.maya)

    response = client.generic("POST", DOOR, raw, content_type="application/json")
    other = client.generic("POST", DOOR, RAW, content_type="text/plain")

    assert response.json()["support"]["level"] == 3
    assert other.status_code == 415
    assert other.json()["support"]["level"] == 3
    assert the_event().level == 3


@pytest.mark.parametrize("raw", ['{"safety_check": {"safe_now": fal', " " * 300_000 + RAW])
def test_what_nobody_can_read_is_answered_with_the_lines(cast: Cast, raw: str) -> None:
    response = signed_in(cast.maya).generic("POST", DOOR, raw, content_type="application/json")

    assert response.status_code in {400, 413}
    told = response.json()["support"]
    assert (told["level"], told["staff_notified"]) == (1, False)
    assert "988" in {line["call"] for line in told["resources"]}
    assert SafetyEvent.objects.count() == 0


def test_whoever_has_to_sign_in_again_is_helped_and_not_told_that_staff_know(cast: Cast) -> None:
    set_up(cast)

    told = refused(signed_in(None).post(DOOR, unsafe()), 401, "not_authenticated")

    assert told["staff_notified"] is False
    assert "not saved" in told["not_monitored"]
    assert SafetyEvent.objects.count() == 0


def test_staff_who_post_where_patients_do_are_not_taken_for_one(cast: Cast) -> None:
    response = signed_in(cast.dr_okafor).post(DOOR, unsafe())

    assert "support" not in problem(response, 403, "forbidden")
