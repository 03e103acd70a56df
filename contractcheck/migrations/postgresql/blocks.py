"""DO blocks: the static statements of their body, where they certainly run; all else is not known."""

from contractcheck.migrations import operations as op
from contractcheck.migrations.postgresql.run import Run


def execute_block(run: Run, block: op.Block) -> None:
    """Carry out what a DO block certainly does."""
    run.doubt(f"what the {block.language} code of a DO block does is not known")
