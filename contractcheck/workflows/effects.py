"""`contractcheck effects`: what statements do to a server, from the model alone."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from contractcheck.migrations.catalog import Catalog
from contractcheck.migrations.effects import Effects, Online, Server

OTHERS = ("mysql", "mariadb", "sqlite")
UNASKED = Effects(online=Online(None, None))
OLDEST, NEWEST = 12, 18
DEFECTS = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)


def effects_batch(lines: Iterable[bytes]) -> Iterator[bytes]:
    """One JSON answer a line for each question `{id, dialect, version, setup, settings, sql}`.

    The database is empty before `setup`; without that key it is not known, and what was never seen is taken to exist.
    A line that is no question gets an answer whose `unproven` says why.
    """
    import orjson

    memory: dict[tuple[Any, ...], tuple[Catalog, str | None]] = {}
    for line in lines:
        if not line.strip():
            continue
        try:
            question = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            yield orjson.dumps({"id": None, **Effects(unproven=f"not JSON: {error}").json()})
            continue
        if not isinstance(question, dict):
            yield orjson.dumps({"id": None, **Effects(unproven="not a JSON object").json()})
            continue
        try:
            answer = _answer(question, memory)
        except DEFECTS as defect:  # one question that the model trips over must not take the others' answers along
            answer = Effects(unproven=f"defect in the model: {type(defect).__name__}: {defect}").json()
        yield orjson.dumps({"id": question.get("id"), **answer})


def _answer(question: dict[str, Any], memory: dict[tuple[Any, ...], tuple[Catalog, str | None]]) -> Mapping[str, Any]:
    dialect = str(question.get("dialect", "postgresql")).lower()
    sql, setup, settings = question.get("sql"), question.get("setup") or (), question.get("settings") or {}
    if dialect not in {"postgresql", "postgres", *OTHERS}:
        return Effects(unproven=f"dialect {dialect} is outside the model").json()
    texts = [setup] if isinstance(setup, str) else setup
    if not isinstance(sql, str) or not isinstance(settings, dict) or not all(isinstance(t, str) for t in texts):
        return Effects(unproven="sql must be a text, setup a list of texts, settings an object").json()
    if dialect in OTHERS:
        named = {str(k).lower(): str(v) for k, v in settings.items()}
        return other_effects(
            dialect, str(question.get("version", "")), sql, tuple(texts), named, memory, complete="setup" in question
        ).json()
    try:
        version = int(str(question.get("version", NEWEST)).split(".")[0])
    except ValueError:
        return Effects(unproven="version must be a number").json()
    if not OLDEST <= version <= NEWEST:
        return Effects(unproven=f"PostgreSQL {version} is outside the model ({OLDEST} to {NEWEST})").json()
    given = {"timezone": "UTC"} | {str(k).lower(): str(v) for k, v in settings.items()}
    server = Server(version, "postgresql", given)
    return effects_of(sql, tuple(texts), server, memory, complete="setup" in question).json()


def other_effects(
    dialect: str,
    version: str,
    sql: str,
    setup: tuple[str, ...],
    settings: dict[str, str],
    memory: dict[Any, Any] | None = None,
    *,
    complete: bool = True,
) -> Effects:
    """As `effects_of` for MySQL, MariaDB and SQLite; versions as texts, "" for the newest."""
    if dialect == "sqlite":
        from contractcheck.migrations.sqlite.batch import effects_of as sqlite_effects
        from contractcheck.migrations.sqlite.batch import modelled as sqlite_version

        version_found = sqlite_version(version)
        if version_found is None:
            return replace(UNASKED, unproven=f"SQLite {version} is outside the model (3.35 and later)")
        server = Server(version_found[0], dialect, settings, version_found[1])
        return sqlite_effects(sql, setup, server, complete=complete, memory=memory)
    from contractcheck.migrations.mysql.batch import effects_of as mysql_effects
    from contractcheck.migrations.mysql.batch import modelled as mysql_version

    version_found = mysql_version(dialect, version)
    if version_found is None:
        return replace(UNASKED, unproven=f"{dialect} {version} is outside the model")
    server = Server(version_found[0], dialect, settings, version_found[1])
    return mysql_effects(sql, setup, server, complete=complete, memory=memory)


def effects_of(
    sql: str,
    setup: tuple[str, ...],
    server: Server,
    memory: dict[tuple[Any, ...], tuple[Catalog, str | None]] | None = None,
    *,
    complete: bool = True,
) -> Effects:
    """The effects of statements in one transaction, after `setup` on an empty database.

    Not `complete`, the database may hold anything else.
    """
    from contractcheck.migrations.postgresql.replay import predict

    key = (setup, server.version, complete)
    if memory is None or key not in memory:
        catalog, problem = Catalog(complete=complete), None
        plain = Server(server.version, server.dialect, {"timezone": "UTC"})
        for statement in setup:
            found, catalog = predict(catalog, (statement,), plain, trusted=True)
            if found.fails:
                problem = f"the setup fails: {found.fails}"
                break
            if found.unproven:
                problem = problem or f"the setup is not certain: {found.unproven}"
        if memory is not None:
            memory[key] = catalog, problem
    else:
        catalog, problem = memory[key]
    found, _ = predict(catalog, (sql,), server)
    if problem is not None:
        found = replace(found, unproven=f"{found.unproven}; {problem}" if found.unproven else problem)
    return found
