"""Add a kind of entry as CONTRIBUTING says, in a process of its own, and use it at every door.

Its one field is sealed, so that it needs no column and no migration.
"""

import json
import sys
from typing import Annotated, Any, ClassVar
from uuid import uuid4

from journaling.entries.kinds import registry
from journaling.entries.kinds.field_types import Text
from journaling.entries.kinds.model import SEALED, EntryValues, entry_model


@entry_model
class Gratitude(EntryValues):
    """What somebody is thankful for."""

    kind: ClassVar = "gratitude"
    title: ClassVar = "Gratitude"

    thanks: Annotated[str, Text(200), SEALED]

    def description(self) -> str:
        """Describe it for a brief."""
        return f"thankful for {self.thanks}"


def main() -> None:
    """Learn the kind before anything else is loaded, then ask every door about it."""
    registry.KINDS[Gratitude.kind] = Gratitude
    import django

    django.setup()
    from django.test.runner import DiscoverRunner

    runner = DiscoverRunner(verbosity=0, interactive=False)
    made = runner.setup_databases()
    try:
        sys.stdout.write(json.dumps(_asked()) + "\n")
    finally:
        runner.teardown_databases(made)


def _asked() -> dict[str, Any]:
    from datetime import timedelta

    from django.utils import timezone
    from drf_spectacular.generators import SchemaGenerator

    from journaling.entries.read import entries_between
    from tests import cast as people

    cast, now = people.enter(), timezone.now()
    client = people.signed_in(cast.maya)
    host = {"Host": "localhost"}
    common = {name: people.craving()[name] for name in ("occurred_at", "recorded_at", "time_zone")}
    body = common | {"id": str(uuid4()), "kind": "gratitude", "thanks": "my sister"}
    posted = client.post("/api/v1/entries", body, "json", headers=host)
    bad = client.post("/api/v1/entries", body | {"thanks": 5}, "json", headers=host)
    ops = [body | {"id": str(uuid4()), "thanks": "the lake", "base_rev": None}]
    synced = client.post("/api/v1/sync", {"cursor": None, "ops": ops}, "json", headers=host)
    listed = client.get("/api/v1/entries?kind=gratitude", headers=host)
    schema: Any = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call] # the library's
    entries = entries_between(
        chart=people.own_chart(cast.maya),
        since=now - timedelta(hours=1),
        until=now + timedelta(hours=1),
    )
    return {
        "posted": [posted.status_code, posted.json().get("thanks")],
        "bad": [bad.status_code, [error["field"] for error in bad.json()["errors"]]],
        "synced": synced.json()["results"][0]["status"],
        "listed": sorted(entry["thanks"] for entry in listed.json()["results"]),
        "schema": sorted(name for name in schema["components"]["schemas"] if "Gratitude" in name),
        "told": sorted(entry.values.description() for entry in entries),
    }


if __name__ == "__main__":
    main()
