"""`python -m benchmarks.ddl`: generated statements on real PostgreSQL servers, beside what the model says of them."""

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks import ddl_inherited, ddl_rarer, ddl_schema, ddl_server, ddl_statements, ddl_world
from benchmarks.ddl_measure import Bench, Measured
from contractcheck.migrations.catalog import Catalog
from contractcheck.migrations.effects import Effects, Server
from contractcheck.migrations.postgresql.replay import DEFECT, DEFECTS, predict

ddl_statements.WEIGHTS.update(ddl_rarer.WEIGHTS | ddl_inherited.WEIGHTS)


@dataclass(frozen=True, slots=True)
class Case:
    """A statement, what came before it, and where the server and the model disagree; `unproven` is no disagreement."""

    version: int
    family: str
    before: tuple[str, ...]
    sql: str
    disagreements: tuple[str, ...]
    unproven: str | None
    failed: bool
    real: Measured | None = None


def server(version: int) -> Server:
    """The model's server, in the session in which the real one is measured."""
    return Server(version, settings={"timezone": "UTC"})


def world(version: int, *, more: bool = True) -> Catalog:
    """The model's catalog of the schema that statements meet, without its rarer half unless `more`.

    Raises ValueError if the model does not make it.
    """
    catalog = Catalog()
    for sql in ddl_world.schema(version, more=more):
        effects, catalog = predict(catalog, (sql,), server(version), trusted=True)
        if effects.fails or effects.unproven:
            raise ValueError(f"{sql}: {effects.fails or effects.unproven}")
    return catalog


def build(dsn: str, version: int) -> None:
    """Make the schema on the server, as the template of all that follows."""
    import psycopg

    with psycopg.connect(f"{dsn} dbname=postgres", autocommit=True) as admin:
        for sql in (*ddl_world.CLUSTER, "CREATE DATABASE world"):
            admin.execute(sql.encode())
    with psycopg.connect(f"{dsn} dbname=world", autocommit=True) as session:
        for sql in ddl_world.schema(version):
            session.execute(sql.encode())


@contextmanager
def copy(dsn: str, name: str) -> Iterator[str]:
    """A database of its own, a copy of the schema with its rows."""
    import psycopg

    with psycopg.connect(f"{dsn} dbname=postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE world".encode())
        try:
            yield name
        finally:
            if admin.info.server_version >= 130000:
                admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
            else:  # waits for up to 5 s for sessions that are about to end
                admin.execute(f"DROP DATABASE {name}".encode())


def compare(
    sql: str, real: Measured, effects: Effects, after: Catalog, version: int, *, probed: bool = True
) -> Iterator[str]:
    """Where the two disagree, one line each."""
    fails = real.error is not None and real.in_block is not False
    if fails and effects.fails is not None:
        return
    if fails and ";" in sql and effects.in_transaction is False:
        return  # each in a transaction of its own would do
    if fails != (effects.fails is not None and effects.in_transaction is not False):
        if real.error is not None and _by_rows(real.error[0]) and effects.fails is None:
            return
        yield f"fails: {real.error[1] if real.error else None!r}, the model says {effects.fails!r}"
        return
    if real.in_block != effects.in_transaction and not fails:
        yield f"in a block: {real.in_block}, the model says {effects.in_transaction}"
    if fails or real.in_block is False:
        return
    whole = effects.json()
    for what, seen in (
        ("rewrites", real.rewrites),
        ("index_rebuilds", real.rebuilds),
        # whether a key is looked up by index in a small partition is the planner's choice
        ("scans", [n for n in real.scans if real.locks.get(n) != "RowShareLock" or n in effects.scans]),
        ("select_blocked", real.select_blocked if probed else None),
        ("write_blocked", real.write_blocked if probed else None),
    ):
        said = whole[what]
        if seen is not None and seen != said:
            yield f"{what}: {_apart(seen, said)}"
    said = {name: lock.mode for name, lock in effects.locks.items()}
    # A partition's bound is looked up in its parents, but only until the session has it in its cache.
    parents = {str(after.relations[n].key) for n in after.children if n in after.relations}
    for name in sorted({*said, *real.locks}):
        above = real.locks.get(name) == "AccessShareLock" and name in parents
        if said.get(name) != real.locks.get(name) and not above:
            yield f"lock on {name}: {real.locks.get(name)}, the model says {said.get(name)}"
    lost = sorted(
        [name for name, data in effects.data.items() if data.dropped]
        + [f"{name}.{column}" for name, data in effects.data.items() for column in data.dropped_columns]
    )
    if lost != real.lost:
        yield f"lost: {_apart(real.lost, lost)}"
    if effects.blurred is None:
        for line in ddl_schema.compare(real.shape, ddl_schema.modelled(after, version)):
            # DEFAULT NULL of varchar(5) is kept by the server as a call that gives null: the same to everybody.
            if not ("default is True" in line and "DEFAULT NULL" in sql):
                yield line


