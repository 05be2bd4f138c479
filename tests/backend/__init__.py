"""The frame itself."""
