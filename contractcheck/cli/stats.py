"""`contractcheck stats`: how large the tables of a database are."""

from pathlib import Path
from typing import Annotated

import typer


def stats(
    dsn: Annotated[
        str,
        typer.Option("--dsn", envvar="CONTRACTCHECK_DSN", show_envvar=True, help="A DSN or URL, as libpq reads it."),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write to this file instead of standard output."),
    ] = None,
) -> None:
    """Say how large the tables of a PostgreSQL are.

        Rows, bytes, reads and writes a second, for `lint --stats` and `check --stats`. It reads the catalogs and the
    statistics in one read-only transaction; no table is read, nothing is written to the database.

    \b
    contractcheck stats --dsn postgresql://reader@replica/shop --output stats.json
    contractcheck lint migrations/ --stats stats.json
    """
    from contractcheck.cli.output import write
    from contractcheck.errors import UsageError
    from contractcheck.workflows.stats import stats as run

    text = run(dsn)
    if output is None:
        write(text)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"cannot write: {error.strerror}", where=str(output), next_step="choose another --output"
        ) from None
