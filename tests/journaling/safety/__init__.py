"""Tests of safety: rules, what the patient gets, events and who is told."""
