"""Statements drawn by chance over what a catalog holds: every family of the manual's chapter on SQL commands."""
# ruff: noqa: E501, ISC004, S608 - statements stand as they are sent; their parts are ours

from collections.abc import Callable, Sequence
from random import Random

from contractcheck.migrations.catalog import Catalog, Index, Table
from contractcheck.migrations.catalog import Sequence as Counter

TYPES = (
    "smallint", "int", "bigint", "numeric", "numeric(10,2)", "numeric(12,2)", "numeric(12,4)", "numeric(8,1)", "real",
    "double precision", "text", "varchar", "varchar(10)", "varchar(30)", "varchar(100)", "char(5)", "char(10)", "bpchar",
    "boolean", "bytea", "bit(8)", "bit(16)", "bit varying", "bit varying(8)", "bit varying(32)", "date", "timestamp",
    "timestamp(0)", "timestamp(6)", "timestamptz", "timestamptz(3)", "time", "time(0)", "time(6)", "timetz", "interval",
    "interval(2)", "interval day to second", "interval hour to second(3)", "uuid", "json", "jsonb", "inet", "cidr", "macaddr",
    "macaddr8", "money", "oid", "name", '"char"', "xml", "text[]", "int[]", "bigint[]", "varchar[]", "varchar(10)[]",
    "varchar(20)[]", "int4range", "int8range", "tstzrange", "tsvector", "tsquery", "point", "box", "mood", "plain", "positive",
    "email", "five", "required", "addr", "mood[]", "spare", "citext", "serial", "bigserial", "pg_lsn", "jsonpath", "tid",
)  # fmt: skip
DEFAULTS = (
    "0", "1", "-1", "(0)", "1.5", "'x'", "'5'", "''", "NULL", "true", "now()", "clock_timestamp()", "CURRENT_DATE", "LOCALTIMESTAMP",
    "CURRENT_TIMESTAMP(0)", "CURRENT_USER", "random()", "gen_random_uuid()", "timeofday()", "f_imm(1)", "f_stable(1)", "f_vol()",
    "nextval('counter')", "'{}'", "ARRAY[1, 2]", "ARRAY[]::text[]", "lower('A')", "CASE WHEN true THEN 1 ELSE 2 END",
    "COALESCE(NULL, 5)", "now() AT TIME ZONE 'UTC'", "pg_catalog.now()", "'ok'::mood", "'ok'", "1 + 1", "length('abc')",
    "date '2024-01-01'", "interval '1 day'", "'2024-01-01'", "md5('x')", "md5(random()::text)", "to_char(now(), 'YYYY')",
    "'a' || 'b'", "txid_current()", "statement_timestamp()", "jsonb_build_object('a', 1)", "'{\"a\": 1}'", "row('a', 'b')::addr",
    "current_setting('timezone')", "pi()", "floor(random() * 10)::int", "uuid '00000000-0000-0000-0000-000000000000'", "B'101'",
    "'10.0.0.1'", "version()", "'now'::timestamptz", "nosuch()", "(SELECT 1)", "upper(5)", "age(now())", "array_fill(0, ARRAY[3])",
)  # fmt: skip
OPERATIONS: dict[str, Callable[["Draw"], str]] = {}


def family(make: Callable[["Draw"], str]) -> Callable[["Draw"], str]:
    """Register a family of statements by the name of its function."""
    OPERATIONS[make.__name__] = make
    return make


class Draw:
    """Chance, and the names there are to choose from; a few per cent of the names do not exist."""

    def __init__(self, random: Random, catalog: Catalog, version: int) -> None:
        self.random, self.catalog, self.version = random, catalog, version
        self.every = [t for t in catalog.tables() if t.kind != "composite" and t.schema != "pg_temp"]
        self.tables = [t for t in self.every if t.kind in {"table", "partitioned table"}]
        self.partitioned = [t for t in self.tables if t.kind == "partitioned table"]
        self.indexes = [r for r in catalog.relations.values() if isinstance(r, Index)]
        self.sequences = [r for r in catalog.relations.values() if isinstance(r, Counter)]

    def one(self, of: Sequence[str]) -> str:
        """One of them."""
        return self.random.choice(of)

    def chance(self, of: float) -> bool:
        """Whether it happens."""
        return self.random.random() < of

    def maybe(self, text: str, of: float = 0.3) -> str:
        """The text, or nothing."""
        return text if self.chance(of) else ""

    def fresh(self, prefix: str = "new") -> str:
        """A name that is hardly taken."""
        return f"{prefix}_{self.random.randrange(1000)}"

    def table(self, *kinds: str) -> Table:
        """A table, of those kinds if any are named."""
        chosen = [t for t in self.every if t.kind in kinds] if kinds else self.tables
        return self.random.choice(chosen or self.every)

    def name(self, relation: object, missing: float = 0.02) -> str:
        """The name of a relation as SQL."""
        if self.chance(missing):
            return "nowhere"
        return quoted(relation.schema, relation.name)  # type: ignore[attr-defined]

    def column(self, table: Table, missing: float = 0.03) -> str:
        """A column of a table."""
        if not table.columns or self.chance(missing):
            return "missing"
        return ident(self.random.choice(table.columns).name)

    def columns(self, table: Table, count: int) -> str:
        """Some columns of a table, each once."""
        names = [c.name for c in table.columns]
        return ", ".join(ident(n) for n in self.random.sample(names, min(count, len(names)))) or "missing"

    def constraint(self, table: Table, *kinds: str) -> str:
        """A constraint of a table."""
        names = [c.name for c in table.constraints if not kinds or c.kind in kinds]
        names += [c.not_null_name for c in table.columns if c.not_null_name and (not kinds or "not null" in kinds)]
        return ident(self.one(names)) if names and not self.chance(0.04) else "no_such_constraint"

    def with_constraint(self, *kinds: str) -> Table:
        """A table that has such a constraint."""
        having = [t for t in self.tables if any(not kinds or c.kind in kinds for c in t.constraints)]
        return self.random.choice(having or self.tables)

    def type(self) -> str:
        """A type."""
        return self.one(TYPES)

    def default(self) -> str:
        """A default."""
        return self.one(DEFAULTS)

    def condition(self, table: Table) -> str:
        """A condition on a row."""
        column = self.column(table)
        return self.one(
            (
                f"{column} IS NOT NULL", f"{column} IS NOT NULL", f"{column} > 0", f"{column} >= 1", f"{column} <> ''",
                f"length({column}::text) > 0", f"{column} IS NULL OR true", f"{column} IN (1, 2)", "true", "false",
                f"{column} IS NOT NULL AND {column}::text <> ''", f"f_vol() > {self.random.randrange(3)}",
                f"coalesce({column}::text, '') <> 'zz'", f"{column} = {self.column(table)}", f"{column} BETWEEN 1 AND 1000",
                f"{column} + 1", f"EXISTS (SELECT 1 FROM {self.name(table)})", f"{column} LIKE '%a%'", f"NOT {column}",
                f"{column} IS NOT NULL OR {self.column(table)} IS NOT NULL",
            )
        )  # fmt: skip


def ident(name: str) -> str:
    """An identifier, quoted where it must be."""
    return (
        name if name.isidentifier() and name == name.lower() and name.isascii() else '"' + name.replace('"', '""') + '"'
    )


def quoted(schema: str, name: str) -> str:
    """A qualified name, `public` left out."""
    return ident(name) if schema == "public" else f"{ident(schema)}.{ident(name)}"


# -- ALTER TABLE ------------------------------------------------------------------------------------------------------


