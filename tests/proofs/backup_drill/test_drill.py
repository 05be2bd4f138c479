"""A clinic comes back whole from its backup; full size: ``python -m tests.proofs.backup_drill``."""

import os
from pathlib import Path

import pytest

from tests.proofs.backup_drill.drill import drill

DATABASE = os.environ.get("BETWEEN_TEST_DATABASE", "sqlite")


@pytest.mark.pg_tools
def test_two_thousand_entries_come_back_whole(tmp_path: Path) -> None:
    found = drill(DATABASE, tmp_path, entries=2_000)

    assert found.is_whole, found.said
    assert found.entries == 2_000
    assert found.log_rows >= 2_000
    assert f"access log: {found.log_rows} rows under 1 seals" in found.said
    assert "texts of 2 patients open" in found.said
    assert "A new generation began." in found.said
    assert "In force by these data: " in found.said
