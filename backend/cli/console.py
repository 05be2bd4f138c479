"""Progress output: one live line on a terminal, plain lines elsewhere."""

import shutil
import sys
from typing import TextIO

_CLEAR = "\r\033[K"


class Console:
    """Output with one progress line below the lines that stay."""

    def __init__(self, out: TextIO | None = None) -> None:
        self.out = out or sys.stdout
        self.is_live = self.out.isatty()
        self._shown = ""

    def say(self, text: str) -> None:
        """Print a line that stays."""
        self.clear()
        self.draw(f"{text}\n")

    def progress(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Show how far a stage is; off a terminal only its start and each further quarter."""
        part = f"{stage} {done}/{total}" if total else f"{stage} …"
        if self.is_live:
            self.draw(_CLEAR + part[: self.width() - 1])
            self._shown = part
            return
        mark = f"{stage} {done * 4 // total}" if total else stage
        if mark != self._shown:
            self.say(part)
            self._shown = mark

    def clear(self) -> None:
        """Clear the live line."""
        if self.is_live and self._shown:
            self.draw(_CLEAR)
            self._shown = ""

    def draw(self, text: str) -> None:
        """Write text unchanged, at once."""
        self.out.write(text)
        self.out.flush()

    def width(self) -> int:
        """Return the terminal's number of columns."""
        return shutil.get_terminal_size().columns
