"""MySQL and MariaDB: statements read token by token, replayed on a catalog, and the work InnoDB does for each."""
