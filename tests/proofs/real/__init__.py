"""Tests: real."""
