"""SQLite: statements run on an empty copy of the schema in memory, and what they would do to a full one."""
