"""The language that a phone speaks, as BCP 47 has it."""

import re

#: As much as RFC 5646 (4.4.1) asks everybody to keep of a tag.
LONGEST = 35
_TAG = re.compile(r"(?:[a-z]{2,8}|[ix](?=-))(?:-[a-z0-9]{1,8})*", re.ASCII | re.IGNORECASE)
_SINGLETON = re.compile(r"(?:-[a-z0-9])+$", re.ASCII | re.IGNORECASE)


def kept(tag: str) -> str | None:
    """Give the tag as it is kept, None where it is none.

    POSIX and ICU write ``en_US.UTF-8`` and ``en_US@rg=dezzzz``: the language of those is kept. Of a
    longer tag the last subtags go, the least telling ones, as RFC 5646 has it.
    """
    plain = re.split("[.@]", tag.strip(), maxsplit=1)[0].replace("_", "-")
    if not _TAG.fullmatch(plain):
        return None
    if len(plain) > LONGEST:
        whole = plain[: LONGEST + 1].rpartition("-")[0]
        plain = _SINGLETON.sub("", whole)
    return plain
