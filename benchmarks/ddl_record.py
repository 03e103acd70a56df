"""`python -m benchmarks.ddl_record STATEMENTS OUT`: what every server does with statements that a person chose.

STATEMENTS has one on a line, `setup ;; setup => statement` where something comes before it; OUT is JSON for
tests/migrations/postgresql/test_mechanisms.py.
"""

import argparse
import json
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import ddl, ddl_schema, ddl_server
from benchmarks.ddl_measure import Bench, Measured


def statements(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """The statements of a file, each with what comes before it."""
    for line in dict.fromkeys(text.splitlines()):
        if line.strip() and not line.startswith("#"):
            setup, _, sql = line.rpartition(" => ")
            yield tuple(part.strip() for part in setup.split(";;") if part.strip()), sql


def fact(real: Measured, before: ddl_schema.Shape) -> Any:  # noqa: ANN401
    """What a statement did, and how the schema differs from before; the locks only of what ran in a block.

    None where it is what the rows hold that the server refuses.
    """
    if real.error is not None:
        return None if real.error[0][:2] in {"22", "23"} else "refused"
    made = [
        [list(name), {what: value for what, value in now.items() if name not in before or before[name][what] != value}]
        for name, now in sorted(real.shape.items())
        if before.get(name) != now
    ]
    whole = {
        "locks": dict(sorted(real.locks.items())),
        "rewrites": real.rewrites,
        "rebuilds": real.rebuilds if real.in_block else [],
        "scans": real.scans,
        "select_blocked": real.select_blocked,
        "write_blocked": real.write_blocked,
        "lost": real.lost,
        "made": made,
        "gone": [list(name) for name in sorted({*before} - {*real.shape})],
        "outside": not real.in_block,
    }
    return {name: value for name, value in whole.items() if value}


def measured(dsn: str, version: int, wanted: dict[tuple[str, ...], list[str]]) -> Iterator[tuple[Any, ...]]:
    """(setup, statement, fact) of each statement that this server can be asked."""
    import psycopg

    for number, (setup, every) in enumerate(wanted.items()):
        with ddl.copy(dsn, f"record_{number}_{os.getpid()}") as name, Bench(dsn, name, version) as bench:
            try:
                for sql in setup:
                    bench.worker.execute(sql.encode())
            except psycopg.Error:
                continue  # the server is too old for it
            bench.look()
            before = bench._shape()  # noqa: SLF001 - as it is read after a statement
            for sql in every:
                real = bench.measure(sql)
                if real.in_block is False and ";" not in sql:
                    with ddl.copy(dsn, f"apart_{os.getpid()}") as other, Bench(dsn, other, version) as alone:
                        for each in setup:
                            alone.worker.execute(each.encode())
                        alone.look()
                        real = alone.outside(sql)
                yield setup, sql, fact(real, before)


def main() -> int:
    """Run on every server there is and write the file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ddl_record", description=__doc__)
    parser.add_argument("statements", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--programs", type=Path, action="append", default=[], help="folder of another server's programs"
    )
    options = parser.parse_args()
    wanted: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for setup, sql in statements(options.statements.read_text(encoding="utf-8")):
        wanted[setup].append(sql)
    servers = {**ddl_server.installed(), **{ddl_server.major(folder): folder for folder in options.programs}}
    found: dict[tuple[tuple[str, ...], str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for version in sorted(servers):
        with ddl_server.running(servers[version]) as dsn:
            ddl.build(dsn, version)
            for setup, sql, seen in measured(dsn, version, wanted):
                if seen is not None:
                    found[setup, sql][json.dumps(seen)].append(version)
    lines = [
        json.dumps([list(setup), sql, [[versions, json.loads(seen)] for seen, versions in by.items()]])
        for (setup, sql), by in found.items()
    ]
    options.out.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
    print(f"{len(lines)} statements on {', '.join(map(str, sorted(servers)))}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
