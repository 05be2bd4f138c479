"""The client's files: one version together, small, from here alone, and the same for everybody."""

import gzip
import hashlib
import json
import re
import shutil
import subprocess
from typing import Any

import pytest
from django.test import Client

from tests.app.api_types import WRITTEN, current
from tests.house.tree import ROOT
from web.app.pages import LOOKS
from web.app.shell import SERVICE_WORKER, STATIC, load_shell, without_comments

pytestmark = pytest.mark.django_db

#: What a phone loads before it shows its first screens in one language, by Brotli (PHONE.md).
MOST_FIRST = 60 * 1024
#: All that it keeps: every screen, both languages.
MOST_KEPT = 108 * 1024
_BROTLI = (
    "const {brotliCompressSync: c, constants: k} = require('zlib');"
    "const sizes = JSON.parse(require('fs').readFileSync(0, 'utf8')).map((text) =>"
    " c(Buffer.from(text), {params: {[k.BROTLI_PARAM_QUALITY]: 11}}).length);"
    "process.stdout.write(String(sizes.reduce((sum, size) => sum + size, 0)))"
)


def page() -> Any:
    return Client().get("/app/")


def root() -> str:
    return f"/app/shell/{load_shell().version}/"


def test_the_page_names_files_of_one_version_only() -> None:
    text = page().content.decode()

    addresses = re.findall(r'(?:href|src)="([^"]+)"', text)
    assert addresses
    assert all(
        address == "/app/manifest.webmanifest" or address.startswith(root())
        for address in addresses
    )


def test_every_file_that_the_page_or_the_worker_names_is_there() -> None:
    client = Client()
    named = set(re.findall(r'(?:href|src)="([^"]+)"', page().content.decode()))
    worker = client.get("/app/sw.js").content.decode()
    kept = json.loads(worker.split("\n", 1)[0].removeprefix("const SHELL = ").removesuffix(";"))

    statuses = {name: client.get(name).status_code for name in named | set(kept["files"])}
    assert set(statuses.values()) == {200}
    assert kept["version"] == load_shell().version


def test_a_file_of_this_version_is_kept_for_a_year_and_of_another_not_at_all() -> None:
    of_this = Client().get(root() + "main.js")
    of_another = Client().get("/app/shell/0123456789abcdef/main.js")

    assert of_this["Cache-Control"] == "public, max-age=31536000, immutable"
    assert of_another["Cache-Control"] == "no-store"
    assert of_this.content == of_another.content == load_shell().files["main.js"].content


@pytest.mark.parametrize("path", ["/app/", "/app/sw.js", "/app/manifest.webmanifest"])
def test_what_names_the_version_is_asked_for_each_time(path: str) -> None:
    assert Client().get(path)["Cache-Control"] == "no-store"


