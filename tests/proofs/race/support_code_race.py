"""One code of a support person, used by eight people at once: one comes in (R27, R41)."""

from collections import Counter
from functools import partial

from django.utils import timezone

from backend.kit.db import rls_actor
from backend.kit.errors import InvalidInput
from care.models import AccessLogEntry, SupportCode, SupportPerson, User
from care.support.invite import SupportCodeInvalid, create_support_code, enrol_supporter
from tests import cast as people
from tests.proofs.race.contest_result import Tally
from tests.proofs.race.racing_threads import arena

HANDS = 8


def support_race(rounds: int) -> Tally:
    """Come in eight times at once by one code, each with a name of its own."""
    tally = Tally("support code: one comes in", HANDS)
    maya = User.objects.select_related("patient").get(username="maya")
    with arena(HANDS) as ring:
        for turn in range(rounds):
            now = timezone.now()
            consent = people.agrees(maya)
            chart = people.own_chart(maya, now=now)
            code, _ = create_support_code(chart=chart, consent_id=consent.pk, now=now)
            names = [f"support-{turn}-{hand}" for hand in range(HANDS)]
            answers = ring.together([partial(_come_in, code, name) for name in names])
            made = User.objects.filter(username__in=names)
            tally.count(
                answers=(Counter(answers), Counter({"in": 1, "SupportCodeInvalid": HANDS - 1})),
                accounts=(made.count(), 1),
                people=(SupportPerson.objects.filter(consent=consent).count(), 1),
                unused=(SupportCode.objects.filter(consent=consent, used_at=None).count(), 0),
                told=(AccessLogEntry.objects.filter(actor_id__in=made.values("pk")).count(), 1),
            )
    return tally


def _come_in(code: str, name: str) -> str:
    """Do as the page does, in the calling thread."""
    with rls_actor.acting_as(rls_actor.SIGN_IN_ACTOR):
        try:
            enrol_supporter(
                code=code, username=name, password=f"four quiet words of {name}",
                now=timezone.now(),
            )  # fmt: skip
        except (SupportCodeInvalid, InvalidInput) as refusal:
            return type(refusal).__name__
    return "in"
