"""The fields of a patient's own safety plan, in the order in which they help (CLINICAL §3)."""

from collections.abc import Mapping
from typing import Any

#: What a phone shows as headings; the words inside are the patient's.
LABELS = {
    "warning_signs": "My warning signs",
    "what_i_do": "What I do myself",
    "distractions": "People and places that take my mind off it",
    "people_i_ask": "People I ask for help",
    "professionals": "Professionals",
    "safer_surroundings": "Making my surroundings safer",
}
#: Whose items are people, each with a name and how to reach them.
OF_PEOPLE = ("people_i_ask", "professionals")

Plan = Mapping[str, list[Any]]


def people_in(plan: Plan | None) -> list[dict[str, str | None]]:
    """List the people that the patient wants to ask, then the professionals."""
    return [person for name in OF_PEOPLE for person in (plan or {}).get(name, [])]
