"""The twelve patients of the demo clinic."""

from backend.demo.character import Character
from backend.demo.patients import lind, okafor

PATIENTS: tuple[Character, ...] = (*okafor.PATIENTS, *lind.PATIENTS)
