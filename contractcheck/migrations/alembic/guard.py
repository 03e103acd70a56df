"""Conditions that ask whether a thing is there before it is made or dropped, which is what `checkfirst` says."""

import ast
import re
from collections.abc import MutableSequence

from msgspec.structs import replace

from contractcheck.migrations.alembic.machine import Machine, Outcome
from contractcheck.migrations.alembic.values import ASKED, Scope
from contractcheck.migrations.trees import Statement, Step

NAME = r'(?:"?\w+"?\.)?"?(?P<name>[^\s"(;]+)"?'
MADE = tuple(
    re.compile(pattern + NAME, re.IGNORECASE)
    for pattern in (
        r"CREATE TABLE (?:IF NOT EXISTS )?",
        r"DROP TABLE (?:IF EXISTS )?",
        r"CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY )?(?:IF NOT EXISTS )?",
        r"DROP INDEX (?:CONCURRENTLY )?(?:IF EXISTS )?",
        r"CREATE TYPE ",
        r"DROP TYPE (?:IF EXISTS )?",
        r"ALTER TABLE \S+ ADD COLUMN (?:IF NOT EXISTS )?",
        r"ALTER TABLE \S+ DROP COLUMN (?:IF EXISTS )?",
        r"ALTER TABLE \S+ ADD CONSTRAINT ",
        r"ALTER TABLE \S+ DROP CONSTRAINT (?:IF EXISTS )?",
    )
)
TABLE = re.compile(
    r"(?:CREATE (?:UNIQUE )?INDEX .*? ON|ALTER TABLE|CREATE TABLE|COMMENT ON TABLE)\s+" + NAME, re.IGNORECASE
)


def mark(machine: Machine, test: ast.expr, reason: str, outcomes: MutableSequence[Outcome], scope: Scope) -> None:
    """Turn `if it is not there: make it` into steps that look first, where that is certainly what the condition asks.

    The condition has to come from looking at the schema and to name what one way makes or drops, while the other way
    does nothing: making a thing that is there, or dropping one that is not, would fail, so the condition
    can only mean that.
    """
    if ASKED not in reason or len(outcomes) != 2:
        return
    doing = [index for index, outcome in enumerate(outcomes) if outcome.steps]
    if len(doing) != 1:
        return
    steps = outcomes[doing[0]].steps
    if outcomes[doing[0]].signal is not None:
        return
    objects = [_object(step) for step in steps]
    if None in objects:
        return
    names = _names(machine, test, scope)
    tables = {name for step in steps if isinstance(step, Statement) and (name := _table(step)) is not None}
    # What comes along with a table that is made (its indexes) goes by the table.
    if objects[0] not in names or not all(each in names or (tables == {objects[0]}) for each in objects):
        return
    marked = tuple(replace(step, checkfirst=True) for step in steps if isinstance(step, Statement))
    outcomes[:] = [replace(outcome, steps=marked) for outcome in outcomes]


def _object(step: Step) -> str | None:
    """The name of what a statement makes or drops."""
    if not isinstance(step, Statement):
        return None
    match = next((match for pattern in MADE if (match := pattern.match(step.sql.strip())) is not None), None)
    return match["name"] if match is not None else None


def _table(step: Statement) -> str | None:
    match = TABLE.match(step.sql.strip())
    return match["name"] if match is not None else None


def _names(machine: Machine, test: ast.expr, scope: Scope) -> set[str]:
    """The known texts in a condition."""
    from contractcheck.migrations.alembic import expressions
    from contractcheck.migrations.alembic.values import Raised

    found = set()
    for node in ast.walk(test):
        if isinstance(node, ast.Constant | ast.Name | ast.Attribute) and not isinstance(
            getattr(node, "ctx", None), ast.Store
        ):
            try:
                value = expressions.evaluate(machine, node, scope)
            except Raised:
                continue
            if isinstance(value, str):
                found.add(str(value))
    return found
