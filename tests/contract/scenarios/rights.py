"""The patient's rights: consents, who looked, what left, who was let in, emergencies."""

from typing import Any

from tests.api.sample_entries import full
from tests.contract.naming import chosen
from tests.contract.stage import Stage


def play(on: Stage) -> None:
    """Agree, take back, let in, and account for it."""
    _emergencies(on)
    _consents(on)
    _supported(on)
    _handed_over(on)
    _restricted(on)
    _account(on)
    _taken_back(on)


def _emergencies(on: Stage) -> None:
    door = f"patients/{on.id('maya')}/break-glass"
    on.dr_lind.post(door, {"reason": ""})
    on.dr_lind.post(door, {"reason": 7, "hours": 2})
    on.dr_lind.post(door, {})
    on.dr_lind.post(door, {"reason": "brought to the emergency room, asleep"})
    on.dr_lind.post(f"patients/{chosen(9)}/break-glass", {"reason": "brought in, asleep"})
    on.maya.post(door, {"reason": "mine"})
    on.ada.get("emergencies")
    on.dr_okafor.get("emergencies")
    on.ada.post(f"emergencies/{on.id('emergency_id')}/reviewed")
    on.ada.post(f"emergencies/{on.id('emergency_id')}/reviewed")
    on.ada.post(f"emergencies/{chosen(9)}/reviewed")
    on.ada.get("emergencies")
    on.wait(minutes=3, seconds=30)
    on.dr_lind.get("caseload")
    on.dr_lind.post(door, {"reason": "again"})


def _consents(on: Stage) -> None:
    found = on.nobody.get("consents/texts")
    on.nobody.get("consents/texts", If_None_Match=found.headers["ETag"])
    on.maya.get("consents/texts")
    on.maya.get("consents")
    body: dict[str, Any] = {
        "purpose": "treatment", "version": "2026-01", "agreed": True, "signed_name": "M. R.",
        "scope": ["shared_entries"], "recipient": "my care team",
        "expires_event": "end_of_treatment",
    }  # fmt: skip
    made = on.maya.post("consents", body)
    on.maya.post("consents", body)
    on.maya.post("consents", body | {"version": "2025-12"})
    on.maya.post("consents", body | {"language": "fr"})
    spanish = {"language": "es", "scope": ["safety"]}
    on.maya.post("consents", body | spanish)
    notes = {"purpose": "counselling_notes", "scope": ["counselling_notes"],
             "clinician": on.id("dr_lind")}  # fmt: skip
    for wrong in (
        {}, body | {"agreed": False}, body | {"purpose": "gossip", "scope": []},
        body | {"scope": ["everything"]}, body | {"scope": ["session_times"]},
        body | {"signed_name": "a\nb", "recipient": "x" * 201}, body | {"expires_event": "never"},
        body | {"expires_at": "2020-01-01T00:00:00Z"}, body | {"clinician": on.id("dr_lind")},
        body | {"version": "", "more": 1}, body | notes, body | notes | {"recipient": ""},
        {**body, **notes, "clinician": chosen(9)}, body | {"expires_at": "soon"},
        body | {"purpose": "family_support", "scope": ["shared_entries"], "recipient": "Ines"},
    ):  # fmt: skip
        on.maya.post("consents", wrong)
    own = {name: value for name, value in (body | notes).items() if name != "recipient"}
    on.maya.post("consents", own)
    on.maya.post(f"consents/{made['id']}/revoke")
    on.maya.post(f"consents/{made['id']}/revoke")
    on.noah.post(f"consents/{made['id']}/revoke")
    on.dr_okafor.get("consents")


def _supported(on: Stage) -> None:
    family = on.maya.post("consents", {
        "purpose": "family_support", "version": "2026-01", "agreed": True, "signed_name": "Maya",
        "scope": ["session_times"], "recipient": "Ines", "expires_event": "end_of_treatment",
    })  # fmt: skip
    on.maya.post("auth/step-up", {"password": "wrong"})
    on.wait(minutes=5)
    on.maya.post(f"consents/{family['id']}/invite")
    on.maya.post(f"consents/{family['id']}/invite")
    on.maya.post(f"consents/{on.id('support_id')}/invite")
    on.maya.post(f"consents/{chosen(9)}/invite")
    on.sam.get("supported")
    _invited(on)
    on.sam.get(f"supported/{on.id('support_id')}")
    on.sam.get(f"supported/{family['id']}")
    on.maya.get("supported")
    on.maya.post(f"consents/{on.id('support_id')}/revoke")
    on.sam.get(f"supported/{on.id('support_id')}")
    on.sam.get("supported")


