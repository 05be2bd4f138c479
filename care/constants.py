"""Clinical constants of the programme, and quotas.

Each clinical constant names its source and is signed off by a clinic's named clinician. No normal
use meets a quota.
"""

from datetime import timedelta
from decimal import Decimal

#: CLINICAL §1 (42 CFR 410.44): an intensive outpatient plan has at least nine hours a week.
LEAST_IOP_HOURS = Decimal(9)
#: CLINICAL §1: a physician certifies again at least every 60 days.
CERTIFIED_FOR = timedelta(days=60)
#: How long before the end of a certification its renewal is asked for: one review's distance.
RENEWAL_ASKED_BEFORE = timedelta(days=10)
#: CLINICAL §1: the plan of care is reviewed about every 30 days.
PLAN_REVIEWED_EVERY = timedelta(days=30)
#: CLINICAL §1: groups of 8 to 12.
MOST_IN_A_GROUP = 12
#: How far ahead the occurrences of a weekly session exist, and when more are made.
SERIES_CREATED_AHEAD = timedelta(weeks=12)
SERIES_REFILLED_AT = timedelta(weeks=8)
#: A weekly session ends, or is looked at again, within two years.
SERIES_LONGEST = timedelta(days=731)

# Quotas of our own: no work meets them; a slip, a broken phone or a stolen sign-in would.
#: How far back a weekly session may have begun when it is planned or moved, and how many sessions
#: are made at once.
SERIES_MAY_BEGIN_BEFORE, MOST_OCCURRENCES_AT_ONCE = SERIES_LONGEST, 400
#: Of one patient, or one group: sessions on one day, sessions ahead, and weekly ones that go on.
MOST_SESSIONS_A_DAY, MOST_SESSIONS_AHEAD, MOST_SERIES = 12, 500, 30
#: Consents of one patient and purpose in force, and moves of their clocks to other zones a day.
MOST_CONSENTS, MOST_ZONES_A_DAY = 100, 24
#: Groups of one clinic, and patients whom one clinician invited and who have not come in.
MOST_GROUPS, MOST_INVITED = 200, 200
#: Codes made for one person within a day: invitations, and codes of a support person or of staff.
MOST_CODES_A_DAY = 20
ONE_DAY = timedelta(days=1)
#: Where one person is signed in; who signs in once more ends the sign-in that was used longest ago.
MOST_SIGN_INS = 30
MOST_PASSKEYS = 20
