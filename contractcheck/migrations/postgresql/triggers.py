"""What hangs on a table: triggers, policies and rules."""

from msgspec.structs import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Policy, Rule, Table, Trigger
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.postgresql import analysis, drops, functions, queries
from contractcheck.migrations.postgresql.consequences import DELETE, INSERT
from contractcheck.migrations.postgresql.expressions import references
from contractcheck.migrations.postgresql.nodes import ref, strings, walk
from contractcheck.migrations.postgresql.run import FailureError, Run


def create_trigger(run: Run, statement: op.CreateTrigger) -> None:
    """CREATE TRIGGER: SHARE ROW EXCLUSIVE on the table; below a partitioned one on every partition."""
    if statement.replace:
        run.need(14, "CREATE OR REPLACE TRIGGER")
    table = run.table(statement.table, ("table", "partitioned table", "foreign table", "view"))
    run.lock(table.number, Lock.SHARE_ROW_EXCLUSIVE)
    if statement.references is not None:
        run.lock(run.table(statement.references).number, Lock.ACCESS_SHARE)
    name = statement.function
    known = any(f.name == name[-1] for overloads in run.catalog.functions.values() for f in overloads)
    if (
        run.catalog.complete
        and not known
        and not run.catalog.opaque
        and name[-1] not in BUILTIN_TRIGGERS
        and not functions.foreign(run)
    ):
        raise FailureError(f"function {'.'.join(name)}() does not exist")
    numbers = tuple(run.column(table, c).number for c in statement.columns)
    now = run.current(table.number)
    existing = next((t for t in now.triggers if t.name == statement.name), None)
    instead = statement.timing == INSTEAD_OF
    if run.knows(table) and (table.kind == "view") != instead and (statement.row or instead):
        raise FailureError(f'"{table.name}" is a {table.kind}: it cannot have such a trigger')
    if existing is not None and not statement.replace:
        raise FailureError(f'trigger "{statement.name}" for relation "{table.name}" already exists')
    if existing is not None and existing.parent is not None:
        raise FailureError(f'trigger "{statement.name}" for relation "{table.name}" is an internal or a child trigger')
    if table.kind == "partitioned table" and statement.row and statement.timing == BEFORE:
        run.need(13, "a BEFORE row trigger of a partitioned table")
    if statement.row and statement.events & TRUNCATE:
        raise FailureError("TRUNCATE FOR EACH ROW triggers are not supported")
    _check_when(run, statement, now)
    made = Trigger(
        number=existing.number if existing else run.catalog.number(),
        name=statement.name,
        function=name,
        columns=numbers,
        when=statement.when,
        constraint=statement.constraint,
        deferrable=statement.deferrable,
        deferred=statement.deferred,
        row=statement.row,
        timing=statement.timing,
        events=statement.events,
    )
    kept = tuple(t for t in now.triggers if t.name != statement.name)
    run.catalog.put(replace(now, triggers=(*kept, made)))
    if now.kind == "partitioned table" and statement.row:
        made_in = {table.number: made.number}
        for child in run.catalog.descendants(table.number):
            run.lock(child, Lock.SHARE_ROW_EXCLUSIVE)
            below = run.current(child)
            parent = next((made_in[n] for n in below.parents if n in made_in), made.number)
            clone = replace(made, number=run.catalog.number(), parent=parent)
            made_in[child] = clone.number
            run.catalog.put(replace(below, triggers=(*below.triggers, clone)))


def _check_when(run: Run, statement: op.CreateTrigger, table: Table) -> None:
    """Refuse a condition on a row that the event does not have (CreateTrigger)."""
    if statement.when is None:
        return
    analysis.row_by_row(statement.when, run.scope())
    names = {parts[0] for parts in references(statement.when) if len(parts) > 1}
    names |= {
        strings(f["fields"])[0] for kind, f in walk(statement.when) if kind == "ColumnRef" and strings(f["fields"])
    }
    if not statement.row and names & {"old", "new"}:
        raise FailureError("statement trigger's WHEN condition cannot reference column values")
    if "old" in names and statement.events & INSERT:
        raise FailureError("INSERT trigger's WHEN condition cannot reference OLD values")
    if "new" in names and statement.events & DELETE:
        raise FailureError("DELETE trigger's WHEN condition cannot reference NEW values")
    made = {c.name for c in table.columns if c.generated}
    for parts in references(statement.when) if statement.timing & BEFORE and made else ():
        if parts[0] == "new" and (parts[-1] in made or parts[-1] in {"*", "new"}):
            raise FailureError("BEFORE trigger's WHEN condition cannot reference NEW generated columns")


