"""Trees of SQL files: golang-migrate, Flyway, single files."""
