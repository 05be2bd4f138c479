"""The environment's variables, read as what they should be; a misfit names its setting."""

from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

REFUSING = "Refusing to start: "
_TRUE = frozenset(environ.Env.BOOLEAN_TRUE_STRINGS)
_FALSE = frozenset({"", "0", "false", "no", "n", "off"})
_POSTGRES = ("postgres", "postgresql", "psql", "pgsql")
_MAIL = ("smtp", "smtps", "smtp+tls", "smtp+ssl")
_FORMS = {int: "a whole number", float: "a number", bool: "on or off"}


def refuse(name: str, fault: str) -> ImproperlyConfigured:
    """Make the refusal of one setting. Its value is never told: it may hold a password."""
    return ImproperlyConfigured(f"{REFUSING}{name} {fault}.")


class Environment(environ.Env):  # type: ignore[misc] # the package has no types
    """django-environ, but what cannot be read stops the start in one line naming the setting."""

    def get_value(self, var: str, cast: Any = None, *args: Any, **options: Any) -> Any:
        """Read one variable.

        :raises ImproperlyConfigured: it is not of its kind.
        """
        said = self.ENVIRON.get(var)
        if cast is bool and said is not None and said.strip().lower() not in _TRUE | _FALSE:
            raise refuse(var, f"must be {_FORMS[bool]}")
        try:
            return super().get_value(var, cast, *args, **options)
        except ValueError:
            raise refuse(var, f"must be {_FORMS.get(cast, 'something else')}") from None

    def names(self, var: str) -> list[str]:
        """Read a list of names, which may have blanks around its commas."""
        return [name.strip() for name in self.get_value(var, str, "").split(",") if name.strip()]

    def number(self, var: str, *, default: float, least: float) -> float:
        """Read a number that may not be smaller than the least.

        :raises ImproperlyConfigured: it is, or is none.
        """
        value = float(self.get_value(var, float, default))
        if not least <= value < float("inf"):
            raise refuse(var, f"must be {least:g} or more")
        return value

    def db_url(self, var: str, default: Any = environ.Env.NOTSET, engine: Any = None) -> Any:
        """Read where a database is: PostgreSQL, or a file of SQLite.

        :raises ImproperlyConfigured: it is of another kind, or leads nowhere.
        """
        said = str(self.get_value(var, str, default))
        scheme, _, rest = said.partition("://")
        if scheme == "sqlite" and not rest.startswith("/"):
            raise refuse(var, "must be sqlite:///path, or sqlite:////path from the root")
        if scheme not in (*_POSTGRES, "sqlite"):
            raise refuse(var, "must be postgres://user@host/name or sqlite:///path")
        try:
            found = super().db_url(var, default=default, engine=engine)
        except ValueError:
            raise refuse(var, "cannot be read: encode the special characters in it") from None
        if found["NAME"] in ("", ":memory:"):
            raise refuse(var, "names no database: postgres://user@host/name or sqlite:///path")
        return found


def mail_settings(name: str, url: str) -> dict[str, Any]:
    """Read the way out of mail.

    :raises ImproperlyConfigured: it leads nowhere.
    """
    try:
        found: dict[str, Any] = environ.Env.email_url_config(url)
    except (ValueError, ImproperlyConfigured):
        raise refuse(name, "must be smtp+tls://user:password@host:587") from None
    if urlsplit(url).scheme in _MAIL and not found["EMAIL_HOST"]:
        raise refuse(name, "names no host: smtp+tls://user:password@host:587")
    return found
