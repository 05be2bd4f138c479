"""PostgreSQL as Django knows it, which is told at every transaction who is acting."""