def _column_line(d: Draw, name: str) -> str:
    line = f"{name} {d.type()}"
    roll = d.random.random()
    if roll < 0.45:
        line += f" DEFAULT {d.default()}"
    elif roll < 0.52:
        keyword = d.one((" STORED", " STORED", " VIRTUAL", "")) if d.version >= 18 else " STORED"
        line += f" GENERATED ALWAYS AS ({d.one(('1', 'now()', 'random()', 'f_imm(1)', 'length($$a$$)', 'nosuch'))}){keyword}"
    elif roll < 0.57:
        line += f" GENERATED {d.one(('ALWAYS', 'BY DEFAULT'))} AS IDENTITY"
    if d.chance(0.2):
        line += " NOT NULL"
    if d.chance(0.06):
        line += " UNIQUE"
    elif d.chance(0.03):
        line += " PRIMARY KEY"
    elif d.chance(0.06):
        line += f" CHECK ({name} {d.one(('> 0', 'IS NOT NULL', '<> $$$$', 'IN (1, 2)'))})"
    elif d.chance(0.06):
        line += f" REFERENCES {d.name(d.table())}"
    if d.chance(0.04):
        line += f' COLLATE "{d.one(("C", "POSIX", "default"))}"'
    return line


def _using(d: Draw, column: str, kind: str) -> str:
    if d.chance(0.7):
        return ""
    return " USING " + d.one(
        (
            f"{column}::{kind}", f"{column}::{kind}", f"{column}::text::{kind}", f"({column})", column, f"{column} || ''",
            f"lower({column}::text)", f"NULL::{kind}", "NULL", "1", "0", "'x'", f"{column} AT TIME ZONE 'UTC'", "now()",
            f"coalesce({column}, NULL)", f"CAST({column} AS {kind})", f"to_timestamp({column})", f"{column} + 0", "'5'",
        )
    )  # fmt: skip


def constraint(d: Draw, t: Table) -> str:
    """A table constraint."""
    named = d.maybe(f"CONSTRAINT {d.fresh('con')} ", 0.5)
    kind = d.one(("check", "check", "check", "unique", "unique", "primary", "foreign", "foreign", "foreign", "exclude",
                  "using", "not null"))  # fmt: skip
    attributes = d.maybe(d.one((" DEFERRABLE", " DEFERRABLE INITIALLY DEFERRED", " NOT DEFERRABLE")), 0.15)
    match kind:
        case "check":
            late = d.maybe(" NOT VALID", 0.3) or d.maybe(" NO INHERIT", 0.1)
            if d.version >= 18:
                late = late or d.maybe(" NOT ENFORCED", 0.1)
            return f"{named}CHECK ({d.condition(t)}){late}"
        case "unique":
            distinct = d.maybe(" NULLS NOT DISTINCT", 0.15)
            include = d.maybe(f" INCLUDE ({d.columns(t, 1)})", 0.1)
            return f"{named}UNIQUE{distinct} ({d.columns(t, d.random.choice((1, 1, 2, 3)))}){include}{attributes}"
        case "primary":
            return f"{named}PRIMARY KEY ({d.columns(t, d.random.choice((1, 1, 2)))}){attributes}"
        case "exclude":
            method = d.one(("", "USING btree ", "USING gist "))
            return f"{named}EXCLUDE {method}({d.column(t)} WITH {d.one(('=', '&&', '<>'))}){d.maybe(f' WHERE ({d.condition(t)})', 0.2)}"
        case "using":
            mine = [i.name for i in d.indexes if i.table == t.number]
            name = ident(d.one(mine)) if mine else "no_index"
            return f"{named}{d.one(('UNIQUE', 'PRIMARY KEY'))} USING INDEX {name}{attributes}"
        case "not null" if d.version >= 18:
            return f"{named}NOT NULL {d.column(t)}{d.maybe(' NOT VALID', 0.4)}{d.maybe(' NO INHERIT', 0.1)}"
        case _:
            other = d.table()
            keys = [c for c in other.constraints if c.kind in {"primary key", "unique"} and c.columns]
            target = f"{d.name(other)}"
            count = 1
            if keys and d.chance(0.8):
                key = d.random.choice(keys)
                names = [other.numbered(n) for n in key.columns]
                count = len(names)
                target += (
                    f" ({', '.join(ident(n.name) for n in names if n)})"
                    if d.chance(0.6) or key.kind == "unique"
                    else ""
                )
            actions = d.maybe(" ON DELETE " + d.one(("CASCADE", "SET NULL", "RESTRICT", "SET DEFAULT")), 0.3)
            late = d.maybe(" NOT VALID", 0.3)
            if d.version >= 18:
                late = late or d.maybe(" NOT ENFORCED", 0.1)
            return f"{named}FOREIGN KEY ({d.columns(t, count)}) REFERENCES {target}{actions}{attributes}{late}"


