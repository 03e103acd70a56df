"""SQLite as the walk through a tree of migrations asks it."""

from msgspec.structs import replace

from contractcheck.migrations.effects import Server
from contractcheck.migrations.mysql.tokens import SQLITE
from contractcheck.migrations.shifts import Described
from contractcheck.migrations.sqlite.description import ORDER, changed
from contractcheck.migrations.sqlite.description import differences as compare
from contractcheck.migrations.sqlite.predict import State, predict
from contractcheck.migrations.walk import Dialect


def _empty(complete: bool) -> State:  # noqa: FBT001 - the one thing asked
    return State(complete=complete)


def _settings(server: Server) -> tuple[int, int]:
    return server.version, server.minor


def _differences(before: State, after: State) -> tuple[str, ...]:
    return compare(before.image, after.image)


def _described(before: State, after: State) -> tuple[Described, Described]:
    return changed(before.image, after.image)


def _filled(state: State) -> State:
    return replace(state, filled=True, copies={})


def _tables(state: State) -> frozenset[str]:
    """The names of tables and views; one whose copy will take its place counts as there, the copy does not."""
    found = set(state.names)
    for old, new in state.copies.items():
        if new in found:
            found.discard(new)
            found.add(old)
    return frozenset(found)


def _blurred(state: State, why: str) -> State:
    return replace(state, opaque=(*state.opaque, why))


DIALECT = Dialect(
    empty=_empty,
    settings=_settings,
    run=predict,
    differences=_differences,
    filled=_filled,
    tables=_tables,
    blurred=_blurred,
    described=_described,
    order=ORDER,
    syntax=SQLITE,
    transactional=True,
)
