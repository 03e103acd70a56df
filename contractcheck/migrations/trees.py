"""A tree of migrations as SQL: what every reader makes of its files, whatever the tool."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from contractcheck.errors import UsageError
from contractcheck.migrations.recognise import Location
from contractcheck.model.finding import Finding
from contractcheck.model.place import Place
from contractcheck.model.snapshot import Snapshot

if TYPE_CHECKING:
    from contractcheck.migrations.recovery import Note
    from contractcheck.migrations.world import World


class Existing(Struct, frozen=True):
    """What a migration says of a column that it finds: its type in SQL and whether it may be null, where it says so."""

    table: str
    schema: str | None
    column: str
    type: str | None
    nullable: bool | None


class Statement(Struct, frozen=True):
    """One statement in the target's SQL, without a closing semicolon.

    `place` is the call that emits it (Alembic) or the first character of its text (SQL files). `in_transaction` is
    False inside Alembic's `autocommit_block()` and in files that their tool runs without a transaction.

    What only a run knows is marked, so that the rest of the statement stays readable: an unknown value is `$1`; a type
    whose class cannot be read is a quoted name that begins with `?`, like `"?StringID"`.
    `certain` is False for a statement that changes no schema and runs never, once or often, depending on data.
    `checkfirst` is True where the tool looks first and leaves the statement out if there is nothing to do (the type or
    table to create is there, the one to drop is not), as `sa.Enum(...).create(bind, checkfirst=True)` does.
    `existing` is what is said of the column that it alters (`existing_type` of Alembic).
    """

    sql: str
    place: Place
    in_transaction: bool = True
    certain: bool = True
    checkfirst: bool = False
    existing: Existing | None = None


class Opaque(Struct, frozen=True):
    """Something that runs but cannot be known without running it: where, why, and its (short) code.

    `alternatives` are the steps of each way it may go, where those are known (the branches of an unknown condition;
    an empty one is the way on which nothing happens); () where not even that is known. `tables` are the only ones
    whose columns, constraints and indexes it may change; None where that is not known either. `fails`: the tool
    certainly refuses it, whatever the database holds, as `op.drop_constraint(None, "t")` without naming convention.
    `worst` are statements that cost those tables no less than what it may do: an unknown new type rewrites.
    """

    place: Place
    reason: str
    source: str
    alternatives: tuple[tuple["Step", ...], ...] = ()
    tables: tuple[str, ...] | None = None
    fails: bool = False
    worst: tuple["Statement", ...] = ()


Step = Statement | Opaque


class ScriptKind(StrEnum):
    """How one side of a migration is written."""

    CODE = "code"
    EMPTY = "empty"  # there, but without any effect: `pass`, a docstring, comments
    RAISES = "raises"  # refuses to run
    MISSING = "missing"  # not written at all


@dataclass(frozen=True, slots=True)
class Script:
    """One side of a migration: its steps in the order they run. `place` is its `def` line or the head of its file.

    A script that asks what the database holds has `again`: it reads the script with that being known.
    """

    kind: ScriptKind
    steps: tuple[Step, ...]
    place: Place | None
    again: "Callable[[World], Script] | None" = field(default=None, compare=False, repr=False)


class Migration(Struct, frozen=True):
    """One migration. `id` is the Alembic revision, else the file's name without suffix; `parents` are ids.

    Among the `labels` of SQL files are `repeatable` (run again when its text changes) and `forward-only` (its tool, or
    its tree, has no way back). `checksum` is of what the tool compares with what was applied; None if it does not.
    `recovery` are the notes in its files on how what it loses is recovered.
    """

    id: str
    path: str
    tool: str
    parents: tuple[str, ...]
    depends_on: tuple[str, ...]
    labels: tuple[str, ...]
    up: Script
    down: Script
    defects: tuple[Finding, ...]
    checksum: str | None = None
    recovery: "tuple[Note, ...]" = ()


class Tree(Struct, frozen=True):
    """The migrations of one tree in the order they run: parents first, else by id, so always the same."""

    tool: str
    folder: str
    migrations: tuple[Migration, ...]
    heads: tuple[str, ...]
    defects: tuple[Finding, ...]


def read(
    snapshot: Snapshot, location: Location, *, dialect: str = "postgresql", values: Mapping[str, str] | None = None
) -> Tree:
    """Read every migration of a tree; nothing of the snapshot is imported or run. `values` are those of placeholders.

    A file that cannot be read is a finding (`migration-unreadable`), the others are still read. Raises UsageError for a
    tool that has no reader.
    """
    from contractcheck.migrations.recovery import noted

    return noted(_tree(snapshot, location, dialect, values or {}), snapshot)


def _tree(snapshot: Snapshot, location: Location, dialect: str, values: Mapping[str, str]) -> Tree:
    match location.tool:
        case "alembic":
            from contractcheck.migrations.alembic.tree import read as read_alembic

            return read_alembic(snapshot, location, dialect=dialect)
        case name:
            from contractcheck.migrations.sql_files.tool import Folder, tools

            tool = tools().get(name)
            if tool is None:
                raise UsageError(f"no reader for migrations of {name}", where=location.folder)
            return tool.read(Folder(snapshot, location, dialect, values))
