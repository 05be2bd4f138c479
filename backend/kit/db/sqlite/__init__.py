"""SQLite for many threads of one process."""
