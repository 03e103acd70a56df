"""What is no definition: queries, blocks, variables, transactions, and what nobody can read."""

from contractcheck.migrations.operations.parts import Node
from contractcheck.model.record import dataclass


@dataclass(frozen=True, slots=True)
class Query:
    """SELECT, INSERT, UPDATE, DELETE, MERGE, COPY, EXPLAIN, CALL: reads or changes rows; `verb` in lower case."""

    verb: str
    node: Node


@dataclass(frozen=True, slots=True)
class Block:
    """DO: a body of procedural code."""

    language: str
    body: str


@dataclass(frozen=True, slots=True)
class SetVariable:
    """SET, RESET or SET LOCAL; value None resets."""

    name: str
    value: str | None
    local: bool = False


@dataclass(frozen=True, slots=True)
class Transaction:
    """BEGIN, COMMIT, ROLLBACK, SAVEPOINT, ...; `kind` in lower case."""

    kind: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """PREPARE, EXECUTE, DEALLOCATE, DECLARE, FETCH or CLOSE, by name, "" for all; `everything` is FETCH ALL."""

    what: str
    name: str = ""
    query: Node | None = None
    everything: bool = False
    options: int = 0


@dataclass(frozen=True, slots=True)
class Unmodelled:
    """A statement outside the model: nothing may be concluded about it."""

    reason: str
