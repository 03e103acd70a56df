"""Publications: the tables they name, as these are locked, filtered and counted."""

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Table
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.postgresql import analysis, types
from contractcheck.migrations.postgresql.expressions import UNKNOWN, calls, infer, user_functions, volatility
from contractcheck.migrations.postgresql.nodes import ref, strings, type_ref, walk
from contractcheck.migrations.postgresql.run import FailureError, Run


def publish(run: Run, node: op.Node) -> None:
    """Tables named in a publication are locked in SHARE UPDATE EXCLUSIVE mode."""
    for item in node.get("pubobjects", ()):
        spec = item["PublicationObjSpec"]
        if spec.get("pubobjtype") != "PUBLICATIONOBJ_TABLE":
            run.need(15, "a publication of schemas")
            continue
        inner = spec["pubtable"]
        if inner.get("whereClause") or inner.get("columns"):
            run.need(15, "a publication's row filter or column list")
        table = run.table(ref(inner["relation"]), ("table", "partitioned table"))
        if table.kind == "partitioned table":
            run.need(13, "a partitioned table in a publication")
        for name in strings(inner.get("columns")):
            if run.column(table, name).generated == "virtual":
                raise FailureError(f'cannot use virtual generated column "{name}" in publication column list')
        if inner.get("whereClause"):
            _row_filter(run, table, inner["whereClause"])
        run.lock(table.number, Lock.SHARE_UPDATE_EXCLUSIVE)
        if inner["relation"].get("inh"):
            below = () if table.kind == "partitioned table" else run.catalog.descendants(table.number)
            for child in below:
                run.lock(child, Lock.SHARE_UPDATE_EXCLUSIVE)


def check_members(run: Run, name: str, node: op.Node) -> None:
    """Refuse to add a table twice, or to drop one that is not there."""
    if not run.catalog.complete or run.catalog.opaque:
        return
    there = _members(run, name)
    for item in node.get("pubobjects", ()):
        key = _resolved(run, item)
        if key is not None and node.get("action") == "AP_AddObjects" and key in there:
            raise FailureError(f'relation "{key[1]}" is already member of publication "{name}"')
        if key is not None and node.get("action") == "AP_DropObjects" and key not in there:
            raise FailureError(f'relation "{key[1]}" is not part of the publication')


def _row_filter(run: Run, table: Table, condition: op.Node) -> None:
    """Refuse what a publication's WHERE may not use (check_simple_rowfilter_expr)."""
    analysis.sound(run, condition, table, boolean="PUBLICATION WHERE")
    level, _ = volatility(condition, run.scope(table))
    mine = any(user_functions(parts, run.scope()) for parts, _ in calls(condition))
    written = any(kind == "TypeCast" and _by_text(run, table, fields) for kind, fields in walk(condition))
    if level in "sv" or mine or written or any(kind == "SubLink" for kind, _ in walk(condition)):
        raise FailureError("invalid publication WHERE expression")


def _by_text(run: Run, table: Table, cast: op.Node) -> bool:
    """Whether a cast goes through the text of a value (CoerceViaIO)."""
    found = infer(cast["arg"], run.scope(table))
    target = types.resolve(type_ref(cast["typeName"]), run.catalog, run.path)
    if found is None or found == UNKNOWN or target is None:
        return False
    return types.pathway(found, target, run.catalog, "e") == "io"


def _members(run: Run, name: str) -> set[tuple[str, str]]:
    """The tables named in a publication, by schema and name."""
    found: set[tuple[str, str]] = set()
    for key, node in run.catalog.objects.items():
        if key[:2] != ("publication", name):
            continue
        named = {_resolved(run, item) for item in node.get("pubobjects", ())} - {None}
        match node.get("action", "AP_AddObjects"):
            case "AP_DropObjects":
                found -= named
            case "AP_SetObjects":
                found = {each for each in named if each is not None}
            case _:
                found |= {each for each in named if each is not None}
    return found


def _resolved(run: Run, item: op.Node) -> tuple[str, str] | None:
    table = item["PublicationObjSpec"].get("pubtable")
    found = run.find(ref(table["relation"])) if table is not None else None
    return (found.schema, found.name) if found is not None else None
