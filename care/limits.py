"""Numbers of the programme, each with its source; a clinic's named clinician signs them off."""

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
SERIES_AHEAD = timedelta(weeks=12)
SERIES_REFILLED_AT = timedelta(weeks=8)
#: A weekly session ends, or is looked at again, within two years.
SERIES_LONGEST = timedelta(days=731)
