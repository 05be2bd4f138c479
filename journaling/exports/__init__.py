"""Everything that is kept about one patient, as files that they may take with them."""