def action(d: Draw, t: Table) -> str:
    """One action of ALTER TABLE."""
    c = d.column(t)
    pick = d.random.choices(
        ("add", "type", "null", "default", "drop", "constraint", "drop constraint", "validate", "alter constraint",
         "identity", "expression", "setting", "table setting", "trigger", "rule", "security", "replica", "inherit",
         "persistence", "method", "space", "owner", "cluster", "of"),
        (14, 22, 9, 4, 7, 16, 6, 6, 3, 4, 3, 6, 5, 3, 1, 3, 3, 3, 3, 2, 2, 2, 2, 1),
    )[0]  # fmt: skip
    match pick:
        case "add":
            name = d.fresh("col") if d.chance(0.93) else c
            return f"ADD COLUMN {d.maybe('IF NOT EXISTS ', 0.1)}{_column_line(d, name)}"
        case "type":
            kind = d.type()
            collate = d.maybe(' COLLATE "C"', 0.05)
            return f"ALTER COLUMN {c} {d.maybe('SET DATA ', 0.3)}TYPE {kind}{collate}{_using(d, c, kind)}"
        case "null":
            return f"ALTER COLUMN {c} {d.one(('SET', 'SET', 'DROP'))} NOT NULL"
        case "default":
            return f"ALTER COLUMN {c} {d.one(('DROP DEFAULT', f'SET DEFAULT {d.default()}', f'SET DEFAULT {d.default()}'))}"
        case "drop":
            return f"DROP COLUMN {d.maybe('IF EXISTS ', 0.2)}{c}{d.maybe(' CASCADE', 0.3)}"
        case "constraint":
            return f"ADD {constraint(d, t)}"
        case "drop constraint":
            return f"DROP CONSTRAINT {d.maybe('IF EXISTS ', 0.2)}{d.constraint(t)}{d.maybe(' CASCADE', 0.3)}"
        case "validate":
            return f"VALIDATE CONSTRAINT {d.constraint(t)}"
        case "alter constraint":
            hows = ["DEFERRABLE", "NOT DEFERRABLE", "DEFERRABLE INITIALLY DEFERRED"]
            hows += ["ENFORCED", "NOT ENFORCED", "INHERIT", "NO INHERIT"] if d.version >= 18 else []
            return (
                f"ALTER CONSTRAINT {d.constraint(t, 'foreign key') if d.chance(0.7) else d.constraint(t)} {d.one(hows)}"
            )
        case "identity":
            return f"ALTER COLUMN {c} " + d.one(
                (
                    "ADD GENERATED ALWAYS AS IDENTITY", "ADD GENERATED BY DEFAULT AS IDENTITY (START 100)", "DROP IDENTITY",
                    "DROP IDENTITY IF EXISTS", "SET GENERATED ALWAYS", "SET INCREMENT BY 5", "RESTART WITH 500",
                )
            )  # fmt: skip
        case "expression":
            if d.version >= 17 and d.chance(0.6):
                return (
                    f"ALTER COLUMN {c} SET EXPRESSION AS ({d.one(('amount * 3', 'label', '1', 'random()', 'id + 1'))})"
                )
            return f"ALTER COLUMN {c} DROP EXPRESSION{d.maybe(' IF EXISTS', 0.4)}"
        case "setting":
            return f"ALTER COLUMN {c} " + d.one(
                (
                    "SET STATISTICS 100", "SET STATISTICS -1", "SET STORAGE EXTERNAL", "SET STORAGE PLAIN", "SET STORAGE MAIN",
                    "SET STORAGE DEFAULT", "SET COMPRESSION pglz", "SET (n_distinct = 5)", "RESET (n_distinct)",
                    "SET STORAGE EXTENDED",
                )
            )  # fmt: skip
        case "table setting":
            return d.one(
                (
                    "SET (fillfactor = 70)", "SET (autovacuum_enabled = off)", "RESET (fillfactor)", "SET (user_catalog_table = true)",
                    "SET (toast.autovacuum_enabled = false)", "SET (nonsense = 1)", "SET (parallel_workers = 2)",
                    "SET (toast_tuple_target = 500)", "SET (fillfactor = 70, autovacuum_vacuum_threshold = 10)",
                    "RESET (autovacuum_enabled, parallel_workers)", "SET WITHOUT OIDS", "SET (autovacuum_vacuum_scale_factor = 0.1)",
                )
            )  # fmt: skip
        case "trigger":
            names = [x.name for x in t.triggers] or ["no_trigger"]
            return f"{d.one(('ENABLE', 'DISABLE'))} TRIGGER {d.one((*names, 'ALL', 'USER'))}"
        case "rule":
            return f"{d.one(('ENABLE', 'DISABLE'))} RULE {d.one([x.name for x in t.rules] or ['no_rule'])}"
        case "security":
            return d.one(("ENABLE", "DISABLE", "FORCE", "NO FORCE")) + " ROW LEVEL SECURITY"
        case "replica":
            mine = [ident(i.name) for i in d.indexes if i.table == t.number] or ["no_index"]
            return "REPLICA IDENTITY " + d.one(("FULL", "NOTHING", "DEFAULT", f"USING INDEX {d.one(mine)}"))
        case "inherit":
            return f"{d.one(('INHERIT', 'NO INHERIT'))} {d.name(d.table())}"
        case "persistence":
            return d.one(("SET LOGGED", "SET UNLOGGED"))
        case "method":
            return f"SET ACCESS METHOD {d.one(('heap', 'heap', 'nope', 'DEFAULT'))}"
        case "space":
            return f"SET TABLESPACE {d.one(('pg_default', 'pg_default'))}"
        case "owner":
            return f"OWNER TO {d.one(('app_owner', 'postgres', 'CURRENT_USER'))}"
        case "cluster":
            mine = [ident(i.name) for i in d.indexes if i.table == t.number] or ["no_index"]
            return d.one((f"CLUSTER ON {d.one(mine)}", "SET WITHOUT CLUSTER"))
        case _:
            return d.one(("OF row_type", "NOT OF"))


@family
def alter_table(d: Draw) -> str:
    t = d.table() if d.chance(0.93) else d.random.choice(d.every)
    count = d.random.choices((1, 2, 3), (80, 15, 5))[0]
    exists = d.maybe("IF EXISTS ", 0.06)
    return f"ALTER TABLE {exists}{d.maybe('ONLY ', 0.06)}{d.name(t)} {', '.join(action(d, t) for _ in range(count))}"


@family
def alter_type_of_column(d: Draw) -> str:
    wide = [t for t in d.tables if t.name == "everything"]
    t = wide[0] if wide and d.chance(0.6) else d.table()
    kind, c = d.type(), d.column(t, 0.0)
    return f"ALTER TABLE {d.name(t, 0)} ALTER COLUMN {c} TYPE {kind}{_using(d, c, kind)}"


@family
def add_column(d: Draw) -> str:
    return f"ALTER TABLE {d.name(d.table(), 0)} ADD COLUMN {_column_line(d, d.fresh('col'))}"


@family
def add_constraint(d: Draw) -> str:
    t = d.table()
    return f"ALTER TABLE {d.maybe('ONLY ', 0.04)}{d.name(t, 0)} ADD {constraint(d, t)}"


@family
def known_constraint(d: Draw) -> str:
    t = d.with_constraint()
    return f"ALTER TABLE {d.name(t, 0)} " + d.one(
        (
            f"DROP CONSTRAINT {d.constraint(t)}{d.maybe(' CASCADE')}", f"VALIDATE CONSTRAINT {d.constraint(t)}",
            f"RENAME CONSTRAINT {d.constraint(t)} TO {d.fresh('con')}",
            f"ALTER CONSTRAINT {d.constraint(t, 'foreign key')} {d.one(('DEFERRABLE', 'NOT DEFERRABLE'))}",
        )
    )  # fmt: skip


@family
def null_and_check(d: Draw) -> str:
    """SET NOT NULL beside checks that may prove it."""
    t = d.table("table")
    c = d.column(t, 0.0)
    steps = [
        f"ADD CONSTRAINT p_{c.strip(chr(34))} CHECK ({c} IS NOT NULL){d.maybe(' NOT VALID', 0.3)}",
        f"ALTER COLUMN {c} SET NOT NULL",
    ]
    checks = [x.name for x in t.constraints if x.kind == "check"]
    if checks and d.chance(0.3):
        steps.append(f"DROP CONSTRAINT {ident(d.one(checks))}")
    d.random.shuffle(steps)
    return f"ALTER TABLE {d.name(t, 0)} " + ", ".join(steps[: d.random.choice((1, 2, 3))])


def _bound(d: Draw, parent: Table) -> str:
    if d.chance(0.15):
        return "DEFAULT"
    match parent.strategy:
        case "range":
            low, high = sorted(d.random.sample(range(2020, 2036), 2))
            if d.chance(0.5):
                high = low + 1
            first = d.one((f"'{low}-01-01'", f"'{low}-01-01'", "MINVALUE"))
            return f"FOR VALUES FROM ({first}) TO ('{high}-01-01')"
        case "list":
            values = d.random.sample(
                ("'a'", "'b'", "'c'", "'z'", "'de'", "'jp'", "'it'", "NULL"), d.random.choice((1, 2))
            )
            return f"FOR VALUES IN ({', '.join(values)})"
        case _:
            modulus = d.random.choice((2, 4, 3))
            return f"FOR VALUES WITH (MODULUS {modulus}, REMAINDER {d.random.randrange(modulus)})"


@family
def partitions(d: Draw) -> str:
    parent = d.random.choice(d.partitioned) if d.partitioned else d.table()
    children = [d.catalog.table(n) for n in d.catalog.children.get(parent.number, ())]
    roll = d.random.random()
    if roll < 0.3 and children:
        how = d.one(("", "", "", " CONCURRENTLY", " FINALIZE"))
        return f"ALTER TABLE {d.name(parent, 0)} DETACH PARTITION {d.name(d.random.choice(children))}{how}"
    if roll < 0.6:
        names = {c.name for c in parent.columns}
        fitting = [t for t in d.tables if {c.name for c in t.columns} == names and not t.parents and t is not parent]
        return f"ALTER TABLE {d.name(parent, 0)} ATTACH PARTITION {d.name(d.random.choice(fitting or d.tables))} {_bound(d, parent)}"
    sub = d.maybe(f" PARTITION BY {d.one(('LIST', 'RANGE', 'HASH'))} ({d.column(parent)})", 0.15)
    return f"CREATE TABLE {d.fresh('part')} PARTITION OF {d.name(parent, 0)} {_bound(d, parent)}{sub}"


