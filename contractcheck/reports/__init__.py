"""One Report in, one text out: pure functions, a module a format."""
