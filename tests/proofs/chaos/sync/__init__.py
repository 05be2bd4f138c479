"""Phones that sync while workers and databases are killed (E1, E2)."""