# -- indexes ----------------------------------------------------------------------------------------------------------


@family
def create_index(d: Draw) -> str:
    t = (
        d.random.choice([*d.tables, *[x for x in d.every if x.kind == "matview"]])
        if d.chance(0.97)
        else d.random.choice(d.every)
    )
    keys = []
    for _ in range(d.random.choices((1, 2, 3), (70, 20, 10))[0]):
        c = d.column(t)
        keys.append(
            d.one(
                (c, c, c, c, f"{c} DESC NULLS LAST", f"lower({c}::text)", f"({c} IS NULL)", "f_imm(1)", "f_vol()", f"({c} || 'x')",
                 f'{c} COLLATE "C"', f"{c} text_pattern_ops", f"{c} int4_ops", f"date_trunc('day', {c})", f"{c} jsonb_path_ops")
            )
        )  # fmt: skip
    method = d.maybe(f" USING {d.one(('btree', 'hash', 'gin', 'gist', 'brin', 'spgist', 'nope'))}", 0.35)
    name = d.maybe(d.fresh("idx") if d.chance(0.9) or not d.indexes else ident(d.random.choice(d.indexes).name), 0.8)
    exists = "IF NOT EXISTS " if name and d.chance(0.15) else ""
    return (
        f"CREATE {d.maybe('UNIQUE ', 0.25)}INDEX {d.maybe('CONCURRENTLY ', 0.1)}{exists}{name} ON {d.maybe('ONLY ', 0.04)}{d.name(t)}"
        f"{method} ({', '.join(keys)}){d.maybe(f' INCLUDE ({d.columns(t, 1)})', 0.12)}{d.maybe(' NULLS NOT DISTINCT', 0.04)}"
        f"{d.maybe(' WITH (fillfactor = 70)', 0.06)}{d.maybe(f' WHERE {d.condition(t)}', 0.2)}"
    )


@family
def indexes(d: Draw) -> str:
    i = d.random.choice(d.indexes)
    name = d.name(i)
    others = [x for x in d.indexes if x.table != i.table]
    return d.one(
        (
            f"DROP INDEX {d.maybe('CONCURRENTLY ', 0.25)}{d.maybe('IF EXISTS ', 0.2)}{name}{d.maybe(' CASCADE', 0.15)}",
            f"DROP INDEX {name}", f"ALTER INDEX {d.maybe('IF EXISTS ', 0.2)}{name} RENAME TO {d.fresh('idx')}",
            f"ALTER TABLE {name} RENAME TO {d.fresh('idx')}", f"ALTER INDEX {name} SET (fillfactor = 80)",
            f"ALTER INDEX {name} RESET (fillfactor)", f"ALTER INDEX {name} SET TABLESPACE pg_default",
            f"ALTER INDEX {name} ALTER COLUMN 1 SET STATISTICS 50", f"ALTER INDEX {name} ATTACH PARTITION {d.name(d.random.choice(others or [i]))}",
            f"REINDEX INDEX {d.maybe('CONCURRENTLY ', 0.2)}{name}", f"REINDEX TABLE {d.maybe('CONCURRENTLY ', 0.2)}{d.name(d.table())}",
            f"CLUSTER {d.name(d.table())} USING {ident(i.name)}", f"CLUSTER {d.name(d.catalog.table(i.table))} USING {ident(i.name)}",
            f"CLUSTER {d.name(d.table())}", f"ALTER INDEX {name} OWNER TO app_owner", f"COMMENT ON INDEX {name} IS 'x'",
            f"ALTER INDEX {name} SET (fastupdate = off)", f"ALTER TABLE {name} SET (fillfactor = 60)",
        )
    )  # fmt: skip


@family
def maintenance(d: Draw) -> str:
    t = d.name(d.random.choice(d.every))
    return d.one(
        (
            f"VACUUM {t}", f"VACUUM FULL {t}", f"VACUUM (FULL, ANALYZE) {t}", f"ANALYZE {t}", "ANALYZE", f"ANALYZE {d.name(d.table())}",
            "REINDEX SCHEMA app", f"LOCK TABLE {t}", f"LOCK TABLE {t} IN {d.one(('SHARE', 'ROW EXCLUSIVE', 'ACCESS SHARE', 'EXCLUSIVE'))} MODE",
            f"LOCK TABLE ONLY {t} IN SHARE MODE", f"VACUUM (ANALYZE) {t}", "CHECKPOINT",
        )
    )  # fmt: skip


# -- whole tables -----------------------------------------------------------------------------------------------------


@family
def create_table(d: Draw) -> str:
    name = d.fresh("tab")
    other = d.table()
    roll = d.random.random()
    if roll < 0.35:
        lines = [_column_line(d, f"c{i}") for i in range(d.random.randrange(1, 4))]
        extra = d.one(
            ("", "", "", ", PRIMARY KEY (c0)", ", UNIQUE (c0)", ", CHECK (c0 IS NOT NULL)", f", FOREIGN KEY (c0) REFERENCES {d.name(other)}",
             f", LIKE {d.name(other)}")
        )  # fmt: skip
        by = d.maybe(" PARTITION BY " + d.one(("RANGE (c0)", "LIST (c0)", "HASH (c0)", "LIST (lower(c0::text))")), 0.2)
        return f"CREATE {d.maybe(d.one(('UNLOGGED ', 'TEMP ')), 0.12)}TABLE {d.maybe('IF NOT EXISTS ', 0.1)}{name} ({', '.join(lines)}{extra}){by}"
    if roll < 0.55:
        including = d.maybe(" INCLUDING " + d.one(("ALL", "DEFAULTS", "INDEXES", "CONSTRAINTS", "IDENTITY", "GENERATED", "STORAGE",
                                                   "STATISTICS", "COMMENTS", "ALL EXCLUDING INDEXES")), 0.8)  # fmt: skip
        return f"CREATE TABLE {name} (LIKE {d.name(d.random.choice(d.every))}{including})"
    if roll < 0.7:
        return f"CREATE TABLE {name} ({d.maybe('zz int', 0.5)}) INHERITS ({d.name(other)})"
    if roll < 0.9:
        query = d.one((f"SELECT * FROM {d.name(d.random.choice(d.every))}", f"TABLE {d.name(other)}", "SELECT 1 AS a, 'x' AS b",
                       f"SELECT count(*) FROM {d.name(other)}", "VALUES (1, 2)"))  # fmt: skip
        return f"CREATE TABLE {name} AS {query}{d.maybe(' WITH NO DATA', 0.2)}"
    return f"CREATE TABLE {name} OF {d.one(('row_type', 'addr', 'mood', 'nope'))}"


@family
def drop(d: Draw) -> str:
    what = d.random.choice(d.every)
    word = {"view": "VIEW", "matview": "MATERIALIZED VIEW"}.get(what.kind, "TABLE")
    second = d.maybe(f", {d.name(d.table())}", 0.1) if word == "TABLE" else ""
    return f"DROP {word} {d.maybe('IF EXISTS ', 0.25)}{d.name(what)}{second}{d.maybe(' CASCADE', 0.5)}"


