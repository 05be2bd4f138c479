"""Tampering with the access log at random: ``python -m tests.proofs.audit --rounds 200``."""
