"""A schema of SQLite in words, object by object, and two schemas compared."""

from collections.abc import Iterator, Mapping

from contractcheck.migrations.mysql.tokens import SQLITE, ScanError, Token, scan
from contractcheck.migrations.sqlite.engine import Trial, ask, columns, opened

ORDER = "order of columns"
UNKNOWN = "not known"
_LONG = 80  # characters; what is longer is only said to have changed
Described = dict[str, dict[str, str]]


Object = tuple[str, str]
"""The kind and the name of an object of the schema."""


def objects(image: bytes) -> dict[Object, tuple[str, str]]:
    """Of every object that somebody made, by kind and name: the table it belongs to, and its text."""
    with opened(image) as trial:
        rows = ask(trial, "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema ORDER BY type, name")
    return {(str(k), str(n)): (str(t), str(s)) for k, n, t, s in rows if not str(n).startswith("sqlite_")}


def describe(image: bytes, wanted: Mapping[Object, tuple[str, str]]) -> tuple[Described, dict[str, tuple[str, ...]]]:
    """The wanted objects with their attributes, and the names of the columns of each table in their order."""
    found: Described = {}
    orders: dict[str, tuple[str, ...]] = {}
    with opened(image) as trial:
        for (kind, name), (table, sql) in wanted.items():
            if kind == "table":
                found[f"table {name.lower()}"] = _table(sql)
                found.update(_columns(trial, name))
                found.update(_keys(trial, name))
                orders[name.lower()] = tuple(column.lower() for column in columns(trial, name))
            elif kind == "index":
                found[f"index {name.lower()}"] = {"of": f"table {table.lower()}", **_index(sql)}
            else:
                found[f"{kind} {name.lower()}"] = {"text": " ".join(_spelled(sql)[3:])}
    return found, orders


def _spelled(sql: str) -> list[str]:
    try:
        tokens = scan(sql, SQLITE)
    except ScanError:
        return [sql]
    return [_spell(token) for token in tokens]


def _spell(token: Token) -> str:
    return f"'{token.text}'" if token.kind == "string" else token.text.lower()


def _table(sql: str) -> dict[str, str]:
    """What PRAGMAs do not tell: checks, names of constraints, AUTOINCREMENT, STRICT, WITHOUT ROWID, collations."""
    words = _spelled(sql)
    checks = sorted(" ".join(group) for group in _after(words, "check"))
    names = sorted(words[at + 1] for at, word in enumerate(words[:-1]) if word == "constraint")
    tail = words[len(words) - words[::-1].index(")") :] if ")" in words else []
    found = {"checks": "; ".join(checks), "constraint names": ", ".join(names), "options": " ".join(sorted(tail))}
    if "autoincrement" in words:
        found["autoincrement"] = "yes"
    return found


def _after(words: list[str], keyword: str) -> Iterator[list[str]]:
    """What stands in brackets behind a keyword."""
    for at, word in enumerate(words):
        if word != keyword or at + 1 >= len(words) or words[at + 1] != "(":
            continue
        depth = 0
        for end in range(at + 1, len(words)):
            depth += {"(": 1, ")": -1}.get(words[end], 0)
            if depth == 0:
                yield words[at + 2 : end]
                break


def _columns(trial: Trial, table: str) -> Described:
    found: Described = {}
    rows = ask(trial, 'SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?)', table)
    for name, kind, not_null, default, key, hidden in rows:
        found[f"column {table.lower()}.{str(name).lower()}"] = {
            "of": f"table {table.lower()}",
            "type": str(kind).lower(),
            "nullable": "no" if not_null else "yes",
            "default": "none" if default is None else _value(str(default)),
            "primary key": str(key),
            "generated": {2: "virtual", 3: "stored"}.get(int(str(hidden)), "no"),
        }
    return found


def _value(default: str) -> str:
    """A default in one spelling: a number may be written as a text."""
    text = "".join(_spelled(default))
    return text[1:-1] if text[:1] == "'" and text[1:-1].lstrip("-").isdigit() else text


