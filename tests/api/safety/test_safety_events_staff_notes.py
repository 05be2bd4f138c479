"""What staff wrote about a safety event, and who reads it again."""

from typing import Any
from uuid import uuid4

import pytest
import time_machine

from care.models import AccessLogEntry, CareTeamMembership, User
from tests.api.responses import problem
from tests.api.safety.test_safety_events import DOOR, clear, listed
from tests.cast import Cast, joins, signed_in
from tests.on_call_clinic import OPEN, reyes, say, set_up, the_event, unsafe, urge


@pytest.fixture(autouse=True)
def stopped() -> Any:
    with time_machine.travel(OPEN, tick=False):
        yield


def read(viewer: User | None, event: Any) -> Any:
    return signed_in(viewer).get(f"{DOOR}/{event}")


class TestWordsOfStaff:
    """What staff wrote can be read again by the care team, and by nobody else."""

    def test_the_care_team_reads_them_and_that_is_on_record(self, cast: Cast) -> None:
        joins(cast.maya.pk, cast.dr_lind, role=CareTeamMembership.Role.NURSE)
        say(cast.maya, urge(4), now=OPEN)
        clear(cast.dr_okafor, the_event().pk, "Spoke with her; safe with her sister.")

        told = read(cast.dr_lind, the_event().pk).json()

        assert told["reason"] == "other"
        assert told["reason_text"] == "Spoke with her; safe with her sister."
        assert told["acknowledged_by_name"] == "Dr. Okafor"
        row = AccessLogEntry.objects.get(actor_id=cast.dr_lind.pk)
        assert (row.action, row.data_class, row.patient_id) == (
            "read", "safety_events", cast.maya.pk,
        )  # fmt: skip

    def test_a_note_stands_beside_a_reason_of_the_list(self, cast: Cast) -> None:
        say(cast.maya, urge(4), now=OPEN)
        signed_in(cast.dr_okafor).post(
            f"{DOOR}/{the_event().pk}/acknowledge",
            {"reason": "reached_safe", "note": "Her sister is there."},
        )

        told = read(cast.dr_okafor, the_event().pk).json()

        assert (told["reason"], told["reason_text"]) == ("reached_safe", "Her sister is there.")

    def test_who_is_on_duty_alone_reads_that_somebody_tried_and_not_the_words(
        self, cast: Cast
    ) -> None:
        set_up(cast)
        say(cast.maya, urge(4), now=OPEN)
        signed_in(cast.dr_okafor).post(
            f"{DOOR}/{the_event().pk}/acknowledge",
            {"reason": "tried_not_reached", "note": "canary-note"},
        )

        response = read(reyes(), the_event().pk)

        assert response.status_code == 200
        assert b"canary" not in response.content
        assert response.json()["tries"][0]["by_name"] == "Dr. Okafor"
        assert response.json()["signs"] is None
        row = AccessLogEntry.objects.get(actor_id=reyes().pk, action="read")
        assert (row.patient_id, row.reason) == (cast.maya.pk, "on_duty")

    def test_the_list_has_no_words(self, cast: Cast) -> None:
        say(cast.maya, urge(4), now=OPEN)
        clear(cast.dr_okafor, the_event().pk, "canary-words")

        assert "canary" not in str(listed(cast.dr_okafor, ""))

    def test_what_is_for_the_own_therapist_alone_is_not_read_by_a_nurse(self, cast: Cast) -> None:
        joins(cast.maya.pk, cast.dr_lind, role=CareTeamMembership.Role.NURSE)
        say(cast.maya, unsafe(share="individual_therapist_only"), now=OPEN)
        clear(cast.dr_okafor, the_event().pk, "canary-words")

        problem(read(cast.dr_lind, the_event().pk), 404, "not_found")

    @pytest.mark.parametrize(("who", "status"), [("dr_lind", 404), ("maya", 403), ("ada", 403)])
    def test_nobody_else_reads_one(self, cast: Cast, who: str, status: int) -> None:
        say(cast.maya, urge(3), now=OPEN)

        assert read(getattr(cast, who), the_event().pk).status_code == status
        problem(read(cast.dr_okafor, uuid4()), 404, "not_found")