BEFORE = 2  # TRIGGER_TYPE_BEFORE
TRUNCATE = 32  # TRIGGER_TYPE_TRUNCATE
INSTEAD_OF = 64  # TRIGGER_TYPE_INSTEAD


BUILTIN_TRIGGERS = frozenset(
    {"suppress_redundant_updates_trigger", "tsvector_update_trigger", "tsvector_update_trigger_column"}
)


def create_policy(run: Run, statement: op.CreatePolicy) -> None:
    """CREATE or ALTER POLICY: ACCESS EXCLUSIVE."""
    table = run.table(statement.table, ("table", "partitioned table"))
    run.lock(table.number, Lock.ACCESS_EXCLUSIVE)
    there = next((p for p in run.current(table.number).policies if p.name == statement.name), None)
    command = there.command if statement.alter and there is not None else statement.command
    if command in {"select", "delete"} and statement.check is not None:
        raise FailureError("WITH CHECK cannot be applied to SELECT or DELETE")
    if command == "insert" and statement.using is not None:
        raise FailureError("only WITH CHECK expression allowed for INSERT")
    for node, place in ((statement.using, "USING"), (statement.check, "WITH CHECK")):
        if node is not None and not any(kind == "SubLink" for kind, _ in walk(node)):
            for parts in references(node):
                if len(parts) == 1 and parts[0] not in {"*", table.name}:
                    run.column(table, parts[0])
        analysis.sound(run, node, table, boolean=f"POLICY {place}")
    reading = queries.Reading()
    for node in (statement.using, statement.check):
        if node is not None:
            queries.read_subqueries(run, node, reading, {})
    for number in reading.named:  # what lies below is not touched before the policy is asked
        run.lock(number, reading.locks[number])
    reads = frozenset((n, c) for n, c in reading.reads if n != table.number)
    now = run.current(table.number)
    existing = next((p for p in now.policies if p.name == statement.name), None)
    if statement.alter:
        if existing is None:
            if run.knows(now):
                raise FailureError(f'policy "{statement.name}" for table "{table.name}" does not exist')
            return
        changed = replace(
            existing,
            roles=statement.roles or existing.roles,
            using=statement.using if statement.using is not None else existing.using,
            check=statement.check if statement.check is not None else existing.check,
            reads=reads if statement.using is not None or statement.check is not None else existing.reads,
        )
        run.catalog.put(replace(now, policies=tuple(changed if p.name == existing.name else p for p in now.policies)))
        return
    if existing is not None:
        raise FailureError(f'policy "{statement.name}" for table "{table.name}" already exists')
    policy = Policy(statement.name, statement.command, statement.roles, statement.using, statement.check, reads)
    run.catalog.put(replace(now, policies=(*now.policies, policy)))


def create_rule(run: Run, statement: op.CreateRule) -> None:
    """CREATE RULE: ACCESS EXCLUSIVE on its table, and what its actions name is looked at."""
    table = run.table(statement.table, ("table", "partitioned table", "view"))
    run.lock(table.number, Lock.ACCESS_EXCLUSIVE)
    now = run.current(table.number)
    existing = next((r for r in now.rules if r.name == statement.name), None)
    if existing is not None and not statement.replace:
        raise FailureError(f'rule "{statement.name}" for relation "{table.name}" already exists')
    reads: set[tuple[int, int]] = set()
    scratch = Run(run.catalog.copy(), run.server, run.block, settings=run.settings)
    for action in statement.actions:
        found = queries.Reading()
        kind = next(iter(action), "")
        if kind not in {"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt"}:
            continue
        try:
            found = queries.analyse(scratch, action)
        except FailureError as failure:
            if "does not exist" in failure.why and failure.why.startswith("relation"):
                raise
        reads |= found.reads
        target = run.find(ref(fields["relation"])) if "relation" in (fields := action[kind]) else None
        for number in found.named | (
            {target.number} if target is not None else set()
        ):  # what lies below is not touched before the rule is used
            run.lock(number, found.locks.get(number, Lock.ROW_EXCLUSIVE))
            reads.add((number, 0))
    reads = {(n, c) for n, c in reads if n != table.number}
    for parts in references({"x": [statement.where, *statement.actions]}):
        if len(parts) == 2 and parts[0] in {"new", "old"} and (used := now.column(parts[1])) is not None:
            reads.add((table.number, used.number))
    rule = Rule(
        statement.name, statement.event, statement.instead, statement.actions, statement.where, reads=frozenset(reads)
    )
    kept = tuple(r for r in now.rules if r.name != statement.name)
    run.catalog.put(replace(run.current(table.number), rules=(*kept, rule)))


