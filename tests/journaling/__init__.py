"""Tests: journaling."""
