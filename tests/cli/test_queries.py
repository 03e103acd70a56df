"""`--queries`, as a user types it."""

MIGRATIONS = {
    "migrations/0001_a.sql": "CREATE TABLE t (id bigint PRIMARY KEY, note text);\n",
    "migrations/0002_b.sql": "SET lock_timeout = '1s';\nALTER TABLE t DROP COLUMN note;\n",
}
CSV = "query,calls\nSELECT note FROM t,12\nSELECT nothing FROM,1\n"


def test_lint_names_the_query_the_statement_and_the_reason(contractcheck, write):
    write(**MIGRATIONS, **{"queries.csv": CSV})
    ran = contractcheck("lint", "migrations", "--queries", "queries.csv")
    assert ran.code == 1
    assert "query-breaks" in ran.out
    assert "0002_b.sql:2:1" in ran.out
    assert "queries.csv:3: 1 query is no SQL of PostgreSQL and not tried" in ran.out


def test_check_tries_them_too(contractcheck, write, git):
    write(**{"migrations/0001_a.sql": MIGRATIONS["migrations/0001_a.sql"]})
    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-q", "-m", "one")
    write(**MIGRATIONS, **{"q.sql": "SELECT note FROM t;"})
    ran = contractcheck("check", "--base", "main", "--queries", "q.sql", "--format", "json")
    assert ran.code == 1
    assert '"query-breaks"' in ran.out


def test_another_server_a_missing_file_and_a_file_of_nothing(contractcheck, write):
    write(**MIGRATIONS, **{"q.sql": "SELECT 1", "empty.sql": ""})
    assert contractcheck("lint", "migrations", "--queries", "q.sql", "--server", "mysql:8.0").code == 2
    missing = contractcheck("lint", "migrations", "--queries", "nothing.csv")
    assert (missing.code, missing.err.splitlines()[0]) == (
        3,
        "contractcheck: nothing.csv: cannot be read: No such file or directory",
    )
    empty = contractcheck("lint", "migrations", "--queries", "empty.sql")
    assert (empty.code, empty.err.splitlines()[0]) == (3, "contractcheck: empty.sql: no query was found")
