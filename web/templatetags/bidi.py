"""Names and quotes on the pages: their text direction, and namesakes; and the form token.

Built into every template (``TEMPLATES``), so that none has to load it.
"""

import re
from typing import Any
from uuid import UUID, uuid4

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from web import form_tokens

register = template.Library()

#: Right-to-left letters (Hebrew, Arabic and related scripts, Syriac, Thaana, N'Ko, Adlam) and the
#: marks that force the direction.
_RTL = (
    "\u0590-\u08ff\u200f\u202b\u202e\u2067\ufb1d-\ufdff\ufe70-\ufeff"
    "\U00010800-\U00010fff\U0001e800-\U0001efff"
)
_HAS_RTL = re.compile(f"[{_RTL}]")
#: A quote in one of our sentences, or a run of such letters outside quotes: from the first to the
#: last of them.
_FOREIGN = re.compile(f"“[^”]*”?|[{_RTL}](?:[^“”,.;:()]*[{_RTL}])?")
_FIRST_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"


@register.filter
def bdi(text: object) -> SafeString:
    """Isolate a name or a quote, so that its direction moves nothing around it."""
    return format_html("<bdi>{}</bdi>", text)


@register.filter
def isolate(text: object) -> str:
    """Isolate a name where no element is allowed: in titles, labels and options."""
    shown = str(text)
    if not _HAS_RTL.search(shown):
        return shown
    return f"{_FIRST_ISOLATE}{shown}{_END_ISOLATE}"


@register.filter
def isolate_quotes(text: object) -> SafeString:
    """Isolate each quote of a patient in one of our sentences."""
    escaped = str(conditional_escape(text if isinstance(text, SafeString) else str(text)))
    apart = _FOREIGN.sub(lambda part: f"<bdi>{part[0]}</bdi>", escaped)
    # Every part was escaped before; the elements added are ours.
    return mark_safe(apart)  # noqa: S308 # nosec B308 B703


@register.simple_tag(takes_context=True)
def who(context: Any, person_id: UUID, name: str) -> SafeString:
    """Return a person's name, with the label that distinguishes namesakes where there are any."""
    apart = context.get("namesakes", {}).get(person_id, "")
    if not apart:
        return bdi(name)
    return format_html('<bdi>{}</bdi> <bdi class="namesake">({})</bdi>', name, apart)


@register.simple_tag(takes_context=True)
def who_text(context: Any, person_id: UUID, name: str) -> str:
    """Do the same where no element is allowed."""
    apart = context.get("namesakes", {}).get(person_id, "")
    return f"{isolate(name)} ({isolate(apart)})" if apart else isolate(name)


@register.simple_tag
def form_token() -> SafeString:
    """Return the hidden field with the token that identifies a form that is sent twice."""
    return format_html(
        '<input type="hidden" name="{}" value="{}">', form_tokens.TOKEN_FIELD_NAME, uuid4()
    )
