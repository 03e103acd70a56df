"""`contractcheck schema`: two JSON Schemas."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from contractcheck.cli.output import stream, write
from contractcheck.errors import UsageError


class Directions(StrEnum):
    """Which way values flow: a request from base to revision, a response from revision to base."""

    REQUEST = "request"
    RESPONSE = "response"
    BOTH = "both"


class SchemaFormat(StrEnum):
    """How the answer is written."""

    TEXT = "text"
    JSON = "json"


def schema(
    base: Annotated[Path | None, typer.Argument(help="The older JSON Schema, JSON or YAML.")] = None,
    revision: Annotated[Path | None, typer.Argument(help="The newer JSON Schema.")] = None,
    direction: Annotated[
        Directions,
        typer.Option(help="request: what the base allows stays allowed; response: nothing new is allowed; both."),
    ] = Directions.BOTH,
    dialect: Annotated[
        str | None, typer.Option(help="draft4, draft7, draft2020-12, openapi-3.0, ...  [default: `$schema`]")
    ] = None,
    formats: Annotated[bool, typer.Option("--assert-formats", help="Take `format` for an assertion.")] = False,  # noqa: FBT002
    form: Annotated[
        SchemaFormat, typer.Option("--format", "-f", help="How the answer is written.")
    ] = SchemaFormat.TEXT,
    batch: Annotated[bool, typer.Option("--batch", help="Read JSON lines {id, dialect, base, revision}.")] = False,  # noqa: FBT002
) -> None:
    """Compare two JSON Schemas as sets of values.

        Decides whether every value valid under one is valid under the other, in the directions asked. Exit
    codes: 0 it is, in every direction asked; 1 it is not, and a value shows it; 3 it could not be decided.

    With --batch, standard input holds one JSON object a line: id, dialect (draft2020-12, openapi-3.0, ...),
    base, revision. Each answer is one line: id, fwd (base within revision), fwd_witness, bwd, bwd_witness.

    \b
    contractcheck schema order.v1.json order.v2.json --direction request
    """
    if batch:
        if base is not None:
            raise UsageError(
                "--batch reads standard input, not files", next_step="contractcheck schema --batch < pairs"
            )
        _batch()
        return
    if base is None or revision is None:
        raise UsageError("two schemas are needed", next_step="contractcheck schema BASE REVISION")
    from contractcheck.workflows.schema import as_json, as_text, judge, status

    judged = judge(base, revision, direction.value, spoken=dialect, formats=formats)
    write(as_json(judged) if form is SchemaFormat.JSON else as_text(judged))
    raise typer.Exit(status(judged))


def _batch() -> None:
    from contractcheck.workflows.schema import schema_batch

    stream(schema_batch(sys.stdin.buffer))
