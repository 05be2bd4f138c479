"""Who may make a chart: only what has checked the viewer's right to it."""

import re

from tests.house.tree import ROOT, files, named

CHART = "care/access/chart.py"
#: They check care team, consent, break-glass access or the call before they build one.
BUILDERS = ["care/access/open.py", "care/oncall/chart.py"]


def mentioning(pattern: str) -> list[str]:
    """List the files beside the chart's own that mention something, the tests' too."""
    this = named(ROOT / "tests/house/test_charts.py")
    everywhere = [*files(), *files("tests")]
    names = [named(path) for path in everywhere if re.search(pattern, path.read_text())]
    return [name for name in names if name not in (CHART, this)]


def test_only_what_opens_a_chart_builds_one() -> None:
    assert mentioning(r"\bbuild_chart\b") == BUILDERS


def test_nobody_goes_around_the_builder() -> None:
    assert mentioning(r"access\.chart import (\([^)]*|.*)\b_MADE_HERE|\bchart\._MADE_HERE") == []
    # A copy keeps the mark of its maker: whoever replaces a field has made another chart.
    assert mentioning(r"\breplace\(\s*\w*chart\b") == []


def test_no_room_calls_the_class_itself() -> None:
    calls = [name for name in mentioning(r"(?<![\w.])Chart\(") if not name.startswith("tests/")]

    assert calls == []