@family
def truncate(d: Draw) -> str:
    more = d.maybe(f", {d.name(d.table())}", 0.15)
    return f"TRUNCATE {d.maybe('ONLY ', 0.08)}{d.name(d.table())}{more}{d.maybe(' RESTART IDENTITY', 0.2)}{d.maybe(' CASCADE', 0.5)}"


@family
def rename(d: Draw) -> str:
    t = d.random.choice(d.every)
    word = {"view": "VIEW", "matview": "MATERIALIZED VIEW"}.get(t.kind, "TABLE")
    return d.one(
        (
            f"ALTER {word} {d.name(t)} RENAME TO {d.fresh('tab')}", f"ALTER {word} {d.name(t)} RENAME COLUMN {d.column(t)} TO {d.fresh('col')}",
            f"ALTER TABLE {d.name(t)} RENAME COLUMN {d.column(t)} TO {d.fresh('col')}", f"ALTER TABLE {d.name(t)} RENAME TO {d.fresh('tab')}",
            f"ALTER {word} {d.name(t)} SET SCHEMA {d.one(('app', 'other', 'nowhere'))}", f"ALTER {word} {d.name(t)} OWNER TO app_owner",
            f"ALTER TABLE {d.name(t)} SET SCHEMA {d.one(('app', 'other'))}", "ALTER SCHEMA app RENAME TO app2",
            f"ALTER TABLE ONLY {d.name(t)} RENAME COLUMN {d.column(t)} TO {d.fresh('col')}",
        )
    )  # fmt: skip


# -- views, triggers, rules, policies ---------------------------------------------------------------------------------


@family
def views(d: Draw) -> str:
    t = d.random.choice(d.every)
    mine = [x for x in d.every if x.kind in {"view", "matview"}]
    v = d.random.choice(mine) if mine else t
    some = d.columns(t, 2)
    return d.one(
        (
            f"CREATE VIEW {d.fresh('v')} AS SELECT * FROM {d.name(t)}", f"CREATE VIEW {d.fresh('v')} AS SELECT {some} FROM {d.name(t)}",
            f"CREATE OR REPLACE VIEW {d.name(v)} AS SELECT * FROM {d.name(t)}",
            f"CREATE MATERIALIZED VIEW {d.fresh('mv')} AS SELECT {some} FROM {d.name(t)}{d.maybe(' WITH NO DATA')}",
            f"REFRESH MATERIALIZED VIEW {d.maybe('CONCURRENTLY ')}{d.name(v)}{d.maybe(' WITH NO DATA', 0.2)}",
            f"ALTER VIEW {d.name(v)} SET (security_barrier = true)", f"ALTER VIEW {d.name(v)} ALTER COLUMN {d.column(v)} SET DEFAULT 1",
            f"DROP VIEW {d.name(v)}{d.maybe(' CASCADE', 0.5)}", f"DROP MATERIALIZED VIEW {d.name(v)}",
            "CREATE OR REPLACE VIEW v_orders AS SELECT id, customer_id, status, amount FROM orders",
            "CREATE OR REPLACE VIEW v_orders AS SELECT id FROM orders", f"ALTER MATERIALIZED VIEW {d.name(v)} SET (fillfactor = 90)",
            f"ALTER MATERIALIZED VIEW {d.name(v)} CLUSTER ON mv_customers_id", f"ALTER MATERIALIZED VIEW {d.name(v)} SET ACCESS METHOD heap",
        )
    )  # fmt: skip


@family
def attached(d: Draw) -> str:
    """What hangs on a table."""
    t = d.random.choice(d.every) if d.chance(0.1) else d.table()
    having = [x for x in d.tables if x.triggers or x.policies or x.rules] or d.tables
    h = d.random.choice(having)
    trigger = d.one([x.name for x in h.triggers] or ["no_trigger"])
    policy = d.one([x.name for x in h.policies] or ["no_policy"])
    rule = d.one([x.name for x in h.rules] or ["no_rule"])
    return d.one(
        (
            f"CREATE TRIGGER {d.fresh('trg')} {d.one(('BEFORE', 'AFTER'))} {d.one(('INSERT', 'UPDATE', 'DELETE', 'INSERT OR UPDATE'))} ON {d.name(t)}"
            f" FOR EACH {d.one(('ROW', 'STATEMENT'))} EXECUTE FUNCTION {d.one(('trg', 'trg', 'trg', 'nosuch'))}()",
            f"CREATE OR REPLACE TRIGGER {trigger} BEFORE UPDATE OF {d.column(t)} ON {d.name(t)} FOR EACH ROW EXECUTE FUNCTION trg()",
            f"CREATE CONSTRAINT TRIGGER {d.fresh('trg')} AFTER INSERT ON {d.name(t)} DEFERRABLE FOR EACH ROW EXECUTE FUNCTION trg()",
            f"DROP TRIGGER {d.maybe('IF EXISTS ')}{trigger} ON {d.name(h)}", f"ALTER TRIGGER {trigger} ON {d.name(h)} RENAME TO {d.fresh('trg')}",
            f"CREATE POLICY {d.fresh('pol')} ON {d.name(t)} {d.one(('', 'FOR SELECT ', 'FOR INSERT ', 'TO reader '))}USING ({d.condition(t)})",
            f"ALTER POLICY {policy} ON {d.name(h)} USING (true)", f"DROP POLICY {d.maybe('IF EXISTS ')}{policy} ON {d.name(h)}",
            f"ALTER POLICY {policy} ON {d.name(h)} RENAME TO {d.fresh('pol')}",
            f"CREATE RULE {d.fresh('rul')} AS ON {d.one(('INSERT', 'UPDATE', 'DELETE'))} TO {d.name(t)} DO {d.one(('INSTEAD NOTHING', 'ALSO NOTIFY x'))}",
            f"DROP RULE {d.maybe('IF EXISTS ')}{rule} ON {d.name(h)}", f"ALTER RULE {rule} ON {d.name(h)} RENAME TO {d.fresh('rul')}",
            f"COMMENT ON TRIGGER {trigger} ON {d.name(h)} IS 'x'", f"COMMENT ON POLICY {policy} ON {d.name(h)} IS 'x'",
            f"ALTER TABLE {d.name(h)} {d.one(('ENABLE', 'DISABLE', 'ENABLE ALWAYS', 'ENABLE REPLICA'))} TRIGGER {trigger}",
        )
    )  # fmt: skip


# -- types, functions, sequences --------------------------------------------------------------------------------------


