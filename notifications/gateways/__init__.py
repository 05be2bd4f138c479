"""The ways out, by the name that the setting PUSH_GATEWAY gives."""

from functools import cache
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from notifications.gateways.gateway import Gateway, Message, Outcome, Result

__all__ = ["GATEWAYS", "Gateway", "Message", "Outcome", "Result", "chosen"]

#: Named by path and imported when chosen: only a worker that sends through FCM loads its library.
GATEWAYS = {
    "console": "notifications.gateways.console.ConsoleGateway",
    "inbox": "notifications.gateways.inbox.InboxGateway",
    "fcm": "notifications.push.FirebaseGateway",
    "fcm_curl": "notifications.push_curl.CurlGateway",
}


def chosen() -> Gateway:
    """Get the gateway that the settings name, or one of a clinic's own by its dotted path."""
    return _made(settings.PUSH_GATEWAY)


@cache
def _made(name: str) -> Gateway:
    return cast(Gateway, import_string(GATEWAYS.get(name, name))())