def _invited(on: Stage) -> None:
    """Invite sam to a family session, among others who may not be."""
    made = on.dr_okafor.post("sessions", {
        "kind": "family", "patient": on.id("maya"), "starts_at": "2026-05-29T15:00:00Z",
        "ends_at": "2026-05-29T15:50:00Z", "place": "Room 2",
    })  # fmt: skip
    door, sam = f"sessions/{made['id']}/invited", str(on.id("support_id"))
    on.dr_okafor.get(door)
    on.dr_okafor.put(door, {"support_persons": [sam]})
    on.dr_okafor.put(door, {"support_persons": [sam, chosen(9)]})
    on.dr_okafor.put(door, {"support_persons": "sam", "more": 1})
    on.dr_okafor.put(f"sessions/{on.id('session_id')}/invited", {"support_persons": [sam]})
    on.ada.get(door)
    on.sam.get(f"supported/{sam}")
    on.maya.get("sessions?from=2026-05-29")
    on.maya.delete(f"{door}/{sam}")
    on.maya.delete(f"{door}/{chosen(9)}")
    on.dr_okafor.put(door, {"support_persons": [sam]})


def _handed_over(on: Stage) -> None:
    door, end = f"patients/{on.id('maya')}/handovers", "2026-06-30T12:00:00Z"
    on.dr_okafor.get(door)
    on.dr_okafor.get(f"patients/{on.id('noah')}/handovers")
    on.dr_lind.post(f"patients/{on.id('noah')}/handovers", {})
    agreed = {
        "purpose": "handover", "version": "2026-01", "agreed": True, "signed_name": "Noah",
        "scope": ["level", "medicines"], "recipient": "South Clinic", "expires_at": end,
    }  # fmt: skip
    on.noah.post("consents", agreed | {"expires_event": "end_of_treatment"})
    on.noah.post("consents", {name: agreed[name] for name in agreed if name != "expires_at"})
    consent = on.noah.post("consents", agreed)
    theirs = f"patients/{on.id('noah')}/handovers"
    made = on.dr_lind.post(theirs, {"consent": consent["id"], "days": 14})
    for wrong in ({"days": 61}, {"consent": "x", "more": 1}, {"consent": chosen(9)}):
        on.dr_lind.post(theirs, wrong)
    on.noah.get("handovers")
    on.maya.delete(f"handovers/{chosen(9)}")
    on.noah.delete(f"handovers/{made['id']}")
    on.dr_lind.get(theirs)
    link, passcode = f"shl/{on.id('link')}", on.world.handover.passcode
    on.names.call(passcode, "passcode-of-the-link")
    for wrong in ({}, {"recipient": "", "passcode": 7}, {"recipient": "Dr. North", "more": 1}):
        on.nobody.post(link, wrong)
    on.nobody.post(link, {"recipient": "Dr. North", "passcode": "AAAA-AAAA-AAAA"})
    opened = {"recipient": "Dr. North", "passcode": passcode}
    on.nobody.post(link, opened)
    (file,) = on.nobody.post(link, opened | {"embeddedLengthMax": 100})["files"]
    on.nobody.get(file["location"].removeprefix("http://testserver"))
    on.nobody.get("shl/files/abc")
    on.maya.get("handovers")
    on.maya.delete(f"handovers/{on.id('handover_id')}")
    on.nobody.post(link, opened)


def _restricted(on: Stage) -> None:
    on.maya.get("notice")
    on.sam.get("notice?language=es")
    on.maya.get("notice?version=1999-01")
    on.maya.get("notice?language=fr&more=1")
    asked = {"text": "Please tell my insurer nothing of the group."}
    made = on.maya.post("restriction-requests", asked)
    for again in (asked, {}, {"text": " ", "more": 1}):
        on.maya.post("restriction-requests", again)
    door = f"restriction-requests/{made['id']}/answer"
    answer = {"answer": "granted", "reason": "You paid for it yourself."}
    for wrong in ({}, {"answer": "perhaps", "reason": 7}):
        on.dr_okafor.post(door, wrong)
    on.ada.post(door, answer)
    on.maya.post(door, answer)
    on.dr_okafor.post(door, answer)
    on.dr_okafor.post(door, answer)
    on.dr_okafor.post(door, answer | {"answer": "declined"})
    on.maya.get("restriction-requests")
    on.dr_okafor.get(f"patients/{on.id('maya')}/restriction-requests")
    on.dr_okafor.get(f"patients/{on.id('noah')}/restriction-requests")


def _account(on: Stage) -> None:
    on.dr_okafor.get(f"patients/{on.id('maya')}")
    on.maya.get("access-log")
    page = on.maya.get("access-log?limit=2")
    page = on.maya.get(page["next"].removeprefix("http://testserver"))
    on.maya.get(page["previous"].removeprefix("http://testserver"))
    on.maya.get("access-log?limit=0")
    on.maya.get("access-log?cursor=x&who=me")
    on.maya.get("disclosures")
    on.noah.get("access-log")
    on.dr_okafor.get("access-log")
    on.dr_okafor.get("disclosures")


def _taken_back(on: Stage) -> None:
    for one in on.noah.get("consents")["results"]:
        on.noah.post(f"consents/{one['id']}/revoke")
    on.dr_lind.get(f"patients/{on.id('noah')}")
    on.dr_lind.get("caseload")
    on.noah.post("reminders", {"purpose": "checkin", "times": ["09:15"]})
    on.noah.get("entries")
    on.noah.post("entries", full("mood") | {"id": chosen(1)})
    on.noah.post("sync", {"cursor": None, "ops": []})