@family
def user_types(d: Draw) -> str:
    domain = d.one(("plain", "positive", "email", "five", "required", "nope"))
    enum = d.one(("mood", "spare", "nope"))
    return d.one(
        (
            f"ALTER TYPE {enum} ADD VALUE {d.maybe('IF NOT EXISTS ')}'{d.one(('ok', 'new', 'other'))}'",
            f"ALTER TYPE {enum} ADD VALUE 'x' {d.one(('BEFORE', 'AFTER'))} '{d.one(('sad', 'one', 'zz'))}'",
            f"ALTER TYPE {enum} RENAME VALUE '{d.one(('ok', 'one', 'zz'))}' TO 'fine'", f"ALTER TYPE {enum} RENAME TO {d.fresh('typ')}",
            f"DROP TYPE {d.maybe('IF EXISTS ')}{d.one(('mood', 'spare', 'addr', 'row_type'))}{d.maybe(' CASCADE', 0.5)}",
            f"ALTER DOMAIN {domain} SET NOT NULL", f"ALTER DOMAIN {domain} DROP NOT NULL", f"ALTER DOMAIN {domain} SET DEFAULT {d.default()}",
            f"ALTER DOMAIN {domain} DROP DEFAULT", f"ALTER DOMAIN {domain} ADD CONSTRAINT {d.fresh('dc')} CHECK (VALUE IS NOT NULL){d.maybe(' NOT VALID')}",
            f"ALTER DOMAIN {domain} ADD CHECK (VALUE::text <> '')", f"ALTER DOMAIN positive ADD CHECK (VALUE {d.one(('< 1000', '> 5', '<> 7'))})",
            f"ALTER DOMAIN email DROP CONSTRAINT {d.one(('email_at', 'nope'))}", "ALTER DOMAIN email VALIDATE CONSTRAINT email_at",
            f"DROP DOMAIN {domain}{d.maybe(' CASCADE', 0.5)}", f"ALTER DOMAIN {domain} RENAME TO {d.fresh('dom')}",
            "ALTER DOMAIN email RENAME CONSTRAINT email_at TO at_sign", "ALTER DOMAIN plain SET SCHEMA app", "ALTER TYPE mood SET SCHEMA app",
            f"ALTER TYPE addr ADD ATTRIBUTE {d.fresh('att')} {d.type()}{d.maybe(' CASCADE')}", f"ALTER TYPE addr DROP ATTRIBUTE zip{d.maybe(' CASCADE')}",
            f"ALTER TYPE addr ALTER ATTRIBUTE zip TYPE {d.type()}{d.maybe(' CASCADE')}", f"ALTER TYPE row_type ADD ATTRIBUTE z int{d.maybe(' CASCADE')}",
            f"ALTER TYPE row_type ALTER ATTRIBUTE label TYPE varchar(10){d.maybe(' CASCADE')}", "ALTER TYPE row_type DROP ATTRIBUTE label CASCADE",
            "ALTER TYPE addr RENAME ATTRIBUTE zip TO postcode", f"CREATE TYPE {d.fresh('typ')} AS ENUM ('a', 'b')", f"CREATE TYPE {d.fresh('typ')} AS (a int, b text)",
            f"CREATE DOMAIN {d.fresh('dom')} AS {d.type()} CHECK (VALUE IS NOT NULL)", f"CREATE TYPE {d.fresh('typ')} AS RANGE (subtype = int4)",
            "ALTER TYPE mood OWNER TO app_owner", "ALTER DOMAIN positive OWNER TO app_owner", f"CREATE TYPE {d.fresh('typ')}",
        )
    )  # fmt: skip


@family
def functions(d: Draw) -> str:
    return d.one(
        (
            f"CREATE FUNCTION {d.fresh('fun')}(a int) RETURNS int LANGUAGE sql {d.one(('IMMUTABLE', 'STABLE', ''))} AS 'SELECT a'",
            f"CREATE OR REPLACE FUNCTION f_imm(int) RETURNS {d.one(('int', 'text'))} LANGUAGE sql STABLE AS 'SELECT $1'",
            f"DROP FUNCTION {d.maybe('IF EXISTS ')}{d.one(('f_imm', 'f_vol', 'trg', 'f_stable', 'nope'))}{d.one(('', '()', '(int)'))}{d.maybe(' CASCADE', 0.4)}",
            "ALTER FUNCTION f_vol() RENAME TO f_other", "ALTER FUNCTION f_vol() SET SCHEMA app", "ALTER FUNCTION f_vol() IMMUTABLE",
            "ALTER FUNCTION trg() OWNER TO app_owner", "ALTER FUNCTION f_vol() STABLE SET search_path = public", "ALTER FUNCTION nope() IMMUTABLE",
            f"CREATE PROCEDURE {d.fresh('pro')}() LANGUAGE sql AS 'SELECT 1'", f"CREATE AGGREGATE {d.fresh('agg')} (int) (sfunc = int4pl, stype = int)",
        )
    )  # fmt: skip


@family
def sequences(d: Draw) -> str:
    s = d.name(d.random.choice(d.sequences))
    t = d.table()
    return d.one(
        (
            f"CREATE SEQUENCE {d.fresh('seq')}{d.maybe(' AS smallint')}{d.maybe(f' OWNED BY {d.name(t)}.{d.column(t)}')}",
            f"ALTER SEQUENCE {s} AS bigint", f"ALTER SEQUENCE {s} OWNED BY {d.name(t)}.{d.column(t)}", f"ALTER SEQUENCE {s} OWNED BY NONE",
            f"ALTER SEQUENCE {s} RESTART WITH 1000", f"ALTER SEQUENCE {s} INCREMENT BY 2 MAXVALUE 100000", f"DROP SEQUENCE {s}{d.maybe(' CASCADE', 0.5)}",
            f"ALTER SEQUENCE {s} RENAME TO {d.fresh('seq')}", f"ALTER SEQUENCE {s} SET SCHEMA app", f"ALTER SEQUENCE {s} OWNER TO app_owner",
            "SELECT setval('counter', 100)", f"ALTER TABLE {s} RENAME TO {d.fresh('seq')}", f"ALTER SEQUENCE {s} SET UNLOGGED",
            f"ALTER SEQUENCE {s} AS smallint", f"COMMENT ON SEQUENCE {s} IS 'x'",
        )
    )  # fmt: skip


@family
def others(d: Draw) -> str:
    t = d.table()
    name = d.name(t)
    anything = d.name(d.random.choice(d.every))
    return d.one(
        (
            f"COMMENT ON TABLE {anything} IS 'x'", f"COMMENT ON COLUMN {name}.{d.column(t)} IS 'x'", f"COMMENT ON CONSTRAINT {d.constraint(t)} ON {name} IS 'x'",
            "COMMENT ON SCHEMA app IS 'x'", "COMMENT ON TYPE mood IS NULL", f"GRANT SELECT ON {anything} TO reader", f"REVOKE ALL ON {anything} FROM PUBLIC",
            f"GRANT UPDATE ({d.column(t)}) ON {name} TO reader", "GRANT USAGE ON SCHEMA app TO reader", "GRANT SELECT ON ALL TABLES IN SCHEMA app TO reader",
            "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader", f"CREATE STATISTICS {d.fresh('sta')} ON {d.columns(t, 2)} FROM {name}",
            f"CREATE STATISTICS {d.fresh('sta')} (dependencies) ON {d.columns(t, 2)} FROM {anything}", "DROP STATISTICS orders_stat",
            "ALTER STATISTICS orders_stat SET STATISTICS 50", "ALTER STATISTICS orders_stat RENAME TO os", "ALTER STATISTICS nope SET STATISTICS 5",
            f"CREATE PUBLICATION {d.fresh('pub')} FOR TABLE {name}", f"CREATE PUBLICATION {d.fresh('pub')} FOR ALL TABLES", f"ALTER PUBLICATION pub ADD TABLE {name}",
            f"ALTER PUBLICATION pub SET TABLE {name}", "DROP PUBLICATION pub", "ALTER PUBLICATION pub RENAME TO pb",
            "CREATE SCHEMA IF NOT EXISTS app", f"CREATE SCHEMA {d.fresh('sch')}", "DROP SCHEMA app", "DROP SCHEMA app CASCADE", "DROP SCHEMA other",
            "ALTER SCHEMA other RENAME TO another", "ALTER SCHEMA app OWNER TO app_owner", "CREATE EXTENSION IF NOT EXISTS plpgsql", "DROP EXTENSION plpgsql",
            f"CREATE EVENT TRIGGER {d.fresh('evt')} ON ddl_command_end EXECUTE FUNCTION evt()", "ALTER EVENT TRIGGER nope DISABLE",
            "CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler", "CREATE CAST (int AS mood) WITH INOUT AS IMPLICIT",
            'CREATE COLLATION german FROM "C"', f"CREATE FOREIGN TABLE {d.fresh('ft')} (a int) SERVER nope", "SET lock_timeout = '2s'",
            f"SECURITY LABEL ON TABLE {name} IS 'x'", f"DO $$ BEGIN ALTER TABLE {name} ADD COLUMN done int; END $$",
            "SET CONSTRAINTS ALL DEFERRED", "NOTIFY x", "LISTEN x", "DISCARD PLANS", "SHOW timezone", "ALTER SYSTEM SET work_mem = '8MB'",
            "ALTER TEXT SEARCH CONFIGURATION simple ADD MAPPING FOR word WITH simple", "REASSIGN OWNED BY app_owner TO postgres", "DROP OWNED BY reader",
            "IMPORT FOREIGN SCHEMA x FROM SERVER y INTO app", "CREATE OPERATOR === (leftarg = int, rightarg = int, function = int4eq)",
            "ALTER DATABASE postgres SET work_mem = '8MB'", "ALTER ROLE reader SET work_mem = '8MB'",
        )
    )  # fmt: skip


