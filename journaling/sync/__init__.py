"""Phones that were offline: what they did meanwhile, and what they missed (SECURITY §4)."""
