"""Every threshold of a statistical claim, with its source. A named clinician signs these off.

``tests/proofs/honesty`` shows by simulation what they promise: ``python -m tests.proofs.honesty
--people 2000``.
"""

# CLINICAL §6, "after skill X craving was lower": a later rating of the same episode.
RATED_AFTER_MINUTES = (5, 60)
#: Below this there is little to fall: CLINICAL §6, "before ≥ 3".
MIN_RATING_BEFORE = 3
MIN_PAIRS = 3

# CLINICAL §6, "a skill stands out": six identical skills differ by 2 points in 60 % of patients at
# five uses, so the difference is shrunk towards none before it is believed.
PRIOR_SD = 0.8
MIN_VARIANCE = 1.0
#: Shared among the skills compared: posterior > 1 - 0.08 / K. CLINICAL §6 has 0.10, which names a
#: useless skill kept for strong cravings in 5.3 % of simulated patients; the most is 5 %.
ERROR_PROBABILITY = 0.08
MIN_GAIN = 0.75
MIN_USES = 8
MIN_SKILLS = 3

# CLINICAL §6, "when cravings come": never hours; the p of the top bin times the number of bins.
TIMING_LEVEL = 0.05
MIN_FOR_DAYPARTS = 20
MIN_FOR_WEEKDAYS = 28
MIN_DAYS_FOR_WEEKDAYS = 28
#: Where the four parts of a day begin, on the patient's wall clock. Equal shares of a day that is
#: awake from 07 to 23 (ours): four times 6 hours, a night among them, would call any day "uneven".
DAYPARTS = (("morning", 3), ("midday", 11), ("afternoon", 15), ("evening", 19))

# CLINICAL §6, "mood is changing": Mann-Kendall, its variance inflated for a day that resembles the
# day before, since ordinary regression calls 14 % of such steady patients "changing" at AR 0.4.
TREND_DAYS = 14
MIN_ENTRY_DAYS = 10
MIN_AUTOCORRELATION = 0.2
#: Beyond this hardly any day says anything new; the estimate from two weeks is no better (ours).
MAX_AUTOCORRELATION = 0.8
LEANING_LEVEL = 0.10
#: CLINICAL §6 drops "leaning" at 0.05, which tells 9 % of steady patients whose days resemble each
#: other much (AR 0.6) that their mood changed; at 0.025 it is at most 5 % of any we simulate.
SURE_LEVEL = 0.025
#: 1.5 of 10, and the same share of any other scale.
MIN_CHANGE = 0.15

# CLINICAL §6, "week against week"; no arrow for less than ``MIN_CHANGE``.
MIN_DAYS_A_WEEK = 4

# CLINICAL §6, "a weekday without entries": of twelve weeks, by the days of the same week (ours).
SILENCE_WEEKS = 12
SILENCE_LEVEL = 0.05
MIN_SHOWN_WEEKDAYS = 4
MIN_SILENT_SHARE = 0.5
#: From so many whole days on it is told that nothing was logged since.
MIN_SILENT_DAYS = 3
