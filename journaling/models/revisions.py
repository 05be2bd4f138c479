"""What an entry said before it was changed: rows are only ever added."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from journaling.models.entries import Entry


class EntryRevision(models.Model):
    """One change of an entry: who made it, when, and what stood there before, encrypted."""

    class Action(models.TextChoices):
        CHANGED = "changed"
        DELETED = "deleted"

    row = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(Entry, db_index=False, on_delete=models.CASCADE, related_name="+")
    #: The revision that this change made.
    rev = models.PositiveIntegerField()
    at = models.DateTimeField()
    #: No foreign key: what somebody changed stays on record when their account is gone.
    author_id = models.UUIDField()
    author_role = models.CharField(max_length=10)
    action = models.CharField(max_length=7, choices=Action.choices)
    #: The whole content before the change.
    before = models.BinaryField()

    PHI: ClassVar = ("entry", "rev", "at", "author_id", "author_role", "action", "before")
    NOT_PHI: ClassVar = ("row",)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entry", "rev"], name="entry_revision_once"),
            models.CheckConstraint(
                condition=Q(action__in=["changed", "deleted"]), name="entry_revision_action_known"
            ),
        ]
