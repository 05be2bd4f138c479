"""What holds at every door: repeats, forms, methods, sizes and addresses."""

import json

from tests.contract.naming import chosen
from tests.contract.stage import Stage

BODY = {"name": "Late"}


def play(on: Stage) -> None:
    """Ask oddly."""
    _repeats(on)
    on.nobody.get("/healthz")
    for path in ("nowhere", "entries/", "entries/x", f"groups/{chosen(9)}", "/api/v2/me"):
        on.maya.get(path)
    on.maya.send("PUT", "entries", {})
    on.maya.send("DELETE", "me")
    on.maya.send("PATCH", "sync", {})
    on.maya.send("OPTIONS", "entries")
    on.maya.get("me", Accept="application/xml")
    on.maya.get("me", Accept="text/html")
    on.maya.get("me?format=xml")
    _bodies(on)


def _repeats(on: Stage) -> None:
    made = on.dr_okafor.post("groups", BODY, Idempotency_Key="key-1")
    on.dr_okafor.post("groups", BODY, Idempotency_Key="key-1")
    on.dr_okafor.post("groups", {"name": "Later"}, Idempotency_Key="key-1")
    on.dr_okafor.post("groups", BODY, Idempotency_Key="a b")
    on.dr_okafor.post("groups", {"name": ""}, Idempotency_Key="key-2")
    on.dr_okafor.post("groups", {"name": "Early"}, Idempotency_Key="key-2")
    on.maya.post("groups", BODY, Idempotency_Key="key-1")
    on.dr_okafor.post(f"groups/{made['id']}/members", {"patient": on.id("maya")},
                      Idempotency_Key="key-3")  # fmt: skip


def _bodies(on: Stage) -> None:
    for raw in (
        "", "{", '{"name": NaN}', '{"name": "a", "name": "b"}', '{"name": "\\ud83d"}', "nope",
        '{"name": "a\\u0000b"}', "[" * 30 + "]" * 30, "1e999", '{"name": 1' + "0" * 400 + "}",
    ):  # fmt: skip
        on.dr_okafor.post("groups", raw=raw)
    on.dr_okafor.post("groups", raw="name=Late", kind="application/x-www-form-urlencoded")
    on.dr_okafor.post("groups", raw="<name/>", kind="text/xml")
    on.dr_okafor.post("groups", raw=json.dumps(BODY), kind="text/plain")
    on.dr_okafor.post("groups", {f"field{number}": number for number in range(30)})
    for match in ("", "1", '"x"', "*", 'W/"1"', '"1", "2"'):
        on.maya.patch("me", {"language": "es"}, If_Match=match)
