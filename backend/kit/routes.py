"""Ids in addresses, as phones write them."""

from django.urls.converters import DEFAULT_CONVERTERS, UUIDConverter, get_converters


class AnyCaseUUID(UUIDConverter):
    """A UUID in lower case or capitals: an id is one thing in a body and in an address."""

    regex = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"


def take_any_case() -> None:
    """Let ``<uuid:…>`` of every route take capitals, which Django's own does not.

    It takes the place of Django's, so that no route can forget it; ``register_converter`` refuses
    to replace one. Call it before the first route is read.
    """
    DEFAULT_CONVERTERS["uuid"] = AnyCaseUUID()
    get_converters.cache_clear()  # type: ignore[attr-defined] # it is cached by functools
