"""What a migration asks of the tables that were there, read off the schema before and after it.

MySQL, MariaDB and SQLite have no operations of their own here: what running code meets is the same whichever statements
brought it about, an ALTER TABLE or a table that was copied and took the place of the old one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.examined import Ran, columns_made
from contractcheck.migrations.mysql.tokens import ScanError, Syntax, scan

Described = Mapping[str, Mapping[str, str]]
"""Objects by names like `column orders.note`, each with its attributes; `of` names what it is a part of."""

_LONG = 100_000  # characters of a statement that are looked at
_NAMED = re.compile(r"(?P<kind>foreign key|check|index|unique constraint) (?:(?P<table>[^. (]+)[. ])?(?P<name>.+)\Z")


def told(ran: Sequence[Ran], before: Described, after: Described) -> tuple[Ran, ...]:
    """The statements with what they ask for: new columns, NOT NULL, defaults, constraints that come and go.

    What names neither goes to the last statement that reaches the table; tables that come or go are not looked at.
    """
    asked: dict[int, list[op.Operation]] = {}
    for table, name, action in _actions(ran, before, after):
        place = _place(ran, table, name)
        if place is not None:
            asked.setdefault(place, []).append(op.AlterTable(op.Ref(table), (action,)))
    return tuple(
        replace(each, operations=(*each.operations, *asked[at])) if at in asked else each for at, each in enumerate(ran)
    )


def _place(ran: Sequence[Ran], table: str, name: str) -> int | None:
    """The first statement that names both, else the last that reaches the table."""
    reaching = [
        at
        for at, each in enumerate(ran)
        if table in {known.lower() for known in (*each.effects.data, *each.effects.locks)}
    ]
    naming = (at for at in reaching if name and re.search(rf"(?i)(?<!\w){re.escape(name)}(?!\w)", _head(ran[at])))
    return next(naming, reaching[-1] if reaching else None)


def _head(ran: Ran) -> str:
    return ran.statement.sql[:_LONG]


def _actions(ran: Sequence[Ran], before: Described, after: Described) -> Iterator[tuple[str, str, op.Action]]:
    """(table, name, action): columns first."""
    renamed = {
        (table.lower(), new.lower()): old.lower()
        for each in ran
        for table, data in each.effects.data.items()
        for old, new in data.renamed_columns
    }
    for key, now in after.items():
        if not key.startswith("column "):
            continue
        table, _, column = key.removeprefix("column ").rpartition(".")
        if now.get("of") not in before:
            continue
        was = before.get(key) or before.get(f"column {table}.{renamed.get((table, column), '')}")
        if was is None:
            yield table, column, op.AddColumn(_column(column, now))
        else:
            for action in _changes(column, was, now):
                yield table, column, action
    for key, now in after.items():
        if key not in before and now.get("of") in before:
            yield from _added(key, now)
    for key, was in before.items():
        if key not in after and was.get("of") in after:
            yield from _dropped(key, was)


def _column(name: str, words: Mapping[str, str]) -> op.ColumnDef:
    filled = words.get("default", "none") != "none"
    numbered = words.get("auto_increment") == "yes"
    return op.ColumnDef(
        name,
        op.TypeRef(words.get("type", "")),
        not_null=words.get("nullable") == "no",
        default={} if filled else None,
        generated="s" if words.get("generated", "no") not in {"no", ""} else "",
        identity="d" if numbered else "",
    )


def _changes(name: str, was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[op.Action]:
    if was.get("nullable") != now.get("nullable"):
        yield op.SetNotNull(name) if now.get("nullable") == "no" else op.DropNotNull(name)
    one, other = was.get("default", "none"), now.get("default", "none")
    if one != other and "null" not in {one, other}:
        yield op.SetDefault(name, None if other == "none" else {})


def _added(key: str, words: Mapping[str, str]) -> Iterator[tuple[str, str, op.Action]]:
    found = _constraint(key, words)
    if found is not None:
        table, constraint = found
        yield table, constraint.name or ", ".join(constraint.columns), op.AddConstraint(constraint)


def _dropped(key: str, words: Mapping[str, str]) -> Iterator[tuple[str, str, op.Action]]:
    found = _constraint(key, words)
    if found is not None:
        table, constraint = found
        name = constraint.name or f"({', '.join(constraint.columns)})"
        yield table, name, op.DropConstraint(name)


def _constraint(key: str, words: Mapping[str, str]) -> tuple[str, op.ConstraintDef] | None:
    """The table and the constraint that an object is; None for an index that refuses nothing."""
    found = _NAMED.match(key)
    if found is None:
        return None
    kind, name = found["kind"], found["name"]
    table = found["table"] or words.get("of", "").removeprefix("table ")
    columns = re.findall(r"\w+", words.get("columns") or "")
    match kind:
        case "foreign key":
            inner = re.match(r"\(([^)]*)\)", name)
            columns = re.findall(r"\w+", inner[1]) if inner is not None else columns
            named = None if inner is not None else name
            return table, op.ConstraintDef("foreign key", named, tuple(columns))
        case "check":
            return table, op.ConstraintDef("check", name, enforced=words.get("enforced", "yes") == "yes")
        case "unique constraint":
            return table, op.ConstraintDef("unique", None, tuple(re.findall(r"\w+", name)))
        case _:
            unique = {"unique": "unique", "primary": "primary key"}.get(words.get("kind", ""))
            unique = "unique" if words.get("unique") == "yes" else unique
            parts = [re.sub(r"\(.*| .*", "", part) for part in words.get("parts", "").split(", ")]
            return None if unique is None else (table, op.ConstraintDef(unique, name, tuple(filter(None, parts))))


def overwritten(
    ran: Iterable[Ran], fresh: frozenset[str], made: frozenset[tuple[str, str]], syntax: Syntax
) -> Iterator[str]:
    """The columns (`orders.note`) that an UPDATE without WHERE sets, of tables and columns that were there before."""
    own = made
    for each in ran:
        own = columns_made([each], own)
        found = _update(each.statement.sql, syntax) if not each.refused else None
        if found is None:
            continue
        table = next((known for known in each.effects.locks if known.lower() == found[0]), None)
        if table is None or table in fresh:
            continue
        mine = {column.lower() for owner, column in own if owner == table}
        yield from (f"{table}.{column}" for column in found[1] if column.lower() not in mine)


def _update(sql: str, syntax: Syntax) -> tuple[str, list[str]] | None:
    """The one table that an UPDATE of all rows changes, and the columns it sets; None for anything else."""
    if sql.lstrip()[:6].upper() != "UPDATE" or len(sql) > _LONG:
        return None
    try:
        tokens = scan(sql, syntax)
    except ScanError:
        return None
    depth, words = 0, []
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token.upper, 0)
        words.append(token.upper if depth == 0 else "")
    if "SET" not in words or {"WHERE", "LIMIT", "FROM", "JOIN"} & {*words}:
        return None
    at = words.index("SET")
    if at < 2 or "," in words[:at]:
        return None
    starts = [at, *(place for place in range(at, len(words)) if words[place] == ",")]
    columns = [tokens[place + 1].text for place in starts if place + 2 < len(tokens) and words[place + 2] == "="]
    return tokens[at - 1].text.lower(), columns
