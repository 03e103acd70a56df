"""What `execute` gives where the rows are known: the answers to questions about the schema."""

from collections.abc import Sequence

from contractcheck.migrations.alembic.values import Builtin, Class, Field, Instance, Named, Raised, Unknown


class Result(Named):
    """A result whose rows are known; those that were fetched are gone, as from a cursor."""

    def __init__(self, names: Sequence[str], rows: Sequence[object], firsts: Sequence[object]) -> None:
        self.names = tuple(names)
        self.rows = list(rows)
        self.firsts = list(firsts)


def made(names: Sequence[str], rows: Sequence[tuple[object, ...]]) -> Result:
    """The result of a query: rows that know their columns by position and by name."""
    kind = Class("Row", (), {}, tuple(Field(name) for name in names), row=True)
    found = [Instance(kind, dict(zip(names, row, strict=True))) for row in rows]
    return Result(names, found, [row[0] for row in rows])


def attribute(value: Result, name: str) -> object:
    """A method of a result."""
    if name in {"all", "fetchall"}:
        return Builtin(name, lambda: value.rows, raw=True)
    if name in {"first", "fetchone", "one_or_none"}:
        return Builtin(name, lambda: value.rows[0] if value.rows else None, raw=True)
    if name == "one":
        return Builtin(name, lambda: value.rows[0] if len(value.rows) == 1 else _wrong(value), raw=True)
    if name in {"scalar", "scalar_one_or_none"}:
        return Builtin(name, lambda: value.firsts[0] if value.firsts else None, raw=True)
    if name == "scalar_one":
        return Builtin(name, lambda: value.firsts[0] if len(value.firsts) == 1 else _wrong(value), raw=True)
    if name == "scalars":
        return Builtin(name, lambda: Result(value.names[:1], value.firsts, value.firsts), raw=True)
    if name == "mappings":
        return Builtin(name, lambda: Result(value.names, _mappings(value), value.firsts), raw=True)
    if name == "keys":
        return Builtin(name, lambda: list(value.names), raw=True)
    if name == "rowcount":
        return len(value.rows)
    if name in {"close", "unique", "freeze"}:
        return Builtin(name, lambda: value if name == "unique" else None, raw=True)
    return Unknown(f"{name} of the result of a query")


def _mappings(value: Result) -> list[object]:
    return [dict(row.names) for row in value.rows if isinstance(row, Instance)]


def _wrong(value: Result) -> object:
    from sqlalchemy.exc import MultipleResultsFound, NoResultFound

    raise Raised(MultipleResultsFound() if value.rows else NoResultFound())
