"""PostgreSQL 12 to 18: what its statements do, replayed on a catalog."""
