"""The patients of the demo clinic: twelve with a story of their own, and those who fill groups."""

from backend.demo.character import Character
from backend.demo.patients import lind, okafor, others

PATIENTS: tuple[Character, ...] = (*okafor.PATIENTS, *lind.PATIENTS, *others.PATIENTS)
