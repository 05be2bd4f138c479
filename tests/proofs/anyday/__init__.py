"""The suite on other days than today: nothing that a test says may depend on when it runs."""
