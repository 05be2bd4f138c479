"""Tests of the therapists' pages."""
