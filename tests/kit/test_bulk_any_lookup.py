"""``__among`` finds what ``__in`` finds, by one parameter, on both databases."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from care.models import Patient, User
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder
from tests.cast import Cast
from tests.notifications.reminder_scenario import DUE, drain, planned


@pytest.mark.parametrize("count", [0, 1, 2])
def test_it_finds_what_in_finds(cast: Cast, count: int) -> None:
    ids = [cast.maya.pk, cast.noah.pk][:count]
    for user in (cast.maya, cast.noah):
        planned(user)
    rows = list(Reminder.objects.filter(patient_id__in=ids).values_list("row", flat=True))
    drain(DUE)

    with CaptureQueriesContext(connection) as asked:
        found = [
            Patient.objects.filter(pk__among=[*ids, uuid4()]).count(),
            User.objects.filter(pk__among=set(ids)).count(),
            Reminder.objects.filter(patient_id__among=ids).count(),
            Reminder.objects.filter(row__among=rows).count(),
            Occurrence.objects.filter(reminder_id__among=rows).count(),
            Occurrence.objects.exclude(patient__among=ids).count(),
        ]

    assert found == [count] * 5 + [2 - count]
    assert len(asked) == 6


def test_one_text_serves_any_number(cast: Cast) -> None:
    texts = {
        str(Patient.objects.filter(pk__among=ids).values("pk").query.sql_with_params()[0])
        for ids in ([], [cast.maya.pk], [cast.maya.pk, cast.noah.pk])
    }

    assert len(texts) == 1
