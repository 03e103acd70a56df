"""`contractcheck schema`: two JSON Schemas."""

import sys
from typing import Annotated

import typer

from contractcheck.errors import UsageError


def schema(
    batch: Annotated[bool, typer.Option("--batch", help="Read JSON lines {id, dialect, base, revision}.")] = False,  # noqa: FBT002
) -> None:
    """Compare two JSON Schemas as sets of values.

    Decides whether every value valid under one is valid under the other, both ways.

    With --batch, standard input holds one JSON object a line: id, dialect (draft2020-12, openapi-3.0, ...),
    base, revision. Each answer is one line: id, fwd (base within revision), fwd_witness, bwd, bwd_witness.
    """
    if not batch:
        raise UsageError("only --batch is there yet", next_step="contractcheck schema --batch < pairs.jsonl")
    from contractcheck.workflows.schema import schema_batch

    for line in schema_batch(sys.stdin.buffer):
        sys.stdout.buffer.write(line.rstrip(b"\n") + b"\n")
        sys.stdout.buffer.flush()
