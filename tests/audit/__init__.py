"""Tampering with the access log at random: ``python -m tests.audit --rounds 200``."""
