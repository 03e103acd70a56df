"""`contractcheck effects`: what statements do to a server."""

import sys
from typing import Annotated

import typer

from contractcheck.cli.output import stream, write
from contractcheck.errors import UsageError


def effects(
    sql: Annotated[str | None, typer.Argument(help="One or more SQL statements.")] = None,
    server: Annotated[str, typer.Option("--server", help="Dialect and version, e.g. postgresql:16.")] = "postgresql:16",
    batch: Annotated[  # noqa: FBT002 - an option
        bool, typer.Option("--batch", help="Read JSON lines {id, dialect, version, setup, settings, sql}.")
    ] = False,
) -> None:
    """Say what SQL statements do to a server.

    Locks, rewrites, scans, index builds, lost data, and whether they fail or refuse a transaction.
    Tables they do not create are taken to exist; a case of --batch with `setup` starts from an empty database.

    \b
    contractcheck effects 'ALTER TABLE orders ADD COLUMN note text' --server postgresql:14
    contractcheck effects --batch < cases.jsonl
    """
    import json

    from contractcheck.workflows.effects import effects_batch

    if batch:
        stream(effects_batch(sys.stdin.buffer))
        return
    if sql is None:
        raise UsageError("no SQL given", next_step="contractcheck effects 'ALTER TABLE ...', or --batch")
    dialect, _, version = server.partition(":")
    version = version or ("16" if dialect.startswith("p") else "")
    case = {"id": "1", "dialect": dialect, "version": version, "settings": {}, "sql": sql}
    for line in effects_batch([json.dumps(case).encode()]):
        write(json.dumps(json.loads(line), indent=2) + "\n")
