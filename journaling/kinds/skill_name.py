"""The name of a coping skill, as a sort of value."""

from dataclasses import dataclass

from journaling import catalogue
from journaling.kinds.fields import Json, Refused


@dataclass(frozen=True, slots=True)
class SkillName:
    """The slug of a skill in the catalogue, as a sort of value."""

    def read(self, value: Json) -> str:
        """Take a slug that the catalogue has."""
        if not isinstance(value, str) or value not in catalogue.skills():
            raise Refused("unknown_skill", "No skill of that name is in the catalogue.")
        return value

    def schema(self) -> dict[str, Json]:
        """Describe the slug."""
        return {"type": "string", "pattern": "^[a-z0-9-]{1,60}$"}