@family
def rows(d: Draw) -> str:
    t = d.table()
    name, c = d.name(t), d.column(t)
    other = d.name(d.random.choice(d.every))
    return d.one(
        (
            f"UPDATE {name} SET {c} = {c}", f"UPDATE {name} SET {c} = NULL WHERE {d.condition(t)}", f"DELETE FROM {name}", f"DELETE FROM {name} WHERE {d.condition(t)}",
            f"SELECT * FROM {other}", f"SELECT count(*) FROM {other}", f"SELECT * FROM {name} FOR UPDATE", f"INSERT INTO {name} SELECT * FROM {other}",
            f"INSERT INTO {name} DEFAULT VALUES", f"WITH x AS (SELECT * FROM {other}) SELECT * FROM x", f"EXPLAIN SELECT * FROM {name}",
            f"COPY {name} TO '/dev/null'", "INSERT INTO blank (id, b) SELECT i, i FROM generate_series(1, 3) i", "UPDATE customers SET name = 'x' FROM orders WHERE orders.customer_id = customers.id",
            "INSERT INTO spread SELECT i, 1, 'x' FROM generate_series(1000, 1005) i", "DELETE FROM bare WHERE a IS NULL",
            "MERGE INTO blank b USING bare ON b.id = bare.a WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id) VALUES (bare.a)",
            f"UPDATE {name} SET {c} = DEFAULT", f"DELETE FROM ONLY {name}", "INSERT INTO customers VALUES (1000, 'z@x')", "INSERT INTO tree VALUES (500, 1, 'x')",
        )
    )  # fmt: skip


@family
def together(d: Draw) -> str:
    """Two statements in one transaction."""
    names = [name for name in OPERATIONS if name not in {"together", "rare", "maintenance", "others"}]
    return "; ".join(OPERATIONS[d.one(names)](d) for _ in range(2))


@family
def marked(d: Draw) -> str:
    """Types, domains and enums where columns use them; foreign keys of columns that are added; LIKE with everything."""
    t = d.table()
    return d.one(
        (
            f"ALTER TABLE {d.name(t)} ADD COLUMN {d.fresh('col')} {d.one(('positive', 'email', 'required', 'five', 'plain', 'mood'))}"
            f"{d.maybe(f' DEFAULT {d.default()}', 0.4)}{d.maybe(' NOT NULL', 0.3)}",
            f"ALTER TABLE {d.name(t)} ADD COLUMN {d.fresh('col')} int REFERENCES {d.name(d.table())}{d.maybe(' DEFAULT 1', 0.4)}"
            f"{d.maybe(' NOT VALID', 0.1)}",
            f"ALTER TABLE {d.name(t)} ADD COLUMN {d.fresh('a')} int, ADD COLUMN {d.fresh('b')} text DEFAULT {d.default()}",
            f"ALTER TABLE {d.name(t)} ADD COLUMN zz int, ADD CONSTRAINT {d.fresh('con')} CHECK (zz > 0){d.maybe(' NOT VALID')}",
            f"ALTER TABLE {d.name(t)} ADD COLUMN zz int, ADD {d.one(('UNIQUE', 'PRIMARY KEY'))} (zz)",
            f"ALTER TABLE {d.name(t)} ALTER COLUMN {d.column(t)} TYPE {d.type()}, ALTER COLUMN {d.column(t)} SET NOT NULL",
            f"ALTER TABLE {d.name(t)} ALTER COLUMN {d.column(t)} TYPE {d.type()}, ADD CHECK ({d.condition(t)})",
            f"ALTER TABLE {d.name(t)} DROP COLUMN {d.column(t)}, ADD COLUMN {d.column(t)} {d.type()}",
            f"ALTER TABLE {d.name(t)} ALTER COLUMN {d.column(t)} DROP DEFAULT, ALTER COLUMN {d.column(t)} SET DEFAULT {d.default()}",
            f"CREATE TABLE {d.fresh('tab')} (id int PRIMARY KEY, k mood DEFAULT 'ok', p positive, e email, f five, a addr, m mood[])",
            f"CREATE TABLE {d.fresh('tab')} (LIKE {d.name(t)} INCLUDING ALL, extra int REFERENCES {d.name(d.table())})",
            f"INSERT INTO {d.name(t)} ({d.columns(t, 2)}) VALUES (1, 2), (3, 4)", f"UPDATE {d.name(t)} SET {d.column(t)} = 1 WHERE {d.condition(t)}",
            f"ALTER INDEX {d.name(d.random.choice(d.indexes))} RESET (fillfactor)", f"DROP INDEX IF EXISTS {d.fresh('none')}",
            f"ALTER TABLE IF EXISTS {d.fresh('none')} ADD COLUMN a int", f"CREATE SCHEMA {d.fresh('sch')} CREATE TABLE inner_table (a int)",
        )
    )  # fmt: skip


