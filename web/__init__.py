"""Pages for therapists."""
