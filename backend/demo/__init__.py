"""The demo clinic: made-up people, eight weeks of their lives, and what comes next."""
