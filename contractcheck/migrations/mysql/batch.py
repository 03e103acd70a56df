"""What a statement does after a setup, for `contractcheck effects`."""

from msgspec.structs import replace

from contractcheck.migrations.effects import Effects, Server
from contractcheck.migrations.mysql.model import Database
from contractcheck.migrations.mysql.predict import predict
from contractcheck.migrations.mysql.server import VERSIONS, Target


def target(server: Server) -> Target:
    """The server in this dialect's terms."""
    return Target(server.dialect, (server.version, server.minor), dict(server.settings))


def empty(*, complete: bool) -> Database:
    """A database before anything is in it, with the character set that both servers give a new one today."""
    return Database(complete=complete)


def modelled(dialect: str, version: str) -> tuple[int, int] | None:
    """The version that a text names, `10.11` or `8.0.36`; the newest for ""; None for one outside the model.

    A version between two modelled ones is answered as the older; MariaDB 11.4 stands for 11 and 12.
    """
    known = VERSIONS[dialect]
    if not version:
        return known[-1]
    numbers = version.split(".")
    if not all(part.isdigit() and len(part) < 5 for part in numbers[:2]):
        return None
    asked = (int(numbers[0]), int(numbers[1]) if len(numbers) > 1 else known[0][1])
    if len(numbers) == 1:
        same = [each for each in known if each[0] == asked[0]]
        return same[-1] if same else None
    if asked < known[0] or asked[0] > known[-1][0] + 1:
        return None
    return asked


def effects_of(
    sql: str, setup: tuple[str, ...], server: Server, *, complete: bool, memory: dict[object, object] | None = None
) -> Effects:
    """The effects of the statements of a text on what the setup leaves."""
    key = (server.dialect, server.version, server.minor, setup, complete)
    known = memory.get(key) if memory is not None else None
    if isinstance(known, tuple):
        database, problem = known
    else:
        database, problem = _prepared(setup, replace(server, settings={}), complete=complete)
        if memory is not None:
            memory[key] = database, problem
    found, _, _ = predict(database, sql, target(server))
    if problem is not None:
        found = replace(found, unproven=f"{found.unproven}; {problem}" if found.unproven else problem)
    return found


def _prepared(setup: tuple[str, ...], server: Server, *, complete: bool) -> tuple[Database, str | None]:
    database, settings, problem = empty(complete=complete), target(server), None
    for statement in setup:
        found, database, settings = predict(database, statement, settings)
        if found.fails:
            return database, f"the setup fails: {found.fails}"
        if found.unproven:
            problem = problem or f"the setup is not certain: {found.unproven}"
    return database, problem
