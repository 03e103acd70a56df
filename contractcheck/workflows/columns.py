"""Contract meets schema: fields of contracts whose columns go, and new fields whose columns nobody made."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from contractcheck.errors import UnreadableError
from contractcheck.migrations.catalog import Catalog, Table
from contractcheck.migrations.recognise import Location
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.place import Place
from contractcheck.model.rule import rule
from contractcheck.model.snapshot import Snapshot
from contractcheck.openapi.backing import COLUMN, Backed, backed
from contractcheck.policy.configuration import Configuration
from contractcheck.workflows.contracts import Compared

if TYPE_CHECKING:
    from contractcheck.migrations.effects import Server

_WORDS: Mapping[str, str] = {
    "column-removed": "is dropped",
    "column-renamed": "gets another name",
    "column-type-changed": "gets another type",
    "table-removed": "goes with its table",
    "table-renamed": "goes with its table, which gets another name",
}
"""What findings about migrations mean for a column."""
_SHOWN = 3  # operations named in a message


def meet(
    new: Snapshot, compared: Compared, found: Iterable[Finding], configuration: Configuration, server: "Server"
) -> tuple[Finding, ...]:
    """The findings where contracts and migrations meet; `found` are those of the migrations."""
    lost = {_subject(finding): finding for finding in found if finding.rule in _WORDS}
    changed = [part for part in compared.parts if part.base is not None and part.revision is not None]
    findings: list[Finding] = []
    if lost:
        for fields in _contracts(new, configuration):
            findings += _behind(fields, lost)
    for part in changed:
        assert part.base is not None  # noqa: S101 - looked at above
        assert part.revision is not None  # noqa: S101
        before = {(each.table, each.column) for each in backed(part.base, configuration.columns)}
        fresh = [
            each for each in backed(part.revision, configuration.columns) if (each.table, each.column) not in before
        ]
        if fresh:
            findings += _without(fresh, new, configuration, server)
    return tuple(findings)


def _subject(finding: Finding) -> str:
    """The table or column that a finding about a migration is about, behind the migration's id."""
    return finding.subject.rpartition(" ")[2]


def _contracts(new: Snapshot, configuration: Configuration) -> Iterator[tuple[Backed, ...]]:
    """The backed fields of every contract of a snapshot."""
    from contractcheck.openapi.document import load
    from contractcheck.openapi.recognise import find

    selection = configuration.contracts
    paths, _ = find(new, include=selection.include, exclude=selection.exclude)
    for path in paths:
        if configuration.columns or COLUMN.encode() in new.read(path):
            try:
                yield backed(load(new, path), configuration.columns)
            except UnreadableError:  # it is told where contracts are compared
                continue


def _behind(fields: Iterable[Backed], lost: Mapping[str, Finding]) -> Iterator[Finding]:
    for each in fields:
        finding = lost.get(f"{each.table}.{each.column}", lost.get(each.table))
        if finding is None:
            continue
        yield rule("column-behind-field").finding(
            subject=f"{each.table}.{each.column} {each.name}",
            place=finding.place,
            base_place=Place(each.node.file, pointer=each.node.pointer),
            affects=each.affects,
            proof=Proof(ProofKind.STRUCTURAL, f"{finding.rule}: {finding.message}"),
            column=f"{each.table}.{each.column}",
            what=_WORDS[finding.rule],
            field=each.name,
            operations=_named(each),
        )


def _named(each: Backed) -> str:
    names = list(dict.fromkeys(affected.operation for affected in each.affects))
    if not names:
        return "no operation that is known"
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _without(
    fields: Iterable[Backed], new: Snapshot, configuration: Configuration, server: "Server"
) -> Iterator[Finding]:
    """New fields whose column is in no database that the migrations of the revision leave."""
    catalogs = [*_catalogs(new, configuration, server)]
    if not catalogs:
        return
    for each in fields:
        if any(_has(catalog, each) for catalog in catalogs):
            continue
        yield rule("field-without-column").finding(
            subject=f"{each.table}.{each.column} {each.name}",
            place=Place(each.node.file, pointer=each.node.pointer),
            affects=each.affects,
            proof=Proof(
                ProofKind.STRUCTURAL, "every migration of the revision was replayed on the model of the server"
            ),
            column=f"{each.table}.{each.column}",
            field=each.name,
            operations=_named(each),
        )


def _catalogs(new: Snapshot, configuration: Configuration, server: "Server") -> Iterator[Catalog]:
    from contractcheck.migrations.examination import end
    from contractcheck.migrations.recognise import find
    from contractcheck.migrations.trees import read

    selection = configuration.migrations
    locations: tuple[Location, ...]
    locations, _ = find(
        new,
        include=selection.include,
        exclude=selection.exclude,
        tools=dict(configuration.tools),
        dialect=server.dialect,
    )
    for location in locations:
        if location.tool != "dump":
            tree = read(new, location, dialect=server.dialect, values=configuration.placeholders)
            catalog = end(tree, server)
            if catalog is not None:
                yield catalog


def _has(catalog: Catalog, each: Backed) -> bool:
    """Whether a database has, or may have, the column."""
    if not catalog.complete or catalog.opaque:
        return True
    schema, _, name = each.table.rpartition(".")
    found = catalog.lookup(name, schema or None, ("public",))
    if not isinstance(found, Table):
        return False
    return not found.known or found.column(each.column) is not None
