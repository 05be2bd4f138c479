"""What a raw select shows through every way to PostgreSQL, and what it must not (SECURITY E14)."""
