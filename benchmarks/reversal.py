"""`python -m benchmarks.reversal`: generated upgrades and downgrades on real servers, beside the verdicts."""
# ruff: noqa: E501, S608 - tables and records are written a line each; names are the bench's own

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from benchmarks import ddl_server, ddl_world
from benchmarks.ddl import server
from benchmarks.reversal_dump import Distance, Dump, distance, dump, query
from benchmarks.reversal_pairs import SQL, Draw, Pair, named, pair, quoted
from contractcheck.migrations.catalog import Catalog, assume_rows
from contractcheck.migrations.examination import examine_on
from contractcheck.migrations.examined import Examined
from contractcheck.migrations.fixing.alembic_code import Names, code
from contractcheck.migrations.fixing.derived import derive
from contractcheck.migrations.postgresql.parse import parse
from contractcheck.migrations.postgresql.replay import predict
from contractcheck.migrations.recognise import Location
from contractcheck.migrations.trees import Migration, Script, ScriptKind, Statement, read
from contractcheck.model.place import Place
from contractcheck.model.report import Reversibility, ReversibilityVerdict
from contractcheck.model.snapshot import Entry, EntryKind

BACK = {ReversibilityVerdict.PROVED, ReversibilityVerdict.LOSSY}


@dataclass(frozen=True, slots=True)
class Real:
    """What a server did: why a script failed (None: it ran), how far the schema after both is from the one before.

    `lost` are the tables and columns whose contents are not what they were; None where that was not looked at.
    """

    up: str | None
    down: str | None
    changed: bool
    distance: Distance | None
    lost: frozenset[str] | None = None

    @property
    def word(self) -> str:
        """`same`, `order`, `names`, `other`, `fails`, or `no upgrade`."""
        if self.up is not None:
            return "no upgrade"
        return self.distance.word if self.distance is not None else "fails"


@dataclass(frozen=True, slots=True)
class Case:
    """A pair, what the server showed, what we say, and whether they disagree ("": they do not)."""

    version: int
    pair: Pair
    real: Real
    said: Reversibility
    wrong: str


class Bench:
    """A database that is used as long as it is what it was, and made anew when it is not."""

    def __init__(self, dsn: str, version: int, template: str) -> None:
        import psycopg

        self.dsn, self.version, self.template, self.name = dsn, version, template, f"{template}_copy"
        self.admin = psycopg.connect(f"{dsn} dbname=postgres", autocommit=True)
        self.session: Any = None
        self.begin: Dump = {}
        self._anew()

    def _anew(self) -> None:
        import psycopg

        if self.session is not None:
            self.session.close()
        self.admin.execute(f"DROP DATABASE IF EXISTS {self.name}".encode())
        self.admin.execute(f"CREATE DATABASE {self.name} TEMPLATE {self.template}".encode())
        self.session = psycopg.connect(f"{self.dsn} dbname={self.name}", autocommit=True, prepare_threshold=None)
        self.begin = self.begin or self.dump()

    def dump(self) -> Dump:
        """The schema as it is now."""
        return dump(self.session.execute(query(self.version).encode()).fetchall())

    def contents(self) -> Mapping[str, tuple[int, str]]:
        """How many rows each table has, and a sum of the values of each column, by `orders` and `orders.note`.

        A table that is partitioned has its rows in its partitions; what is generated is no data.
        """
        found: dict[str, tuple[int, str]] = {}
        columns: dict[str, list[str]] = defaultdict(list)
        now = self.dump()
        for name, attributes in now.items():
            if name[0] == "column" and not attributes["generated"] and now["table", *name[1:3]]["kind"] == "r":
                columns[named(name[1:3])].append(name[3])
        for table, names in columns.items():
            sums = ", ".join(
                f"md5(string_agg(md5({quoted(n)}::text), '' ORDER BY md5({quoted(n)}::text)))" for n in names
            )
            count, *values = self.session.execute(f"SELECT count(*), {sums} FROM ONLY {table}".encode()).fetchone()
            found[table.replace('"', "")] = (count, "")
            found |= {f"{table}.{n}".replace('"', ""): (count, value) for n, value in zip(names, values, strict=True)}
        return found

    def run(self, script: SQL) -> str | None:
        """Run a script in a transaction; the server's words where it refuses."""
        import psycopg

        try:
            with self.session.transaction():
                for sql in script:
                    self.session.execute(sql.encode())
        except psycopg.Error as error:
            return f"{error.sqlstate} {str(error).splitlines()[0]}"
        return None

    def measure(self, up: SQL, down: SQL, *, rows: bool = False) -> Real:
        """Both scripts one after the other; with `rows` what of them is not there any more, and the database anew."""
        before = self.contents() if rows else {}
        failed = self.run(up)
        if failed is not None:
            return Real(failed, None, changed=False, distance=None)
        middle = self.dump()
        failed = self.run(down)
        if failed is not None:
            self._anew()
            return Real(None, failed, changed=dict(middle) != dict(self.begin), distance=None)
        far = distance(self.begin, self.dump())
        after = self.contents() if rows else {}
        if far.word != "same" or before != after:
            self._anew()
        lost = frozenset(name for name, value in before.items() if _less(value, after.get(name))) if rows else None
        return Real(None, None, changed=dict(middle) != dict(self.begin), distance=far, lost=lost)

    def close(self) -> None:
        """Let the server go."""
        self.session.close()
        self.admin.close()


