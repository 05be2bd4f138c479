"""No connection shows a caller rows of the caller before; small here, full size by command."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.proofs.rls.__main__ import ask, is_as_it_must_be
from tests.proofs.rls.clinic_server import run, url
from tests.proofs.rls.conftest import ClinicServer

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.postgres


@pytest.mark.parametrize("is_control", [False, True], ids=["ours", "control"])
def test_no_connection_shows_a_foreign_row_and_the_control_does(
    clinic_server: ClinicServer, is_control: bool
) -> None:
    here = clinic_server

    found = ask(here.server, here.env, "pool", here.people, 100, seed=1, is_control=is_control)

    assert is_as_it_must_be(found), found
    assert found["answers"]["500"] > 0


@pytest.mark.parametrize(
    ("role", "said"), [("between_owner", "owns tables"), ("between", "superuser")]
)
def test_a_clinic_is_not_served_by_who_sees_everything(
    clinic_server: ClinicServer, role: str, said: str
) -> None:
    serve = [sys.executable, "-c", "import backend.wsgi"]
    wrong = {"BETWEEN_DATABASE_URL": url(clinic_server.server.port, role)}

    refused = subprocess.run(
        serve, env=clinic_server.env | wrong, cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert refused.returncode != 0
    assert said in refused.stderr.splitlines()[-1]


def test_only_its_owner_migrates_a_clinic(clinic_server: ClinicServer) -> None:
    serving_alone = dict(clinic_server.env)
    del serving_alone["BETWEEN_OWNER_DATABASE_URL"]

    with pytest.raises(RuntimeError, match="BETWEEN_OWNER_DATABASE_URL is missing"):
        run(serving_alone, "-m", "django", "migrate")

    # Again it changes nothing, and what serves may still do its work.
    run(clinic_server.env, "-m", "django", "migrate", "--verbosity", "0")
