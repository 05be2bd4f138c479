"""Tests: race."""
