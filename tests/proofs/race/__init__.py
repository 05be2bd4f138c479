"""Programs that let many requests reach for one thing at once (SECURITY §1.1-1.3, R5, R7, R27).

Small in the suite; in full size, on every database that answers, by ``python -m
tests.proofs.race``.
"""
