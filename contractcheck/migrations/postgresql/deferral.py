"""What a transaction still has to check at its end: deferred constraints, and what their pending events forbid."""

from contractcheck.migrations.catalog import Constraint, Table, Trigger
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql.nodes import walk
from contractcheck.migrations.postgresql.run import Event, FailureError, Run


def postponed(run: Run, check: Constraint | Trigger) -> bool:
    """Whether a check waits for the end of the transaction (afterTriggerCheckState)."""
    if not check.deferrable:
        return False
    return run.deferral.get(check.number, run.deferral.get(None, check.deferred))


def queue(run: Run, table: Table, check: Constraint | Trigger, looks: int | None = None) -> None:
    """Queue the event of a check for every table that holds rows of this one; `looks` is the table it will look at."""
    for leaf in run.leaves(table.number):
        run.events.add(Event(leaf, check.number, looks))


def unused(run: Run, number: int, what: str) -> None:
    """Refuse a change of a table with pending events (CheckTableNotInUse, 55006)."""
    if any(event.table == number for event in run.events):
        name = run.catalog.relations[number].name if number in run.catalog.relations else str(number)
        raise FailureError(f'cannot {what} "{name}" because it has pending trigger events')
    if any(number in tables for tables in run.cursors.values()):
        name = run.catalog.relations[number].name if number in run.catalog.relations else str(number)
        raise FailureError(f'cannot {what} "{name}" because it is being used by active queries in this session')


def set_mode(run: Run, node: Node) -> None:
    """SET CONSTRAINTS: what becomes IMMEDIATE is checked now (manual, SET CONSTRAINTS)."""
    late = bool(node.get("deferred"))
    if "constraints" not in node:
        run.deferral.clear()
        run.deferral[None] = late
        if not late:
            _fire(run, run.events)
        return
    for _, fields in walk(node["constraints"]):
        name = fields.get("relname")
        if name is None:
            continue
        numbers = _named(run, name, fields.get("schemaname"))
        run.deferral |= dict.fromkeys(numbers, late)
        if not late:
            _fire(run, {event for event in run.events if event.check in numbers})


def _named(run: Run, name: str, schema: str | None) -> set[int]:
    """The deferrable checks of a name, in the first schema of the path that has any, with those of partitions."""
    for place in (schema,) if schema else run.path:
        tables = [t for t in run.catalog.tables() if t.schema == place]
        checks: list[Constraint | Trigger] = [c for t in tables for c in t.constraints if c.name == name]
        checks += [t for table in tables for t in table.triggers if t.name == name and t.constraint]
        if not checks:
            continue
        if not all(check.deferrable for check in checks):
            raise FailureError(f'constraint "{name}" is not deferrable')
        numbers = {check.number for check in checks}
        for table in run.catalog.tables():
            numbers |= {c.number for c in table.constraints if c.parent in numbers}
        return numbers
    if run.catalog.complete and not run.catalog.opaque:
        raise FailureError(f'constraint "{name}" does not exist')
    run.doubt(f"constraint {name} is not known", schema=False)
    return set()


def _fire(run: Run, events: set[Event]) -> None:
    for event in sorted(events, key=lambda e: (e.table, e.check)):
        if event.looks is not None:
            run.lock(event.looks, Lock.ROW_SHARE)
    run.events = run.events - events
