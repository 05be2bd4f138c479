"""What can be agreed to, in the words of the form; the version names the whole text."""

#: 42 CFR 2.32: what must go with everything that leaves.
NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."

#: What a consent may cover, by purpose.
SCOPES = {
    "treatment": ("shared_entries", "safety", "sessions", "reminders"),
}
#: 42 CFR 2.31(a)(6): how a consent is taken back; it stands with every consent.
REVOCATION = (
    "You can take this back at any time, in the app or in writing to the clinic. "
    "What was seen before stays seen; nobody sees more from then on."
)
