"""Safety (CLINICAL §3): what an answer calls for, and what the patient gets back at once.

``rules`` says what fires, ``events`` records it, ``escalation`` calls staff, and ``support`` holds
what the patient gets, with the crisis lines.
"""
