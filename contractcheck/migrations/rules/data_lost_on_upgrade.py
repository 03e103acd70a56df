"""The upgrade destroys data that was there before."""

from collections.abc import Iterator

from contractcheck.migrations.effects import Effects
from contractcheck.migrations.examined import Examined
from contractcheck.migrations.rules.rewrite_large_table import brief
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.rule import rule


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each table dropped or emptied and each column dropped."""
    for ran in examined.up:
        for what in lost(ran.effects, examined.fresh):
            yield rule("data-lost-on-upgrade").finding(
                subject=f"{examined.migration.id} {what}",
                place=ran.statement.place,
                proof=Proof(ProofKind.DERIVED, "the model of the database has it before and not after"),
                what=what,
                sql=brief(ran.statement.sql),
            )


def lost(effects: Effects, fresh: frozenset[str]) -> tuple[str, ...]:
    """The tables (`orders`), columns (`orders.note`) and rows (`rows of orders`) that a statement destroys."""
    found: list[str] = []
    for table, data in sorted(effects.data.items()):
        if table in fresh:
            continue
        if data.dropped:
            found.append(table)
        found += [f"{table}.{column}" for column in data.dropped_columns]
        if table in effects.emptied and not data.dropped:
            found.append(f"rows of {table}")
    return tuple(found)
