"""The index that packages come from …"""

from pathlib import Path

import pytest

from backend.cli import packages

_HERE = "https://packages.example/simple"
_THERE = "https://more.example/simple"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without any settings, and a machine without any."""
    monkeypatch.setattr(packages, "_MACHINE_PIP_CONF", tmp_path / "machine.conf")
    return tmp_path


def _env(home: Path, **more: str) -> dict[str, str]:
    return {"HOME": str(home), "XDG_CONFIG_DIRS": str(home / "etc"), **more}


def _uv(env: dict[str, str], home: Path) -> dict[str, str]:
    return packages.uv_index_env(env, prefix=home / ".venv")[0]


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


@pytest.mark.parametrize(
    ("pip", "uv"),
    [
        ({"PIP_INDEX_URL": _HERE}, {"UV_DEFAULT_INDEX": _HERE}),
        (
            {"PIP_EXTRA_INDEX_URL": f"{_HERE}\n {_THERE}"},
            {"UV_INDEX": f"{_HERE} {_THERE}", "UV_INDEX_STRATEGY": "unsafe-best-match"},
        ),
        ({"PIP_FIND_LINKS": "/a /b"}, {"UV_FIND_LINKS": "/a,/b"}),
        ({"PIP_CERT": "/ca.pem"}, {"SSL_CERT_FILE": "/ca.pem"}),
        ({"REQUESTS_CA_BUNDLE": "/ca.pem"}, {"SSL_CERT_FILE": "/ca.pem"}),
        ({"PIP_CLIENT_CERT": "/me.pem"}, {"SSL_CLIENT_CERT": "/me.pem"}),
        ({"PIP_TRUSTED_HOST": "a.example"}, {"UV_INSECURE_HOST": "a.example"}),
        ({"PIP_PROXY": "http://proxy.example:3128"}, {"HTTPS_PROXY": "http://proxy.example:3128"}),
        ({"PIP_DEFAULT_TIMEOUT": "180"}, {"UV_HTTP_TIMEOUT": "180"}),
        ({"PIP_NO_CACHE_DIR": "1"}, {"UV_NO_CACHE": "1"}),
        ({}, {"UV_SYSTEM_CERTS": "1"}),
    ],
    ids=lambda given: next(iter(given), "nothing"),
)
def test_that_pip_was_told_is_told_to_uv(
    home: Path, pip: dict[str, str], uv: dict[str, str]
) -> None:
    made = _uv(_env(home, **pip), home)

    assert {name: made.get(name) for name in uv} == uv


def test_that_uv_was_told_wins_in_uv(home: Path) -> None:
    env = _env(
        home, PIP_INDEX_URL=_HERE, PIP_CERT="/pip.pem",
        UV_DEFAULT_INDEX=_THERE, SSL_CERT_FILE="/own.pem", HTTPS_PROXY="http://own.example",
        PIP_PROXY="http://other.example",
    )  # fmt: skip

    made = _uv(env, home)

    assert made["UV_DEFAULT_INDEX"] == _THERE
    assert made["SSL_CERT_FILE"] == "/own.pem"
    assert made["HTTPS_PROXY"] == "http://own.example"


def test_of_uvs_older_variables_is_left_alone(home: Path) -> None:
    made = _uv(_env(home, PIP_INDEX_URL=_HERE, UV_INDEX_URL=_THERE), home)

    assert "UV_DEFAULT_INDEX" not in made


def test_comes_from_the_nearest_file_and_last_from_a_variable(home: Path) -> None:
    env = _env(home)
    seen = []
    for file, url in (
        (home / "etc/pip/pip.conf", "https://machine.example"),
        (home / ".config/pip/pip.conf", "https://person.example"),
        (home / ".venv/pip.conf", "https://environment.example"),
        (home / "named.conf", "https://named.example"),
    ):
        _write(file, f"[global]\nindex-url = {url}\n")
        if file.name == "named.conf":
            env["PIP_CONFIG_FILE"] = str(file)
        seen.append(_uv(env, home)["UV_DEFAULT_INDEX"] == url)

    assert seen == [True] * 4
    assert _uv({**env, "PIP_INDEX_URL": _HERE}, home)["UV_DEFAULT_INDEX"] == _HERE


def test_of_a_file_may_stand_in_any_spelling(home: Path) -> None:
    _write(
        home / ".pip/pip.conf",
        f"[global]\nindex_url = {_THERE}\nextra-index-url =\n  {_HERE}\n  {_THERE}\n"
        f"[install]\nindex-url = {_HERE}\nno-index = true\n",
    )

    made, more = packages.uv_index_env(_env(home), prefix=home / ".venv")

    assert made["UV_DEFAULT_INDEX"] == _HERE  # a section about installing is nearer
    assert made["UV_INDEX"] == f"{_HERE} {_THERE}"
    assert more == ["--no-index"]


def test_of_no_file_is_asked_where_somebody_says_so(home: Path) -> None:
    _write(home / ".config/pip/pip.conf", f"[global]\nindex-url = {_HERE}\n")

    assert "UV_DEFAULT_INDEX" not in _uv(_env(home, PIP_CONFIG_FILE="/dev/null"), home)


@pytest.mark.parametrize("text", ["no section = 1", "[global]\n= \n%(x)s", "\0"])
def test_of_a_damaged_file_is_left_to_pip_to_complain_about(home: Path, text: str) -> None:
    _write(home / ".config/pip/pip.conf", text)

    assert "UV_DEFAULT_INDEX" not in _uv(_env(home), home)


def test_that_uv_was_told_is_told_to_pip_which_fetches_it() -> None:
    made = packages.pip_index_env(
        {"UV_DEFAULT_INDEX": _HERE, "UV_INDEX": _THERE, "SSL_CERT_FILE": "/ca.pem",
         "UV_FIND_LINKS": "/a,/b", "PIP_TARGET": "/elsewhere", "PIP_USER": "1"}
    )  # fmt: skip

    assert made["PIP_INDEX_URL"] == _HERE
    assert made["PIP_EXTRA_INDEX_URL"] == _THERE
    assert made["PIP_CERT"] == "/ca.pem"
    assert made["PIP_FIND_LINKS"] == "/a /b"
    assert made["PIP_USER"] == "0"
    assert "PIP_TARGET" not in made


def test_that_pip_was_told_wins_in_pip() -> None:
    made = packages.pip_index_env({"PIP_INDEX_URL": _HERE, "UV_DEFAULT_INDEX": _THERE})

    assert made["PIP_INDEX_URL"] == _HERE
