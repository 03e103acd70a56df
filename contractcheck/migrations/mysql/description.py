"""A database in words, object by object, and two databases compared."""

from collections.abc import Iterator

from contractcheck.migrations.mysql.cursor import Expression
from contractcheck.migrations.mysql.model import Column, Database, Index, Table, Type
from contractcheck.migrations.mysql.types import CHARACTERS

ORDER = "order of columns"
UNKNOWN = "not known"
Described = dict[str, dict[str, str]]


def type_words(kind: Type | None) -> str:
    """A type as the server shows it."""
    if kind is None:
        return "unknown"
    text = kind.name
    if kind.labels:
        text += "(" + ",".join(f"'{label}'" for label in kind.labels) + ")"
    elif kind.length is not None and kind.name == "decimal":
        text += f"({kind.length},{kind.scale})"
    elif kind.length is not None and kind.name in {"char", "varchar", "binary", "varbinary", "bit"}:
        text += f"({kind.length})"
    elif kind.name == "tinyint" and kind.length == 1:
        text += "(1)"
    elif kind.scale and kind.name in {"datetime", "timestamp", "time"}:
        text += f"({kind.scale})"
    elif kind.length is not None and kind.name in {"float", "double"}:
        text += f"({kind.length},{kind.scale})"
    if kind.unsigned:
        text += " unsigned"
    if kind.zerofill:
        text += " zerofill"
    if kind.name in CHARACTERS and kind.collation:
        text += f" collate {kind.collation}"
    return text


def _plain(text: Expression | None) -> str:
    if text is None:
        return "none"
    if len(text) == 1 and text[0].startswith("'") and text[0][1:-1].lstrip("-").isdigit():
        return text[0][1:-1]
    return " ".join(text)


def _column(column: Column) -> Iterator[tuple[str, str]]:
    yield "type", type_words(column.type)
    yield "nullable", "no" if column.not_null else "yes"
    yield "default", _plain(column.default)
    if column.on_update is not None:
        yield "on update", _plain(column.on_update)
    if column.auto_increment:
        yield "auto_increment", "yes"
    if column.generated:
        yield "generated", f"{column.generated} {_plain(column.expression)}"
    if column.comment:
        yield "comment", repr(column.comment)
    if column.invisible:
        yield "visible", "no"
    if column.check is not None:
        yield "check", _plain(column.check)
    if column.srid is not None:
        yield "srid", str(column.srid)
    if column.compressed:
        yield "compressed", "yes"


def _index(index: Index) -> Iterator[tuple[str, str]]:
    yield "kind", index.kind
    parts = []
    for part in index.parts:
        text = part.column.lower() if part.column else f"({_plain(part.expression)})"
        text += f"({part.length})" if part.length is not None else ""
        parts.append(text + (" desc" if part.descending else ""))
    yield "parts", ", ".join(parts)
    if index.comment:
        yield "comment", repr(index.comment)
    if not index.visible:
        yield "visible", "no"
    if index.using not in {"", "btree"}:
        yield "method", index.using


def describe(database: Database) -> dict[str, dict[str, str]]:
    """Every object by a name a person would use, with its attributes; `of` names what it is a part of."""
    found: dict[str, dict[str, str]] = {}
    for table in database.tables.values():
        if not table.temporary:
            found.update(_table(table))
    for name, (table_name, body) in database.triggers.items():
        found[f"trigger {name}"] = {"of": f"table {table_name}", "body": _plain(body)}
    for (kind, name), body in database.routines.items():
        found[f"{kind} {name}"] = {"body": _plain(body)}
    return found


def _table(table: Table) -> Iterator[tuple[str, dict[str, str]]]:
    whole = f"{table.kind} {table.key}"
    if table.kind in {"view", "sequence"}:
        yield whole, {"query": _plain(table.query)}
        return
    if not table.known:
        yield whole, {"known": "no"}
        return
    attributes = {
        "engine": table.engine,
        "collation": table.collation,
        "row format": table.row_format,
        "comment": repr(table.comment),
        "options": ", ".join(f"{name}={value}" for name, value in table.options),
        "versioned": "yes" if table.versioned else "no",
    }
    if table.key_block:
        attributes["key block size"] = str(table.key_block)
    if table.partitions is not None:
        partitions = "; ".join(f"{name} {_plain(text)}".strip() for name, text in table.partitions.partitions)
        attributes["partitions"] = f"{table.partitions.method} ({_plain(table.partitions.expression)}): {partitions}"
    yield whole, attributes
    for column in table.columns:
        yield f"column {table.key}.{column.name.lower()}", {"of": whole, **dict(_column(column))}
    for index in table.indexes:
        if index.generated:
            continue  # it comes and goes with the foreign key
        yield f"index {table.key}.{index.name.lower()}", {"of": whole, **dict(_index(index))}
    for key in table.foreign_keys:
        target = f"{key.table.lower()} ({', '.join(name.lower() for name in key.referenced)})"
        yield (
            f"foreign key {table.key}.{key.name.lower()}",
            {
                "of": whole,
                "columns": ", ".join(name.lower() for name in key.columns),
                "references": target,
                "on delete": key.on_delete,
                "on update": key.on_update,
            },
        )
    for check in table.checks:
        words = {"of": whole, "expression": _plain(check.expression), "enforced": "yes" if check.enforced else "no"}
        yield f"check {table.key}.{check.name.lower()}", words


def changed(before: Database, after: Database) -> tuple[Described, Described]:
    """The tables that both databases hold and that differ, with their parts."""
    both = [(old, new) for key, new in after.tables.items() if (old := before.tables.get(key)) is not None]
    both = [(old, new) for old, new in both if old is not new]
    one = {name: words for old, new in both if old.known and new.known for name, words in _table(old)}
    return one, {name: words for old, new in both if old.known and new.known for name, words in _table(new)}


def differences(before: Database, after: Database) -> tuple[str, ...]:
    """What the second database lacks, has too much or has otherwise, sorted; () when they are equal.

    A difference only in the order of a table's columns begins with `order of columns`.
    """
    if before is after:
        return ()
    one, other = describe(before), describe(after)
    found = [f"{name} is missing" for name in one if name not in other and not _inside(one[name], one, other)]
    found += [f"{name} is left over" for name in other if name not in one and not _inside(other[name], other, one)]
    for name, attributes in one.items():
        if name not in other:
            continue
        for attribute in sorted({*attributes, *other[name]} - {"of"}):
            was, now = attributes.get(attribute, "none"), other[name].get(attribute, "none")
            if was != now and attribute == "type" and "unknown" in {was, now}:
                found.append(f"{UNKNOWN} whether {name} has its type: {was} became {now}")
            elif was != now:
                short = max(len(was), len(now)) <= 80
                found.append(f"{name}: {attribute} {was} became {now}" if short else f"{name}: {attribute} changed")
    for key, table in after.tables.items():
        then = before.tables.get(key)
        if then is None or then is table:
            continue
        old, new = ([column.name.lower() for column in each.columns] for each in (then, table))
        if old != new and sorted(old) == sorted(new):
            found.append(f"{ORDER} of {table.name}: {', '.join(old)} became {', '.join(new)}")
    return tuple(sorted(found))


def _inside(attributes: dict[str, str], here: dict[str, dict[str, str]], there: dict[str, dict[str, str]]) -> bool:
    """Whether what the object is a part of is itself missing on the other side."""
    owner = attributes.get("of")
    return owner is not None and owner in here and owner not in there
