"""One entry, sent twenty times at once, and twenty entries at once (B25, SECURITY §1.6)."""

from collections import Counter
from functools import partial

import orjson
from django.db.models import Max
from django.utils import timezone

from api.http import authentication
from care.accounts.device_sessions import start_device_session
from care.models import AccessLogEntry, User
from journaling.models import Entry, Journal
from tests import cast as people
from tests.proofs.race.contest_result import Tally
from tests.proofs.race.racing_threads import arena, send

HANDS = 20


def repeat_race(rounds: int) -> Tally:
    """Send one entry twenty times at once: one row, twenty equal answers, no number skipped."""
    tally = Tally("entries: one row", HANDS)
    maya, token = _maya()
    with arena(HANDS) as ring:
        for turn in range(1, rounds + 1):
            body = people.craving(note=f"the same words {turn}")
            once = partial(send, "POST", "entries", body, token=token)
            answers = ring.together([once] * HANDS)
            rows = Entry.objects.filter(patient_id=maya.pk)
            writes = AccessLogEntry.objects.filter(patient_id=maya.pk, action="write")
            tally.count(
                statuses=(Counter(answer.status for answer in answers), Counter({200: 19, 201: 1})),
                bodies=(len({_as_told(answer.body) for answer in answers}), 1),
                rows=(rows.filter(id=body["id"]).count(), 1),
                seq=(rows.aggregate(last=Max("seq"))["last"], rows.count()),
                counter=(Journal.objects.get(patient_id=maya.pk).last_seq, rows.count()),
                audited=(writes.filter(data_class="entries").count(), rows.count()),
            )
    return tally


def batch_race(rounds: int) -> Tally:
    """Send one batch of five twenty times at once: five rows, everybody told the same of each."""
    tally = Tally("sync: one row each", HANDS)
    maya, token = _maya()
    with arena(HANDS) as ring:
        for _ in range(rounds):
            before = Entry.objects.filter(patient_id=maya.pk).count()
            ops = [people.craving(intensity=n) | {"base_rev": None} for n in range(5)]
            once = partial(send, "POST", "sync", {"cursor": None, "ops": ops}, token=token)
            answers = ring.together([once] * HANDS)
            results = [result for answer in answers for result in answer.body.get("results", ())]
            said = {tuple(result.get(name) for name in ("id", "rev", "seq")) for result in results}
            tally.count(
                statuses=({answer.status for answer in answers}, {200}),
                results=(
                    Counter(result["status"] for result in results),
                    Counter({"created": 5, "unchanged": 5 * HANDS - 5}),
                ),
                said=(
                    sorted(said, key=str),
                    sorted(((op["id"], 1, before + n) for n, op in enumerate(ops, 1)), key=str),
                ),
                rows=(Entry.objects.filter(patient_id=maya.pk).count(), before + 5),
            )
    return tally


def order_race(rounds: int) -> Tally:
    """Send twenty entries at once: all stored, their numbers dense, no two alike."""
    tally = Tally("entries: dense numbers", HANDS)
    maya, token = _maya()
    with arena(HANDS) as ring:
        for _ in range(rounds):
            before = Entry.objects.filter(patient_id=maya.pk).count()
            calls = [
                partial(send, "POST", "entries", people.craving(intensity=hand % 11), token=token)
                for hand in range(HANDS)
            ]
            answers = ring.together(calls)
            numbers = sorted(answer.body.get("seq", 0) for answer in answers)
            tally.count(
                statuses=({answer.status for answer in answers}, {201}),
                numbers=(numbers, list(range(before + 1, before + HANDS + 1))),
                rows=(Entry.objects.filter(patient_id=maya.pk).count(), before + HANDS),
            )
    return tally


def _maya() -> tuple[User, str]:
    maya = User.objects.get(username="maya")
    now = timezone.now()
    session = start_device_session(user=maya, device_name="", now=now)
    return maya, str(authentication.token_pair(session, now=now).access)


def _as_told(body: object) -> bytes:
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
