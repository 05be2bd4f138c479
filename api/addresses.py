"""Where a request comes from."""

from rest_framework.request import Request


def address_of(request: Request) -> str:
    """Read the caller's address as our own server saw it; forwarded headers prove nothing."""
    return str(request.META.get("REMOTE_ADDR", ""))