def _by_rows(state: str) -> bool:
    """Whether a refusal is by what the rows or literals hold (data exception, constraint violation, their syntax)."""
    return state[:2] in {"22", "23"} or state == "42601"


def _apart(real: Sequence[str], said: object) -> str:
    assert isinstance(said, list)  # noqa: S101
    missed, wrong = sorted({*real} - {*said}), sorted({*said} - {*real})
    return "; ".join(
        part for part in (f"only real {missed}" if missed else "", f"only said {wrong}" if wrong else "") if part
    )


def single(dsn: str, version: int, random: Random, count: int, families: Sequence[str]) -> Iterator[Case]:
    """Statements that each meet the schema as it was made."""
    catalog = world(version)
    with copy(dsn, f"alone_{os.getpid()}") as name, Bench(dsn, name, version) as bench:
        for _ in range(count):
            family, sql = ddl_statements.draw(random, catalog, version, families)
            yield _case(bench, dsn, catalog, version, family, (), sql)[0]


def chains(dsn: str, version: int, random: Random, count: int, length: int, families: Sequence[str]) -> Iterator[Case]:
    """Statements after statements, each committed: what goes wrong once ends the chain."""
    base = world(version)
    for number in range(count):
        catalog = base
        before: list[str] = []
        with copy(dsn, f"chain_{number}_{os.getpid()}") as name, Bench(dsn, name, version) as bench:
            for _ in range(length):
                family, sql = ddl_statements.draw(random, catalog, version, families)
                case, after = _case(bench, dsn, catalog, version, family, tuple(before), sql, keep=True)
                yield case
                if case.disagreements or case.unproven:
                    break
                if not case.failed:
                    before.append(sql)
                    catalog = after


def _case(
    bench: Bench,
    dsn: str,
    catalog: Catalog,
    version: int,
    family: str,
    before: tuple[str, ...],
    sql: str,
    *,
    keep: bool = False,
) -> tuple[Case, Catalog]:
    try:
        effects, after = predict(catalog, (sql,), server(version))
    except DEFECTS as defect:
        return Case(version, family, before, sql, (f"{DEFECT}: {defect!r}",), None, failed=True), catalog
    real = bench.measure(sql, keep=keep)
    if real.in_block is False and ";" in sql:
        found, failed = (), True  # a text of several statements is a block of its own
    elif real.in_block is False:
        found, failed = _outside(bench, dsn, version, effects, after, sql, keep=keep)
    else:
        found = tuple(compare(sql, real, effects, after, version))
        failed = real.error is not None
    return Case(version, family, before, sql, found, effects.unproven, failed, real), after


def _outside(
    bench: Bench, dsn: str, version: int, effects: Effects, after: Catalog, sql: str, *, keep: bool
) -> tuple[tuple[str, ...], bool]:
    """What refuses a transaction block runs without one, on a copy if it is not kept; whether it fails there too."""
    if keep:
        real = bench.outside(sql)
    else:
        with copy(dsn, f"outside_{os.getpid()}") as name, Bench(dsn, name, version) as other:
            real = other.outside(sql)
    found = [] if effects.in_transaction is False else [f"in a block: refused, the model says {effects.in_transaction}"]
    if (real.error is None) != (effects.fails is None):
        if real.error is not None and _by_rows(real.error[0]):
            return tuple(found), True
        found.append(f"fails outside: {real.error and real.error[1]!r}, the model says {effects.fails!r}")
    elif real.error is None:
        if real.rewrites != list(effects.rewrites):
            found.append(f"rewrites: {_apart(real.rewrites, list(effects.rewrites))}")
        if effects.blurred is None:
            found += ddl_schema.compare(real.shape, ddl_schema.modelled(after, version))
    return tuple(found), real.error is not None


