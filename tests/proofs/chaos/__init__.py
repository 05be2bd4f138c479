"""Programs that break things on purpose, small in the suite and full by command."""
