"""Honest statistics (CLINICAL §6): what may be said of a handful of entries, and in which words.

Every function takes the entries of one patient (and the days they may lie on), leaves out what may
not count, and returns plain values whose ``text`` is the whole of what may be claimed. No function
reads the clock or the database, and none compares patients.
"""

from journaling.statistics.after_skill import AfterSkill, after_skills
from journaling.statistics.sampling import Daily, daily_peaks, daily_valence, eligible
from journaling.statistics.standing_out import StandOut, stand_out
from journaling.statistics.timing import Timing, dayparts, weekdays
from journaling.statistics.trends import Trend, trend
from journaling.statistics.weeks import Weeks, week_against_week
from journaling.statistics.words import Confidence, Scale

__all__ = [
    "AfterSkill",
    "Confidence",
    "Daily",
    "Scale",
    "StandOut",
    "Timing",
    "Trend",
    "Weeks",
    "after_skills",
    "daily_peaks",
    "daily_valence",
    "dayparts",
    "eligible",
    "stand_out",
    "trend",
    "week_against_week",
    "weekdays",
]