def _less(was: tuple[int, str], now: tuple[int, str] | None) -> bool:
    """Whether something is gone; rows that were added are not."""
    return now is None or now[0] < was[0] or (now[0] == was[0] and now != was)


@contextmanager
def bench(dsn: str, version: int, *, rows: bool = False) -> Iterator[Bench]:
    """The world of generated statements as a template, with rows or without, and a copy of it."""
    import psycopg

    template = "world" if rows else "hollow"
    with psycopg.connect(f"{dsn} dbname=postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {template}".encode())
        for sql in ddl_world.CLUSTER:
            admin.execute(f"DO $$ BEGIN {sql}; EXCEPTION WHEN duplicate_object THEN NULL; END $$".encode())
    with psycopg.connect(f"{dsn} dbname={template}", autocommit=True) as session:
        for sql in schema(version, rows=rows):
            session.execute(sql.encode())
    made = Bench(dsn, version, template)
    try:
        yield made
    finally:
        made.close()


def schema(version: int, *, rows: bool) -> tuple[str, ...]:
    """The statements that make the world."""
    return tuple(sql for sql in ddl_world.schema(version) if rows or not sql.startswith(("INSERT", "REFRESH")))


def world(version: int) -> Catalog:
    """The model's catalog of it, as if it had been in production since."""
    catalog = Catalog()
    for sql in schema(version, rows=False):
        effects, catalog = predict(catalog, (sql,), server(version), trusted=True)
        if effects.fails or effects.unproven:
            raise ValueError(f"{sql}: {effects.fails or effects.unproven}")
    return assume_rows(catalog)


def migration(up: SQL, down: SQL) -> Migration:
    """A migration of two scripts of SQL."""
    return Migration("pair", "pair.sql", "sql", (), (), (), _script(up, 1), _script(down, 1000), ())


def _script(statements: Sequence[str], line: int) -> Script:
    place = Place("pair.sql", line, 1)
    steps = tuple(Statement(sql, Place("pair.sql", line + at, 1)) for at, sql in enumerate(statements))
    return Script(ScriptKind.CODE if steps else ScriptKind.EMPTY, steps, place)


class _Revision:
    """A snapshot of one file."""

    label = "generated"

    def __init__(self, text: str) -> None:
        self.text = text

    def entries(self) -> Mapping[str, Entry]:
        return {"versions/pair.py": Entry("versions/pair.py", EntryKind.FILE)}

    def read(self, path: str) -> bytes:
        """The text, whatever is asked for."""
        del path
        return self.text.encode()


