"""What patients log, and the brief a therapist reads."""