@family
def rare(d: Draw) -> str:
    """What migrations say seldom."""
    t = d.table()
    name, c = d.name(t), d.column(t)
    v = d.name(d.random.choice(d.every))
    made = [
        f"SAVEPOINT a; ALTER TABLE {name} ADD COLUMN zz int; ROLLBACK TO a", f"SAVEPOINT a; DROP TABLE {name} CASCADE; ROLLBACK TO SAVEPOINT a; LOCK TABLE {name}",
        f"CREATE TEMP TABLE tmp AS SELECT * FROM {v}; DROP TABLE tmp", f"CREATE TEMP TABLE tmp (LIKE {name}); INSERT INTO {name} SELECT * FROM tmp",
        f"DO $$ BEGIN UPDATE {name} SET {c} = {c}; END $$", f"DO $$ BEGIN CREATE INDEX ON {name} ({c}); EXCEPTION WHEN others THEN NULL; END $$",
        f"CREATE VIEW {d.fresh('v')} WITH (security_barrier) AS SELECT {c} FROM {name}; DROP TABLE {name}", f"COMMENT ON COLUMN {v}.{c} IS 'x'",
        f"REINDEX (VERBOSE) TABLE {name}", f"REINDEX (CONCURRENTLY) TABLE {name}", f"VACUUM (FULL) {v}", f"VACUUM (FREEZE, ANALYZE) {name}", f"ANALYZE {name} ({c})",
        f"GRANT SELECT ({c}), UPDATE ({c}) ON {name} TO reader", f"REVOKE SELECT ON {name} FROM reader CASCADE", f"TRUNCATE {name} CONTINUE IDENTITY RESTRICT",
        f"CREATE TABLE {d.fresh('tab')} (a int, b int GENERATED ALWAYS AS (a + 1) STORED, c text COLLATE \"C\", EXCLUDE USING btree (a WITH =))",
        f"CREATE TABLE {d.fresh('tab')} (a int4range, EXCLUDE USING gist (a WITH &&))", f"ALTER TABLE {name} ADD COLUMN r int4range, ADD EXCLUDE USING gist (r WITH &&)",
        f"CREATE UNIQUE INDEX ON {name} ({c}) WHERE {c} IS NOT NULL", f"CREATE INDEX ON {name} (({c}::text)); ALTER TABLE {name} ALTER COLUMN {c} TYPE {d.type()}",
        f"CREATE STATISTICS ON {d.columns(t, 3)} FROM {name}", f"CREATE STATISTICS {d.fresh('sta')} ON ({c}::text), ({c} IS NULL) FROM {name}",
        f"ALTER TABLE {name} ALTER COLUMN {c} SET (n_distinct = -0.5), ALTER COLUMN {c} SET STATISTICS 10", f"ALTER TABLE {name} SET TABLESPACE pg_default NOWAIT",
        f"ALTER TABLE {name} RENAME COLUMN {c} TO fresh_name; ALTER TABLE {name} ALTER COLUMN fresh_name SET NOT NULL", f"ALTER TABLE {name} DROP COLUMN {c} CASCADE; VACUUM {name}",
        f"CREATE TABLE {d.fresh('tab')} (id int PRIMARY KEY) PARTITION BY HASH (id); ALTER TABLE {name} ADD COLUMN zz int", f"LOCK TABLE {name} IN ACCESS SHARE MODE; DROP INDEX IF EXISTS nope",
        "CREATE OR REPLACE VIEW v_orders AS SELECT id, customer_id, status, note FROM orders; DROP VIEW v_deep", "ALTER VIEW v_deep RENAME COLUMN n TO m",
        f"ALTER TABLE {name} ADD CONSTRAINT {d.fresh('con')} CHECK (({c}) IS NOT NULL) NO INHERIT NOT VALID", f"ALTER TABLE {name} ALTER {c} SET DEFAULT nextval('counter')",
        "DROP SEQUENCE counter; CREATE SEQUENCE counter", "ALTER SEQUENCE counter OWNED BY orders.id; DROP TABLE items, orders CASCADE", "DROP FUNCTION trg() CASCADE", "DROP DOMAIN positive CASCADE",
        "DROP TYPE mood CASCADE", "DROP SCHEMA app CASCADE", "DROP TYPE addr CASCADE", "ALTER TYPE addr RENAME TO address", "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'; ALTER TABLE customers ALTER COLUMN mood SET DEFAULT 'fine'",
        f"CREATE RULE {d.fresh('rul')} AS ON DELETE TO {name} DO INSTEAD UPDATE customers SET score = 0", f"CREATE POLICY {d.fresh('pol')} ON {name} FOR UPDATE TO reader USING (true) WITH CHECK ({d.condition(t)})",
        f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY", f"ALTER TABLE {name} DISABLE TRIGGER ALL, ENABLE TRIGGER USER", f"SELECT * FROM {v} LIMIT 1", f"SELECT 1 FROM {name} WHERE {d.condition(t)}",
        f"SELECT a.* FROM {name} a JOIN customers b ON true", f"WITH gone AS (DELETE FROM {name} RETURNING *) SELECT count(*) FROM gone", f"INSERT INTO {name} SELECT * FROM {name} ON CONFLICT DO NOTHING",
        f"UPDATE {name} SET {c} = (SELECT max(score) FROM customers)", f"EXPLAIN ANALYZE DELETE FROM {name}", f"EXPLAIN (ANALYZE) SELECT * FROM {v}", f"TABLE {v}", "VALUES (1)",
    ]  # fmt: skip
    if d.version >= 18:
        made += [
            f"CREATE TABLE {d.fresh('tab')} (id int4range, at tsrange, PRIMARY KEY (id, at WITHOUT OVERLAPS))", f"ALTER TABLE {name} ADD COLUMN w int GENERATED ALWAYS AS (1) VIRTUAL NOT NULL",
            f"ALTER TABLE {name} ADD COLUMN w int GENERATED ALWAYS AS (1) VIRTUAL CHECK (w > 0)", "ALTER TABLE tree ALTER COLUMN shown SET EXPRESSION AS (label || '?')", "ALTER TABLE tree ALTER CONSTRAINT told ENFORCED",
            f"ALTER TABLE {name} ADD CONSTRAINT {d.fresh('con')} FOREIGN KEY ({c}) REFERENCES customers (id) NOT ENFORCED; ALTER TABLE {name} ADD COLUMN zz int",
            "ALTER TABLE tree DROP COLUMN label CASCADE", "ALTER TABLE bare VALIDATE CONSTRAINT bare_b_known", "ALTER TABLE bare ALTER COLUMN b SET NOT NULL", "ALTER TABLE bare DROP CONSTRAINT bare_b_known",
        ]  # fmt: skip
    if d.version in {15, 17}:  # their servers come with the contributed modules
        made += [
            f"CREATE EXTENSION citext; ALTER TABLE {name} ALTER COLUMN {c} TYPE citext", f"CREATE EXTENSION citext; ALTER TABLE {name} ADD COLUMN zz citext DEFAULT 'x'",
            f"CREATE EXTENSION btree_gist; ALTER TABLE {name} ADD EXCLUDE USING gist ({c} WITH =)", f"CREATE EXTENSION pgcrypto; ALTER TABLE {name} ADD COLUMN zz uuid DEFAULT gen_random_uuid()",
            f"CREATE EXTENSION hstore; ALTER TABLE {name} ADD COLUMN zz hstore DEFAULT ''", f'CREATE EXTENSION "uuid-ossp"; ALTER TABLE {name} ADD COLUMN zz uuid DEFAULT uuid_generate_v4()',
            f"CREATE EXTENSION pg_trgm; CREATE INDEX ON {name} USING gin ({c} gin_trgm_ops)", "CREATE EXTENSION file_fdw; CREATE SERVER f FOREIGN DATA WRAPPER file_fdw; CREATE FOREIGN TABLE ft (a int, b text) SERVER f OPTIONS (filename '/dev/null'); ALTER FOREIGN TABLE ft ADD COLUMN z int; ALTER TABLE ft ALTER COLUMN b TYPE varchar(5)",
        ]  # fmt: skip
    return d.one(made)


WEIGHTS = {
    "alter_table": 30, "alter_type_of_column": 14, "add_column": 7, "add_constraint": 10, "known_constraint": 5, "null_and_check": 4,
    "partitions": 8, "create_index": 9, "indexes": 7, "maintenance": 3, "create_table": 6, "drop": 5, "truncate": 2, "rename": 5,
    "together": 8, "marked": 10, "rare": 14, "views": 5, "attached": 6, "user_types": 9, "functions": 3, "sequences": 4, "others": 7, "rows": 5,
}  # fmt: skip


def draw(random: Random, catalog: Catalog, version: int, families: Sequence[str] = ()) -> tuple[str, str]:
    """A family and a statement of it."""
    names = tuple(families) or tuple(WEIGHTS)
    name = random.choices(names, [WEIGHTS[n] for n in names])[0]
    return name, OPERATIONS[name](Draw(random, catalog, version))
