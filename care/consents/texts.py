"""What can be agreed to, in the words of the form; the version names the whole text."""

from datetime import timedelta

#: 42 CFR 2.32: what must go with everything that leaves.
REDISCLOSURE_NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
#: Purposes whose consent must have an end (42 CFR 2.31(a)(7)), and how far its date may lie ahead.
LONGEST_BY_PURPOSE = {
    "family_support": timedelta(days=366),
    "counselling_notes": timedelta(days=366),
}
#: What stands above the signature of one purpose alone. Of counselling notes 42 CFR 2.31(b)(2) and
#: (3) ask: never combined with another consent, and never a condition of treatment.
TERMS_BY_PURPOSE = {
    "counselling_notes": (
        "Counselling notes are what a clinician writes down for themselves about the conversation "
        "in a session, apart from your record. Only who wrote them reads them. If you sign this, "
        "the one clinician whom you name may read all of them too, until you take it back, or "
        "until the end that you choose. It covers these notes and nothing else, and no other "
        "consent of yours covers them. You don't have to sign it: your treatment, its payment and "
        "your benefits never depend on it."
    ),
}
#: 42 CFR 2.31(a)(6): how a consent is taken back; it stands with every consent.
REVOCATION_TEXT = (
    "You can take this back at any time, in the app or in writing to the clinic. "
    "What was seen before stays seen; nobody sees more from then on."
)
