"""Argon2id with the least work it allows, for tests only."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    """The real hasher with small parameters."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1
