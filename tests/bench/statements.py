"""Count the statements of recording one entry, on a bench's own database, and print the number."""

import sys

import django

django.setup()

from django.db import connection  # noqa: E402 (apps must be ready)
from django.test.utils import CaptureQueriesContext  # noqa: E402 (the same)
from rest_framework.test import APIClient  # noqa: E402 (the same)

from care.models import User  # noqa: E402 (the same)
from tests import cast  # noqa: E402 (the same)

if __name__ == "__main__":
    client = cast.signed_in(User.objects.filter(role=User.Role.PATIENT)[0])
    assert isinstance(client, APIClient)
    with CaptureQueriesContext(connection) as seen:
        body = cast.craving(note="counted")
        told = client.post("/api/v1/entries", body, format="json", headers={"Host": "127.0.0.1"})
    if told.status_code != 201:
        raise RuntimeError(told.content)
    sys.stdout.write(str(len(seen)))
