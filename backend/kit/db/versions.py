"""Rows that are only added, each the next version of one thing, unique by its revision."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from backend.kit.errors import ChangedMeanwhile


@contextmanager
def next_version(changed: type[ChangedMeanwhile]) -> Iterator[None]:
    """Write a version, and what goes with it, in one transaction, within the block.

    Of two who write the same revision at the same moment one wins.

    :raises ChangedMeanwhile: ``changed``, for the other; nothing of theirs was stored.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise changed from None
