"""What to send instead: the safe sequence for a statement that locks, reads or rewrites, as SQL for PostgreSQL.

Every sequence ends in the schema that the statement would have given: what was generated is parsed and compared with
what was asked before it is proposed. Statements that do several things at once have none.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from contractcheck.migrations import operations as op
from contractcheck.migrations.examined import Ran
from contractcheck.migrations.postgresql.parse import parse
from contractcheck.migrations.postgresql.run import make_name
from contractcheck.model.finding import RemedyStep, When

_PLAIN = re.compile(r"[a-z_][a-z0-9_$]*")
_INDEX = re.compile(r"(?i)^(\s*CREATE\s+(?:UNIQUE\s+)?INDEX)\b(?!\s+CONCURRENTLY)")
_DROP_INDEX = re.compile(r"(?i)^(\s*DROP\s+INDEX)\b(?!\s+CONCURRENTLY)")
_REFRESH = re.compile(r"(?i)^(\s*REFRESH\s+MATERIALIZED\s+VIEW)\b(?!\s+CONCURRENTLY)")
_REINDEX = re.compile(r"(?i)^(\s*REINDEX\s+(?:INDEX|TABLE|SCHEMA|DATABASE))\b(?!\s+CONCURRENTLY)")
_WORDS: Final = frozenset(
    {"all", "analyse", "analyze", "and", "any", "array", "as", "asc", "both", "case", "cast", "check", "collate"}
    | {"column", "constraint", "create", "default", "desc", "distinct", "do", "else", "end", "except", "false", "for"}
    | {"foreign", "from", "grant", "group", "having", "in", "into", "leading", "limit", "not", "null", "offset", "on"}
    | {"only", "or", "order", "primary", "references", "returning", "select", "some", "table", "then", "to", "true"}
    | {"union", "unique", "user", "using", "variadic", "when", "where", "window", "with"}
)


def remedy(rule: str, ran: Ran) -> tuple[RemedyStep, ...]:
    """The safe sequence for what a rule says of a statement; () where there is none that can be written down."""
    write = _REMEDIES.get(rule)
    asked = list(op.flatten(ran.operations))
    if write is None or len(asked) != 1 or len(ran.operations) != 1:
        return ()
    sql = ran.statement.sql.strip().rstrip(";").rstrip()
    if "--" in sql or "/*" in sql:
        return ()
    return tuple(write(sql, *asked[0]))


def _concurrent_index(sql: str, operation: op.Operation, _: op.Action | None) -> Iterator[RemedyStep]:
    if not isinstance(operation, op.CreateIndex):
        return
    better = _INDEX.sub(r"\1 CONCURRENTLY", sql)
    wanted = replace(operation, concurrently=True)
    if not _is(better, wanted):
        return
    if operation.name is not None:
        # A build that fails leaves an index behind that is not valid: the second try begins by removing it.
        index = ".".join(
            filter(None, (operation.table.schema and _quoted(operation.table.schema), _quoted(operation.name)))
        )
        yield RemedyStep(f"DROP INDEX CONCURRENTLY IF EXISTS {index};", When.ALONE)
    yield RemedyStep(f"{better};", When.ALONE)


def _concurrently(pattern: re.Pattern[str]) -> Callable[[str, op.Operation, op.Action | None], Iterator[RemedyStep]]:
    def write(sql: str, operation: op.Operation, _: op.Action | None) -> Iterator[RemedyStep]:
        better = pattern.sub(r"\1 CONCURRENTLY", sql)
        match operation:
            case op.Drop() | op.RefreshView():
                wanted: op.Operation = replace(operation, concurrently=True)
            case op.Maintain(options=options):
                wanted = replace(operation, concurrently=True, options=(*options, ("concurrently", "true")))
            case _:
                return
        if _is(better, wanted):
            yield RemedyStep(f"{better};", When.ALONE)

    return write


def _scanned(sql: str, operation: op.Operation, action: op.Action | None) -> Iterator[RemedyStep]:
    if not isinstance(operation, op.AlterTable) or operation.kind != "table":
        return
    table = operation.table
    match action:
        case op.SetNotNull(column):
            yield from _not_null(table, (column,))
        case op.AddConstraint(constraint) if constraint.kind in {"check", "foreign key"} and constraint.validated:
            yield from _validated_later(sql, operation, constraint)
        case op.AddConstraint(constraint) if constraint.kind in {"unique", "primary key"} and constraint.index is None:
            yield from _by_index(table, constraint)
        case _:
            return


def _not_null(table: op.Ref, columns: tuple[str, ...]) -> Iterator[RemedyStep]:
    """A CHECK that proves the column not null is added, validated without keeping writers out, used, and dropped."""
    names = {column: make_name(table.name, column, "not_null_check") for column in columns}
    for column, name in names.items():
        check = f"ADD CONSTRAINT {_quoted(name)} CHECK ({_quoted(column)} IS NOT NULL) NOT VALID"
        yield RemedyStep(f"ALTER TABLE {_table(table)} {check};", When.HERE)
    for name in names.values():
        yield RemedyStep(f"ALTER TABLE {_table(table)} VALIDATE CONSTRAINT {_quoted(name)};", When.LATER)
    first = True
    for column, name in names.items():
        sql = f"ALTER TABLE {_table(table)} ALTER COLUMN {_quoted(column)} SET NOT NULL;"
        yield RemedyStep(sql, When.LATER if first else When.HERE)
        yield RemedyStep(f"ALTER TABLE {_table(table)} DROP CONSTRAINT {_quoted(name)};", When.HERE)
        first = False


def _validated_later(sql: str, operation: op.AlterTable, constraint: op.ConstraintDef) -> Iterator[RemedyStep]:
    better = f"{sql} NOT VALID"
    if constraint.name is None or not _is(
        better, replace(operation, actions=(op.AddConstraint(replace(constraint, validated=False)),))
    ):
        return  # the server names it, and the name is wanted to validate it
    yield RemedyStep(f"{better};", When.HERE)
    name = _quoted(constraint.name)
    yield RemedyStep(f"ALTER TABLE {_table(operation.table)} VALIDATE CONSTRAINT {name};", When.LATER)


def _by_index(table: op.Ref, constraint: op.ConstraintDef) -> Iterator[RemedyStep]:
    """The index is built while everybody works; the constraint takes it over."""
    plain = op.ConstraintDef(kind=constraint.kind)
    if replace(constraint, name=None, columns=(), keys=(), include=(), deferrable=False, deferred=False) != plain:
        return
    label = "pkey" if constraint.kind == "primary key" else "key"
    name = constraint.name or make_name(table.name, "" if label == "pkey" else "_".join(constraint.columns), label)
    if constraint.kind == "primary key":
        yield from _not_null(table, constraint.columns)
    columns = ", ".join(map(_quoted, constraint.columns))
    include = f" INCLUDE ({', '.join(map(_quoted, constraint.include))})" if constraint.include else ""
    index = f"{_quoted(table.schema)}.{_quoted(name)}" if table.schema else _quoted(name)
    yield RemedyStep(f"DROP INDEX CONCURRENTLY IF EXISTS {index};", When.ALONE)
    built = f"CREATE UNIQUE INDEX CONCURRENTLY {_quoted(name)} ON {_table(table)} ({columns}){include};"
    yield RemedyStep(built, When.ALONE)
    kind = constraint.kind.upper()
    late = (" DEFERRABLE" if constraint.deferrable else "") + (" INITIALLY DEFERRED" if constraint.deferred else "")
    added = f"ADD CONSTRAINT {_quoted(name)} {kind} USING INDEX {_quoted(name)}{late}"
    yield RemedyStep(f"ALTER TABLE {_table(table)} {added};", When.HERE)


def _renamed(sql: str, operation: op.Operation, _: op.Action | None) -> Iterator[RemedyStep]:
    """A view of the former name takes reads and writes of the previous release (manual, Updatable Views)."""
    if isinstance(operation, op.Rename) and operation.kind == "table" and operation.table is not None:
        former = operation.table
        new = replace(former, name=operation.new_name)
        yield RemedyStep(f"{sql};", When.HERE)
        view = f"CREATE VIEW {_table(former)} AS SELECT * FROM {_table(new)};"  # noqa: S608 - for people to read
        yield RemedyStep(view, When.HERE)
        yield RemedyStep(f"DROP VIEW {_table(former)};", When.RELEASE)


_REMEDIES: Final[dict[str, Callable[[str, op.Operation, op.Action | None], Iterator[RemedyStep]]]] = {
    "index-not-concurrent": _concurrent_index,
    "index-dropped-not-concurrent": _concurrently(_DROP_INDEX),
    "view-refresh-not-concurrent": _concurrently(_REFRESH),
    "reindex-not-concurrent": _concurrently(_REINDEX),
    "scan-under-write-lock": _scanned,
    "table-renamed": _renamed,
}


def _is(sql: str, wanted: op.Operation) -> bool:
    """Whether the text asks for exactly that."""
    return parse(sql) == (wanted,)


def _table(table: op.Ref) -> str:
    return f"{_quoted(table.schema)}.{_quoted(table.name)}" if table.schema else _quoted(table.name)


def _quoted(name: str) -> str:
    """A name as the server reads it back."""
    if _PLAIN.fullmatch(name) and name not in _WORDS:
        return name
    return '"' + name.replace('"', '""') + '"'
