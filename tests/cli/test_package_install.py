"""Packages are really installed …

by uv and by pip, out of an index that a test made, over TLS that nobody knows.
"""

import base64
import datetime
import functools
import hashlib
import http.server
import ipaddress
import ssl
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from backend.cli import packages
from backend.cli.console import CliError, Console

_UV = packages.find_uv(sys.executable)
_BY = [
    pytest.param("uv", marks=pytest.mark.skipif(_UV is None, reason="uv is not beside Python")),
    "pip",
]
_STAGE = "Installing packages"


class _House:
    """An index with one package, and an environment to install it into."""

    def __init__(self, folder: Path, by: str) -> None:
        self.folder = folder
        self.links = folder / "simple" / "little-thing"
        self.links.mkdir(parents=True)
        self.wheel = self.links / "little_thing-1.0-py3-none-any.whl"
        _make_wheel(self.wheel)
        (self.links / "index.html").write_text(
            f'<!DOCTYPE html><a href="{self.wheel.name}">{self.wheel.name}</a>'
        )
        digest = hashlib.sha256(self.wheel.read_bytes()).hexdigest()
        self.pins = folder / "requirements.txt"
        self.pins.write_text(f"little-thing==1.0 --hash=sha256:{digest}\n")
        home = folder / "made"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
        self.python = home / "bin" / "python"
        if by == "uv":
            assert _UV is not None
            (home / "bin" / "uv").symlink_to(_UV)
        self.env = {
            "PATH": "/usr/bin:/bin", "HOME": str(folder), "PIP_CONFIG_FILE": "/dev/null",
            "UV_CACHE_DIR": str(folder / "cache"), "XDG_CONFIG_DIRS": str(folder),
            "PIP_RETRIES": "1", "NO_PROXY": "127.0.0.1",
        }  # fmt: skip

    def install(self, **env: str) -> None:
        packages.install_requirements(
            self.python, self.pins, _STAGE, Console(), {**self.env, **env}
        )

    def has_it(self) -> bool:
        done = subprocess.run([self.python, "-c", "import little_thing"], check=False)
        return done.returncode == 0


def _make_wheel(file: Path) -> None:
    info = "little_thing-1.0.dist-info"
    parts = {
        "little_thing.py": "",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: little-thing\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},{_digest(text)},{len(text)}\n" for name, text in parts.items())
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in {**parts, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(name, text)


def _digest(text: str) -> str:
    value = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"sha256={value.rstrip('=')}"


@pytest.fixture
def house(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> _House:
    # Where there is no uv, pip would look for one first.
    monkeypatch.setattr(packages, "_fetch_uv", lambda *_: None)
    return _House(tmp_path, request.param)


@pytest.fixture
def index(house: _House) -> Iterator[str]:
    """Serve the folder over TLS, with a certificate that only its own file vouches for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(house.folder))
    quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    handler = functools.partial(quiet, directory=str(house.folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign] # who distrusts hangs up
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"https://127.0.0.1:{server.server_port}/simple"
        server.shutdown()
        thread.join()


def _certificate(folder: Path) -> Path:
    """Create a certificate authority for this machine; its file is ``authority.pem``."""
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = _sign("An authority", authority_key, "An authority", authority_key)
    leaf = _sign("An index", key, "An authority", authority_key)
    pem = serialization.Encoding.PEM
    (folder / "authority.pem").write_bytes(authority.public_bytes(pem))
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "certificate.pem"
    file.write_bytes(secret + leaf.public_bytes(pem))
    return file


def _sign(
    subject: str, key: ec.EllipticCurvePrivateKey, issuer: str, by: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    here = x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))
    return (
        x509.CertificateBuilder()
        .subject_name(named(subject)).issuer_name(named(issuer)).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # The installers see the machine's clock, which may not be the one of this process.
        .not_valid_before(datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC))
        .not_valid_after(datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC))
        .add_extension(x509.SubjectAlternativeName([here]), critical=False)
        .add_extension(x509.BasicConstraints(ca=subject == issuer, path_length=None), critical=True)
        .sign(by, hashes.SHA256())
    )  # fmt: skip


@pytest.mark.parametrize("house", _BY, indirect=True)
def test_from_a_folder_that_pip_was_told(house: _House) -> None:
    house.install(PIP_NO_INDEX="1", PIP_FIND_LINKS=str(house.links))

    assert house.has_it()


@pytest.mark.parametrize("house", _BY, indirect=True)
def test_although_the_cache_cannot_be_used(house: _House) -> None:
    (house.folder / "cache").touch()

    house.install(PIP_NO_INDEX="1", PIP_FIND_LINKS=str(house.links))

    assert house.has_it()


@pytest.mark.parametrize("house", _BY, indirect=True)
def test_but_never_another_one_than_pinned(house: _House) -> None:
    house.pins.write_text(f"little-thing==1.0 --hash=sha256:{'0' * 64}\n")

    with pytest.raises(CliError, match="another package than the one whose hash is pinned"):
        house.install(PIP_NO_INDEX="1", PIP_FIND_LINKS=str(house.links))

    assert not house.has_it()


@pytest.mark.parametrize("house", _BY, indirect=True)
def test_over_tls_when_its_authority_is_named(house: _House, index: str) -> None:
    with pytest.raises(CliError, match="certificate of the package index is not trusted here"):
        house.install(PIP_INDEX_URL=index)
    assert not house.has_it()

    house.install(PIP_INDEX_URL=index, PIP_CERT=str(house.folder / "authority.pem"))

    assert house.has_it()


@pytest.mark.parametrize("house", _BY, indirect=True)
def test_or_it_is_said_that_nobody_answers(house: _House) -> None:
    with pytest.raises(CliError, match="the package index cannot be reached"):
        house.install(PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_TRUSTED_HOST="127.0.0.1")


@pytest.mark.parametrize("house", _BY, indirect=True)
def test_or_it_is_said_that_the_proxy_does_not(house: _House) -> None:
    with pytest.raises(CliError, match=r"the proxy .* HTTPS_PROXY|cannot be reached"):
        house.install(
            PIP_INDEX_URL="https://packages.example/simple", PIP_PROXY="http://127.0.0.1:9"
        )
