"""When to nudge, in which words, through which gateway."""
