"""Queries as people have them: an export of pg_stat_statements, a log of the server, or a list of statements."""

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from contractcheck.errors import UnreadableError

MOST = 20_000
"""So many different queries are tried."""
_LONGEST = 100_000  # characters of a query
_LOGGED = re.compile(r"\b(?:statement|execute [^:\n]*|parse [^:\n]*|bind [^:\n]*):\s+(.*)", re.DOTALL)
_ENTRY = re.compile(r"^(?:\d{4}-\d\d-\d\d[ T]|\w{3} +\d+ \d\d:|\[|LOG:|<)")
_QUERY = re.compile(
    r"\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*(?:select|insert|update|delete|with|merge|table|values)\b",
    re.IGNORECASE | re.DOTALL,
)
_NEXT = "give a CSV or JSON export of pg_stat_statements with a column `query`, a server log, or statements"


class Query(Struct, frozen=True):
    """One statement that reads or writes rows, and how often it was called, None where that is not told."""

    text: str
    line: int
    calls: int | None = None


class Unread(Struct, frozen=True):
    """A query that PostgreSQL's grammar does not take, and why."""

    line: int
    why: str


class Workload(Struct, frozen=True):
    """The different queries of a file in its order, and those that cannot be read."""

    file: str = ""
    queries: tuple[Query, ...] = ()
    unread: tuple[Unread, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What the report says of the file as a whole."""
        if not self.unread:
            return ()
        first = self.unread[0]
        count = "1 query is" if len(self.unread) == 1 else f"{len(self.unread)} queries are"
        return (f"{self.file}:{first.line}: {count} no SQL of PostgreSQL and not tried: {first.why}",)


def read(data: bytes, file: str) -> Workload:
    """The queries of a file; several spellings of one (by white space) are one, their calls added up.

    Statements that neither read nor write rows (BEGIN, SET, DDL) are left out. Place holders of drivers (`%s`, `:name`)
    stand for parameters. Raises UnreadableError for a file without any query.
    """
    text = data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
    found: dict[str, Query] = {}
    unread: list[Unread] = []
    for query in _queries(text):
        if not _QUERY.match(query.text):
            continue
        plain = _parameters(query.text[:_LONGEST])
        why = _refused(plain)
        if why is not None:
            unread.append(Unread(query.line, why))
            continue
        key = " ".join(plain.split())
        known = found.get(key)
        calls = query.calls if known is None or known.calls is None else known.calls + (query.calls or 1)
        found[key] = Query(known.text if known else plain, known.line if known else query.line, calls)
        if len(found) > MOST:
            raise UnreadableError(
                f"more than {MOST} different queries", where=file, next_step="keep those that are called most"
            )
    if not found and not unread:
        raise UnreadableError("no query was found", where=file, next_step=_NEXT)
    return Workload(file, tuple(found.values()), tuple(unread))


def _queries(text: str) -> Iterator[Query]:
    start = text.lstrip()[:1]
    if start in {"{", "["}:
        objects = _objects(text)
        if objects is not None:
            yield from objects
            return
    table = _table(text)
    if table is not None:
        yield from table
    elif _LOGGED.search(text) and any(_ENTRY.match(line) for line in text.splitlines()):
        yield from _logged(text)
    else:
        yield from _listed(text)


def _objects(text: str) -> list[Query] | None:
    """Objects with `query` (and `calls`): a list of them, or one a line; None where it is no JSON."""
    try:
        if text.lstrip().startswith("["):
            rows = [(1, row) for row in json.loads(text)]
        else:
            rows = [(at, json.loads(line)) for at, line in enumerate(text.splitlines(), 1) if line.strip()]
    except (ValueError, RecursionError):
        return None
    return [_row(row, at) for at, row in rows if isinstance(row, dict) and isinstance(row.get("query"), str)]


def _row(row: dict[str, Any], line: int) -> Query:
    calls = row.get("calls")
    whole = isinstance(calls, int | float) or (isinstance(calls, str) and calls.isdigit())
    return Query(row["query"], line, int(calls) if whole and calls is not None else None)


def _table(text: str) -> list[Query] | None:
    """A table with a head that names a column `query`; None for any other text."""
    head = text.partition("\n")[0]
    delimiter = next((mark for mark in ",;\t|" if "query" in [cell.strip(' "') for cell in head.split(mark)]), None)
    if delimiter is None:
        return None
    csv.field_size_limit(10_000_000)
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    rows.fieldnames = [str(name).strip() for name in rows.fieldnames or ()]
    found, line = [], 2
    try:
        for row in rows:
            if isinstance(row.get("query"), str):
                found.append(_row(row, line))
            line = rows.line_num + 1
    except csv.Error:
        return None
    return found


def _logged(text: str) -> Iterator[Query]:
    """The statements of a log of the server (`log_statement`, `log_min_duration_statement`), also of several lines."""
    entry: list[str] = []
    begun = 1
    for at, line in enumerate([*text.splitlines(), "LOG:"], 1):
        if _ENTRY.match(line) and entry:
            said = _LOGGED.search("\n".join(entry))
            if said is not None:
                yield Query(said[1].strip().rstrip(";"), begun, 1)
            entry = []
        if not entry:
            begun = at
        entry.append(line.removeprefix("\t") if entry else line)


def _listed(text: str) -> Iterator[Query]:
    """Statements with semicolons between them."""
    from contractcheck.migrations.sql_files.lexing import ChunkKind, chunks

    for chunk in chunks(text):
        if chunk.kind is ChunkKind.STATEMENT:
            yield Query(text[chunk.start : chunk.end], text.count("\n", 0, chunk.start) + 1)


def _parameters(text: str) -> str:
    """A query with the place holders of its driver as parameters of PostgreSQL."""
    from contractcheck.migrations.sql_files.lexing import chunks

    names: dict[str, int] = {}
    parts, at = [], 0
    for mark in (mark for chunk in chunks(text) for mark in chunk.marks):
        if mark.quote or mark.start < at or mark.text.startswith(("{", "$")):
            continue
        number = len(names) + 1 if mark.text == "%s" else names.setdefault(mark.text, len(names) + 1)
        if mark.text == "%s":
            names[f"%s {number}"] = number
        parts += [text[at : mark.start], f"${number}"]
        at = mark.end
    return "".join([*parts, text[at:]]).rstrip().rstrip(";")


def _refused(text: str) -> str | None:
    """Why the grammar does not take it."""
    from contractcheck.migrations.operations import Unmodelled
    from contractcheck.migrations.postgresql.parse import parse

    first = parse(text)[:1]
    if not first:
        return "it is empty"
    unread = isinstance(first[0], Unmodelled) and not first[0].reason.endswith("is outside the model")
    return first[0].reason if unread and isinstance(first[0], Unmodelled) else None
