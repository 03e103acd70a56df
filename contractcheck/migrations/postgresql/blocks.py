"""DO blocks and routines: what their code certainly does; all else is not known."""

import re

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Function
from contractcheck.migrations.postgresql import batches, programs
from contractcheck.migrations.postgresql.run import Run

WORD = re.compile(r"\w+")
_DEEPEST = 8  # routines that call routines


def execute_block(run: Run, block: op.Block) -> None:
    """Carry out what a DO block certainly does."""
    if block.language == "plpgsql" and (batches.follow(run, block.body) or programs.follow(run, block.body)):
        return
    run.catalog.mentioned |= frozenset(WORD.findall(block.body.lower()))
    run.doubt(f"what the {block.language} code of a DO block does is not known")


def call(run: Run, function: Function) -> bool:
    """Carry out a routine without parameters; whether all that it does is known."""
    from contractcheck.migrations.postgresql.execute import execute
    from contractcheck.migrations.postgresql.parse import parse

    if function.arguments or function.atomic is not None or run.calls >= _DEEPEST:
        return False
    run.calls += 1
    try:
        if function.language == "plpgsql":
            return programs.follow(run, function.body)
        if function.language != "sql":
            return False
        operations = parse(function.body)
        if any(isinstance(each, op.Unmodelled | op.Block | op.Transaction) for each in operations):
            return False
        for operation in operations:
            execute(run, operation)
    finally:
        run.calls -= 1
    return True