def revision(up: SQL, down: SQL) -> Migration:
    """The same migration as a revision of Alembic: calls of `op` where there is one for a statement."""
    text = 'from alembic import op\nimport sqlalchemy as sa\nrevision = "pair"\ndown_revision = None\n'
    for name, script in (("upgrade", up), ("downgrade", down)):
        body = [line for sql in script for line in code(sql, Names("op", "sa"), native=True)] or ["pass"]
        text += f"def {name}():\n" + "".join(f"    {line}\n" for line in body)
    tree = read(_Revision(text), Location("alembic", "versions", ("versions/pair.py",)))
    return tree.migrations[0]


def judge(real: Real, examined: Examined) -> str:
    """In what the verdict disagrees with the server; "" if in nothing."""
    said, word = examined.reversibility, real.word
    fails_up = next((ran.effects.fails for ran in examined.up if ran.effects.fails), None)
    if word == "no upgrade":
        return ""
    if fails_up is not None:
        return f"the upgrade runs, the model says: {fails_up}"
    match said.verdict:
        case ReversibilityVerdict.UNPROVEN:
            return ""
        case ReversibilityVerdict.MISSING:
            return (
                "" if real.changed and not examined.migration.down.steps else "missing, and the schema did not change"
            )
        case ReversibilityVerdict.BROKEN if word in {"same", "order"}:
            return f"{word}, said broken"
        case ReversibilityVerdict.BROKEN:
            return ""
        case _ if word not in {"same", "order"}:
            return f"{word}, said {said.verdict}"
        case _:
            turned = any(each.startswith("order of columns") for each in said.differences)
            return "" if turned == (word == "order") else f"{word}, said {'order' if turned else 'same'}"


def cases(bench_: Bench, catalog: Catalog, random: Random, count: int) -> Iterator[Case]:
    """As many pairs as are asked for whose upgrade the server takes."""
    draw = Draw(random, bench_.begin, bench_.version)
    done = 0
    while done < count:
        made = pair(draw)
        real = bench_.measure(made.up, made.down)
        if real.up is not None:
            continue
        done += 1
        write = revision if done % 3 == 0 else migration
        examined = examine_on(write(made.up, made.down), catalog, server(bench_.version))
        yield Case(bench_.version, made, real, examined.reversibility, judge(real, examined))


def derived(bench_: Bench, catalog: Catalog, random: Random, count: int) -> Iterator[tuple[Pair, Real, str | None]]:
    """Upgrades with the downgrade that is derived from them: what the server makes of it, or why there is none."""
    draw = Draw(random, bench_.begin, bench_.version)
    history = [(sql, parse(sql)) for sql in schema(bench_.version, rows=False)]
    done = 0
    while done < count:
        made = pair(draw)
        found = derive(migration(made.up, ()), catalog, server(bench_.version), history)
        real = bench_.measure(made.up, found.statements)
        if real.up is not None or not real.changed:
            continue
        done += 1
        yield Pair(made.up, found.statements, made.families), real, found.why


def lossy(
    bench_: Bench, catalog: Catalog, random: Random, count: int
) -> Iterator[tuple[Pair, Real, Reversibility, str]]:
    """Pairs over tables with rows that come back: what is lost, what is said to be, and what was not said ("": all)."""
    draw = Draw(random, bench_.begin, bench_.version)
    done = 0
    while done < count:
        made = pair(draw)
        real = bench_.measure(made.up, made.down, rows=True)
        if real.word not in {"same", "order"}:
            continue
        done += 1
        said = examine_on(migration(made.up, made.down), catalog, server(bench_.version)).reversibility
        if said.verdict not in BACK:
            continue
        told = {each.removeprefix("rows of ") for each in said.data_lost}
        unsaid = {name for name in real.lost or () if name not in told and name.rpartition(".")[0] not in told}
        unsaid = {name for name in unsaid if not any(other.startswith(f"{name}.") for other in told)}
        yield made, real, said, ", ".join(sorted(unsaid))


