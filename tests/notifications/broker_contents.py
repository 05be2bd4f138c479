"""Words planted wherever somebody may write any, and all that a broker holds, to look for them."""

import base64
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import redis
from kombu import Connection

from care.models import Clinic, Patient, StaffContact, TreatmentSession, User
from journaling.entries.record import record_entry
from notifications.models.device import Device
from notifications.models.reminder import Reminder
from tests import cast as people
from tests import on_call_clinic
from tests.cast import Cast

#: Each stands in one field that somebody fills; none is a word of ours.
CANARIES = (
    "zephyrine", "quillmoor", "fentanyl-canary", "harborgate", "okaforian", "canary-phone",
    "canary-address", "morning-canary", "canary-title", "canary-mail", "brindlewick",
)  # fmt: skip
ADDRESS = "canary-address of a phone"


def plant(cast: Cast, *, at: datetime) -> None:
    """Write the canaries into names and notes, and let an emergency call staff."""
    on_call_clinic.set_up(cast)
    users = User.objects
    users.filter(pk=cast.maya.pk).update(display_name="Zephyrine", username="quillmoor")
    users.filter(pk=cast.dr_okafor.pk).update(display_name="Okaforian", username="brindlewick")
    Clinic.objects.update(name="Harborgate")
    StaffContact.objects.update(email="canary-mail@example.org")
    maya = users.get(pk=cast.maya.pk)
    people.group(cast.dr_okafor, maya, name="morning-canary")
    meeting = people.session(cast.dr_okafor, starts_at=at + timedelta(days=90), with_patient=maya)
    TreatmentSession.objects.filter(pk=meeting.pk).update(title="canary-title")
    sent = people.craving(at=at, target="other", note="fentanyl-canary")
    record_entry(chart=people.own_chart(maya), sent=sent, now=at)
    on_call_clinic.say(maya, on_call_clinic.unsafe(at=at), now=at)
    Device.objects.update(device_name="canary-phone")


def told_of_nobody(text: str) -> list[str]:
    """List what of anybody stands in it: planted words, and ids of patients and reminders."""
    ids = [str(pk) for pk in Patient.objects.values_list("pk", flat=True)]
    ids += [str(pk) for pk in Reminder.objects.values_list("id", flat=True)]
    low = text.lower()
    return [word for word in (*CANARIES, *ids) if word in low or word.replace("-", "") in low]


def carried(broker: str, folder: Path) -> str:
    """Read all keys or names and all bodies that a broker holds, also what a worker has taken."""
    if broker.startswith("redis"):
        held = "\n".join(_in_redis(redis.Redis.from_url(broker)))
    elif broker.startswith("amqp"):
        held = "\n".join(_in_rabbit(broker))
    else:
        files = [file for file in sorted((folder / "broker").rglob("*")) if file.is_file()]
        held = "\n".join(f"{file}\n{file.read_text(errors='replace')}" for file in files)
    return "\n".join([held, *_bodies(held)])


def _in_redis(client: Any) -> Iterator[str]:
    for key in sorted(client.scan_iter()):
        kind = client.type(key)
        yield key.decode()
        if kind == b"list":
            values = client.lrange(key, 0, -1)
        elif kind == b"hash":
            values = [part for pair in client.hgetall(key).items() for part in pair]
        elif kind == b"zset":
            values = client.zrange(key, 0, -1)
        elif kind == b"set":
            values = list(client.smembers(key))
        else:
            values = [client.get(key) or b""]
        yield from (value.decode(errors="replace") for value in values)


def _in_rabbit(broker: str) -> Iterator[str]:
    """Look at every message of the one queue there is, and leave it there."""
    with Connection(broker) as opened:
        channel: Any = opened.default_channel
        while (found := channel.basic_get("celery", no_ack=False)) is not None:
            yield f"{found.delivery_info} {found.headers} {found.properties} {found.body!r}"


def _bodies(held: str) -> Iterator[str]:
    """Decode the bodies, which kombu keeps as base64 inside JSON."""
    for part in held.replace("\\", "").split('"'):
        if len(part) > 40 and " " not in part:
            try:
                yield base64.b64decode(part, validate=True).decode()
            except ValueError:
                continue
