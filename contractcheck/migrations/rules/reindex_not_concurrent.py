"""An index is built anew while readers and writers wait."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import acts, found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding

ABOUT = (op.Maintain,)


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each REINDEX of tables that were there before."""
    for act in acts(examined):
        work = act.operation
        if isinstance(work, op.Maintain) and work.what == "reindex" and not work.concurrently:
            tables = examined.large(act.ran.effects.scans)
            reads = set(tables) & set(act.ran.effects.select_blocked)
            if tables:
                yield found(
                    "reindex-not-concurrent",
                    examined,
                    act.ran,
                    ", ".join(tables),
                    indexes=", ".join(act.ran.effects.index_rebuilds) or "indexes",
                    tables=", ".join(tables),
                    who="readers and writers" if reads else "writers",
                )
