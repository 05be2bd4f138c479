"""A whole clinic backed up and restored, and how long that takes (SECURITY R37, E16)."""
