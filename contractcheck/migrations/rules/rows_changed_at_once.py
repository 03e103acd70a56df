"""Every row of a table is changed in one UPDATE."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import acts, found
from contractcheck.migrations.examined import Examined
from contractcheck.model.finding import Finding

ABOUT = (op.Query,)


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each such statement that no lock of a schema change makes worse already."""
    for act in acts(examined):
        query = act.operation
        if not isinstance(query, op.Query) or query.verb != "update":
            continue
        fields = query.node["UpdateStmt"]
        relation = fields.get("relation", {})
        table = op.Ref(relation.get("relname", ""), relation.get("schemaname")).shown
        held = act.ran.held.get(table)
        locked = held is not None and held.blocks_writes
        if "whereClause" not in fields and not locked and table in examined.large((*act.ran.effects.locks,)):
            others = {"usingClause", "fromClause", "withClause"} & fields.keys()
            if not others:
                yield found("rows-changed-at-once", examined, act.ran, table, table=table)
