"""Rows as a test arranges them, before anything follows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from backend.kit.subscribers import Subscribers


@contextmanager
def unfollowed(subscribers: Subscribers[Any]) -> Iterator[None]:
    """Let nobody follow what is written meanwhile."""
    followers, subscribers._subscribers = subscribers._subscribers, []
    try:
        yield
    finally:
        subscribers._subscribers = followers
