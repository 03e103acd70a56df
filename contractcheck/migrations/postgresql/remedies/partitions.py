"""Partitions that come and go while everybody works."""

from collections.abc import Iterator

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Table
from contractcheck.migrations.postgresql import bounds
from contractcheck.migrations.postgresql.deparse import deparse
from contractcheck.migrations.postgresql.remedies.scene import Scene, alone, here, later, name_of, quoted
from contractcheck.migrations.postgresql.run import make_name
from contractcheck.model.finding import RemedyStep


def attached(scene: Scene) -> Iterator[RemedyStep]:
    """A CHECK that says what the bound says is proved first, so that ATTACH PARTITION reads nothing (its notes)."""
    action, parent = scene.action, scene.known(scene.table)
    if not isinstance(action, op.AttachPartition) or action.bound is None or parent is None:
        return
    child = scene.known(action.partition)
    check = bounds.as_check(parent, action.bound)
    text = None if check is None else deparse(check)
    if child is None or text is None:
        return
    proofs: list[tuple[Table, str, str]] = []
    if not bounds.implied(parent, action.bound, list(bounds.proofs(child))):
        proofs.append((child, make_name(child.name, "bound", "check"), text))
    default = _default(scene, parent)
    if default is not None and not bounds.excluded(parent, action.bound, list(bounds.proofs(default))):
        proofs.append((default, make_name(default.name, child.name, "check"), f"NOT ({text})"))
    yield from _proving(scene, proofs)


def made(scene: Scene) -> Iterator[RemedyStep]:
    """A new partition beside a default one: a CHECK proves that the default one has no row of it."""
    operation = scene.operation
    if not isinstance(operation, op.CreateTable) or operation.bound is None or len(operation.parents) != 1:
        return
    parent = scene.known(operation.parents[0])
    default = _default(scene, parent) if parent is not None else None
    check = bounds.as_check(parent, operation.bound) if parent is not None else None
    text = None if check is None else deparse(check)
    if default is not None and text is not None:
        name = make_name(default.name, operation.table.name, "check")
        yield from _proving(scene, [(default, name, f"NOT ({text})")])


def _default(scene: Scene, parent: Table) -> Table | None:
    for number in scene.catalog.children.get(parent.number, ()):
        child = scene.catalog.relations.get(number)
        if isinstance(child, Table) and child.bound is not None and child.bound.get("is_default"):
            return child
    return None


def _proving(scene: Scene, proofs: list[tuple[Table, str, str]]) -> Iterator[RemedyStep]:
    for table, name, text in proofs:
        yield here(f"ALTER TABLE {name_of(table)} ADD CONSTRAINT {quoted(name)} CHECK ({text}) NOT VALID")
    for table, name, _ in proofs:
        yield later(f"ALTER TABLE {name_of(table)} VALIDATE CONSTRAINT {quoted(name)}")
    if proofs:
        yield later(scene.sql)
    for table, name, _ in proofs:
        yield here(f"ALTER TABLE {name_of(table)} DROP CONSTRAINT {quoted(name)}")


def detached(scene: Scene) -> Iterator[RemedyStep]:
    """DETACH ... CONCURRENTLY, and without the CHECK that it leaves behind."""
    action, parent = scene.action, scene.known(scene.table)
    if not isinstance(action, op.DetachPartition) or action.concurrently or action.finalize or parent is None:
        return
    child = scene.known(action.partition)
    if child is None:
        return
    sql = f"{scene.sql} CONCURRENTLY"
    yield alone(sql)
    before = {constraint.name for constraint in child.constraints}
    for name in _left(scene, sql, child):
        if name not in before:
            yield here(f"ALTER TABLE {name_of(child)} DROP CONSTRAINT {quoted(name)}")


def _left(scene: Scene, sql: str, child: Table) -> list[str]:
    """The constraints of the table after the statement."""
    from contractcheck.migrations.postgresql.replay import replay

    after = replay(scene.catalog, [sql], scene.server, in_transaction=[False]).catalog
    found = after.relations.get(child.number)
    return [constraint.name for constraint in found.constraints] if isinstance(found, Table) else []
