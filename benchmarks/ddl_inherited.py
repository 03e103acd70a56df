"""Families of statements about what children, partitions and readers have of a table: drawn, as in `ddl_statements`."""
# ruff: noqa: E501, S608 - statements stand as they are sent; their parts are ours

from benchmarks.ddl_statements import Draw, family


@family
def not_nulls(d: Draw) -> str:
    """NOT NULL of parents and children, by name or not, alone and after another one of the same column."""
    parents = [t for t in d.tables if d.catalog.children.get(t.number)]
    p = d.random.choice(parents or d.tables)
    below = [d.catalog.table(n) for n in d.catalog.descendants(p.number)] or [p]
    c = d.column(p, 0)

    def step() -> str:
        t = d.name(d.random.choice([p, *below]), 0)
        only = d.maybe("ONLY ", 0.25)
        steps = [f"ALTER TABLE {only}{t} ALTER COLUMN {c} {d.one(('SET', 'SET', 'DROP'))} NOT NULL"]
        if d.version >= 18:
            end = d.one(("", "", " NOT VALID", " NO INHERIT"))
            steps += [
                f"ALTER TABLE {only}{t} ADD CONSTRAINT nn NOT NULL {c}{end}", f"ALTER TABLE {only}{t} VALIDATE CONSTRAINT nn",
                f"ALTER TABLE {only}{t} ALTER CONSTRAINT nn {d.one(('INHERIT', 'NO INHERIT'))}", f"ALTER TABLE {only}{t} DROP CONSTRAINT nn",
                f"CREATE TABLE {d.fresh('tab')} ({c} {d.one(('int', 'text'))}{d.maybe(' NOT NULL')}) INHERITS ({t})",
            ]  # fmt: skip
        return d.one(steps)

    return "; ".join(step() for _ in range(d.random.choice((1, 1, 2))))


@family
def merged(d: Draw) -> str:
    """Columns and constraints that are inherited and declared as well, dropped here and there, and copied."""
    plain = [t for t in d.tables if t.kind == "table" and not t.partition]
    p = (
        d.random.choice([t for t in plain if d.catalog.children.get(t.number)] or plain)
        if d.chance(0.5)
        else d.random.choice(plain)
    )
    part = d.random.choice(d.partitioned) if d.partitioned else p
    column = d.random.choice(p.columns) if p.columns else None
    c = d.column(p, 0)
    kind = d.one(("int", "bigint", "text", "varchar(50)", "numeric", "serial"))
    checks = [k.name for k in p.constraints if k.kind == "check"] or ["none_such"]
    generated = (
        ""
        if column is None
        else d.one(("", " GENERATED ALWAYS AS (1) STORED", " DEFAULT 1", " NOT NULL", " GENERATED ALWAYS AS IDENTITY"))
    )
    return d.one(
        (
            f"CREATE TABLE {d.fresh('tab')} ({c} {kind}{generated}) INHERITS ({d.name(p, 0)})",
            f"CREATE TABLE {d.fresh('tab')} (CONSTRAINT {d.one(checks)} CHECK ({d.condition(p)})) INHERITS ({d.name(p, 0)})",
            f"CREATE TABLE {d.fresh('tab')} (LIKE {d.name(p, 0)} INCLUDING ALL) INHERITS ({d.name(p, 0)})",
            f"CREATE TABLE {d.fresh('tab')} (LIKE {d.name(p, 0)} INCLUDING CONSTRAINTS){d.maybe(f' PARTITION BY LIST ({c})', 0.3)}",
            f"CREATE TABLE {d.fresh('tab')} PARTITION OF {d.name(part, 0)} ({d.column(part)} {d.one(('DEFAULT 1', 'NOT NULL', 'UNIQUE', 'WITH OPTIONS CHECK (true)'))}) DEFAULT",
            f"ALTER TABLE {d.maybe('ONLY ')}{d.name(p, 0)} DROP COLUMN {c}{d.maybe(' CASCADE')}; ALTER TABLE {d.maybe('ONLY ')}{d.name(p, 0)} DROP CONSTRAINT IF EXISTS {d.one(checks)}",
            f"ALTER TABLE {d.maybe('ONLY ')}{d.name(p, 0)} DROP CONSTRAINT {d.one(checks)}",
        )
    )  # fmt: skip


@family
def readers(d: Draw) -> str:
    """Policies, rules, views and queries that look at other tables: what is opened, and when."""
    t, other = d.table(), d.random.choice(d.every)
    name, theirs = d.name(t, 0), d.name(other, 0)
    inner = d.one(
        (
            f"EXISTS (SELECT 1 FROM {theirs})",
            f"(SELECT count(*) FROM {theirs}) > 0",
            f"{d.column(t, 0)} IS NOT NULL",
            "count(*) > 1",
            f"EXISTS (SELECT 1 FROM {theirs} WHERE false)",
        )
    )
    command = d.one(("", "FOR SELECT ", "FOR INSERT ", "FOR UPDATE ", "FOR DELETE "))
    return d.one(
        (
            f"CREATE POLICY {d.fresh('pol')} ON {name} {command}{d.one(('USING', 'WITH CHECK'))} ({inner})",
            f"CREATE RULE {d.fresh('rul')} AS ON {d.one(('INSERT', 'UPDATE', 'DELETE'))} TO {name} DO ALSO {d.one((f'DELETE FROM {theirs}', f'SELECT * FROM {theirs}', 'NOTHING'))}",
            f"CREATE MATERIALIZED VIEW {d.fresh('mv')} AS SELECT * FROM {theirs} WITH NO DATA", f"CREATE TABLE {d.fresh('tab')} AS SELECT * FROM {theirs} WHERE false",
            f"SELECT * FROM {theirs} WHERE false", f"UPDATE {name} SET {d.column(t, 0)} = DEFAULT WHERE false", f"DELETE FROM {name} WHERE false", f"EXPLAIN SELECT * FROM {theirs}",
            f"REFRESH MATERIALIZED VIEW shop.totals WITH NO DATA; SELECT * FROM {theirs}", "SELECT * FROM shop.never", "INSERT INTO bare SELECT id FROM shop.never", "REFRESH MATERIALIZED VIEW shop.above",
        )
    )  # fmt: skip


WEIGHTS = {"not_nulls": 6, "merged": 6, "readers": 6}
