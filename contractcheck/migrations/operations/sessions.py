"""What is no definition: queries, blocks, variables, transactions, and what nobody can read."""

from msgspec import Struct

from contractcheck.migrations.operations.parts import Node


class Query(Struct, frozen=True):
    """SELECT, INSERT, UPDATE, DELETE, MERGE, COPY, EXPLAIN, CALL: reads or changes rows; `verb` in lower case."""

    verb: str
    node: Node


class Block(Struct, frozen=True):
    """DO: a body of procedural code."""

    language: str
    body: str


class SetVariable(Struct, frozen=True):
    """SET, RESET or SET LOCAL; value None resets."""

    name: str
    value: str | None
    local: bool = False


class Transaction(Struct, frozen=True):
    """BEGIN, COMMIT, ROLLBACK, SAVEPOINT, ...; `kind` in lower case."""

    kind: str
    name: str | None = None


class Session(Struct, frozen=True):
    """PREPARE, EXECUTE, DEALLOCATE, DECLARE, FETCH or CLOSE, by name, "" for all; `everything` is FETCH ALL."""

    what: str
    name: str = ""
    query: Node | None = None
    everything: bool = False
    options: int = 0


class Unmodelled(Struct, frozen=True):
    """A statement outside the model: nothing may be concluded about it."""

    reason: str
