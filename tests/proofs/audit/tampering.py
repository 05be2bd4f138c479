"""Ways in which somebody with the owner's rights could change the access log."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.core.management.color import no_style
from django.db import connection

from care.models import AccessLogEntry, AuditSeal

Dice = random.Random
COLUMNS = (
    "at",
    "actor_id",
    "actor_role",
    "actor_name",
    "patient_id",
    "action",
    "data_class",
    "reason",
)


def wrote(count: int, *, at: datetime) -> list[int]:
    """Add rows to the log as the service does, and tell their numbers."""
    made = AccessLogEntry.objects.bulk_create(
        AccessLogEntry(
            at=at, actor_id=uuid4(), actor_role="clinician",
            actor_name="Dr. Sealed (sealed)", patient_id=uuid4(), action="read",
            data_class="brief", reason="primary_therapist", request_id="r",
        )
        for _ in range(count)
    )  # fmt: skip
    return sorted(row.pk for row in made)


def begin_anew(dice: Dice) -> None:
    """Empty the log and its seals, and count from one again; half the logs begin with a gap.

    Numbers that went on from log to log would all be gaps of the next one, so that a round took
    longer the more had run before it.
    """
    tables = [model._meta.db_table for model in (AuditSeal, AccessLogEntry)]
    emptying = connection.ops.sql_flush(no_style(), tables, reset_sequences=True)
    with connection.cursor() as cursor:
        for statement in emptying:
            cursor.execute(statement)
    if dice.random() < 0.5:
        taken_back = wrote(dice.randint(1, 3), at=datetime.fromisoformat("2026-01-01T00:00:00Z"))
        AccessLogEntry.objects.filter(pk__in=taken_back).delete()


def change_one_value(dice: Dice) -> None:
    """Change one column of one sealed row."""
    row = AccessLogEntry.objects.get(pk=dice.choice(_sealed()))
    column = dice.choice(COLUMNS)
    before = getattr(row, column)
    after: object = "other"
    if isinstance(before, datetime):
        after = before + timedelta(microseconds=dice.choice([1, -1, 60_000_000]))
    elif isinstance(before, UUID):
        after = dice.choice([uuid4(), None])
    AccessLogEntry.objects.filter(pk=row.pk).update(**{column: after})


def take_one_out(dice: Dice) -> None:
    """Delete one sealed row."""
    AccessLogEntry.objects.filter(pk=dice.choice(_sealed())).delete()


def swap_two(dice: Dice) -> None:
    """Let two sealed rows change places."""
    one, other = dice.sample(_sealed(), 2)
    AccessLogEntry.objects.filter(pk=one).update(id=-1)
    AccessLogEntry.objects.filter(pk=other).update(id=one)
    AccessLogEntry.objects.filter(pk=-1).update(id=other)


def replace_one(dice: Dice) -> None:
    """Put another row under a sealed number."""
    number = dice.choice(_sealed())
    AccessLogEntry.objects.filter(pk=number).delete()
    made = wrote(1, at=datetime.fromisoformat("2026-01-01T00:00:00+00:00"))[0]
    AccessLogEntry.objects.filter(pk=made).update(id=number)


def cut_off_the_end(dice: Dice) -> None:
    """Delete the last seals and everything that they hold."""
    seal = AuditSeal.objects.get(pk=dice.choice(_seals()))
    AccessLogEntry.objects.filter(id__gte=seal.first_id).delete()
    AuditSeal.objects.filter(pk__gte=seal.pk).delete()


def take_a_seal_out(dice: Dice) -> None:
    """Delete one seal with its rows."""
    seal = AuditSeal.objects.get(pk=dice.choice(_seals()))
    AccessLogEntry.objects.filter(id__range=(seal.first_id, seal.last_id)).delete()
    seal.delete()


def hide_behind_a_gap(dice: Dice) -> None:
    """Delete a row and let the seal say that its number was never used."""
    seal = AuditSeal.objects.get(pk=dice.choice(_seals()))
    number = dice.choice([pk for pk in _sealed() if seal.first_id <= pk <= seal.last_id])
    AccessLogEntry.objects.filter(pk=number).delete()
    AuditSeal.objects.filter(pk=seal.pk).update(gaps=[*seal.gaps, number], rows=seal.rows - 1)


def add_under_an_old_number(dice: Dice) -> None:
    """Widen a seal's stretch downwards by a row of one's own."""
    first = AuditSeal.objects.order_by("id")[0]
    made = wrote(1, at=datetime.fromisoformat("2026-01-01T00:00:00+00:00"))[0]
    number = first.gaps[0] if first.gaps else 0
    AccessLogEntry.objects.filter(pk=made).update(id=number)
    if not first.gaps:
        AuditSeal.objects.filter(pk=first.pk).update(first_id=0, rows=first.rows + 1)


WAYS: tuple[Callable[[Dice], None], ...] = (
    change_one_value, take_one_out, swap_two, replace_one, cut_off_the_end, take_a_seal_out,
    hide_behind_a_gap, add_under_an_old_number,
)  # fmt: skip


def _sealed() -> list[int]:
    spans = AuditSeal.objects.values_list("first_id", "last_id")
    there = AccessLogEntry.objects.order_by("id").values_list("id", flat=True)
    return [pk for pk in there if any(first <= pk <= last for first, last in spans)]


def _seals() -> list[int]:
    return list(AuditSeal.objects.order_by("id").values_list("id", flat=True))
