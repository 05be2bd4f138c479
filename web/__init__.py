"""Pages for the clinic's staff and for support persons."""
