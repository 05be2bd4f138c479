"""Guards taken out one by one: each must be missed by a test (SECURITY §5, E18)."""