def test_files_are_compressed_for_whoever_takes_it() -> None:
    plain = Client().get(root() + "main.js")
    packed = Client().get(root() + "main.js", headers={"Accept-Encoding": "gzip, br"})

    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert packed["Vary"] == plain["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("path", ["/app/", "/app/sw.js"])
def test_what_is_asked_for_each_time_is_compressed_too(path: str) -> None:
    plain = Client().get(path)
    packed = Client().get(path, headers={"Accept-Encoding": "gzip, br"})

    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert len(packed.content) < len(plain.content) / 2


def test_what_is_drawn_before_a_first_tap_is_loaded_in_few_rounds() -> None:
    """A browser has six connections to a server without HTTP/2: each six files are one way more."""
    assert len(first_files()) <= 36


@pytest.mark.parametrize(
    "name", ["nothing.js", "../shell.py", "vendor/VENDORED.json", "types.d.ts"]
)
def test_only_files_of_the_client_are_served(name: str) -> None:
    assert Client().get(root() + name).status_code == 404


@pytest.mark.parametrize("path", ["/app/", "/app/sw.js"])
def test_the_policy_lets_in_no_inline_script_no_eval_and_no_other_host(path: str) -> None:
    policy = Client().get(path)["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "<script>" not in page().content.decode()


@pytest.mark.parametrize("look", LOOKS)
def test_a_home_screen_is_told_a_neutral_name(look: str) -> None:
    told = Client().get(f"/app/manifest.webmanifest?look={look}").json()

    assert told["name"] in {"Between", "Notes", "Days"}
    assert (told["scope"], told["start_url"], told["display"]) == ("/app/", "/app/", "standalone")
    assert all(Client().get(icon["src"]).status_code == 200 for icon in told["icons"])


def test_there_is_no_look_that_nobody_drew() -> None:
    assert Client().get("/app/manifest.webmanifest?look=clinic").status_code == 404


def test_nobody_gets_a_cookie() -> None:
    assert not any(Client().get(path).cookies for path in ("/app/", "/app/sw.js"))


def first_files() -> list[str]:
    return ["app.css", *load_shell().first_modules()]


def brotli_of(names: list[str]) -> int:
    texts = json.dumps([load_shell().files[name].content.decode() for name in names])
    told = subprocess.run(
        ["node", "-e", _BROTLI], input=texts, capture_output=True, text=True, check=True
    )
    return int(told.stdout)


def test_the_page_fetches_beforehand_what_the_first_module_imports() -> None:
    fetched = re.findall(r'modulepreload" href="[^"]+/shell/\w+/([^"]+)"', page().content.decode())

    assert sorted(fetched) == [name for name in first_files() if name.endswith(".js")]


@pytest.mark.skipif(shutil.which("node") is None, reason="node is missing, which has Brotli")
def test_the_shell_is_small() -> None:
    assert brotli_of(first_files()) <= MOST_FIRST
    assert brotli_of([*load_shell().kept(), SERVICE_WORKER]) <= MOST_KEPT


@pytest.mark.parametrize(
    ("source", "served"),
    [
        ("// a\nlet b; // c\n", "\nlet b; // c\n"),
        ("/**\n * a\n * @param {string} b\n */\nlet c;\n", "\n\n\n\nlet c;\n"),
        ("  /** @type {string[]} */\n  const d = [];\n", "\nconst d = [];\n"),
        ("const e = /** @type {Set<string>} */ (new Set());\n", "const e = (new Set());\n"),
        ("const f = 'https://x/**/y';\n", "const f = 'https://x/**/y';\n"),
        ("const g = `\n  a // b\n`;\n", "const g = `\na // b\n`;\n"),
    ],
)
def test_only_comments_types_and_indents_are_left_out(source: str, served: str) -> None:
    assert without_comments(source) == served


def test_what_is_left_out_of_files_changes_no_line_number() -> None:
    for name, file in load_shell().files.items():
        if name.endswith(".js"):
            source = (STATIC / name).read_bytes()
            assert file.content.count(b"\n") == source.count(b"\n"), name
            assert b"@type" not in file.content, name


def test_vendored_files_are_those_of_their_packages() -> None:
    folder = STATIC / "vendor"
    told = json.loads((folder / "VENDORED.json").read_text())

    assert set(told) == {path.name for path in folder.glob("*.js")}
    for name, facts in told.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == facts["sha256"], name
        assert (
            f"== {facts['package']} {facts['version']} ==" in (folder / "LICENSES").read_text()
        ), name


def test_types_of_the_wire_are_those_of_the_recorded_schema() -> None:
    assert WRITTEN.read_text(encoding="utf-8") == current()


def test_modules_stay_small_enough_to_be_read_at_once() -> None:
    ours = [path for path in STATIC.rglob("*.js") if path.parent.name != "vendor"]
    lengths = {
        path.name: len(path.read_text().splitlines())
        for path in ours
        if path.parent.name != "words"
    }

    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_nothing_of_the_client_evaluates_strings_or_writes_html() -> None:
    unsafe = re.compile(
        r"\beval\(|new Function|innerHTML\s*=(?!=)|insertAdjacentHTML|document\.write"
    )
    found = [
        path.relative_to(ROOT).as_posix()
        for path in STATIC.rglob("*.js")
        if unsafe.search(path.read_text()) and path.parent.name != "vendor"
    ]

    assert found == []
