"""What the statistics claim about simulated patients: by chance, and where there is something."""
