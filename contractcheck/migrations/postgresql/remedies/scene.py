"""One statement, the database it meets, and the words that remedies are written in."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from msgspec import Struct, to_builtins
from msgspec.structs import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Catalog, Name, Table
from contractcheck.migrations.effects import Server
from contractcheck.migrations.postgresql.deparse import bare
from contractcheck.migrations.postgresql.parse import parse
from contractcheck.migrations.postgresql.run import cut
from contractcheck.model.finding import RemedyStep, When

_PLAIN = re.compile(r"[a-z_][a-z0-9_$]*")
_WORDS: Final = frozenset(
    {"all", "analyse", "analyze", "and", "any", "array", "as", "asc", "both", "case", "cast", "check", "collate"}
    | {"column", "constraint", "create", "default", "desc", "distinct", "do", "else", "end", "except", "false", "for"}
    | {"foreign", "from", "grant", "group", "having", "in", "into", "leading", "limit", "not", "null", "offset", "on"}
    | {"only", "or", "order", "primary", "references", "returning", "select", "some", "table", "then", "to", "true"}
    | {"union", "unique", "user", "using", "variadic", "when", "where", "window", "with"}
)
_COMMENTS = re.compile(r"--|/\*")
_ROOM = 63 - 8  # bytes of a name that something is still put behind


class Scene(Struct, frozen=True):
    """A statement that asks for one thing: its text without semicolon, and the database before it.

    `action` is that of an ALTER TABLE; None for any other statement.
    """

    sql: str
    operation: op.Operation
    action: op.Action | None
    catalog: Catalog
    server: Server

    @property
    def table(self) -> op.Ref | None:
        """The table it alters or indexes."""
        match self.operation:
            case op.AlterTable(table) | op.CreateIndex(table):
                return table
            case _:
                return None

    def known(self, ref: op.Ref | None) -> Table | None:
        """The table of that name, if the migrations made it: nothing of it is hidden."""
        if ref is None:
            return None
        found = self.catalog.lookup(ref.name, ref.schema, ("public",))
        return found if isinstance(found, Table) and found.known else None

    def free(self, name: str, schema: str = "public") -> str:
        """The name, or one with a number behind it that no relation of the schema has."""
        number, found = 1, cut(name, _ROOM)
        while Name(schema, found) in self.catalog.names:
            number += 1
            found = f"{cut(name, _ROOM)}_{number}"
        return found


Writer = Callable[[Scene], Iterator[RemedyStep]]


def scenes(sql: str, operations: tuple[op.Operation, ...], catalog: Catalog, server: Server) -> tuple[Scene, ...]:
    """The statement taken apart into ones that ask for a single thing; () where it cannot be."""
    text = sql.strip().rstrip(";").rstrip()
    if len(operations) != 1:
        return ()
    (operation,) = operations
    if _COMMENTS.search(text):
        printed = _printed(text)
        if printed is None or not means(printed, *operations):
            return ()
        text = printed
    if not isinstance(operation, op.AlterTable):
        return (Scene(text, operation, None, catalog, server),)
    if len(operation.actions) == 1:
        return (Scene(text, operation, operation.actions[0], catalog, server),)
    found = []
    for number, action in enumerate(operation.actions):
        single = replace(operation, actions=(action,))
        part = _printed(text, number)
        if part is None or not means(part, single):
            return ()
        found.append(Scene(part, single, action, catalog, server))
    return tuple(found)


def _printed(sql: str, number: int | None = None) -> str | None:
    """A statement printed anew, without its comments; of an ALTER TABLE one action alone."""
    from pglast.stream import RawStream

    statement = tree(sql)
    if statement is None:
        return None
    if number is not None:
        statement.cmds = (statement.cmds[number],)
    try:
        return str(RawStream()(statement))
    except (AttributeError, KeyError, TypeError, ValueError, NotImplementedError):
        return None  # a node that the printer does not know


def text(node: Any) -> str:  # noqa: ANN401 - a node of the printer
    """A node of the printer as SQL."""
    from pglast.stream import RawStream

    return str(RawStream()(node))


def tree(sql: str) -> Any:  # noqa: ANN401 - a node of the printer
    """The printer's tree of a statement; None for a text that is none."""
    from pglast.parser import ParseError, parse_sql

    try:
        statements = parse_sql(sql)
    except ParseError:
        return None
    return statements[0].stmt if len(statements) == 1 else None


def here(sql: str, note: str = "") -> RemedyStep:
    """In the migration's transaction, or that of the step before."""
    return RemedyStep(f"{sql};", When.HERE, note)


def alone(sql: str, note: str = "") -> RemedyStep:
    """Outside of a transaction."""
    return RemedyStep(f"{sql};", When.ALONE, note)


def later(sql: str, note: str = "") -> RemedyStep:
    """In the next migration."""
    return RemedyStep(f"{sql};", When.LATER, note)


def released(sql: str, note: str = "") -> RemedyStep:
    """In a migration of a later release."""
    return RemedyStep(f"{sql};", When.RELEASE, note)


def means(sql: str, *wanted: op.Operation) -> bool:
    """Whether the text asks for exactly that, wherever its parts stand."""
    return [bare(to_builtins(each)) for each in parse(sql)] == [bare(to_builtins(each)) for each in wanted]


def name_of(table: op.Ref | Table) -> str:
    """A table as statements name it."""
    if isinstance(table, Table) and table.schema == "public":
        return quoted(table.name)
    return f"{quoted(table.schema)}.{quoted(table.name)}" if table.schema else quoted(table.name)


def beside(table: op.Ref | Table, name: str) -> str:
    """Something in the schema of a table, as statements name it."""
    schema = table.schema if not (isinstance(table, Table) and table.schema == "public") else None
    return f"{quoted(schema)}.{quoted(name)}" if schema else quoted(name)


def literal(text: str) -> str:
    """A text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """A name as the server reads it back."""
    if _PLAIN.fullmatch(name) and name not in _WORDS:
        return name
    return '"' + name.replace('"', '""') + '"'
