"""Encrypted backups of the database, restores, and drills of both (SECURITY R37)."""
