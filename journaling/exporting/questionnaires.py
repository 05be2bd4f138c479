"""The questionnaires that a patient answered, so that their answers can be read elsewhere."""

from collections.abc import Sequence

from care.access import Chart
from care.exporting import Cursor, Part, Row
from journaling import instruments
from journaling.queries.entries import visible


def _answered(chart: Chart, after: Cursor, limit: int) -> Sequence[tuple[Cursor, Row]]:
    rows = visible(chart).filter(kind="measure").values_list("instrument", "version").distinct()
    found = []
    for slug, version in sorted((str(slug), str(version)) for slug, version in rows):
        instrument = instruments.find(slug, version)
        place = f"{slug}|{version}"
        if instrument is not None and (after is None or place > after):
            found.append((place, {"instrument": instrument}))
    return found[:limit]


QUESTIONNAIRES = Part("questionnaires", ("instrument",), _answered)
