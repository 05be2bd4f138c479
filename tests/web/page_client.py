"""What tests of the pages have in common: a browser without a screen, and a week worth reading."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.test import Client
from django.utils import timezone

from care.models import DeviceSession, User
from tests import cast as people
from tests.cast import PASSWORD, Cast
from tests.journaling.briefs.brief_scenario import wrote

SIGN_IN = "/review/sign-in/"
TODAY = "/review/"


def signs_in(client: Client, username: str, password: str = PASSWORD, **more: str) -> Any:
    """Send the sign-in form."""
    return client.post(SIGN_IN, {"username": username, "password": password, **more})


def browser_of(user: User) -> Client:
    """Make a browser in which somebody signed in."""
    client = Client()
    response = signs_in(client, str(user.username))
    assert response.status_code == 302, response.content
    passes_second_factor(user)
    return client


def passes_second_factor(user: User) -> None:
    """Let every sign-in of somebody count as one that a code was given for."""
    DeviceSession.objects.filter(user=user).update(mfa_at=timezone.now())


def page_of(session_id: UUID) -> str:
    """Tell where the brief of a session is."""
    return f"/review/sessions/{session_id}/"


def text_of(response: Any) -> str:
    """Read a page, without the elements that keep a name's direction (test_directions.py)."""
    return str(response.content.decode()).replace("<bdi>", "").replace("</bdi>", "")


def week_of_maya(cast: Cast) -> UUID:
    """Give maya a week of entries before a session that starts in ten minutes."""
    now = timezone.now()
    people.admitted(cast.maya, on=(now - timedelta(days=20)).date())
    people.session(
        cast.dr_okafor, starts_at=now - timedelta(days=7), with_patient=cast.maya, status="present"
    )
    session = people.session(
        cast.dr_okafor, starts_at=now + timedelta(minutes=10), with_patient=cast.maya
    )
    for n in (1, 2, 3, 5, 8, 9, 10, 12):
        when = now - timedelta(days=n)
        wrote(cast.maya, "mood", when, valence=n % 7 - 3, labels=["calm"])
        wrote(cast.maya, "craving", when, intensity=n % 11, outcome="did_not_use",
              triggers=["lonely"], discuss=n < 3, note="An <evening> at the lake.")  # fmt: skip
    wrote(cast.maya, "use", now - timedelta(days=2), amount=2, unit="beers")
    return session.pk
