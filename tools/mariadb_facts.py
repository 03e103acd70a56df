"""Measures on MariaDB or MySQL which ALGORITHM and LOCK it accepts for statements, and which tables it rebuilds.

    python tools/mariadb_facts.py SOCKET < CASES.jsonl > FACTS.jsonl

Needs PyMySQL, which the project itself does not. A case is {id, family, setup: [sql], settings: {}, sql}; the answer
adds `error` (number and message of the plain statement), `best` (cheapest accepted algorithm that copied no rows it
should not), `lock_best` (weakest LOCK accepted with INPLACE, else with COPY), `rebuilt` (tables whose InnoDB TABLE_ID
changed with the plain statement), `affected` rows of it and `setup_error`. Every variant runs on a new database.
The committed facts (tests/migrations/mysql/) are of MariaDB 10.11.19 and 11.4.5 and MySQL 9.7.4 with default settings.
"""

import json
import re
import sys
from typing import Any

ALGORITHMS = ("INSTANT", "NOCOPY", "INPLACE", "COPY")
DATABASE = "contractcheck_facts"


class Server:
    """A connection that starts every run on an empty database."""

    def __init__(self, socket: str) -> None:
        """Connect as root through a socket."""
        import pymysql

        self.error = pymysql.err.MySQLError
        self.connection = pymysql.connect(unix_socket=socket, user="root", autocommit=True)
        self.cursor = self.connection.cursor()
        self.cursor.execute("SELECT VERSION()")
        self.mariadb = "MariaDB" in self.cursor.fetchone()[0]

    def fresh(self, case: dict[str, Any]) -> str | None:
        """An empty database with the case's setup; why the setup fails."""
        self.cursor.execute("SET SESSION foreign_key_checks=0")
        self.cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        collation = "utf8mb4_general_ci" if self.mariadb else "utf8mb4_0900_ai_ci"
        self.cursor.execute(f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4 COLLATE {collation}")
        self.cursor.execute(f"USE {DATABASE}")
        self.cursor.execute("SET SESSION foreign_key_checks=1")
        for statement in case["setup"]:
            try:
                self.cursor.execute(statement)
            except self.error as error:
                return f"{error.args[0]}: {error.args[1]}"
        for name, value in case.get("settings", {}).items():
            self.cursor.execute(f"SET SESSION {name}={value}")
        return None

    def identities(self) -> dict[str, int]:
        """TABLE_ID of every InnoDB table of the database."""
        tables = "innodb_sys_tables" if self.mariadb else "innodb_tables"
        pattern = f"{DATABASE}/%"
        self.cursor.execute(
            f"SELECT name, table_id FROM information_schema.{tables} WHERE name LIKE %s",  # noqa: S608 - one of two names
            (pattern,),
        )
        return {name.partition("/")[2]: number for name, number in self.cursor.fetchall()}

    def run(self, sql: str) -> tuple[int | None, str]:
        """Affected rows, or None with the error."""
        try:
            affected = self.cursor.execute(sql)
            self.cursor.fetchall()
        except self.error as error:
            return None, f"{error.args[0]}: {error.args[1] if len(error.args) > 1 else ''}"
        return affected, ""


def variant(sql: str, clauses: str) -> str | None:
    """The statement with ALGORITHM and LOCK demanded; None for one that takes no such clause."""
    head = r"(ALTER\s+(?:IGNORE\s+)?TABLE\s+(?:IF EXISTS\s+)?[\w.`]+\s+)(.*)\Z"
    found = re.match(head, sql, re.IGNORECASE | re.DOTALL)
    if found:
        return f"{found[1]}{clauses.replace(' ', ', ')}, {found[2]}"
    if re.match(r"CREATE\s+(OR\s+REPLACE\s+)?(\w+\s+)?INDEX\b", sql, re.IGNORECASE):
        return f"{sql} {clauses}"
    return None


def measure(server: Server, case: dict[str, Any]) -> dict[str, Any]:
    """The facts of one case."""
    sql = case["sql"]
    found: dict[str, Any] = {**case, "setup_error": None, "error": None, "best": None, "lock_best": None}
    problem = server.fresh(case)
    if problem:
        return {**found, "setup_error": problem}
    before = server.identities()
    affected, error = server.run(sql)
    after = server.identities()
    found["affected"] = affected
    found["error"] = error or None
    changed = {name for name in before if name in after and before[name] != after[name]}
    found["rebuilt"] = sorted({name.partition("#P#")[0].partition("#p#")[0] for name in changed if not error})
    if error or variant(sql, "ALGORITHM=COPY") is None:
        return found
    clean = False

    def accepts(clauses: str) -> int | None:
        nonlocal clean
        if not clean:
            server.fresh(case)
        rows, refusal = server.run(variant(sql, clauses) or "")
        clean = rows is None and refusal[:4] in {"1845", "1846"}
        return rows

    for algorithm in ALGORITHMS if server.mariadb else [each for each in ALGORITHMS if each != "NOCOPY"]:
        rows = accepts(f"ALGORITHM={algorithm}")
        if rows is not None and (rows == 0 or algorithm == "COPY" or not affected):
            found["best"] = algorithm
            break
    if found["best"] is None:
        return found
    if found["best"] == "INSTANT" and not server.mariadb:
        found["lock_best"] = "NONE"  # MySQL takes no LOCK with INSTANT; others go on
        return found
    for algorithm, locks in (("INPLACE", ("NONE", "SHARED")), ("COPY", ("NONE", "SHARED", "EXCLUSIVE"))):
        for lock in locks:
            if accepts(f"ALGORITHM={algorithm} LOCK={lock}") is not None:
                found["lock_best"] = lock
                return found
    return found


def main(socket: str) -> None:
    """Read cases, write facts."""
    server = Server(socket)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(measure(server, json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
