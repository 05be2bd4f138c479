"""The files of the client, and the version that names all of them together.

A version is a folder of the address: modules name one another by relative paths, so all that a
page loads is of one version, with no build step and no import map (docs/decisions/0028). What is
served is the source without its comments, types and indents, line for line.
"""

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from posixpath import dirname, join, normpath

STATIC = Path(__file__).resolve().parent.parent / "static" / "app"
PAGE = Path(__file__).resolve().parent.parent / "templates" / "app" / "page.html"
#: What a phone keeps to start without a connection; icons are read by its system, once.
KEPT_SUFFIXES = (".js", ".css")
SERVICE_WORKER = "sw.js"
FIRST_MODULE = "main.js"
_CONTENT_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
#: What a module names at its top; ``import()`` within it is for later.
_STATIC_IMPORT = re.compile(r"^(?:import|export) (?:[^;']*? from )?'(\.[^']+)'", re.MULTILINE)
#: Comments that take whole lines, and the types of JSDoc within one.
_COMMENT_LINES = re.compile(r"^[ \t]*(?://.*|/\*(?:[^*]|\*(?!/))*\*/[ \t]*)$", re.MULTILINE)
#: Templates of ours are htm's, which drops the space around each line.
_INDENTS = re.compile(r"^[ \t]+", re.MULTILINE)
_INLINE_TYPES = re.compile(r"/\*\* @(?:type|param) [^*\n]*\*/ ?")


@dataclass(frozen=True, slots=True)
class ShellFile:
    """One file as it is served."""

    content: bytes
    compressed: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Shell:
    """All files by their names, and the version of their contents."""

    version: str
    files: Mapping[str, ShellFile]

    def kept(self) -> list[str]:
        """List the names of what a phone keeps, in alphabetical order."""
        return [
            name for name in self.files if name.endswith(KEPT_SUFFIXES) and name != SERVICE_WORKER
        ]

    def first_modules(self) -> list[str]:
        """List what the first module imports, however far, in alphabetical order."""
        found, left = {FIRST_MODULE}, [FIRST_MODULE]
        while left:
            near = self._imports_of(left.pop()) - found
            found |= near
            left += near
        return sorted(found)

    def _imports_of(self, name: str) -> set[str]:
        source = self.files[name].content.decode()
        return {normpath(join(dirname(name), path)) for path in _STATIC_IMPORT.findall(source)}


@cache
def load_shell() -> Shell:
    """Read all files, once in each process."""
    paths = sorted(path for path in STATIC.rglob("*") if path.suffix in _CONTENT_TYPES)
    files = {path.relative_to(STATIC).as_posix(): _shell_file(path) for path in paths}
    digest = hashlib.sha256(PAGE.read_bytes())
    for name, file in files.items():
        digest.update(f"{name}\0{len(file.content)}\0".encode() + file.content)
    return Shell(version=digest.hexdigest()[:16], files=files)


def without_comments(source: str) -> str:
    """Return a module without comments, types and indents; every line keeps its number."""
    bare = _COMMENT_LINES.sub(lambda found: "\n" * found.group().count("\n"), source)
    return _INDENTS.sub("", _INLINE_TYPES.sub("", bare))


def _shell_file(path: Path) -> ShellFile:
    content = path.read_bytes()
    if path.suffix == ".js":
        content = without_comments(content.decode()).encode()
    kind = _CONTENT_TYPES[path.suffix]
    return ShellFile(content, gzip.compress(content, 9, mtime=0), kind)
