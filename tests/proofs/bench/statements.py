"""Count the statements of recording at one door, on a bench's own database, and print the number.

``python -m tests.proofs.bench.statements entries`` sends one entry, ``sync`` a hundred.
"""

import sys

import django

django.setup()

from django.db import connection  # noqa: E402 (apps must be ready)
from django.test.utils import CaptureQueriesContext  # noqa: E402 (the same)
from rest_framework.test import APIClient  # noqa: E402 (the same)

from care.models import User  # noqa: E402 (the same)
from journaling.sync.exchange import journal_head  # noqa: E402 (the same)
from journaling.sync.protocol import SyncCursor  # noqa: E402 (the same)
from tests import cast  # noqa: E402 (the same)

if __name__ == "__main__":
    patient = User.objects.filter(role=User.Role.PATIENT)[0]
    client, chart = cast.signed_in(patient), cast.own_chart(patient)
    assert isinstance(client, APIClient)
    is_one = sys.argv[1] == "entries"
    sent = cast.craving(note="counted")
    if not is_one:
        read = SyncCursor(journal_head(chart=chart)[0], 0).sealed(chart)
        sent = {"cursor": read, "ops": [cast.craving(note="counted") for _ in range(100)]}
    with CaptureQueriesContext(connection) as seen:
        told = client.post(
            f"/api/v1/{sys.argv[1]}", sent, format="json", headers={"Host": "127.0.0.1"}
        )
    if told.status_code != (201 if is_one else 200):
        raise RuntimeError(told.content)
    sys.stdout.write(str(len(seen)))
