"""The service account that pushes are sent with: its address at FCM, and its access token."""

import logging
from functools import partial
from typing import Any
from urllib.request import getproxies

import requests
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from firebase_admin import credentials
from google.auth import exceptions as auth_exceptions
from google.auth.credentials import TokenState
from google.auth.transport.requests import Request as TokenRequest

log = logging.getLogger(__name__)

#: SECURITY R40; two rounds of a chunk at the longest time-out end well within half a lease.
TIMEOUT_SECONDS = 10


class Account:
    """One service account in one process; the one hand that renews its token.

    A failed renewal in the middle of sending would lose what FCM accepted. Renewed here, before
    anything is sent, it costs nothing.
    """

    def __init__(self) -> None:
        base = settings.FCM_BASE_URL.rstrip("/")
        if not settings.FCM_CREDENTIALS:
            raise ImproperlyConfigured("BETWEEN_FCM_CREDENTIALS must name the service account file")
        if not base.startswith("https://") and not settings.DEMO:
            raise ImproperlyConfigured("BETWEEN_FCM_BASE_URL must be https outside the demo")
        self.certificate = credentials.Certificate(settings.FCM_CREDENTIALS)
        self.url = f"{base}/v1/projects/{self.certificate.project_id}/messages:send"
        self.credential: Any = self.certificate.get_credential()
        session = trusting(requests.Session())
        self._renew = partial(TokenRequest(session), timeout=TIMEOUT_SECONDS)
        #: The token that was had because FCM refused the one before.
        self._second: str | None = None
        self._is_refused = False

    def fresh_token(self) -> str:
        """Renew the token if need be; return a code where there is none to be had."""
        if self.credential.token_state is TokenState.FRESH:
            return ""  # It holds for minutes yet, longer than a chunk takes.
        try:
            self.credential.refresh(self._renew)
        except auth_exceptions.GoogleAuthError as error:
            code = type(error).__name__
            log.error("no access token", extra={"event": "fcm_token", "code": code})
            return code
        self._second = self.credential.token if self._is_refused else None
        self._is_refused = False
        return ""

    def refuse(self, token: str) -> bool:
        """Note that FCM refused a token; tell whether to ask for another, which is done once."""
        if token == self._second:
            return False
        if self.credential.token == token:
            self.credential.token = None
            self._is_refused = True
        return True

    def trust(self) -> None:
        """Note that FCM took the token."""
        self._second = None


def trusting(session: requests.Session) -> requests.Session:
    """Let a session trust what the settings name, whatever certificates the environment names."""
    if settings.FCM_CA_FILE:
        session.proxies.update(getproxies())
        session.trust_env = False
        session.verify = settings.FCM_CA_FILE
    return session