def _keys(trial: Trial, table: str) -> Described:
    """Foreign keys and the unique constraints of the table's own text, which have no names of their own."""
    found: Described = {}
    by_number: dict[object, list[tuple[object, ...]]] = {}
    for row in ask(
        trial, 'SELECT id, seq, "table", "from", "to", on_update, on_delete FROM pragma_foreign_key_list(?)', table
    ):
        by_number.setdefault(row[0], []).append(row)
    for rows in by_number.values():
        rows.sort(key=lambda row: int(str(row[1])))
        mine = ", ".join(str(row[3]).lower() for row in rows)
        theirs = ", ".join("" if row[4] is None else str(row[4]).lower() for row in rows)
        name = f"foreign key {table.lower()} ({mine}) to {str(rows[0][2]).lower()} ({theirs})"
        found[name] = {
            "of": f"table {table.lower()}",
            "on update": str(rows[0][5]).lower(),
            "on delete": str(rows[0][6]).lower(),
        }
    for index, origin in ask(trial, "SELECT name, origin FROM pragma_index_list(?)", table):
        if origin == "u":
            parts = ask(trial, "SELECT name FROM pragma_index_info(?) ORDER BY seqno", str(index))
            held = ", ".join(str(row[0]).lower() for row in parts)
            found[f"unique constraint {table.lower()} ({held})"] = {"of": f"table {table.lower()}"}
    return found


def _index(sql: str) -> dict[str, str]:
    words = _spelled(sql)
    at = words.index("on") if "on" in words else 0
    return {"unique": "yes" if "unique" in words[:3] else "no", "on": " ".join(words[at + 2 :])}


def changed(before: bytes, after: bytes) -> tuple[Described, Described]:
    """The objects that differ in two schemas, and the tables they belong to, with their parts."""
    (one, _), (other, _) = _both(before, after)
    return one, other


_Side = tuple[Described, dict[str, tuple[str, ...]]]


def _both(before: bytes, after: bytes) -> tuple[_Side, _Side]:
    if before == after:
        return ({}, {}), ({}, {})
    old, new = objects(before), objects(after)
    other = {key for key in {*old, *new} if old.get(key) != new.get(key)}
    if not other:
        return ({}, {}), ({}, {})
    # A table is described again where its own text or one of its indexes is another.
    other |= {("table", (old.get(key) or new[key])[0]) for key in other if key[0] == "index"}
    return (
        describe(before, {key: what for key, what in old.items() if key in other}),
        describe(after, {key: what for key, what in new.items() if key in other}),
    )


def differences(before: bytes, after: bytes) -> tuple[str, ...]:
    """What the second schema lacks, has too much or has otherwise, sorted; () when they are equal."""
    (one, old_orders), (other, new_orders) = _both(before, after)
    found = [f"{name} is missing" for name in one if name not in other and not _inside(one[name], one, other)]
    found += [f"{name} is left over" for name in other if name not in one and not _inside(other[name], other, one)]
    for name, attributes in one.items():
        if name not in other:
            continue
        for attribute in sorted({*attributes, *other[name]} - {"of"}):
            was, now = attributes.get(attribute, "none"), other[name].get(attribute, "none")
            if was != now and attribute == "type" and "?" in {was[:1], now[:1]}:
                found.append(f"{UNKNOWN} whether {name} has its type: {was} became {now}")
            elif was != now:
                short = max(len(was), len(now)) <= _LONG
                became = f"{name}: {attribute} {was or 'none'} became {now or 'none'}"
                found.append(became if short else f"{name}: {attribute} changed")
    for table, now_order in new_orders.items():
        then = old_orders.get(table)
        if then is not None and then != now_order and sorted(then) == sorted(now_order):
            found.append(f"{ORDER} of {table}: {', '.join(then)} became {', '.join(now_order)}")
    return tuple(sorted(found))


def _inside(attributes: dict[str, str], here: Described, there: Described) -> bool:
    """Whether what the object is a part of is itself missing on the other side."""
    owner = attributes.get("of")
    return owner is not None and owner in here and owner not in there
