"""Upgrades with their downgrades, drawn by chance over what a schema holds, right or with a mistake that people make."""
# ruff: noqa: E501, S608, ANN401 - statements stand as they are sent; their parts are ours

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from benchmarks.reversal_dump import Dump

SQL = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """Statements, those that take them back, and wrong ones by the name of the mistake."""

    up: SQL
    down: SQL
    mistakes: tuple[tuple[str, SQL], ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """A migration: its two scripts, the families they are of, and what is wrong with the second ("": nothing)."""

    up: SQL
    down: SQL
    families: tuple[str, ...]
    mistake: str = ""


FAMILIES: dict[str, Callable[["Draw"], Change]] = {}
TYPES = (
    "smallint", "int", "bigint", "numeric", "numeric(10,2)", "numeric(14,4)", "double precision", "text", "varchar", "varchar(10)",
    "varchar(255)", "char(5)", "boolean", "bytea", "date", "timestamp", "timestamp(3)", "timestamptz", "timestamptz(6)", "time", "interval",
    "uuid", "json", "jsonb", "text[]", "int[]", "varchar(20)[]", "inet", "mood", "positive", "email", "plain", "tsvector", "int4range",
)  # fmt: skip
_FIT = {
    "smallint": "7", "int": "7", "bigint": "7", "numeric": "1.5", "numeric(10,2)": "1.50", "numeric(14,4)": "0", "double precision": "2.5",
    "text": "'x'", "varchar": "'x'", "varchar(10)": "'new'", "varchar(255)": "''", "char(5)": "'a'", "boolean": "false", "date": "CURRENT_DATE",
    "timestamp": "now()", "timestamp(3)": "now()", "timestamptz": "CURRENT_TIMESTAMP", "timestamptz(6)": "now()", "uuid": "gen_random_uuid()",
    "json": "'{}'", "jsonb": "'{}'", "text[]": "'{}'", "int[]": "ARRAY[1, 2]", "mood": "'ok'", "positive": "3", "email": "'a@b'", "plain": "'p'",
}  # fmt: skip


def family(make: Callable[["Draw"], Change]) -> Callable[["Draw"], Change]:
    """Register a family by the name of its function."""
    FAMILIES[make.__name__] = make
    return make


@dataclass(slots=True)
class Draw:
    """Chance, and what there is to choose from."""

    random: Random
    schema: Dump
    version: int
    used: set[str] = field(default_factory=set)

    def one(self, of: Sequence[Any]) -> Any:
        """One of them."""
        return self.random.choice(of)

    def chance(self, of: float) -> bool:
        """Whether it happens."""
        return self.random.random() < of

    def fresh(self, prefix: str = "fresh") -> str:
        """A name that is not taken; now and then one that needs quotes."""
        while True:
            name = f"{prefix}_{self.random.randrange(10000)}"
            if self.chance(0.04):
                name = f'"{name.title()} Xy"'
            if name not in self.used:
                self.used.add(name)
                return name

    def all(self, kind: str) -> list[tuple[tuple[str, ...], Any]]:
        """What there is of a kind: its name and what is known of it."""
        return [(n[1:], a) for n, a in self.schema.items() if n[0] == kind and not a.get("clone")]

    def tables(self, kinds: str = "rp") -> list[tuple[tuple[str, ...], Any]]:
        """The tables of those kinds (relkind)."""
        return [(name, attributes) for name, attributes in self.all("table") if attributes["kind"] in kinds]

    def table(self, kinds: str = "r") -> str:
        """A table that is no partition, as SQL."""
        return named(self.one([name for name, attributes in self.tables(kinds) if attributes["bound"] is None]))

    def columns(self, table: str) -> list[tuple[str, Any]]:
        """The columns of a table in their order."""
        found = [(name[2], a) for name, a in self.all("column") if named(name[:2]) == table]
        return sorted(found, key=lambda each: each[1]["place"])

    def column(self, table: str) -> tuple[str, Any]:
        """A column of a table that is not inherited."""
        own = [each for each in self.columns(table) if not each[1]["inherited"]]
        return self.one(own or self.columns(table))

    def column_text(self, attributes: Any, name: str, *without: str, kind: str | None = None) -> str:
        """A column as ADD COLUMN writes it, without some of what makes it."""
        parts = [quoted(name), kind or attributes["type"]]
        if attributes["collation"] not in {None, "default"} and "collation" not in without:
            parts.append(f'COLLATE "{attributes["collation"]}"')
        if attributes["generated"] and "generated" not in without:
            parts.append(
                f"GENERATED ALWAYS AS ({attributes['default']}) {'STORED' if attributes['generated'] == 's' else 'VIRTUAL'}"
            )
        elif attributes["identity"] and "identity" not in without:
            parts.append(f"GENERATED {'ALWAYS' if attributes['identity'] == 'a' else 'BY DEFAULT'} AS IDENTITY")
        elif attributes["default"] and not attributes["generated"] and "default" not in without:
            parts.append(f"DEFAULT {attributes['default']}")
        if attributes["not null"] and "not null" not in without:
            parts.append("NOT NULL")
        return " ".join(parts)

    def around(self, table: str, column: str) -> list[str]:
        """What is dropped with a column and has to be made again: constraints and indexes that name it, comments."""
        word = re.compile(rf"\b{re.escape(column)}\b")
        found = [
            f"ALTER TABLE {table} ADD CONSTRAINT {quoted(name[2])} {a['definition']}"
            for name, a in self.all("constraint")
            if len(name) == 3 and named(name[:2]) == table and word.search(a["definition"]) and a["kind"] != "n"
        ]
        own = {name[2] for name, _ in self.all("constraint") if len(name) == 3}
        found += [
            a["definition"]
            for name, a in self.all("index")
            if name[1] not in own
            and f" ON {_with_schema(table)} " in a["definition"]
            and word.search(a["definition"].partition(" USING ")[2])
        ]
        return found


def named(name: Sequence[str]) -> str:
    """A relation as SQL: without `public`."""
    return ".".join(quoted(part) for part in name if part != "public")


def quoted(name: str) -> str:
    """A name as SQL."""
    return name if re.fullmatch(r"[a-z_][a-z0-9_$]*", name) else '"' + name.replace('"', '""') + '"'


def _with_schema(table: str) -> str:
    return table if "." in table else f"public.{table}"


def _if_exists(statement: str) -> str:
    for words in (
        "DROP TABLE ",
        "DROP INDEX ",
        "DROP CONSTRAINT ",
        "DROP COLUMN ",
        "DROP TYPE ",
        "DROP SEQUENCE ",
        "DROP VIEW ",
        "DROP FUNCTION ",
    ):
        if words in statement and "IF EXISTS" not in statement:
            return statement.replace(words, f"{words}IF EXISTS ", 1)
    return statement


# -- columns ----------------------------------------------------------------------------------------------------------


@family
def column_added(d: Draw) -> Change:
    """ADD COLUMN, with what may stand on its line."""
    table, name, kind = d.table("rp" if d.chance(0.2) else "r"), d.fresh("col"), d.one(TYPES)
    line = f"{name} {kind}"
    if kind in _FIT and d.chance(0.6):
        line += f" DEFAULT {_FIT[kind]}" + (" NOT NULL" if d.chance(0.6) else "")
    if kind in {"int", "bigint"} and d.chance(0.4):
        line = f"{name} {kind}" + d.one(
            [
                " REFERENCES products",
                " UNIQUE",
                f" CHECK ({name} > 0)",
                " GENERATED ALWAYS AS IDENTITY",
                f" CONSTRAINT {d.fresh('ck')} CHECK ({name} < 100)",
            ]
        )
    if kind == "text" and d.chance(0.3):
        line = f'{name} text COLLATE "C"'
    up = [f"ALTER TABLE {table} ADD COLUMN {line}"]
    if d.chance(0.3):
        up.append(f"CREATE INDEX {d.fresh('ix')} ON {table} ({name})")
    if d.chance(0.2):
        up.append(f"COMMENT ON COLUMN {table}.{name} IS 'said'")
    down = (f"ALTER TABLE {table} DROP COLUMN {name}",)
    other = d.column(table)[0]
    return Change(tuple(up), down, (
        ("column stays", ()), ("column stays behind IF EXISTS", (f"ALTER TABLE {table} DROP COLUMN IF EXISTS {d.fresh('col')}",)),
        ("dropped twice", down * 2), ("other column dropped", (f"ALTER TABLE {table} DROP COLUMN {quoted(other)} CASCADE",)),
        ("wrong table", (f"ALTER TABLE {d.table()} DROP COLUMN {name}",)), ("only its default dropped", (f"ALTER TABLE {table} ALTER COLUMN {name} DROP DEFAULT",)),
    ))  # fmt: skip


@family
def column_dropped(d: Draw) -> Change:
    """DROP COLUMN, and what went with it."""
    table = d.table()
    name, a = d.column(table)
    cascade = " CASCADE" if d.chance(0.4) else ""
    up = (f"ALTER TABLE {table} DROP COLUMN {quoted(name)}{cascade}",)
    around = tuple(d.around(table, name))
    add = f"ALTER TABLE {table} ADD COLUMN "
    down = (add + d.column_text(a, name), *around)
    mistakes = [("constraint or index lost", down[:1])] if around else []
    mistakes += [("column does not come back", ())]
    mistakes += [
        (f"{each} lost", (add + d.column_text(a, name, each), *around))
        for each in ("not null", "default", "identity", "generated", "collation")
        if a[each] and a[each] != "default"
    ]
    mistakes += (
        [("type lost its width", (add + d.column_text(a, name, kind=re.sub(r"\(.*?\)", "", a["type"])), *around))]
        if "(" in a["type"]
        else []
    )
    mistakes += [
        ("other type", (add + d.column_text(a, name, "default", kind=d.one(TYPES)), *around)),
        ("twice", (*down, down[0])),
    ]
    return Change(up, down, tuple(mistakes))


@family
def column_retyped(d: Draw) -> Change:
    """ALTER COLUMN TYPE."""
    table = d.one(["everything", "everything", "orders", "customers", "products", "blank", "bare", "tree", "parent"])
    name, a = d.column(table)
    kind = d.one(TYPES)
    column = quoted(name)
    up = f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {kind} USING {column}::text::{kind}"
    back = f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {a['type']} USING {column}::text::{a['type']}"
    plain = re.sub(r"\(.*?\)", "", a["type"])
    more = (f"ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT",) if a["default"] and d.chance(0.6) else ()
    put = (f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {a['default']}",) if more else ()
    mistakes = [
        ("type stays", put),
        ("no USING", (f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {a['type']}", *put)),
        (
            "other type",
            (f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {d.one(TYPES)} USING {column}::text::{kind}", *put),
        ),
    ]
    if put:
        mistakes.append(("default lost", (back,)))
    if plain != a["type"]:
        mistakes.append(
            (
                "type lost its width",
                (f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {plain} USING {column}::text::{plain}", *put),
            )
        )
        mistakes.append(
            (
                "other width",
                (
                    f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {a['type'].replace('0', '1')} USING {column}::text::{plain}",
                    *put,
                ),
            )
        )
    return Change((*more, up), (back, *put), tuple(mistakes))


@family
def not_null_changed(d: Draw) -> Change:
    """SET and DROP NOT NULL."""
    table = d.table("rp")
    name, a = d.column(table)
    verbs = ("DROP", "SET") if a["not null"] else ("SET", "DROP")
    up, down = (f"ALTER TABLE {table} ALTER COLUMN {quoted(name)} {verb} NOT NULL" for verb in verbs)
    other = quoted(d.column(table)[0])
    return Change(
        (up,),
        (down,),
        (
            ("stays", ()),
            ("again the same", (up,)),
            ("of another column", (f"ALTER TABLE {table} ALTER COLUMN {other} {verbs[1]} NOT NULL",)),
        ),
    )


@family
def default_changed(d: Draw) -> Change:
    """SET and DROP DEFAULT."""
    table = d.one(["orders", "products", "blank", "app.notes", "everything", "customers"])
    choice = [each for each in d.columns(table) if not each[1]["generated"]]
    name, a = d.one([each for each in choice if each[1]["default"]] or choice) if d.chance(0.6) else d.one(choice)
    head = f"ALTER TABLE {table} ALTER COLUMN {quoted(name)}"
    fit = next((v for k, v in _FIT.items() if a["type"].startswith(k.partition("(")[0])), "NULL")
    fit = {"character varying(20)": "'other'", "integer": "12", "timestamp with time zone": "clock_timestamp()"}.get(
        a["type"], fit
    )
    up = f"{head} DROP DEFAULT" if a["default"] and d.chance(0.5) else f"{head} SET DEFAULT {fit}"
    down = f"{head} SET DEFAULT {a['default']}" if a["default"] else f"{head} DROP DEFAULT"
    mistakes = [
        ("default stays", ()),
        ("default NULL", (f"{head} SET DEFAULT NULL",)),
        ("other default", (f"{head} SET DEFAULT {fit}",)),
    ]
    if a["default"]:
        mistakes += [
            ("default lost", (f"{head} DROP DEFAULT",)),
            ("default as literal", (f"{head} SET DEFAULT {a['default'].partition('::')[0]}",)),
        ]
    return Change((up,), (down,), tuple(mistakes))


@family
def identity_changed(d: Draw) -> Change:
    """ADD, SET and DROP of an identity, and of a generated column's expression."""
    pick = d.random.randrange(4)
    if pick == 0:
        up, down = (
            "ALTER TABLE orders ALTER COLUMN id DROP IDENTITY",
            "ALTER TABLE orders ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY",
        )
        return Change(
            (up,),
            (down,),
            (
                ("identity lost", ()),
                ("other identity", (down.replace("BY DEFAULT", "ALWAYS"),)),
                ("its sequence under another name", (f"{down} (SEQUENCE NAME {d.fresh('seq')})",)),
                ("other start", (f"{down} (START 10)",)),
            ),
        )
    if pick == 1:
        up, down = (
            "ALTER TABLE orders ALTER COLUMN id SET GENERATED ALWAYS",
            "ALTER TABLE orders ALTER COLUMN id SET GENERATED BY DEFAULT",
        )
        return Change((up,), (down,), (("stays", ()), ("with another increment", (f"{down} SET INCREMENT 5",))))
    if pick == 2:
        up, down = (
            "ALTER TABLE blank ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY",
            "ALTER TABLE blank ALTER COLUMN id DROP IDENTITY",
        )
        return Change(
            (up,),
            (down,),
            (
                ("stays", ()),
                ("drops the not null too", (down, "ALTER TABLE blank ALTER COLUMN id DROP NOT NULL")),
                ("its sequence dropped", ("DROP SEQUENCE blank_id_seq",)),
            ),
        )
    up = "ALTER TABLE orders ALTER COLUMN doubled DROP EXPRESSION"
    again = (
        "ALTER TABLE orders DROP COLUMN doubled",
        "ALTER TABLE orders ADD COLUMN doubled int GENERATED ALWAYS AS (amount * 2) STORED",
    )
    return Change(
        (up,),
        again,
        (
            ("expression lost", ()),
            ("as a default", ("ALTER TABLE orders ALTER COLUMN doubled SET DEFAULT 2",)),
            ("other expression", (again[0], again[1].replace("2", "3"))),
            ("equal in meaning", (again[0], again[1].replace("amount * 2", "2 * amount"))),
        ),
    )


@family
def renamed(d: Draw) -> Change:
    """RENAME of a column, a table, a constraint, an index, a sequence, a type, a view."""
    new = d.fresh("renamed")
    what = d.random.randrange(7)
    if what == 0:
        table = d.table("rp")
        old = quoted(d.column(table)[0])
        head = f"ALTER TABLE {table} RENAME COLUMN"
        return _renaming(d, f"{head} {old} TO {new}", f"{head} {new} TO {old}", old)
    if what == 1:
        schema, table = d.one([name for name, _ in d.tables("rp")])
        home = "" if schema == "public" else f"{schema}."
        return _renaming(
            d,
            f"ALTER TABLE {home}{quoted(table)} RENAME TO {new}",
            f"ALTER TABLE {home}{new} RENAME TO {quoted(table)}",
            table,
        )
    if what == 2:
        (schema, table, old), _ = d.one(
            [each for each in d.all("constraint") if len(each[0]) == 3 and not each[1].get("inherited")]
        )
        head = f"ALTER TABLE {named((schema, table))} RENAME CONSTRAINT"
        return _renaming(d, f"{head} {quoted(old)} TO {new}", f"{head} {new} TO {quoted(old)}", old)
    if what == 3:
        (schema, old), _ = d.one(d.all("index"))
        home = "" if schema == "public" else f"{schema}."
        return _renaming(
            d,
            f"ALTER INDEX {home}{quoted(old)} RENAME TO {new}",
            f"ALTER INDEX {home}{new} RENAME TO {quoted(old)}",
            old,
        )
    if what == 4:
        (schema, old), _ = d.one(d.all("sequence"))
        home = "" if schema == "public" else f"{schema}."
        return _renaming(
            d, f"ALTER SEQUENCE {home}{old} RENAME TO {new}", f"ALTER SEQUENCE {home}{new} RENAME TO {old}", old
        )
    if what == 5:
        (_, old), a = d.one([each for each in d.all("type") if each[0][0] == "public"])
        word = "DOMAIN" if a["kind"] == "d" else "TYPE"
        return _renaming(d, f"ALTER {word} {old} RENAME TO {new}", f"ALTER {word} {new} RENAME TO {old}", old)
    old = d.one(["v_orders", "v_deep", "v_metrics"])
    return _renaming(d, f"ALTER VIEW {old} RENAME TO {new}", f"ALTER VIEW {new} RENAME TO {old}", old)


def _renaming(d: Draw, up: str, down: str, old: str) -> Change:
    wrong = down[: down.rindex(" TO ")] + f" TO {d.fresh(old[:20].strip(chr(34)).lower().replace(' ', '_'))}"
    return Change((up,), (down,), (("name stays", ()), ("third name", (wrong,)), ("renamed the same way again", (up,))))


# -- indexes and constraints ------------------------------------------------------------------------------------------


@family
def index_made(d: Draw) -> Change:
    """CREATE INDEX."""
    table, name = d.table("rp"), d.fresh("ix")
    columns = d.random.sample([quoted(c) for c, _ in d.columns(table)], k=min(len(d.columns(table)), d.one([1, 1, 2])))
    keys = ", ".join(c + d.one(["", "", "", " DESC", " NULLS FIRST"]) for c in columns)
    where = f" WHERE {columns[0]} IS NOT NULL" if d.chance(0.2) else ""
    up = f"CREATE {d.one(['', '', 'UNIQUE '])}INDEX {name} ON {table} ({keys}){where}"
    home = f"{table.rpartition('.')[0]}." if "." in table else ""
    down = f"DROP INDEX {home}{name}"
    return Change(
        (up,),
        (down,),
        (
            ("index stays", ()),
            ("index stays behind IF EXISTS", (f"DROP INDEX IF EXISTS {d.fresh('ix')}",)),
            ("wrong name", (f"DROP INDEX {d.fresh('ix')}",)),
            ("of a constraint", (f"ALTER TABLE {table} DROP CONSTRAINT {name}",)),
            ("dropped twice", (down, down)),
        ),
    )


@family
def index_dropped(d: Draw) -> Change:
    """DROP INDEX, and CREATE INDEX with what people forget."""
    own = {name[2] for name, _ in d.all("constraint") if len(name) == 3}
    choice = [(name, a["definition"]) for name, a in d.all("index") if name[1] not in own and a["parent"] is None]
    (schema, name), text = d.one(choice)
    up = (f"DROP INDEX {named((schema, name))}{d.one(['', '', ' CASCADE'])}",)
    text = text.replace(" ON ONLY ", " ON ")
    variants = {
        "unique lost": text.replace("UNIQUE ", ""), "became unique": text.replace("CREATE INDEX", "CREATE UNIQUE INDEX"), "predicate lost": text.partition(" WHERE ")[0],
        "other order": text.replace(" DESC", ""), "include lost": re.sub(r" INCLUDE \([^)]*\)", "", text), "other name": text.replace(quoted(name), d.fresh("ix"), 1),
        "no name": text.replace(f" {quoted(name)} ON", " ON", 1), "other method": re.sub(r"USING \w+", "USING btree", text), "descending": re.sub(r"(\w+)\)(?= WHERE|$)", r"\1 DESC)", text),
        "predicate added": text if " WHERE " in text else f"{text} WHERE true", "columns turned": re.sub(r"\((\w+), (\w+)\)", r"(\2, \1)", text), "fillfactor": f"{text.partition(' WHERE ')[0]} WITH (fillfactor = 70)",
    }  # fmt: skip
    return Change(
        up,
        (text,),
        (("index does not come back", ()), *((label, (each,)) for label, each in variants.items() if each != text)),
    )


@family
def constraint_made(d: Draw) -> Change:
    """ADD CONSTRAINT of every kind."""
    table = d.table()
    column = quoted(d.column(table)[0])
    name = d.fresh("con")
    kind = d.one(
        [
            f"CHECK ({column} IS NOT NULL)",
            f"CHECK (length({column}::text) > 0)",
            f"UNIQUE ({column})",
            f"CHECK ({column} IS NOT NULL) NOT VALID",
            "FK",
            "FK",
            f"EXCLUDE USING btree ({column} WITH =)",
        ]
    )
    if kind == "FK":
        table, column = d.one(
            [("orders", "amount"), ("bare", "a"), ("items", "self"), ("tree", "parent"), ("blank", "b")]
        )
        kind = f"FOREIGN KEY ({column}) REFERENCES products (id){d.one(['', ' ON DELETE CASCADE', ' ON UPDATE SET NULL', ' DEFERRABLE', ' NOT VALID'])}"
    unnamed = d.chance(0.2)
    up = f"ALTER TABLE {table} ADD {'' if unnamed else f'CONSTRAINT {name} '}{kind}"
    bare, col = table.rpartition(".")[2], column.strip('"')
    made = (
        name
        if not unnamed
        else f"{bare}_{col}_{'fkey' if kind.startswith('F') else 'key' if kind.startswith('U') else 'excl' if kind.startswith('E') else 'check'}"
    )
    down = f"ALTER TABLE {table} DROP CONSTRAINT {quoted(made) if unnamed else made}"
    return Change(
        (up,),
        (down,),
        (
            ("constraint stays", ()),
            ("constraint stays behind IF EXISTS", (f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {d.fresh('con')}",)),
            ("wrong name", (f"ALTER TABLE {table} DROP CONSTRAINT {d.fresh('con')}",)),
            ("as an index", (f"DROP INDEX {made}",)),
            ("dropped twice", (down, down)),
            ("renamed only", (f"ALTER TABLE {table} RENAME CONSTRAINT {made} TO {d.fresh('con')}",)),
        ),
    )


@family
def constraint_dropped(d: Draw) -> Change:
    """DROP CONSTRAINT, and ADD CONSTRAINT with what people forget."""
    choice = [each for each in d.all("constraint") if len(each[0]) == 3 and not each[1].get("inherited")]
    (schema, table_, name), a = d.one(choice)
    table, text = named((schema, table_)), a["definition"]
    cascade = d.one(["", "", " CASCADE"])
    up = (f"ALTER TABLE {table} DROP CONSTRAINT {quoted(name)}{cascade}",)
    head = f"ALTER TABLE {table} ADD CONSTRAINT {quoted(name)} "
    down = [head + text]
    if a["kind"] in "pu" and cascade:
        down += [
            f"ALTER TABLE {named(other[:2])} ADD CONSTRAINT {quoted(other[2])} {b['definition']}"
            for other, b in choice
            if b["kind"] == "f" and f"REFERENCES {table}(" in b["definition"]
        ]
    variants = {
        "other name": f"ALTER TABLE {table} ADD CONSTRAINT {d.fresh('con')} {text}", "no name": f"ALTER TABLE {table} ADD {text}",
        "not valid": f"{head}{text.replace(' NOT VALID', '')} NOT VALID", "validated": head + text.replace(" NOT VALID", ""), "action lost": head + re.sub(r" ON (DELETE|UPDATE) \w+( \w+)?", "", text),
        "deferrable lost": head + text.replace(" DEFERRABLE", "").replace(" INITIALLY DEFERRED", ""), "action added": f"{head}{text} ON DELETE CASCADE", "deferrable": f"{head}{text} DEFERRABLE",
        "columns turned": head + re.sub(r"\((\w+), (\w+)\)", r"(\2, \1)", text), "check otherwise": head + text.replace("> 0", ">= 1"), "check equal in meaning": head + re.sub(r"\((\w+) > 0\)", r"(0 < \1)", text),
        "check with other brackets": head + text.replace("((", "(").replace("))", ")"), "as an index": f"CREATE UNIQUE INDEX {quoted(name)} ON {table} {text[text.find('('):]}",
    }  # fmt: skip
    rest = tuple(down[1:])
    mistakes = [
        ("constraint does not come back", ()),
        *((label, (each, *rest)) for label, each in variants.items() if each != down[0]),
    ]
    if rest:
        mistakes.append(("foreign keys lost", tuple(down[:1])))
    return Change(up, tuple(down), tuple(mistakes))


@family
def constraint_altered(d: Draw) -> Change:
    """VALIDATE, ALTER CONSTRAINT: some of it has no way back."""
    pick = d.random.randrange(4)
    if pick == 0:
        return Change(
            ("ALTER TABLE orders VALIDATE CONSTRAINT note_known",),
            (
                "ALTER TABLE orders DROP CONSTRAINT note_known",
                "ALTER TABLE orders ADD CONSTRAINT note_known CHECK (note IS NOT NULL) NOT VALID",
            ),
            (
                ("stays validated", ()),
                (
                    "validated again",
                    (
                        "ALTER TABLE orders DROP CONSTRAINT note_known",
                        "ALTER TABLE orders ADD CONSTRAINT note_known CHECK (note IS NOT NULL)",
                    ),
                ),
            ),
        )
    if pick == 1:
        head = "ALTER TABLE app.notes ALTER CONSTRAINT notes_owner_id_fkey"
        return Change(
            (f"{head} DEFERRABLE INITIALLY DEFERRED",),
            (f"{head} NOT DEFERRABLE",),
            (("stays", ()), ("initially immediate", (f"{head} DEFERRABLE INITIALLY IMMEDIATE",))),
        )
    if pick == 2:
        name = d.fresh("uq")
        return Change(
            (
                f"CREATE UNIQUE INDEX {name} ON blank (b)",
                f"ALTER TABLE blank ADD CONSTRAINT {name} UNIQUE USING INDEX {name}",
            ),
            (f"ALTER TABLE blank DROP CONSTRAINT {name}",),
            (
                ("as an index", (f"DROP INDEX {name}",)),
                ("stays", ()),
                ("both dropped", (f"ALTER TABLE blank DROP CONSTRAINT {name}", f"DROP INDEX {name}")),
            ),
        )
    name = d.fresh("sure")
    return Change(
        (
            f"ALTER TABLE bare ADD CONSTRAINT {name} CHECK (a IS NOT NULL) NOT VALID",
            f"ALTER TABLE bare VALIDATE CONSTRAINT {name}",
            "ALTER TABLE bare ALTER COLUMN a SET NOT NULL",
            f"ALTER TABLE bare DROP CONSTRAINT {name}",
        ),
        ("ALTER TABLE bare ALTER COLUMN a DROP NOT NULL",),
        (
            ("stays", ()),
            (
                "the check comes back",
                (
                    "ALTER TABLE bare ALTER COLUMN a DROP NOT NULL",
                    f"ALTER TABLE bare ADD CONSTRAINT {name} CHECK (a IS NOT NULL)",
                ),
            ),
        ),
    )


# -- tables, types, sequences -----------------------------------------------------------------------------------------


@family
def table_made(d: Draw) -> Change:
    """CREATE TABLE with what comes along: types, sequences, indexes, foreign keys, comments."""
    table, other, kind, counter = d.fresh("tab"), d.fresh("tab"), d.fresh("kind"), d.fresh("seq")
    up, down, mistakes = [], [], []
    line = "id serial PRIMARY KEY, made timestamptz DEFAULT now(), note varchar(30) NOT NULL"
    if d.chance(0.5):
        up.append(f"CREATE TYPE {kind} AS ENUM ('a', 'b')")
        line += f", state {kind} NOT NULL DEFAULT 'a'"
        down.append(f"DROP TYPE {kind}")
    if d.chance(0.3):
        up.append(f"CREATE SEQUENCE {counter}")
        line += f", n bigint DEFAULT nextval('{counter}')"
        down.append(f"DROP SEQUENCE {counter}")
    if d.chance(0.4):
        line += f", order_id int REFERENCES orders ON DELETE CASCADE, CONSTRAINT {d.fresh('ck')} CHECK (order_id > 0)"
    up.append(f"CREATE TABLE {table} ({line})")
    first = [f"DROP TABLE {table}"]
    if d.chance(0.4):
        up.append(f"CREATE INDEX {d.fresh('ix')} ON {table} (note)")
    if d.chance(0.3):
        up.append(f"COMMENT ON TABLE {table} IS 'new'")
    if d.chance(0.4):
        up.append(f"CREATE TABLE {other} (id int PRIMARY KEY, tab int REFERENCES {table})")
        mistakes.append(("wrong order", (f"DROP TABLE {table}", f"DROP TABLE {other}", *down)))
        mistakes.append(("with dependants", (f"DROP TABLE {table} CASCADE", *down)))
        first = [f"DROP TABLE {other}", *first]
    for each in down:
        word = "enum type stays" if "TYPE" in each else "sequence stays"
        mistakes.append((word, (*first, *(o for o in down if o != each))))
        mistakes.append(("wrong order", (each, *first, *(o for o in down if o != each))))
        mistakes.append(("wrong order with CASCADE", (f"{each} CASCADE", *first, *(o for o in down if o != each))))
    mistakes += [
        ("table stays", tuple(down)),
        ("missing", ()),
        ("dropped twice", (*first, *first, *down)),
        ("IF EXISTS twice", (*first, *map(_if_exists, first), *down)),
    ]
    return Change(tuple(up), (*first, *down), tuple(mistakes))


@family
def table_dropped(d: Draw) -> Change:
    """DROP TABLE, and CREATE TABLE with all that it had; a table that refers to nothing and nobody refers to."""
    table = d.one(
        ["blank", "bare", "quick", "loose", "m25", "rjp", "to_spread", "app.notes", "items", "everything", "tree"]
    )
    up = (f"DROP TABLE {table}{d.one(['', '', ' CASCADE'])}",)
    lines = [d.column_text(a, name) for name, a in d.columns(table)]
    unlogged = "UNLOGGED " if table == "quick" else ""
    own = [(n[2], a) for n, a in d.all("constraint") if len(n) == 3 and named(n[:2]) == table and a["kind"] != "n"]
    adds = [f"ALTER TABLE {table} ADD CONSTRAINT {quoted(n)} {a['definition']}" for n, a in own]
    indexes = [
        a["definition"]
        for n, a in d.all("index")
        if n[1] not in {o for o, _ in own} and f" ON {_with_schema(table)} " in a["definition"]
    ]
    others = [f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"] if table == "products" else []
    others += [a["definition"] for n, a in d.all("trigger") if named(n[:2]) == table] + [
        a["definition"] for n, a in d.all("rule") if named(n[:2]) == table
    ]
    if table == "items":
        others.append("ALTER TABLE items REPLICA IDENTITY USING INDEX items_pkey")

    def make(columns: Sequence[str], word: str = unlogged) -> str:
        return f"CREATE {word}TABLE {table} ({', '.join(columns)})"

    rest = (*adds, *indexes, *others)
    mistakes = [
        ("table does not come back", ()),
        ("a column lost", (make(lines[:-1]), *rest)),
        ("other order", (make(lines[::-1]), *rest)),
        ("a line lost", (make(lines), *rest[:-1])),
        ("nothing but columns", (make(lines),)),
        ("unnamed key", (make([f"{lines[0]} PRIMARY KEY", *lines[1:]]), *rest[1:])),
        ("owner", (make(lines), *rest, f"ALTER TABLE {table} OWNER TO app_owner")),
        ("logged", (make(lines, ""), *rest)),
        ("not null lost", (make([each.replace(" NOT NULL", "") for each in lines]), *rest)),
    ]
    return Change(up, (make(lines), *rest), tuple(each for each in mistakes if each[1] != (make(lines), *rest)))


@family
def enum_changed(d: Draw) -> Change:
    """Types that are enums: made with a column, a value added, a value renamed."""
    pick = d.random.randrange(4)
    if pick == 0:
        kind, column, table = d.fresh("kind"), d.fresh("col"), d.table()
        drop, away = f"DROP TYPE {kind}", f"ALTER TABLE {table} DROP COLUMN {column}"
        return Change(
            (f"CREATE TYPE {kind} AS ENUM ('x', 'y')", f"ALTER TABLE {table} ADD COLUMN {column} {kind} DEFAULT 'x'"),
            (away, drop),
            (
                ("enum type stays", (away,)),
                ("wrong order", (drop, away)),
                ("column stays", (f"{drop} CASCADE",)),
                ("only IF EXISTS", (f"DROP TYPE IF EXISTS {d.fresh('kind')}", away)),
            ),
        )
    if pick == 1:
        swap = ("ALTER TYPE spare RENAME TO spare_old", "CREATE TYPE spare AS ENUM ('one')", "DROP TYPE spare_old")
        return Change(
            (f"ALTER TYPE spare ADD VALUE 'v{d.random.randrange(99)}'",),
            swap,
            (
                ("value stays", ()),
                ("old type stays", swap[:2]),
                ("other labels", (swap[0], swap[1].replace("'one'", "'one', 'two'"), swap[2])),
            ),
        )
    if pick == 2:
        return Change(
            ("ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'",),
            ("ALTER TYPE mood RENAME VALUE 'fine' TO 'ok'",),
            (
                ("stays", ()),
                ("other value", ("ALTER TYPE mood RENAME VALUE 'fine' TO 'OK'",)),
                ("wrong value", ("ALTER TYPE mood RENAME VALUE 'good' TO 'ok'",)),
            ),
        )
    swap = (
        "ALTER TYPE mood RENAME TO mood_old",
        "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')",
        "ALTER TABLE customers ALTER COLUMN mood TYPE mood USING mood::text::mood",
        "ALTER TABLE everything ALTER COLUMN m TYPE mood USING m::text::mood",
        "DROP TYPE mood_old",
    )
    return Change(
        ("ALTER TYPE mood ADD VALUE 'new' BEFORE 'ok'",),
        swap,
        (
            ("value stays", ()),
            ("not on every table", (*swap[:3], swap[4])),
            ("old type stays", swap[:4]),
            ("other order", (swap[0], swap[1].replace("'sad', 'ok'", "'ok', 'sad'"), *swap[2:])),
        ),
    )


@family
def type_changed(d: Draw) -> Change:
    """Domains and composite types."""
    pick = d.random.randrange(5)
    name = d.fresh("dom")
    if pick == 0:
        return Change(
            (f"CREATE DOMAIN {name} AS int CHECK (VALUE > 1)", f"ALTER TABLE blank ADD COLUMN extra {name}"),
            ("ALTER TABLE blank DROP COLUMN extra", f"DROP DOMAIN {name}"),
            (
                ("domain stays", ("ALTER TABLE blank DROP COLUMN extra",)),
                ("wrong order", (f"DROP DOMAIN {name}", "ALTER TABLE blank DROP COLUMN extra")),
                ("as a type", ("ALTER TABLE blank DROP COLUMN extra", f"DROP TYPE {name}")),
            ),
        )
    if pick == 1:
        return Change(
            (f"ALTER DOMAIN plain ADD CONSTRAINT {name} CHECK (VALUE <> '-')",),
            (f"ALTER DOMAIN plain DROP CONSTRAINT {name}",),
            (("stays", ()), ("IF EXISTS", (f"ALTER DOMAIN plain DROP CONSTRAINT IF EXISTS {d.fresh('dom')}",))),
        )
    if pick == 2:
        head = "ALTER DOMAIN email"
        return Change(
            (f"{head} DROP CONSTRAINT email_at",),
            (f"{head} ADD CONSTRAINT email_at CHECK (VALUE LIKE '%@%')",),
            (
                ("stays", ()),
                ("other name", (f"{head} ADD CONSTRAINT {name} CHECK (VALUE LIKE '%@%')",)),
                ("other check", (f"{head} ADD CONSTRAINT email_at CHECK (VALUE LIKE '@%')",)),
                ("not valid", (f"{head} ADD CONSTRAINT email_at CHECK (VALUE LIKE '%@%') NOT VALID",)),
            ),
        )
    if pick == 3:
        return Change(
            ("ALTER DOMAIN five SET DEFAULT 6",),
            ("ALTER DOMAIN five SET DEFAULT 5",),
            (
                ("stays", ()),
                ("lost", ("ALTER DOMAIN five DROP DEFAULT",)),
                ("other", ("ALTER DOMAIN five SET DEFAULT 7",)),
            ),
        )
    return Change(
        (f"CREATE TYPE {name} AS (a int, b text)",),
        (f"DROP TYPE {name}",),
        (
            ("stays", ()),
            ("as a table", (f"DROP TABLE {name}",)),
            ("an attribute dropped", (f"ALTER TYPE {name} DROP ATTRIBUTE b",)),
        ),
    )


@family
def sequence_changed(d: Draw) -> Change:
    """Sequences: made, altered, owned."""
    pick = d.random.randrange(4)
    name = d.fresh("seq")
    if pick == 0:
        return Change(
            (f"CREATE SEQUENCE {name} START 100 INCREMENT 5",),
            (f"DROP SEQUENCE {name}",),
            (
                ("sequence stays", ()),
                ("wrong name", (f"DROP SEQUENCE {d.fresh('seq')}",)),
                ("as a table", (f"DROP TABLE {name}",)),
            ),
        )
    if pick == 1:
        return Change(
            ("ALTER SEQUENCE counter INCREMENT BY 10 CACHE 5",),
            ("ALTER SEQUENCE counter INCREMENT BY 1 CACHE 1",),
            (
                ("stays", ()),
                ("cache stays", ("ALTER SEQUENCE counter INCREMENT BY 1",)),
                ("cycles", ("ALTER SEQUENCE counter INCREMENT BY 1 CACHE 1 CYCLE",)),
            ),
        )
    if pick == 2:
        return Change(
            ("DROP SEQUENCE counter",),
            ("CREATE SEQUENCE counter",),
            (
                ("lost", ()),
                ("other start", ("CREATE SEQUENCE counter START 5",)),
                ("other type", ("CREATE SEQUENCE counter AS int",)),
            ),
        )
    return Change(
        (
            f"CREATE SEQUENCE {name}",
            f"ALTER TABLE bare ALTER COLUMN a SET DEFAULT nextval('{name}')",
            f"ALTER SEQUENCE {name} OWNED BY bare.a",
        ),
        ("ALTER TABLE bare ALTER COLUMN a DROP DEFAULT", f"DROP SEQUENCE {name}"),
        (
            ("sequence stays", ("ALTER TABLE bare ALTER COLUMN a DROP DEFAULT",)),
            ("wrong order", (f"DROP SEQUENCE {name}", "ALTER TABLE bare ALTER COLUMN a DROP DEFAULT")),
            ("cascade", (f"DROP SEQUENCE {name} CASCADE",)),
        ),
    )


@family
def view_changed(d: Draw) -> Change:
    """Views and materialised views."""
    pick = d.random.randrange(5)
    name = d.fresh("vw")
    if pick == 0:
        return Change(
            (f"CREATE VIEW {name} AS SELECT id, name FROM customers",),
            (f"DROP VIEW {name}",),
            (
                ("stays", ()),
                ("as a table", (f"DROP TABLE {name}",)),
                ("as materialised", (f"DROP MATERIALIZED VIEW {name}",)),
            ),
        )
    if pick == 1:
        text = next(a["view"] for n, a in d.all("table") if n[1] == "v_deep")
        return Change(
            ("DROP VIEW v_deep",),
            (f"CREATE VIEW v_deep AS {text}",),
            (
                ("lost", ()),
                ("other query", ("CREATE VIEW v_deep AS SELECT status, sum(1) AS n FROM v_orders GROUP BY status",)),
                ("other columns", ("CREATE VIEW v_deep AS SELECT status FROM v_orders",)),
                ("as a table", ("CREATE TABLE v_deep AS SELECT status, count(*) AS n FROM v_orders GROUP BY status",)),
            ),
        )
    if pick == 2:
        old, new = (
            "SELECT id, customer_id, status FROM orders WHERE amount > 3",
            "SELECT id, customer_id, status FROM orders WHERE amount > 5",
        )
        return Change(
            (f"CREATE OR REPLACE VIEW v_orders AS {new}",),
            (f"CREATE OR REPLACE VIEW v_orders AS {old}",),
            (
                ("stays", ()),
                ("dropped", ("DROP VIEW v_orders CASCADE",)),
                ("not replaced", (f"CREATE VIEW v_orders AS {old}",)),
                (
                    "equal in meaning",
                    (f"CREATE OR REPLACE VIEW v_orders AS {old.replace('amount > 3', '3 < amount')}",),
                ),
                ("written otherwise", (f"CREATE OR REPLACE VIEW v_orders AS {old.replace('id, c', 'orders.id, c')}",)),
            ),
        )
    if pick == 3:
        old, new = (
            "SELECT id, customer_id, status FROM orders WHERE amount > 3",
            "SELECT id, customer_id, status, note FROM orders",
        )
        return Change(
            (f"CREATE OR REPLACE VIEW v_orders AS {new}",),
            (
                "DROP VIEW v_deep",
                "DROP VIEW v_orders",
                f"CREATE VIEW v_orders AS {old}",
                "CREATE VIEW v_deep AS SELECT status, count(*) AS n FROM v_orders GROUP BY status",
            ),
            (
                ("replaced with fewer columns", (f"CREATE OR REPLACE VIEW v_orders AS {old}",)),
                ("dependent view lost", ("DROP VIEW v_orders CASCADE", f"CREATE VIEW v_orders AS {old}")),
                ("wrong order", ("DROP VIEW v_orders", f"CREATE VIEW v_orders AS {old}")),
            ),
        )
    index = "CREATE UNIQUE INDEX mv_customers_id ON mv_customers (id)"
    make = "CREATE MATERIALIZED VIEW mv_customers AS SELECT id, email FROM customers"
    return Change(
        ("DROP MATERIALIZED VIEW mv_customers",),
        (make, index),
        (
            ("index lost", (make,)),
            ("lost", ()),
            ("as a view", (make.replace("MATERIALIZED ", ""),)),
            ("no data", (f"{make} WITH NO DATA", index)),
        ),
    )


@family
def function_changed(d: Draw) -> Change:
    """Functions, triggers, rules."""
    pick = d.random.randrange(8)
    name = d.fresh("fn")
    if pick == 0:
        return Change(
            (f"CREATE FUNCTION {name}(int) RETURNS int LANGUAGE sql AS 'SELECT $1'",),
            (f"DROP FUNCTION {name}(int)",),
            (
                ("function stays", ()),
                ("other arguments", (f"DROP FUNCTION IF EXISTS {name}(text)",)),
                ("without arguments", (f"DROP FUNCTION {name}",)),
                ("as a procedure", (f"DROP PROCEDURE {name}(int)",)),
            ),
        )
    if pick == 1:
        old = "CREATE OR REPLACE FUNCTION f_vol() RETURNS int LANGUAGE sql AS 'SELECT 1'"
        return Change(
            (old.replace("SELECT 1", "SELECT 2"),),
            (old,),
            (
                ("stays", ()),
                ("other volatility", (old.replace("AS", "STABLE AS"),)),
                ("other body", (old.replace("1", " 1"),)),
                ("strict", (old.replace("AS", "STRICT AS"),)),
                ("security definer", (old.replace("AS", "SECURITY DEFINER AS"),)),
                ("cost", (old.replace("AS", "COST 5 AS"),)),
            ),
        )
    if pick == 2:
        trigger = d.fresh("trg")
        return Change(
            (f"CREATE TRIGGER {trigger} BEFORE INSERT ON blank FOR EACH ROW EXECUTE FUNCTION trg()",),
            (f"DROP TRIGGER {trigger} ON blank",),
            (
                ("trigger stays", ()),
                ("wrong table", (f"DROP TRIGGER {trigger} ON bare",)),
                ("IF EXISTS on another table", (f"DROP TRIGGER IF EXISTS {trigger} ON bare",)),
                ("disabled", (f"ALTER TABLE blank DISABLE TRIGGER {trigger}",)),
            ),
        )
    if pick == 3:
        (schema, table, trigger), a = d.one(
            [each for each in d.all("trigger") if each[0][1] not in {"m23", "m24", "m24a", "m24rest", "mrest"}]
        )
        text = a["definition"]
        variants = {
            "row lost": text.replace("FOR EACH ROW", "FOR EACH STATEMENT"),
            "when lost": re.sub(r" WHEN \(.*\) EXEC", " EXEC", text),
            "column lost": text.replace(" OF note", ""),
            "other name": text.replace(trigger, d.fresh("trg"), 1),
            "other time": text.replace("BEFORE", "AFTER"),
            "other event": text.replace("INSERT", "UPDATE"),
        }
        return Change(
            (f"DROP TRIGGER {trigger} ON {named((schema, table))}",),
            (text,),
            (("trigger lost", ()), *((label, (each,)) for label, each in variants.items() if each != text)),
        )
    if pick == 4:
        return Change(
            ("ALTER TABLE orders DISABLE TRIGGER orders_touch",),
            ("ALTER TABLE orders ENABLE TRIGGER orders_touch",),
            (
                ("stays disabled", ()),
                ("always", ("ALTER TABLE orders ENABLE ALWAYS TRIGGER orders_touch",)),
                ("all enabled", ("ALTER TABLE orders ENABLE TRIGGER ALL",)),
            ),
        )
    if pick == 5:
        fn, trigger = d.fresh("fn"), d.fresh("trg")
        away = (f"DROP TRIGGER {trigger} ON bare", f"DROP FUNCTION {fn}()")
        return Change(
            (
                f"CREATE FUNCTION {fn}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
                f"CREATE TRIGGER {trigger} AFTER INSERT ON bare FOR EACH ROW EXECUTE FUNCTION {fn}()",
            ),
            away,
            (
                ("function stays", away[:1]),
                ("wrong order", away[::-1]),
                ("trigger stays", (f"DROP FUNCTION {fn}() CASCADE",)),
                ("both stay", ()),
            ),
        )
    if pick == 6:
        rule = "CREATE RULE keep AS ON UPDATE TO bare WHERE NEW.a = -1 DO INSTEAD NOTHING"
        return Change(
            ("DROP RULE keep ON bare",),
            (rule,),
            (
                ("lost", ()),
                ("where lost", (rule.replace(" WHERE NEW.a = -1", ""),)),
                ("other event", (rule.replace("ON UPDATE", "ON INSERT"),)),
            ),
        )
    return Change(
        ("DROP FUNCTION f_stable(int)",),
        ("CREATE FUNCTION f_stable(int) RETURNS int LANGUAGE sql STABLE AS 'SELECT $1 + 1'",),
        (
            ("lost", ()),
            ("other volatility", ("CREATE FUNCTION f_stable(int) RETURNS int LANGUAGE sql AS 'SELECT $1 + 1'",)),
            ("other body", ("CREATE FUNCTION f_stable(int) RETURNS int LANGUAGE sql STABLE AS 'SELECT $1 + 2'",)),
            ("named argument", ("CREATE FUNCTION f_stable(a int) RETURNS int LANGUAGE sql STABLE AS 'SELECT $1 + 1'",)),
        ),
    )


# -- what is said of objects ------------------------------------------------------------------------------------------


@family
def comment_changed(d: Draw) -> Change:
    """COMMENT."""
    pick = d.random.randrange(3)
    if pick == 0:
        table = d.table()
        column = f"{table}.{quoted(d.column(table)[0])}"
        old = d.schema.get(("comment", f"column {d.column(table)[0]} of table {table}"))
        return (
            Change(
                (f"COMMENT ON COLUMN {column} IS 'it''s new'",),
                (
                    f"COMMENT ON COLUMN {column} IS {'NULL' if column != 'orders.note' else chr(39) + 'free text' + chr(39)}",
                ),
                (
                    ("comment stays", ()),
                    ("empty comment", (f"COMMENT ON COLUMN {column} IS ''",)),
                    ("other comment", (f"COMMENT ON COLUMN {column} IS 'old'",)),
                ),
            )
            if old is None
            else comment_changed(d)
        )
    if pick == 1:
        return Change(
            ("COMMENT ON TABLE orders IS NULL",),
            ("COMMENT ON TABLE orders IS 'what people bought'",),
            (("comment lost", ()), ("other text", ("COMMENT ON TABLE orders IS 'What people bought'",))),
        )
    kind, name = d.one(
        [
            ("INDEX", "orders_status"),
            ("TYPE", "mood"),
            ("SCHEMA", "app"),
            ("VIEW", "v_deep"),
            ("SEQUENCE", "counter"),
            ("FUNCTION", "f_vol()"),
            ("CONSTRAINT", "amount_known ON orders"),
            ("TRIGGER", "orders_touch ON orders"),
            ("DOMAIN", "five"),
            ("MATERIALIZED VIEW", "mv_status"),
        ]
    )
    return Change(
        (f"COMMENT ON {kind} {name} IS 'told'",),
        (f"COMMENT ON {kind} {name} IS NULL",),
        (("comment stays", ()), ("other", (f"COMMENT ON {kind} {name} IS 'tell'",))),
    )


@family
def privileges_changed(d: Draw) -> Change:
    """GRANT, REVOKE, OWNER."""
    table = d.table("rpvm")
    pick = d.random.randrange(6)
    if pick == 0:
        what = d.one(["SELECT", "SELECT, INSERT", "ALL", "UPDATE (id)"]) if table != "bare" else "SELECT"
        return Change(
            (f"GRANT {what} ON {table} TO app_owner",),
            (f"REVOKE {what} ON {table} FROM app_owner",),
            (
                ("stays", ()),
                ("some stays", (f"REVOKE INSERT ON {table} FROM app_owner",)),
                ("from public", (f"REVOKE {what} ON {table} FROM PUBLIC",)),
                ("all revoked", (f"REVOKE ALL ON {table} FROM app_owner",)),
            ),
        )
    if pick == 1:
        return Change(
            (f"GRANT SELECT ON {table} TO PUBLIC",),
            (f"REVOKE SELECT ON {table} FROM PUBLIC",),
            (("stays", ()), ("from another", (f"REVOKE SELECT ON {table} FROM app_owner",))),
        )
    if pick == 2:
        return Change(
            (f"ALTER TABLE {table} OWNER TO app_owner",),
            (f"ALTER TABLE {table} OWNER TO postgres",),
            (("owner stays", ()), ("owner the same", (f"ALTER TABLE {table} OWNER TO app_owner",))),
        )
    if pick == 3:
        return Change(
            ("GRANT USAGE ON SCHEMA app TO app_owner",),
            ("REVOKE USAGE ON SCHEMA app FROM app_owner",),
            (("stays", ()), ("other right", ("REVOKE CREATE ON SCHEMA app FROM app_owner",))),
        )
    if pick == 4:
        return Change(
            ("REVOKE EXECUTE ON FUNCTION f_vol() FROM PUBLIC",),
            ("GRANT EXECUTE ON FUNCTION f_vol() TO PUBLIC",),
            (("stays", ()), ("to another", ("GRANT EXECUTE ON FUNCTION f_vol() TO app_owner",))),
        )
    return Change(
        ("ALTER TYPE mood OWNER TO app_owner",), ("ALTER TYPE mood OWNER TO postgres",), (("owner stays", ()),)
    )


@family
def setting_changed(d: Draw) -> Change:
    """What belongs to a table and is no column: options, security, identity, clustering, statistics, persistence."""
    one = d.one([
        ("ALTER TABLE orders SET (fillfactor = 70)", "ALTER TABLE orders RESET (fillfactor)", "ALTER TABLE orders SET (fillfactor = 100)"),
        ("ALTER TABLE orders ENABLE ROW LEVEL SECURITY", "ALTER TABLE orders DISABLE ROW LEVEL SECURITY", "ALTER TABLE orders NO FORCE ROW LEVEL SECURITY"),
        ("ALTER TABLE products FORCE ROW LEVEL SECURITY", "ALTER TABLE products NO FORCE ROW LEVEL SECURITY", "ALTER TABLE products DISABLE ROW LEVEL SECURITY"),
        ("ALTER TABLE items REPLICA IDENTITY FULL", "ALTER TABLE items REPLICA IDENTITY USING INDEX items_pkey", "ALTER TABLE items REPLICA IDENTITY DEFAULT"),
        ("ALTER TABLE customers SET WITHOUT CLUSTER", "ALTER TABLE customers CLUSTER ON customers_pkey", "ALTER TABLE customers CLUSTER ON customers_score"),
        ("ALTER TABLE products ALTER COLUMN sku SET STATISTICS 500", "ALTER TABLE products ALTER COLUMN sku SET STATISTICS 200", "ALTER TABLE products ALTER COLUMN sku SET STATISTICS -1"),
        ("ALTER TABLE products ALTER COLUMN meta SET STORAGE EXTENDED", "ALTER TABLE products ALTER COLUMN meta SET STORAGE EXTERNAL", "ALTER TABLE products ALTER COLUMN meta SET STORAGE MAIN"),
        ("ALTER TABLE bare SET UNLOGGED", "ALTER TABLE bare SET LOGGED", "ALTER TABLE bare SET UNLOGGED"),
        ("ALTER TABLE quick SET LOGGED", "ALTER TABLE quick SET UNLOGGED", "ALTER TABLE quick SET LOGGED"),
        ("ALTER TABLE blank SET SCHEMA other", "ALTER TABLE other.blank SET SCHEMA public", "ALTER TABLE other.blank SET SCHEMA app"),
        ("ALTER TABLE app.notes SET SCHEMA public", "ALTER TABLE notes SET SCHEMA app", "ALTER TABLE app.notes SET SCHEMA app"),
        ("ALTER TABLE bare ALTER COLUMN b SET (n_distinct = 5)", "ALTER TABLE bare ALTER COLUMN b RESET (n_distinct)", "ALTER TABLE bare ALTER COLUMN b SET (n_distinct = 6)"),
        ("ALTER INDEX orders_lower ALTER COLUMN 1 SET STATISTICS 300", "ALTER INDEX orders_lower ALTER COLUMN 1 SET STATISTICS -1", "ALTER INDEX orders_lower ALTER COLUMN 1 SET STATISTICS 100"),
        ("ALTER INDEX orders_status SET (fillfactor = 80)", "ALTER INDEX orders_status RESET (fillfactor)", "ALTER INDEX orders_status SET (fillfactor = 90)"),
        ("DROP POLICY own_products ON products", "CREATE POLICY own_products ON products USING (price > 0)", "CREATE POLICY own_products ON products USING (true)"),
        ("ALTER POLICY own_products ON products USING (price > 5)", "ALTER POLICY own_products ON products USING (price > 0)", "ALTER POLICY own_products ON products USING (price > 1)"),
        ("CREATE POLICY fresh ON products AS RESTRICTIVE FOR SELECT TO app_owner USING (true)", "DROP POLICY fresh ON products", "DROP POLICY IF EXISTS fresher ON products"),
        ("DROP STATISTICS orders_stat", "CREATE STATISTICS orders_stat ON status, amount FROM orders", "CREATE STATISTICS orders_stat (ndistinct) ON status, amount FROM orders"),
        ("CREATE STATISTICS more ON note, ref FROM orders", "DROP STATISTICS more", "DROP STATISTICS IF EXISTS less"),
        ("CREATE SCHEMA third", "DROP SCHEMA third", "DROP SCHEMA IF EXISTS thirds"),
        ("DROP SCHEMA other", "CREATE SCHEMA other", "CREATE SCHEMA others"),
        ("ALTER SCHEMA other RENAME TO another", "ALTER SCHEMA another RENAME TO other", "CREATE SCHEMA other"),
        ("ALTER PUBLICATION pub ADD TABLE blank", "ALTER PUBLICATION pub DROP TABLE blank", "ALTER PUBLICATION pub DROP TABLE customers"),
        ("CREATE PUBLICATION pub2 FOR TABLE orders", "DROP PUBLICATION pub2", "DROP PUBLICATION IF EXISTS pub3"),
        ("ALTER TABLE orders ALTER COLUMN note SET COMPRESSION lz4", "ALTER TABLE orders ALTER COLUMN note SET COMPRESSION default", "ALTER TABLE orders ALTER COLUMN note SET COMPRESSION pglz"),
        ("ALTER TABLE bare DISABLE RULE keep", "ALTER TABLE bare ENABLE RULE keep", "ALTER TABLE bare ENABLE ALWAYS RULE keep"),
        ("ALTER FUNCTION f_vol() STABLE", "ALTER FUNCTION f_vol() VOLATILE", "ALTER FUNCTION f_vol() IMMUTABLE"),
        ("ALTER FUNCTION f_vol() RENAME TO f_volatile", "ALTER FUNCTION f_volatile() RENAME TO f_vol", "CREATE FUNCTION f_vol() RETURNS int LANGUAGE sql AS 'SELECT 1'"),
        ("ALTER FUNCTION f_vol() SET search_path = public", "ALTER FUNCTION f_vol() RESET search_path", "ALTER FUNCTION f_vol() SET search_path = app"),
        ("ALTER FUNCTION f_vol() OWNER TO app_owner", "ALTER FUNCTION f_vol() OWNER TO postgres", "ALTER FUNCTION f_vol() OWNER TO app_owner"),
        ("ALTER VIEW v_deep SET (security_barrier = true)", "ALTER VIEW v_deep RESET (security_barrier)", "ALTER VIEW v_deep SET (security_barrier = false)"),
        ("ALTER VIEW v_orders ALTER COLUMN status SET DEFAULT 'x'", "ALTER VIEW v_orders ALTER COLUMN status DROP DEFAULT", "ALTER VIEW v_orders ALTER COLUMN status SET DEFAULT 'y'"),
        ("ALTER SCHEMA app OWNER TO app_owner", "ALTER SCHEMA app OWNER TO postgres", "ALTER SCHEMA other OWNER TO postgres"),
        ("ALTER TYPE addr ADD ATTRIBUTE city text", "ALTER TYPE addr DROP ATTRIBUTE city", "ALTER TYPE addr RENAME ATTRIBUTE city TO town"),
        ("ALTER TYPE addr RENAME ATTRIBUTE zip TO code", "ALTER TYPE addr RENAME ATTRIBUTE code TO zip", "ALTER TYPE addr RENAME ATTRIBUTE code TO ZIPS"),
        ("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO app_owner", "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM app_owner", "ALTER DEFAULT PRIVILEGES REVOKE INSERT ON TABLES FROM app_owner"),
    ])  # fmt: skip
    return Change(one[:1], one[1:2], (("stays", ()), ("otherwise", one[2:])))


@family
def partition_changed(d: Draw) -> Change:
    """Partitions and children: made, attached, detached."""
    pick = d.random.randrange(7)
    name = d.fresh("part")
    if pick == 0:
        return Change(
            (f"CREATE TABLE {name} PARTITION OF regions FOR VALUES IN ('x{d.random.randrange(99)}')",),
            (f"DROP TABLE {name}",),
            (("stays", ()), ("only detached", (f"ALTER TABLE regions DETACH PARTITION {name}",))),
        )
    if pick == 1:
        bound = "FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')"
        return Change(
            (f"ALTER TABLE metrics ATTACH PARTITION m25 {bound}",),
            ("ALTER TABLE metrics DETACH PARTITION m25",),
            (("stays", ()), ("dropped", ("DROP TABLE m25",))),
        )
    if pick == 2:
        (part, parent) = d.one(
            [("m23", "metrics"), ("reu", "regions"), ("rus", "regions"), ("h1", "spread"), ("m24a", "m24")]
        )
        bound = next(a["bound"] for n, a in d.all("table") if n[1] == part)
        return Change(
            (f"ALTER TABLE {parent} DETACH PARTITION {part}",),
            (f"ALTER TABLE {parent} ATTACH PARTITION {part} {bound}",),
            (
                ("stays detached", ()),
                (
                    "other bound",
                    (
                        f"ALTER TABLE {parent} ATTACH PARTITION {part} {bound.replace('2023-01-01', '2023-02-01').replace(chr(39) + 'de', chr(39) + 'xx')}",
                    ),
                ),
                ("as default", (f"ALTER TABLE {parent} ATTACH PARTITION {part} DEFAULT",)),
            ),
        )
    if pick == 3:
        bound = next(a["bound"] for n, a in d.all("table") if n[1] == "rus")
        return Change(
            ("DROP TABLE rus",),
            (f"CREATE TABLE rus PARTITION OF regions {bound}",),
            (
                ("lost", ()),
                ("as a table", ("CREATE TABLE rus (code text NOT NULL, n int, CONSTRAINT n_positive CHECK (n > 0))",)),
                ("other bound", ("CREATE TABLE rus PARTITION OF regions FOR VALUES IN ('us', 'ca')",)),
            ),
        )
    if pick == 4:
        return Change(("ALTER TABLE child NO INHERIT parent",), ("ALTER TABLE child INHERIT parent",), (("stays", ()),))
    if pick == 5:
        return Change(
            ("ALTER TABLE loose INHERIT parent",),
            ("ALTER TABLE loose NO INHERIT parent",),
            (("stays", ()), ("dropped", ("DROP TABLE loose",))),
        )
    table = d.one(["regions", "metrics", "parent", "spread"])
    return Change(
        (f"ALTER TABLE {table} ADD COLUMN {name} int DEFAULT 3",),
        (f"ALTER TABLE {table} DROP COLUMN {name}",),
        (("stays", ()), ("only here", (f"ALTER TABLE ONLY {table} DROP COLUMN {name}",))),
    )


@family
def rows_changed(d: Draw) -> Change:
    """Rows, and columns that are filled."""
    pick = d.random.randrange(8)
    column = d.fresh("col")
    if pick == 0:
        return Change(
            ("INSERT INTO blank (id, a) VALUES (1000, 'new')",),
            ("DELETE FROM blank WHERE id = 1000",),
            (("rows stay", ()), ("all deleted", ("DELETE FROM blank",))),
        )
    if pick == 1:
        return Change(("UPDATE bare SET b = 'x'",), (), (("another update", ("UPDATE bare SET b = NULL",)),))
    if pick == 2:
        return Change(("DELETE FROM bare",), (), (("insert", ("INSERT INTO bare (a) VALUES (1)",)),))
    if pick == 3:
        return Change(("TRUNCATE bare",), (), (("insert", ("INSERT INTO bare (a) VALUES (1)",)),))
    if pick == 4:
        return Change(
            (
                f"ALTER TABLE blank ADD COLUMN {column} text",
                f"UPDATE blank SET {column} = a",
                f"ALTER TABLE blank ALTER COLUMN {column} SET NOT NULL",
            ),
            (f"ALTER TABLE blank DROP COLUMN {column}",),
            (("stays", ()), ("only not null", (f"ALTER TABLE blank ALTER COLUMN {column} DROP NOT NULL",))),
        )
    if pick == 5:
        return Change(
            (f"CREATE TABLE {column} AS SELECT * FROM bare",),
            (f"DROP TABLE {column}",),
            (("stays", ()), ("wrong kind", (f"DROP VIEW {column}",))),
        )
    if pick == 6:
        return Change(
            (
                f"ALTER TABLE bare ADD COLUMN {column} text",
                f"UPDATE bare SET {column} = b",
                "ALTER TABLE bare DROP COLUMN b",
            ),
            (
                "ALTER TABLE bare ADD COLUMN b text",
                f"UPDATE bare SET b = {column}",
                f"ALTER TABLE bare DROP COLUMN {column}",
            ),
            (
                ("stays", ("ALTER TABLE bare ADD COLUMN b text", f"UPDATE bare SET b = {column}")),
                ("not copied back", ("ALTER TABLE bare ADD COLUMN b text", f"ALTER TABLE bare DROP COLUMN {column}")),
            ),
        )
    return Change(
        (
            f"CREATE TABLE {column} (LIKE orders INCLUDING ALL)",
            f"INSERT INTO {column} (customer_id, amount) SELECT customer_id, amount FROM orders",
        ),
        (f"DROP TABLE {column}",),
        (("stays", ()),),
    )


def pair(d: Draw) -> Pair:
    """One to three changes in one migration; one of them taken back wrongly, more often than not."""
    d.used.clear()
    names = [d.one(list(FAMILIES)) for _ in range(d.one([1, 1, 1, 2, 2, 3]))]
    changes = [FAMILIES[name](d) for name in names]
    downs = [change.down for change in changes]
    mistake = ""
    if d.chance(0.6):
        at = d.random.randrange(len(changes))
        wrong = [each for each in changes[at].mistakes if each[1] != changes[at].down]
        if wrong:
            label, downs[at] = d.one(wrong)
            mistake = f"{names[at]}: {label}"
    up = tuple(sql for change in changes for sql in change.up)
    down = [sql for part in reversed(downs) for sql in part]
    if not mistake and len(down) > 1 and d.chance(0.25):
        mistake = d.one(["a statement lost", "turned around", "a statement twice", "IF EXISTS everywhere"])
        at = d.random.randrange(len(down))
        if mistake == "a statement lost":
            del down[at]
        elif mistake == "turned around":
            down.reverse()
        elif mistake == "a statement twice":
            down.insert(at, down[at])
        else:
            down = [_if_exists(sql) for sql in down]
    return Pair(up, tuple(down), tuple(names), mistake)