def main() -> int:
    """Run, print the disagreements and a table. Returns 1 if there are any or too much is unproven."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reversal", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1700, help="pairs for each server [default: 1700]")
    parser.add_argument("--versions", default="", help="16,18  [default: every server installed as a wheel]")
    parser.add_argument("--json", type=Path, help="every case that disagrees or is unproven, as JSON lines")
    parser.add_argument("--derive", type=int, default=0, help="downgrades to derive for each server [default: 0]")
    parser.add_argument("--rows", type=int, default=0, help="pairs over tables with rows [default: 0]")
    options = parser.parse_args()
    servers = ddl_server.installed()
    found: list[Case] = []
    told: Counter[str] = Counter()
    began = time.monotonic()
    for version in [int(v) for v in options.versions.split(",") if v] or sorted(servers):
        with ddl_server.running(servers[version]) as dsn, bench(dsn, version) as made:
            random = Random(options.seed * 100 + version)  # noqa: S311 - the same pairs every time
            catalog = world(version)
            for case in cases(made, catalog, random, options.count):
                found.append(case)
                if case.wrong:
                    _tell(case)
            for each, real, why in derived(made, catalog, random, options.derive):
                word = "not derived" if why is not None else "comes back" if real.word in {"same", "order"} else "WRONG"
                told[word] += 1
                if word == "WRONG":
                    print(f"{version} derived {each.down} of {each.up}: {real.down or real.distance}", file=sys.stderr)
            if options.rows:
                with bench(dsn, version, rows=True) as full:
                    for each, _, said, unsaid in lossy(full, catalog, random, options.rows):
                        told["WRONG" if unsaid else "with rows"] += 1
                        if unsaid:
                            print(
                                f"{version} lost unsaid {unsaid}: {each.up} <- {each.down}; {said.why}", file=sys.stderr
                            )
    if options.json is not None:
        lines = (json.dumps(_record(case)) for case in found if case.wrong or case.said.verdict == "unproven")
        options.json.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    print(table(found))
    unproven = sum(case.said.verdict is ReversibilityVerdict.UNPROVEN for case in found)
    wrong = sum(bool(case.wrong) for case in found)
    print(f"{len(found)} pairs: {wrong} wrong, {unproven} unproven, {time.monotonic() - began:.0f} s")
    if told:
        print(f"beside: {', '.join(f'{count} {word}' for word, count in sorted(told.items()))}")
    return 1 if wrong or told["WRONG"] or unproven > len(found) // 10 else 0


def table(found: Sequence[Case]) -> str:
    """What the servers showed against what was said."""
    counted = Counter((case.real.word, str(case.said.verdict)) for case in found)
    words = {"same": "the schema comes back", "order": "but for the order of columns", "names": "under other names", "other": "it does not", "fails": "the downgrade fails"}  # fmt: skip
    verdicts = [str(each) for each in ReversibilityVerdict]
    lines = [f"| on the server | {' | '.join(verdicts)} |", f"|---|{'--:|' * len(verdicts)}"]
    lines += [
        f"| {text} | {' | '.join(str(counted[word, each] or '') for each in verdicts)} |"
        for word, text in words.items()
    ]
    return "\n".join(lines)


def _record(case: Case) -> dict[str, object]:
    return {
        "version": case.version, "wrong": case.wrong, "mistake": case.pair.mistake, "up": case.pair.up, "down": case.pair.down,
        "real": case.real.word, "fails": case.real.down, "differences": case.real.distance and case.real.distance.differences,
        "said": case.said.verdict, "why": case.said.why, "left": case.said.differences,
    }  # fmt: skip


def _tell(case: Case) -> None:
    print(
        f"{case.version} {case.wrong} [{case.pair.mistake}] {'; '.join(case.pair.up)} <- {'; '.join(case.pair.down)}",
        file=sys.stderr,
    )
    print(
        f"    server: {case.real.down or (case.real.distance and case.real.distance.differences[:3])}", file=sys.stderr
    )
    print(f"    said: {case.said.why} {case.said.differences[:3]}", file=sys.stderr)


if __name__ == "__main__":
    raise SystemExit(main())
