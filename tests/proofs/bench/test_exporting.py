"""Exports of many entries, in a small size; all: ``python -m tests.proofs.bench.exporting``."""

import pytest

from journaling.exports import jobs as exports_jobs
from tests.proofs.bench.exporting import measure


@pytest.mark.django_db
def test_every_entry_is_in_the_table_over_many_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports_jobs, "PAGE_ROWS", 20)

    found = measure(database="here", entries=90)

    assert found.entries == 90
    assert found.megabytes > 0.1
    assert found.megabytes_at_rest < found.megabytes
