"""A kind of entry is one small module: the doors, the schema and the list learn of it."""

import json
import os
import subprocess
import sys


def test_a_kind_that_is_added_is_known_at_every_door() -> None:
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings",
           "BETWEEN_TEST_NAME": "test_between_new_kind"}  # fmt: skip
    env.pop("BETWEEN_TEST_DATA", None)

    done = subprocess.run(
        [sys.executable, "-m", "tests.journaling.entries.new_kind"],
        env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["posted"] == [201, "my sister"]
    assert told["bad"] == [400, ["thanks"]]
    assert told["synced"] == "created"
    assert told["listed"] == ["my sister", "the lake"]
    assert {"GratitudeOut", "GratitudeInRequest", "GratitudeOperationRequest"} <= set(
        told["schema"]
    )
    assert told["told"] == ["thankful for my sister", "thankful for the lake"]
