"""The brief: what a therapist reads before a session, in sentences with numbers."""

from journaling.brief.document import Brief, Line, Section, Spark
from journaling.brief.facts import AskPrompts, Prompts
from journaling.brief.individual import individual

__all__ = ["AskPrompts", "Brief", "Line", "Prompts", "Section", "Spark", "individual"]
