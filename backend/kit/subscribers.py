"""Functions of upper rooms that follow what a lower room writes.

The room that writes names what it tells, and whether within its transaction, by a ``Protocol``, and
keeps the ``Subscribers``; whoever follows adds a function when the application starts
(``notifications/apps.py``).
"""

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

Subscriber = TypeVar("Subscriber", bound=Callable[..., Any])


class Subscribers(Generic[Subscriber]):
    """Who follows one kind of write, in the order in which they subscribed."""

    def __init__(self) -> None:
        self._subscribers: list[Subscriber] = []

    def add(self, subscriber: Subscriber) -> None:
        """Call it after every such write; once, however often it is added."""
        if subscriber not in self._subscribers:
            self._subscribers.append(subscriber)

    def __iter__(self) -> Iterator[Subscriber]:
        return iter(self._subscribers)
