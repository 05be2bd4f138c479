"""Tests: care."""
