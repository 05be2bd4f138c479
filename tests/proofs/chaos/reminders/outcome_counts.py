"""What a run did to the phones, from the record of the fake alone, and from our own rows."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from tests.proofs.fcm.server import FakeFcm
from tests.proofs.webpush.server import FakePushService


class Accepted(NamedTuple):
    """One message that was accepted: when, of which occurrence, and the tag it is shown under."""

    at: float
    occurrence: str
    tag: str


def accepted_by_fcm(fake: FakeFcm) -> Iterator[Accepted]:
    """Yield what FCM accepted, in order of arrival."""
    for post in fake.accepted:
        body = post["message"]
        yield Accepted(post["at"], body["data"]["id"], body["android"]["notification"]["tag"])


def accepted_by_browsers(fake: FakePushService) -> Iterator[Accepted]:
    """Yield what browsers got and could decrypt, in order of arrival."""
    received = [one for browser in fake.browsers.values() for one in browser.received]
    for one in sorted(received, key=lambda one: one.at):
        shown = one.body["notification"]
        yield Accepted(one.at, shown["data"]["id"], shown["tag"])


@dataclass(frozen=True)
class Tally:
    """The figures of one run. Only ``repeated_calls`` may be other than nought, and is bounded."""

    reminders: int
    kills: int
    #: Never accepted by the gateway, though there was all the time it takes.
    lost: int
    #: On one phone under two tags: a patient would see two.
    shown_twice: int
    #: Accepted again under the same tag: the phone replaces what it shows.
    repeated_calls: int
    #: Of those, how many no death, crash or step of the clock explains.
    repeated_for_no_reason: int
    most_per_death: int
    #: Accepted, and told as anything but sent or, after five holders died of it, unknown.
    wrongly_told: int
    told_unknown: int

    @property
    def holds(self) -> bool:
        """Whether the promise was kept."""
        return not (
            self.lost or self.shown_twice or self.repeated_for_no_reason or self.wrongly_told
        )

    def told(self) -> dict[str, Any]:
        """Say it all, with the bound that no failure in so many tries gives (95 %)."""
        return {**asdict(self), "bound_3_n": round(3 / self.reminders, 6), "holds": self.holds}


def count(
    *,
    accepted: Sequence[Accepted],
    deaths: Sequence[float],
    steps: Sequence[float],
    lease_seconds: float,
    states: dict[str, str],
) -> Tally:
    """Compare what arrived with what stands in our rows.

    What a dead holder had is taken again when its lease is over, and a step of the clock may end a
    lease early. Nothing else may send again.
    """
    arrived: dict[str, list[tuple[float, str]]] = {}
    for at, occurrence, tag in accepted:
        arrived.setdefault(occurrence, []).append((at, tag))
    per_death: Counter[int] = Counter()
    unexplained = 0
    for posts in arrived.values():
        for (before, _), (after, _) in pairwise(posts):
            per_death[bisect_left(deaths, before)] += 1
            stepped = bisect_left(steps, before - 1)
            is_stepped = stepped < len(steps) and steps[stepped] <= after
            unexplained += after - before < lease_seconds / 2 and not is_stepped
    return Tally(
        reminders=len(states),
        kills=len(deaths),
        lost=len(set(states) - set(arrived)),
        shown_twice=sum(len({tag for _, tag in posts}) > 1 for posts in arrived.values()),
        repeated_calls=sum(len(posts) - 1 for posts in arrived.values()),
        repeated_for_no_reason=unexplained,
        most_per_death=max(per_death.values(), default=0),
        wrongly_told=sum(states.get(name) not in {"sent", "unknown"} for name in arrived),
        told_unknown=sum(state == "unknown" for state in states.values()),
    )