def fact(case: Case) -> list[object] | None:
    """A case as tests keep it: version, statement, what the server did; None for one that is not settled.

    That is `refused` or, by name, the locks, new files, rebuilt indexes, tables read and lost.
    """
    if case.real is None or case.real.in_block is False or case.disagreements or case.unproven or case.before:
        return None
    if case.real.error is not None:
        return None if _by_rows(case.real.error[0]) else [case.version, case.sql, "refused"]
    real = case.real
    whole = {
        "locks": dict(sorted(real.locks.items())),
        "rewrites": real.rewrites,
        "rebuilds": real.rebuilds,
        "scans": real.scans,
        "lost": real.lost,
    }
    return [case.version, case.sql, {name: value for name, value in whole.items() if value}]


def main() -> int:
    """Run, print the disagreements and a summary. Returns 1 if there are any."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ddl", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=300, help="single statements for each server [default: 300]")
    parser.add_argument("--chains", type=int, default=10, help="chains for each server [default: 10]")
    parser.add_argument("--length", type=int, default=8, help="statements of a chain [default: 8]")
    parser.add_argument("--versions", default="", help="16,18  [default: every server installed as a wheel]")
    parser.add_argument(
        "--programs", type=Path, action="append", default=[], help="folder of another server's programs"
    )
    parser.add_argument("--family", action="append", default=[], choices=sorted(ddl_statements.OPERATIONS))
    parser.add_argument("--json", type=Path, help="every case that disagrees or is unproven, as JSON lines")
    parser.add_argument("--facts", type=Path, help="what the servers did, for tests/migrations/postgresql")
    options = parser.parse_args()
    facts: list[list[object]] = []
    servers = {**ddl_server.installed(), **{ddl_server.major(folder): folder for folder in options.programs}}
    wanted = [int(v) for v in options.versions.split(",") if v] or sorted(servers)
    total: Counter[str] = Counter()
    record = options.json.open("w", encoding="utf-8") if options.json else None
    began = time.monotonic()
    for version in wanted:
        with ddl_server.running(servers[version]) as dsn:
            build(dsn, version)
            random = Random(options.seed * 100 + version)  # noqa: S311 - the same statements every time
            runs = (
                single(dsn, version, random, options.count, options.family),
                chains(dsn, version, random, options.chains, options.length, options.family),
            )
            for run in runs:
                for case in run:
                    _tell(case, total, record)
                    if options.facts and (told := fact(case)) is not None:
                        facts.append(told)
    if record is not None:
        record.close()
    if options.facts:
        lines = ",\n".join(json.dumps(each) for each in facts)
        options.facts.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    took = time.monotonic() - began
    print(
        f"{total['cases']} statements on {', '.join(map(str, wanted))}: {total['failed']} refused,"
        f" {total['unproven']} unproven, "
        f"{total['disagree']} with disagreements, {took:.0f} s"
    )
    return 1 if total["disagree"] else 0


def _tell(case: Case, total: Counter[str], record: "object") -> None:
    total["cases"] += 1
    total["failed"] += case.failed
    total["unproven"] += case.unproven is not None
    # What is unproven claims nothing about the work.
    wrong = bool(case.disagreements) and case.unproven is None
    total["disagree"] += wrong
    if record is not None and (case.disagreements or case.unproven):
        fields = {name: getattr(case, name) for name in case.__slots__ if name != "real"}
        print(json.dumps(fields), file=record)  # type: ignore[call-overload]
    if wrong:
        print(f"{case.version} {case.family}: {'; '.join((*case.before, case.sql))}", file=sys.stderr)
        for line in case.disagreements[:6]:
            print(f"    {line}", file=sys.stderr)


if __name__ == "__main__":
    raise SystemExit(main())
