"""On a slow connection the first words can be typed soon; from the icon it starts at once."""

import shutil
import subprocess
import time

import pytest
from playwright.sync_api import expect

from backend.cli import client_types
from tests import cast as people
from tests.app.phone import Clinic, Phone
from tests.house.tree import ROOT
from web.app.shell import load_shell

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: Slow 3G as browsers' tools have it: 400 kbit/s, 2 s there and back.
SLOW_3G = {
    "offline": False, "latency": 2000, "downloadThroughput": 400 * 1024 / 8,
    "uploadThroughput": 400 * 1024 / 8,
}  # fmt: skip
#: PHONE.md; the machine of the tests may be slow besides.
MOST_FIRST_SECONDS = 10.0
MOST_WARM_SECONDS = 1.0
_PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"


def slowed(phone: Phone) -> None:
    browser = phone.context.new_cdp_session(phone.page)
    browser.send("Network.enable")
    browser.send("Network.emulateNetworkConditions", SLOW_3G)


def test_the_first_field_can_be_typed_in_soon_after_the_first_paint(clinic: Clinic) -> None:
    phone = clinic.phone()
    slowed(phone)
    phone.page.goto("/app/", wait_until="commit")
    phone.page.get_by_role("button", name="Sign in").click(timeout=60_000)
    phone.page.get_by_label("Name").fill("maya")

    typed = phone.page.evaluate("performance.now()")
    painted = phone.page.evaluate(_PAINTED)

    assert 0 < painted <= typed
    assert typed - painted <= MOST_FIRST_SECONDS * 1000


def test_a_warm_start_asks_the_network_for_nothing(clinic: Clinic) -> None:
    phone = clinic.phone().sign_in("maya")
    phone.wait_until_ready()
    phone.offline()
    began = time.monotonic()
    phone.page.goto("/app/")
    expect(phone.heading).to_contain_text("Maya")

    took = time.monotonic() - began
    shown = phone.page.evaluate(_PAINTED) / 1000
    assert shown <= MOST_WARM_SECONDS or took <= MOST_WARM_SECONDS


def test_what_is_fetched_beforehand_is_what_the_first_module_imports(clinic: Clinic) -> None:
    phone = clinic.phone()
    phone.context.route("**/later-screens.js", lambda route: route.abort())
    phone.open()

    fetched = phone.page.evaluate(
        "performance.getEntriesByType('resource').map((one) => one.name)"
        ".filter((name) => name.endsWith('.js') && name.includes('/shell/'))"
        ".map((name) => name.split(/shell\\/\\w+\\//)[1])"
    )
    beforehand = set(load_shell().first_modules())
    assert set(fetched) - beforehand <= {"later-screens.js"}
    assert beforehand <= set(fetched)


#: What is opened at a time, as the page hears it (``AT_ONCE`` of the store, for each of its parts).
MOST_OPENED_AT_ONCE = 3 * 24
_COUNTING = """
  window.opened = {all: 0, now: 0, most: 0};
  const {decrypt} = SubtleCrypto.prototype;
  SubtleCrypto.prototype.decrypt = function (...given) {
    const {opened} = window;
    opened.all += 1; opened.now += 1; opened.most = Math.max(opened.most, opened.now);
    return decrypt.apply(this, given).finally(() => { opened.now -= 1; });
  };
"""


def test_a_full_phone_opens_what_it_keeps_in_pieces(clinic: Clinic) -> None:
    """Else a thumb waits until everything is decrypted: 300 ms of a cheap phone for 260 entries."""
    client = people.signed_in(clinic.cast.maya)
    for _ in range(2):
        ops = [people.craving() | {"base_rev": None, "deleted": False} for _ in range(100)]
        assert client.post("/api/v1/sync", {"cursor": None, "ops": ops}).status_code == 200
    phone = clinic.phone().sign_in("maya")
    phone.wait_until_ready()
    phone.page.add_init_script(_COUNTING)

    phone.open()

    expect(phone.heading).to_contain_text("Maya")
    opened = phone.page.evaluate("opened")
    assert opened["all"] >= 200
    assert opened["most"] <= MOST_OPENED_AT_ONCE


@pytest.mark.skipif(client_types.find_compiler() is None, reason="tsc is missing")
def test_the_client_is_well_typed() -> None:
    assert client_types.check_client_types() == 0


def test_without_a_compiler_the_check_says_so_and_passes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)

    assert client_types.check_client_types() == 0
    assert capsys.readouterr().out == f"{client_types.SKIPPED}\n"


def test_a_fault_of_types_fails_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = iter([0, 2])
    monkeypatch.setattr(client_types, "find_compiler", lambda: "tsc")
    monkeypatch.setattr(
        subprocess, "run", lambda argv, **_: subprocess.CompletedProcess(argv, next(codes))
    )

    assert client_types.check_client_types() == 2
    assert all((ROOT / project).is_file() for project in client_types.PROJECTS)
