"""What a statement does after a setup, for `contractcheck effects`."""

from msgspec.structs import replace

from contractcheck.migrations.effects import Effects, Server
from contractcheck.migrations.sqlite import engine
from contractcheck.migrations.sqlite.predict import State, predict

OLDEST = (3, 35)


def modelled(version: str) -> tuple[int, int] | None:
    """The version that a text names, `3.45` or `3.45.1`; that of Python's library for "" and `3`; None before 3.35."""
    numbers = version.split(".") if version else []
    if numbers[1:] == [] and numbers in ([], ["3"]):
        return engine.VERSION
    if len(numbers) < 2 or not all(part.isdigit() and len(part) < 5 for part in numbers[:2]):
        return None
    found = (int(numbers[0]), int(numbers[1]))
    return found if OLDEST <= found < (4, 0) else None


def effects_of(
    sql: str, setup: tuple[str, ...], server: Server, *, complete: bool, memory: dict[object, object] | None = None
) -> Effects:
    """The effects of the statements of a text on what the setup leaves."""
    version = (server.version, server.minor)
    key = ("sqlite", version, setup, complete, tuple(sorted(server.settings.items())))
    known = memory.get(key) if memory is not None else None
    if isinstance(known, tuple):
        state, problem = known
    else:
        switched = server.settings.get("foreign_keys", "off").lower() in {"on", "1", "yes", "true"}
        state, problem = State(complete=complete, foreign_keys=switched), None
        for statement in setup:
            found, state, _ = predict(state, statement, version)
            if found.fails:
                problem = f"the setup fails: {found.fails}"
                break
            if found.unproven:
                problem = problem or f"the setup is not certain: {found.unproven}"
        if memory is not None:
            memory[key] = state, problem
    found, _, _ = predict(state, sql, version)
    if problem is not None:
        found = replace(found, unproven=f"{found.unproven}; {problem}" if found.unproven else problem)
    return found
