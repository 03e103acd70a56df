"""Two revisions of a schema dump: what the database loses between them."""

from collections.abc import Iterator

from msgspec import Struct

from contractcheck.migrations.catalog import Catalog, Table
from contractcheck.migrations.effects import Server
from contractcheck.migrations.trees import Opaque, Statement, Tree
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.place import Place
from contractcheck.model.report import MigrationReport, Reversibility, ReversibilityVerdict
from contractcheck.model.rule import rule


class Schema(Struct, frozen=True):
    """What a dump makes of an empty database, and why that is not all (None: it is)."""

    catalog: Catalog
    doubt: str | None


def compare(base: Tree, revision: Tree, server: Server) -> tuple[tuple[Finding, ...], tuple[MigrationReport, ...]]:
    """A finding for each table and column that is gone, and a report with every difference of the two schemas."""
    from contractcheck.migrations.postgresql.comparison import differences

    before, after = _schema(base, server), _schema(revision, server)
    found = tuple(_gone(base, revision, before, after))
    tables = {str(t.key) for t in after.catalog.tables()} - {str(t.key) for t in before.catalog.tables()}
    changed = differences(before.catalog, after.catalog)
    phase = "none" if not changed else "contract" if found and not tables else "mixed" if found else "expand"
    why = "a dump says what a schema is, not how it became so"
    reports = tuple(
        MigrationReport(
            id=each.id,
            path=each.path,
            tool=each.tool,
            phase=phase,
            reversibility=Reversibility(
                ReversibilityVerdict.UNPROVEN, why, changed, tuple(finding.subject for finding in found)
            ),
            place=each.up.place,
        )
        for each in revision.migrations
    )
    return found, reports


def _schema(tree: Tree, server: Server) -> Schema:
    from contractcheck.migrations.postgresql.replay import replay

    steps = [step for migration in tree.migrations for step in migration.up.steps]
    opaque = next((step for step in steps if isinstance(step, Opaque)), None)
    statements = [step for step in steps if isinstance(step, Statement)]
    played = replay(
        Catalog(complete=True),
        [step.sql for step in statements],
        server,
        in_transaction=[step.in_transaction for step in statements],
    )
    if opaque is not None:
        return Schema(played.catalog, f"{opaque.place}: {opaque.reason}")
    for step, done in zip(statements, played.statements, strict=True):
        why = done.effects.blurred or done.failed
        if why is not None:
            return Schema(played.catalog, f"{step.place}: {why}")
    return Schema(played.catalog, None)


def _gone(base: Tree, revision: Tree, before: Schema, after: Schema) -> Iterator[Finding]:
    """Tables first, then columns of those that stay; a schema that is not fully known proves nothing gone."""
    now = {str(table.key): table for table in after.catalog.tables()}
    place = next((migration.up.place for migration in revision.migrations), None)
    for table in sorted(before.catalog.tables(), key=lambda table: str(table.key)):
        if table.kind not in {"table", "partitioned table", "matview"}:
            continue
        name = str(table.key)
        stays = now.get(name)
        if stays is None:
            yield _finding(name, "table", _place(base, table), place, after.doubt)
            continue
        for column in table.columns:
            if stays.column(column.name) is None:
                yield _finding(f"{name}.{column.name}", "column", _place(base, table), place, after.doubt)


def _finding(what: str, kind: str, was: Place | None, place: Place | None, doubt: str | None) -> Finding:
    if doubt is None:
        proof = Proof(ProofKind.DERIVED, "the schema of the base has it, that of this dump has not")
    else:
        proof = Proof(ProofKind.UNPROVEN, doubt)
    return rule("dump-object-removed").finding(
        subject=what, place=place, base_place=was, proof=proof, what=what, kind=kind
    )


def _place(base: Tree, table: Table) -> Place | None:
    """Where the dump of the base creates a table, as far as its text shows."""
    for migration in base.migrations:
        for step in migration.up.steps:
            if isinstance(step, Statement) and step.sql[:200].lower().startswith("create"):
                words = step.sql[:200].replace('"', "").replace("(", " ").split()
                if f"{table.schema}.{table.name}" in words or table.name in words:
                    return step.place
    return base.migrations[0].up.place if base.migrations else None
