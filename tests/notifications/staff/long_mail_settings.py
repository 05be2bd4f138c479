"""The settings of people who are served, but for a mail that is waited for long.

So a reminder that comes meanwhile, however busy the machine, did not wait for it.
"""

from backend.settings import *  # noqa: F403

EMAIL_TIMEOUT = 240
