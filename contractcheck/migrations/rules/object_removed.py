"""A function, a sequence, a type or a schema is not there any more under its name."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.acts import found
from contractcheck.migrations.catalog import Catalog, Sequence
from contractcheck.migrations.examined import Examined, Ran
from contractcheck.model.finding import Finding

ABOUT = (op.Drop, op.Rename, op.SetSchema, op.Block, op.Unmodelled)


def check(examined: Examined) -> Iterator[Finding]:
    """One finding for each, whatever took it away; what is called by triggers only, or belongs to a column, is not."""
    if examined.before is None or examined.after is None or examined.opaque or not examined.up:
        return
    after = {*_objects(examined.after)}
    for kind, name in _objects(examined.before):
        if (kind, name) not in after:
            bare = name.partition("(")[0].rpartition(".")[2]
            ran = next((each for each in examined.up if _speaks(each, bare)), examined.up[-1])
            yield found("object-removed", examined, ran, f"{kind} {name}", kind=kind, what=name)


def _objects(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Kind and name of what code may use by name, beside tables and views."""
    from contractcheck.migrations.postgresql.types import words

    for key, functions in catalog.functions.items():
        for each in functions:
            if not each.trigger and each.extension is None:
                arguments = ", ".join(words(kind, catalog) for kind in each.arguments)
                yield ("procedure" if each.procedure else "function"), f"{key}({arguments})"
    for relation in catalog.relations.values():
        if isinstance(relation, Sequence) and relation.owned_by is None and not relation.identity:
            yield "sequence", str(relation.key)
    for kind in catalog.types.values():
        if kind.table is None and kind.extension is None:
            yield "type", str(kind.key)
    for schema in catalog.schemas:
        yield "schema", schema


def _speaks(ran: Ran, name: str) -> bool:
    """Whether a statement drops, renames or moves something of that name."""
    for operation in ran.operations:
        match operation:
            case op.Drop(names=names) if any(parts[-1] == name for parts in names):
                return True
            case op.Rename(name=parts) | op.SetSchema(name=parts) if parts and parts[-1] == name:
                return True
            case op.Rename(table=op.Ref(old)) | op.SetSchema(table=op.Ref(old)) if old == name:
                return True
            case _:
                continue
    return False
