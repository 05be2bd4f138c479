"""Reminders: the plan, what comes, receipts, a pause; phones, the inbox and the clinic's plan."""

from typing import Any

from tests.contract.naming import chosen
from tests.contract.stage import Stage

#: A subscription of the worked example in RFC 8291.
BROWSER = {
    "provider": "webpush",
    "address": "https://updates.push.services.mozilla.com/wpush/v2/a",
    "platform": "web",
    "keys": {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7V"
        "d8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
}
PHONE = {"provider": "fcm_token", "address": "address-of-a-phone", "platform": "ios",
         "app_version": "1.0", "device_name": "phone"}  # fmt: skip


def play(on: Stage) -> None:
    """Plan, change, receive, answer and pause."""
    _plans(on)
    _wrongly(on)
    _coming(on)
    _receipts(on)
    _devices(on)
    _default_plan(on)


def _plans(on: Stage) -> None:
    on.maya.get("reminders")
    body: dict[str, Any] = {"id": chosen(1), "purpose": "checkin", "times": ["09:15", "20:45"],
                            "days": ["mon", "fri"], "nudge": True}  # fmt: skip
    made = on.maya.post("reminders", body)
    on.maya.post("reminders", body)
    on.maya.post("reminders", body | {"times": ["10:00"]})
    on.maya.post("reminders", {"purpose": "dose", "times": ["08:00"],
                               "every": {"days": 2, "from": "2026-05-05"},
                               "starts_on": "2026-05-05", "ends_on": "2026-06-05"})  # fmt: skip
    on.maya.post("reminders", {"purpose": "session", "before_minutes": 60})
    on.maya.post("reminders", {"purpose": "measure", "times": ["18:00"], "days": ["sun"],
                               "expires_minutes": 240, "skip_if_logged": True})  # fmt: skip
    door = f"reminders/{made['id']}"
    on.maya.get(door)
    on.maya.patch(door, {"times": ["09:45"]})
    on.maya.patch(door, {"times": ["09:45"]}, rev=1)
    on.maya.patch(door, {"times": ["09:45"]}, rev=1)
    on.maya.patch(door, {"active": False}, rev=2)
    on.maya.patch(door, {"days": None, "every": {"days": 3, "from": "2026-05-06"}}, rev=3)
    on.maya.patch(door, {"times": [], "nudge": "yes"}, rev=3)
    on.noah.get(door)
    on.noah.patch(door, {"active": True}, rev=3)
    on.dr_okafor.get("reminders")
    on.maya.delete(door)
    on.maya.delete(door, rev=1)
    on.maya.delete(door, rev=on.maya.get(door)["rev"])
    on.maya.get(door)
    on.maya.get("reminders")


def _wrongly(on: Stage) -> None:
    body = {"purpose": "checkin", "times": ["09:15"]}
    for wrong in (
        {}, {"purpose": "gossip", "times": ["08:00"]}, {"purpose": "checkin"},
        body | {"times": ["25:00", 7, "8:00"]}, body | {"times": "09:15", "days": "mon"},
        body | {"days": [], "every": {"days": 0}}, body | {"days": ["someday"], "more": 1},
        body | {"days": ["mon"], "every": {"days": 2, "from": "2026-05-05"}},
        body | {"starts_on": "2026-05-05", "ends_on": "2026-05-01"},
        body | {"expires_minutes": 0, "before_minutes": 2}, body | {"before_minutes": 60},
        {"purpose": "pre_session", "before_minutes": 30}, body | {"times": ["09:15", "09:15"]},
    ):  # fmt: skip
        on.maya.post("reminders", wrong)


def _coming(on: Stage) -> None:
    on.maya.get("reminders/upcoming")
    on.maya.get("reminders/upcoming?hours=12")
    for query in ("hours=0", "hours=x", "hours=9999", "days=2"):
        on.maya.get(f"reminders/upcoming?{query}")
    on.maya.post("reminders/pause", {"until": "2026-05-05T15:00:00Z"})
    on.maya.get("reminders")
    on.maya.get("reminders/upcoming")
    for wrong in ({}, {"until": "soon"}, {"until": "2020-01-01T00:00:00Z"}, {"for": 7}):
        on.maya.post("reminders/pause", wrong)
    on.maya.post("reminders/pause", {"until": "2029-05-05T15:00:00Z"})
    on.maya.delete("reminders/pause")
    on.maya.delete("reminders/pause")


def _receipts(on: Stage) -> None:
    door = f"occurrences/{on.id('occurrence_id')}"
    on.maya.get("inbox")
    on.maya.get("day/2026-05-04")
    on.maya.post(f"{door}/snooze", {"minutes": 15})
    for wrong in ({}, {"minutes": 0}, {"minutes": "ten"}, {"minutes": 9999, "hours": 1}):
        on.maya.post(f"{door}/snooze", wrong)
    on.maya.post(f"{door}/opened")
    on.maya.post(f"{door}/opened")
    on.maya.post(f"{door}/answered")
    on.maya.post(f"{door}/answered")
    on.maya.post(f"{door}/snooze", {"minutes": 15})
    on.noah.post(f"{door}/opened")
    on.noah.post(f"occurrences/{chosen(9)}/answered")
    on.dr_okafor.post(f"{door}/opened")
    on.maya.get("inbox")
    question = f"reminders/{on.id('reminder_id')}/time-question"
    on.maya.post(question, {"answer": "keep"})
    on.maya.post(question, {"answer": "fewer"})
    on.maya.post(question, {"answer": "move", "times": ["10:30"]})
    no_answers: tuple[Any, ...] = (
        {}, {"answer": "perhaps"}, {"answer": "move"}, {"answer": "move", "times": [7]},
    )  # fmt: skip
    for no_answer in no_answers:
        on.maya.post(question, no_answer)
    on.noah.post(question, {"answer": "keep"})
    history = f"patients/{on.id('maya')}/reminder-history"
    for who in (on.maya, on.dr_okafor, on.ada, on.dr_lind, on.noah):
        who.get(history)
    on.maya.get(f"{history}?from=2026-05-04&to=2026-05-04")
    on.maya.get(f"{history}?from=soon&days=2")


def _devices(on: Stage) -> None:
    on.maya.get("devices")
    made = on.maya.post("devices", PHONE)
    on.maya.post("devices", PHONE | {"app_version": "1.1"})
    on.noah.post("devices", PHONE)
    on.maya.get("devices")
    for wrong in (
        {}, PHONE | {"provider": "pigeon", "platform": "wood"}, PHONE | {"address": ""},
        PHONE | {"device_name": "a\nb", "covered_until": "soon", "more": 1},
    ):  # fmt: skip
        on.maya.post("devices", wrong)
    on.maya.get("push/web-key")
    on.maya.post("devices", BROWSER)
    on.maya.post("devices", BROWSER | {"address": "https://evil.example/x", "keys": None})
    on.maya.delete(f"devices/{on.id('device_id')}")
    on.maya.delete(f"devices/{on.id('device_id')}")
    on.maya.delete(f"devices/{made['id']}")
    on.dr_okafor.get("devices")


def _default_plan(on: Stage) -> None:
    evening = {"purpose": "checkin", "times": ["19:30"], "nudge": True, "days": ["mon", "fri"]}
    on.ada.get("default-reminders")
    on.ada.put("default-reminders", {"reminders": [evening]})
    for wrong in (
        {}, {"reminders": [{"purpose": "checkin"}]}, {"reminders": "none"},
        {"reminders": [evening, {"purpose": "gossip", "times": ["08:00"]}]},
        {"reminders": [evening | {"starts_on": "2026-01-01"}], "more": 1},
    ):  # fmt: skip
        on.ada.put("default-reminders", wrong)
    on.ada.get("default-reminders")
    on.dr_okafor.get("default-reminders")
