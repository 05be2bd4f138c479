"""Staff see what they may know of, and clear it with a reason, once, for everybody."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from care.models import AccessLogEntry, CareTeamMembership, StaffCall, User
from care.people.enrol import revoke_treatment_consents
from journaling.models import SafetyEvent, SafetyTry
from journaling.safety.escalation import escalate_due
from tests.api.responses import API, faults, problem
from tests.cast import Cast, signed_in
from tests.on_call_clinic import CLOSED, OPEN, reyes, say, set_up, the_event, unsafe, urge

DOOR = API + "safety-events"


def listed(viewer: User, query: str = "?open=true") -> Any:
    response = signed_in(viewer).get(DOOR + query)
    assert response.status_code == 200, response.content
    return response.json()["results"]


def clear(viewer: User | None, event: Any, reason: Any = "reached_safe") -> Any:
    return signed_in(viewer).post(f"{DOOR}/{event}/acknowledge", {"reason": reason})


@pytest.fixture(autouse=True)
def stopped() -> Any:
    with time_machine.travel(OPEN, tick=False):
        yield


def test_the_care_team_sees_whom_how_serious_why_and_since_when(cast: Cast) -> None:
    sent = urge(4)
    say(cast.maya, sent, now=OPEN)

    assert listed(cast.dr_okafor) == [
        {
            "id": str(the_event().pk),
            "patient": {
                "id": str(cast.maya.pk),
                "display_name": "Maya",
                "therapists": ["Dr. Okafor"],
            },
            "level": 2,
            "opened_at": "2026-05-04T15:00:00Z",
            "last_sign_at": "2026-05-04T15:00:00Z",
            "entries": [sent["id"]],
            "rules": ["suicide_urge_notice", "suicide_urge_urgent"],
            "acknowledged_at": None,
            "acknowledged_by": None,
            "acknowledged_by_name": None,
            "reason": None,
            "reason_text": None,
            "happened_at": "2026-05-04T15:00:00Z",
            "signs": [
                {
                    "entry": sent["id"],
                    "kind": "daily",
                    "happened_at": "2026-05-04T15:00:00Z",
                    "arrived_at": "2026-05-04T15:00:00Z",
                    "answers": {"suicide_urge_notice": 4, "suicide_urge_urgent": 4},
                }
            ],
            "tries": [],
            "next_call_at": None,
        }
    ]


def test_a_stranger_sees_nothing_and_each_look_is_on_record(cast: Cast) -> None:
    say(cast.maya, urge(4), now=OPEN)

    assert listed(cast.dr_lind) == []
    listed(cast.dr_okafor)

    rows = AccessLogEntry.objects.filter(data_class="safety_events", action="read")
    assert [(row.actor_id, row.patient_id, row.reason) for row in rows] == [
        (cast.dr_okafor.pk, cast.maya.pk, "care_team")
    ]


@pytest.mark.parametrize("who", ["former", "unconsented"])
def test_who_treats_no_more_or_may_not_sees_nothing(cast: Cast, who: str) -> None:
    say(cast.maya, urge(4), now=OPEN)
    if who == "former":
        CareTeamMembership.objects.filter(clinician=cast.dr_okafor).update(ends_at=OPEN)
    else:
        revoke_treatment_consents(patient_id=cast.maya.pk, now=OPEN)

    assert listed(cast.dr_okafor) == []
    problem(clear(cast.dr_okafor, the_event().pk), 404, "not_found")
    assert the_event().acknowledged_at is None


def test_who_is_on_duty_sees_that_it_is_there_and_not_what_was_answered(cast: Cast) -> None:
    set_up(cast)
    say(cast.maya, urge(4), now=OPEN)

    told = listed(reyes())

    assert [(event["level"], event["patient"]["display_name"]) for event in told] == [(2, "Maya")]
    assert told[0]["patient"]["therapists"] == ["Dr. Okafor"]
    assert (told[0]["entries"], told[0]["rules"], told[0]["signs"]) == (None, None, None)
    row = AccessLogEntry.objects.get(actor_id=reyes().pk, action="read")
    assert (row.patient_id, row.reason) == (cast.maya.pk, "on_duty")


def test_what_the_own_therapist_alone_may_know_is_hidden_from_who_is_on_duty(cast: Cast) -> None:
    set_up(cast)
    say(cast.maya, unsafe(share="individual_therapist_only"), now=OPEN)

    assert listed(reyes()) == []
    problem(clear(reyes(), the_event().pk), 404, "not_found")
    assert len(listed(cast.dr_okafor)) == 1


def test_off_duty_the_called_one_still_sees_what_they_were_called_about(cast: Cast) -> None:
    set_up(cast)
    say(cast.maya, unsafe(), now=OPEN)
    say(cast.noah, urge(3), now=OPEN)

    with time_machine.travel(CLOSED, tick=False):
        told = listed(reyes())

    assert [event["patient"]["display_name"] for event in told] == ["Maya"]


def test_a_call_entitles_to_nothing_without_consent(cast: Cast) -> None:
    set_up(cast)
    say(cast.maya, unsafe(), now=OPEN)
    revoke_treatment_consents(patient_id=cast.maya.pk, now=OPEN)

    assert StaffCall.objects.filter(clinician=reyes()).exists()
    assert listed(reyes()) == []
    problem(clear(reyes(), the_event().pk), 404, "not_found")


def test_an_acknowledgement_by_one_is_one_for_all(cast: Cast) -> None:
    set_up(cast)
    say(cast.maya, unsafe(), now=OPEN)

    response = clear(reyes(), the_event().pk)

    told = response.json()
    assert response.status_code == 200
    assert (told["acknowledged_at"], told["reason"]) == ("2026-05-04T15:00:00Z", "reached_safe")
    assert told["acknowledged_by"] == str(reyes().pk)
    assert listed(cast.dr_okafor) == listed(reyes()) == []
    assert listed(cast.dr_okafor, "")[0]["acknowledged_by"] == str(reyes().pk)
    row = AccessLogEntry.objects.get(actor_id=reyes().pk, action="write")
    assert (row.patient_id, row.data_class, row.reason) == (
        cast.maya.pk, "safety_events", "on_duty",
    )  # fmt: skip


def test_a_second_acknowledgement_changes_nothing_and_answers_as_it_stands(cast: Cast) -> None:
    say(cast.maya, urge(3), now=OPEN)
    first = clear(cast.dr_okafor, the_event().pk)

    with time_machine.travel(OPEN + timedelta(minutes=5), tick=False):
        again = clear(cast.dr_okafor, the_event().pk, "seen_in_person")

    assert (again.status_code, again.json()) == (200, first.json())


def test_words_of_ones_own_are_a_reason_and_come_back_as_other(cast: Cast) -> None:
    say(cast.maya, urge(3), now=OPEN)

    told = clear(cast.dr_okafor, the_event().pk, "Spoke with her at noon; safe with her sister.")

    assert told.json()["reason"] == "other"
    assert "sister" not in told.content.decode()


@pytest.mark.parametrize("reason", [None, "", 5, "x" * 1_001])
def test_without_a_reason_nothing_is_cleared(cast: Cast, reason: Any) -> None:
    say(cast.maya, urge(3), now=OPEN)

    response = clear(cast.dr_okafor, the_event().pk, reason)

    assert "reason" in faults(response)
    assert the_event().acknowledged_at is None


def test_an_unknown_field_is_refused(cast: Cast) -> None:
    say(cast.maya, urge(3), now=OPEN)

    response = signed_in(cast.dr_okafor).post(
        f"{DOOR}/{the_event().pk}/acknowledge", {"reason": "reached_safe", "by": "me"}
    )

    assert faults(response) == {"by": "unknown_field"}


@pytest.mark.parametrize(("who", "status"), [("dr_lind", 404), ("maya", 403), ("ada", 403)])
def test_nobody_else_clears_it(cast: Cast, who: str, status: int) -> None:
    say(cast.maya, urge(3), now=OPEN)

    assert clear(getattr(cast, who), the_event().pk).status_code == status
    assert the_event().acknowledged_at is None


def test_nobody_clears_what_is_not_there(cast: Cast) -> None:
    problem(clear(cast.dr_okafor, uuid4()), 404, "not_found")
    problem(clear(None, uuid4()), 401, "not_authenticated")


def test_pages_go_forth_and_back_over_all_events(cast: Cast) -> None:
    for days in range(5, 0, -1):
        at = OPEN - timedelta(days=days)
        say(cast.maya, urge(3, at=at), now=at)
    client = signed_in(cast.dr_okafor)

    first = client.get(DOOR + "?open=true&limit=2").json()
    second = client.get(first["next"]).json()
    third = client.get(second["next"]).json()
    back = client.get(second["previous"]).json()

    ids = [event["id"] for page in (first, second, third) for event in page["results"]]
    newest_first = SafetyEvent.objects.order_by("-opened_at").values_list("pk", flat=True)
    assert ids == [str(pk) for pk in newest_first]
    assert back["results"] == first["results"]
    assert third["next"] is None


def test_the_list_asks_as_often_for_many_as_for_one(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    for days in range(6, 0, -1):
        at = OPEN - timedelta(days=days)
        say(cast.maya, urge(3, at=at), now=at)
    client = signed_in(cast.dr_okafor)

    with django_assert_max_num_queries(12):
        told = client.get(DOOR).json()

    assert len(told["results"]) == 6


def test_a_look_at_the_clock_of_now_is_what_counts(cast: Cast) -> None:
    set_up(cast)
    say(cast.noah, urge(3), now=OPEN)
    assert timezone.now() == OPEN

    assert len(listed(cast.dr_okafor)) == 1
    with time_machine.travel(OPEN + timedelta(days=2), tick=False):
        # On Wednesday dr_okafor is not on duty any more.
        assert listed(cast.dr_okafor) == []


class TestTriedAndNotReached:
    """A try clears nothing: it is kept, and calling goes on."""

    def tried(
        self, viewer: User, note: str | None = None, reason: str = "tried_not_reached"
    ) -> Any:
        return signed_in(viewer).post(
            f"{DOOR}/{the_event().pk}/acknowledge", {"reason": reason, "note": note}
        )

    @pytest.mark.parametrize(
        "reason", ["tried_not_reached", "Tried, not reached", "not reached", "NOT_REACHED"]
    )
    def test_the_event_stays_open_and_the_try_is_kept(self, cast: Cast, reason: str) -> None:
        set_up(cast)
        say(cast.maya, urge(4), now=OPEN)

        response = self.tried(cast.dr_okafor, "Left a message, canary-try.", reason)

        assert response.status_code == 200
        assert response.json()["acknowledged_at"] is None
        assert response.json()["tries"] == [
            {
                "at": "2026-05-04T15:00:00Z", "by": str(cast.dr_okafor.pk), "by_name": "Dr. Okafor",
                "note": "Left a message, canary-try.",
            }
        ]  # fmt: skip
        assert (the_event().acknowledged_at, the_event().reason) == (None, "")
        assert b"canary" not in bytes(SafetyTry.objects.get().words or b"")
        row = AccessLogEntry.objects.get(actor_id=cast.dr_okafor.pk, action="write")
        assert (row.patient_id, row.data_class) == (cast.maya.pk, "safety_events")

    def test_the_next_call_comes_and_calls_the_backup_too(self, cast: Cast) -> None:
        set_up(cast)
        say(cast.maya, urge(4), now=OPEN)

        told = self.tried(cast.dr_okafor).json()
        assert told["next_call_at"] == "2026-05-04T15:15:00Z"
        escalate_due(now=OPEN + timedelta(minutes=15))

        assert set(StaffCall.objects.values_list("part", flat=True)) == {"duty", "backup"}

    @pytest.mark.parametrize("minutes", [5, 14])
    def test_it_never_puts_a_call_off(self, cast: Cast, minutes: int) -> None:
        set_up(cast)
        say(cast.maya, urge(4), now=OPEN)

        with time_machine.travel(OPEN + timedelta(minutes=minutes), tick=False):
            self.tried(cast.dr_okafor)

        assert the_event().next_call_at == OPEN + timedelta(minutes=15)

    def test_late_in_the_escalation_it_calls_again_soon(self, cast: Cast) -> None:
        set_up(cast)
        say(cast.maya, urge(4), now=OPEN)
        escalate_due(now=OPEN + timedelta(minutes=15))
        assert the_event().next_call_at == OPEN + timedelta(hours=4, minutes=15)

        with time_machine.travel(OPEN + timedelta(minutes=20), tick=False):
            self.tried(reyes())

        assert the_event().next_call_at == OPEN + timedelta(minutes=35)

    def test_where_no_alerts_are_on_nobody_is_called_and_it_stays_open(self, cast: Cast) -> None:
        say(cast.maya, urge(4), now=OPEN)

        told = self.tried(cast.dr_okafor).json()

        assert (told["next_call_at"], told["acknowledged_at"]) == (None, None)

    def test_each_try_is_kept_and_the_event_can_be_cleared_after(self, cast: Cast) -> None:
        set_up(cast)
        say(cast.maya, urge(4), now=OPEN)
        self.tried(cast.dr_okafor)
        self.tried(reyes(), "No answer at either number.")

        clear(cast.dr_okafor, the_event().pk)
        self.tried(cast.dr_okafor, "too late")

        assert SafetyTry.objects.count() == 2
        assert the_event().reason == "reached_safe"
        assert the_event().next_call_at is None

    @pytest.mark.parametrize(("who", "status"), [("dr_lind", 404), ("maya", 403), ("ada", 403)])
    def test_nobody_else_notes_one(self, cast: Cast, who: str, status: int) -> None:
        say(cast.maya, urge(3), now=OPEN)

        assert self.tried(getattr(cast, who)).status_code == status
        assert SafetyTry.objects.count() == 0


def test_an_event_of_what_was_refused_names_no_entry_and_says_what_was_answered(
    cast: Cast,
) -> None:
    signed_in(cast.maya).post(API + "entries", unsafe() | {"cat": 1})

    told = listed(cast.dr_okafor)[0]

    assert told["entries"] == []
    assert told["signs"] == [
        {
            "entry": None, "kind": "craving", "happened_at": "2026-05-04T15:00:00Z",
            "arrived_at": "2026-05-04T15:00:00Z", "answers": {"not_safe_now": 1},
        }
    ]  # fmt: skip
