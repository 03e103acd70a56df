"""The tools whose trees of SQL are read, a module each: its `TOOL` says which files are its, and what it runs."""
