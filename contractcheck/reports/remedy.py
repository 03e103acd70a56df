"""The safe sequence of a finding as text to copy: SQL, and Alembic's operations."""

from collections.abc import Iterator, Sequence

from contractcheck.model.finding import RemedyStep, When

_SQL = {
    When.HERE: "",
    When.ALONE: "-- outside of a transaction",
    When.LATER: "-- in the next migration",
    When.RELEASE: "-- in a migration of a later release",
}
_PYTHON = {
    When.HERE: "",
    When.ALONE: "with op.get_context().autocommit_block():",
    When.LATER: "# in the next revision",
    When.RELEASE: "# in a revision of a later release",
}


def sql(steps: Sequence[RemedyStep]) -> str:
    """The statements, one a line, with a comment where a step runs apart from the one before."""
    lines = []
    last = When.HERE
    for step in steps:
        if _SQL[step.when] and (step.when is not last or step.when is not When.ALONE):
            lines.append(_SQL[step.when])
        lines.append(step.sql)
        last = step.when
    return "\n".join(lines)


def alembic(steps: Sequence[RemedyStep]) -> str:
    """The body of `upgrade()`, or of several."""
    return "\n".join(_python(steps))


def _python(steps: Sequence[RemedyStep]) -> Iterator[str]:
    last = When.HERE
    for step in steps:
        if _PYTHON[step.when] and (step.when is not last or step.when is not When.ALONE):
            yield _PYTHON[step.when]
        indent = "    " if step.when is When.ALONE else ""
        yield f"{indent}op.execute({step.sql.rstrip(';')!r})"
        last = step.when