def drop_of_table(run: Run, statement: op.Drop) -> None:
    """DROP TRIGGER, POLICY or RULE: ACCESS EXCLUSIVE on the table."""
    for name in statement.names:
        ref = op.Ref(name[-2], name[-3] if len(name) > 2 else None)
        table = run.relation(ref, missing_ok=statement.missing_ok)
        if not isinstance(table, Table):
            if statement.missing_ok:
                continue
            raise FailureError(f'"{ref}" is no table')
        own = name[-1]
        things: list[drops.Thing] = []
        if statement.kind == "trigger":
            trigger = next((t for t in table.triggers if t.name == own), None)
            if trigger is not None:
                if trigger.parent is not None:
                    raise FailureError(
                        f"cannot drop trigger {own} on table {table.name} because its parent requires it"
                    )
                things += [("trigger", *each) for each in _clones(run, table, trigger.number)]
        elif statement.kind == "policy" and any(p.name == own for p in table.policies):
            things.append(("policy", table.number, own))
        elif statement.kind == "rule" and any(r.name == own for r in table.rules):
            things.append(("rule", table.number, own))
        if not things:
            if statement.missing_ok:
                if not run.knows(table):
                    run.doubt(f"whether {statement.kind} {own} of {table.key} exists is not known")
                continue
            if run.knows(table):
                raise FailureError(f'{statement.kind} "{own}" for relation "{table.name}" does not exist')
            run.lock(table.number, Lock.ACCESS_EXCLUSIVE)
            continue
        drops.delete(run, things, cascade=statement.cascade, described=f"{statement.kind} {own} on table {table.key}")


def _clones(run: Run, table: Table, which: int) -> list[tuple[int, int]]:
    """A trigger and what was made of it in partitions, as (table, trigger)."""
    found = {which}
    mine = [(table.number, which)]
    for child in run.catalog.descendants(table.number):
        here = [t.number for t in run.current(child).triggers if t.parent in found]
        found |= {*here}
        mine += [(child, each) for each in here]
    return mine


def rename_of_table(run: Run, statement: op.Rename) -> None:
    if statement.table is None:
        return
    found = run.relation(statement.table)
    if not isinstance(found, Table):
        return
    run.lock(found.number, Lock.ACCESS_EXCLUSIVE)
    old, new = statement.sub, statement.new_name
    if statement.kind == "trigger":
        mine = [t for t in found.triggers if t.name == old]
        if run.version >= 15 and any(t.parent is not None for t in mine):
            raise FailureError(f'cannot rename trigger "{old}" on table "{found.name}"')
        if run.knows(found) and not mine:
            raise FailureError(f'trigger "{old}" for table "{found.name}" does not exist')
        if any(t.name == new for t in found.triggers):
            raise FailureError(f'trigger "{new}" for relation "{found.name}" already exists')
        for each, which in _clones(run, found, mine[0].number) if mine and run.version >= 15 else ():
            run.lock(each, Lock.ACCESS_EXCLUSIVE)
            below = run.current(each)
            triggers = tuple(replace(t, name=new) if t.number == which else t for t in below.triggers)
            run.catalog.put(replace(below, triggers=triggers))
        now = run.current(found.number)
        run.catalog.put(
            replace(now, triggers=tuple(replace(t, name=new) if t.name == old else t for t in now.triggers))
        )
    elif statement.kind == "policy":
        if run.knows(found) and not any(p.name == old for p in found.policies):
            raise FailureError(f'policy "{old}" for table "{found.name}" does not exist')
        run.catalog.put(
            replace(found, policies=tuple(replace(p, name=new) if p.name == old else p for p in found.policies))
        )
    else:
        if run.knows(found) and not any(r.name == old for r in found.rules):
            raise FailureError(f'rule "{old}" for relation "{found.name}" does not exist')
        run.catalog.put(replace(found, rules=tuple(replace(r, name=new) if r.name == old else r for r in found.rules)))
