"""Every limit and threshold of a brief, with its source. A named clinician signs these off."""

from datetime import timedelta

#: CLINICAL §5: one page, read in two minutes.
MAX_LINES = 45
#: CLINICAL §5: the window plus 14 days of context.
CONTEXT_DAYS = 14
#: Points by which a total must differ to be a reliable change (CLINICAL §2, Instruments; the same
#: stand in the NHS Talking Therapies manual). No other questionnaire here has a threshold.
RELIABLE_CHANGE = {"phq-9": 6, "gad-7": 4}
#: CLINICAL §2: no change is claimed between two that ask about the same days.
DAYS_BETWEEN_MEASURES = 14
#: How far back an earlier questionnaire is still compared with; older ones say little about now.
MEASURES_BACK_DAYS = 180
#: CLINICAL §6, "week against week": two medians stand side by side from 4 + 4 days on.
DAYS_TO_COMPARE = 4

# Ours, so that the worst case still fits MAX_LINES and one sheet of paper.
MAX_AGENDA_ENTRIES = 3
MAX_SAFETY_ENTRIES = 3
MAX_WENT_WELL = 1
#: What a patient adds to a brief (``journaling/briefs/mirror.py``); all of it is one line more.
MAX_ADDED_LINES = 3
MAX_ADDED_LENGTH = 140
#: What they strike: more than a brief has lines, for as long as what they struck stands.
MAX_STRUCK_LINES = 200
MAX_USE_EVENTS = 3
MAX_MEASURES = 2
MAX_READINGS = 3
MAX_MEDICINES_NAMED = 2
MAX_REGIMENS = 3
MAX_MEDICINE_NAME_LENGTH = 30
MAX_ASSIGNMENTS = 3
MAX_OPEN_ASSIGNMENTS = 6
MAX_MISSED_SESSIONS = 3
MAX_PLANS_NAMED = 2
MAX_LESSONS_NAMED = 2
#: Reviewed lines that a page can show again; older ones stand in the patient's timeline.
MAX_COLLAPSED_LINES = 20
#: Shares of a scale from which a moment is of the middle and of the strong band (0-10 and 0-5 are
#: never converted; this only orders them).
EPISODE_BANDS = (0.5, 0.7)
#: Of the situation of a plan beside how often it was used.
MAX_SITUATION_QUOTE_LENGTH = 40
#: Of a quote beside an event that is already given in numbers.
MAX_ASIDE_LENGTH = 70

# Groups and caseloads.
#: CLINICAL §5: nothing of fewer is projected, and nobody may make up more than half of it.
MIN_CONTRIBUTORS = 5
MAX_SHARE_OF_ONE = 0.5
#: Ours: the rate of logging is shown in steps, so that nobody can count who is missing.
RATE_STEP = 10
#: Ours: a level of safety (CLINICAL §3), or an urge of 0-5 on the way in, that asks for a word
#: with the patient before the group; an urge that strong is asked about first (`ask_first.py`).
ONE_TO_ONE_LEVEL = 2
ONE_TO_ONE_URGE = 4
MAX_MARKED_ENTRIES = 2
#: Ours: what puts a patient higher in a caseload, after open safety events.
STRONG_CRAVING = 7
RECENT_DAYS = 3
SILENT_DAYS = 3
SPARKLINE_DAYS = 14
#: So long before a session its brief is reviewed; ours: the day before, and a weekend's Friday.
REVIEW_LEAD_TIME = timedelta(days=3)
