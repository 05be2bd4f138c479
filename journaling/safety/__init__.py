"""Safety (CLINICAL §3): what an answer calls for, and what the patient gets back at once.

``rules`` says what fires, ``support`` what the patient gets, ``resources`` who answers a call.
"""
