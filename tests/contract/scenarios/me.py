"""The own profile, and the calendar that others' programs read."""

from tests.contract.stage import Stage


def play(on: Stage) -> None:
    """Read and change oneself; make, read and end a calendar link."""
    for who in (on.maya, on.dr_okafor, on.ada, on.sam):
        who.get("me")
    _changes(on)
    _calendar(on)


def _changes(on: Stage) -> None:
    on.maya.patch("me", {"language": "es"})
    on.maya.patch("me", {"language": "es"}, rev=9)
    on.maya.patch("me", {"language": "es"}, If_Match="one")
    body = {
        "display_name": "Maya R.", "time_zone": "America/Denver", "language": "es-US",
        "quiet_hours": {"start": "23:00", "end": "06:30"},
    }  # fmt: skip
    changed = on.maya.patch("me", body, rev=1)
    on.maya.patch("me", {"reminder_mail": True}, rev=changed["rev"])
    changed = on.maya.patch("me", {"email": "maya@example.org"}, rev=changed["rev"])
    changed = on.maya.patch("me", {"reminder_mail": True}, rev=changed["rev"])
    for wrong in (
        {"display_name": "", "language": "not a tag", "time_zone": "Mars/Base"},
        {"display_name": "two\nlines"},
        {"quiet_hours": {"start": "25:00"}},
        {"quiet_hours": "never", "email": "nowhere"},
        {"role": "admin", "id": None},
        {"display_name": "x" * 121},
        {"reminder_mail": "yes"},
    ):
        on.maya.patch("me", wrong, rev=changed["rev"])
    on.wait(minutes=11)
    on.dr_okafor.patch("me", {"display_name": "Dr. A. Okafor"}, rev=1)
    on.dr_okafor.patch("me", {"reminder_mail": True}, rev=1)


def _calendar(on: Stage) -> None:
    address = on.maya.post("me/calendar")["url"].removeprefix("http://testserver")
    read = on.nobody.get(address)
    on.nobody.get(address, If_None_Match=read.headers["ETag"])
    on.dr_okafor.patch(f"sessions/{on.id('session_id')}", {"cancelled": True}, rev=1)
    on.nobody.get(address, If_None_Match=read.headers["ETag"])
    on.maya.get("me/calendar")
    on.maya.patch("me/calendar", {"check_ins": True})
    on.nobody.get(address)
    on.maya.patch("me/calendar", {"check_ins": "soon"})
    on.dr_okafor.post("me/calendar", {"check_ins": True})
    on.maya.delete("me/calendar")
    on.maya.delete("me/calendar")
    on.maya.get("me/calendar")
    on.maya.patch("me/calendar", {"check_ins": False})
    on.nobody.get(address)
    address = on.dr_okafor.post("me/calendar")["url"].removeprefix("http://testserver")
    on.nobody.get(address)
    on.sam.post("me/calendar")
