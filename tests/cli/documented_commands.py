"""The commands that the documents name: blocks of shell, and what stands between backticks."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from backend.cli.paths import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

#: Blocks that cannot be run on a bare machine. Each says so to its reader, in its first line.
NOT_RUN = {
    "# these name servers of your own": "settings of a clinic: there are no such hosts here",
    "# with a backup and a former copy of your own": "there is neither on a bare machine",
}
#: A block whose programs run until they are stopped: each is started, and must still be there.
SERVICES = "# each of these is a service, and runs until it is stopped"
#: The suite would run itself; ``up`` is started by the test in its own way.
OF_ITSELF = "./between test "


@dataclass(frozen=True)
class Block:
    """One block of shell in a document."""

    document: str
    number: int
    text: str

    @property
    def first_line(self) -> str:
        """Return the line in which a block may say that it is special."""
        return self.text.splitlines()[0]

    def __str__(self) -> str:
        return f"{self.document}:{self.number}"


def blocks() -> list[Block]:
    """Return every block of shell of every document, in order."""
    found = []
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        shells = re.findall(r"^```(?:sh|bash|console|shell)\b[^\n]*\n(.*?)^```", text, re.M | re.S)
        found += [Block(path.name, number, shell) for number, shell in enumerate(shells, 1)]
    return found


def json_block(document: str, key: str) -> str:
    """Return the one JSON file with this key that a document shows."""
    text = next(path for path in DOCUMENTS if path.name == document).read_text(encoding="utf-8")
    blocks = re.findall(r"^```json\n(.*?)^```", text, re.M | re.S)
    (found,) = (block for block in blocks if key in json.loads(block))
    return str(found)


def inline() -> Iterator[tuple[str, str]]:
    """Go through every command between backticks: its document, and its words."""
    for path in DOCUMENTS:
        text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
        for code in re.findall(r"`([^`]+)`", text):
            words = " ".join(code.split())
            if re.search(r"(^|\s)(\./between|(\.venv/bin/)?python3? -m) ?", words):
                yield path.name, words
