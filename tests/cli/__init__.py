"""Tests of ``./between``."""
