"""Keeping copies: encrypted backups, and trying whether they can be restored (SECURITY R37)."""
