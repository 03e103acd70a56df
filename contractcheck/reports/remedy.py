"""The safe sequence of a finding as text to copy: SQL, and Alembic's operations."""

from collections.abc import Iterator, Sequence

from contractcheck.model.finding import RemedyStep, When

_SQL = {
    When.HERE: "",
    When.ALONE: "-- outside of a transaction",
    When.LATER: "-- in the next migration",
    When.RELEASE: "-- in a migration of a later release",
    When.RELEASE_ALONE: "-- in a migration of a later release, outside of a transaction",
}
_BLOCK = "with op.get_context().autocommit_block():"
_PYTHON = {
    When.LATER: "# in the next revision",
    When.RELEASE: "# in a revision of a later release",
    When.RELEASE_ALONE: "# in a revision of a later release",
}
_ALONE = frozenset({When.ALONE, When.RELEASE_ALONE})


def sql(steps: Sequence[RemedyStep]) -> str:
    """The statements, one a line or more, with a comment where a step runs apart from the one before."""
    lines = []
    last = When.HERE
    for step in steps:
        if _SQL[step.when] and (step.when is not When.ALONE or last not in _ALONE):
            lines.append(_SQL[step.when])
        elif step.when is When.HERE and last in _ALONE:
            lines.append("-- in a transaction")
        if step.note:
            lines.append(f"-- {step.note}")
        lines.append(step.sql)
        last = step.when
    return "\n".join(lines)


def alembic(steps: Sequence[RemedyStep]) -> str:
    """The body of `upgrade()`, or of several."""
    return "\n".join(_python(steps))


def _python(steps: Sequence[RemedyStep]) -> Iterator[str]:
    last = When.HERE
    for step in steps:
        if step.when in _PYTHON:
            yield _PYTHON[step.when]
        apart = step.when in _ALONE
        if apart and (last not in _ALONE or step.when is When.RELEASE_ALONE):
            yield _BLOCK
        indent = "    " if apart else ""
        if step.note:
            yield f"{indent}# {step.note}"
        yield from call(step.sql.rstrip(";"), indent)
        last = step.when


def call(statement: str, indent: str) -> Iterator[str]:
    """The lines of `op.execute` with a statement; one of several lines keeps them."""
    if "\n" not in statement or '"""' in statement or "\\" in statement or statement.endswith('"'):
        yield f"{indent}op.execute({statement!r})"
        return
    first, *rest = statement.split("\n")
    yield f'{indent}op.execute("""{first}'
    yield from rest[:-1]
    yield f'{rest[-1]}""")'
