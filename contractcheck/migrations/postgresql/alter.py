"""ALTER TABLE: the lock of each action, the order of the passes, and the settings of the table itself."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Index, Sequence, Table
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.postgresql import (
    availability,
    columns,
    constraints,
    creation,
    deferral,
    generated,
    nullness,
    partitions,
    retype,
    types,
)
from contractcheck.migrations.postgresql.run import FailureError, Run
from contractcheck.migrations.postgresql.work import Alter

# Relation options that need no more than SHARE UPDATE EXCLUSIVE (reloptions.c); all others take ACCESS EXCLUSIVE.
LIGHT_OPTIONS = frozenset(
    {
        "fillfactor",
        "parallel_workers",
        "toast_tuple_target",
        "log_autovacuum_min_duration",
        "vacuum_index_cleanup",
        "vacuum_truncate",
        "vacuum_max_eager_freeze_failure_rate",
        "deduplicate_items",
        "vacuum_cleanup_index_scale_factor",
        "autosummarize",
        "n_distinct",
        "n_distinct_inherited",
    }
)


TABLE_OPTIONS = frozenset(
    {
        "fillfactor",
        "user_catalog_table",
        "parallel_workers",
        "toast_tuple_target",
        "vacuum_index_cleanup",
        "vacuum_truncate",
        "vacuum_max_eager_freeze_failure_rate",
        "log_autovacuum_min_duration",
        "log_autoanalyze_min_duration",
        "autovacuum_enabled",
        "autovacuum_parallel_workers",
        "autovacuum_vacuum_threshold",
        "autovacuum_vacuum_max_threshold",
        "autovacuum_vacuum_insert_threshold",
        "autovacuum_analyze_threshold",
        "autovacuum_vacuum_scale_factor",
        "autovacuum_vacuum_insert_scale_factor",
        "autovacuum_analyze_scale_factor",
        "autovacuum_vacuum_cost_delay",
        "autovacuum_vacuum_cost_limit",
        "autovacuum_freeze_min_age",
        "autovacuum_freeze_max_age",
        "autovacuum_freeze_table_age",
        "autovacuum_multixact_freeze_min_age",
        "autovacuum_multixact_freeze_max_age",
        "autovacuum_multixact_freeze_table_age",
    }
)


def option_lock(names: list[str]) -> Lock:
    """AlterTableGetRelOptionsLockLevel()."""
    for name in names:
        plain = name.removeprefix("toast.")
        if not (plain.startswith("autovacuum_") or plain in LIGHT_OPTIONS):
            return Lock.ACCESS_EXCLUSIVE
    return Lock.SHARE_UPDATE_EXCLUSIVE


def level(action: op.Action) -> Lock:
    """AlterTableGetLockLevel(): the lock one action needs on the altered table."""
    match action:
        case op.AddConstraint(constraint) if constraint.kind == "foreign key":
            return Lock.SHARE_ROW_EXCLUSIVE
        case op.SetTrigger():
            return Lock.SHARE_ROW_EXCLUSIVE
        case op.ValidateConstraint() | op.AttachPartition():
            return Lock.SHARE_UPDATE_EXCLUSIVE
        case op.DetachPartition(_, concurrently, finalize):
            return Lock.SHARE_UPDATE_EXCLUSIVE if concurrently or finalize else Lock.ACCESS_EXCLUSIVE
        case op.AlterColumnSetting(_, setting) if setting in {"statistics", "options", "reset options"}:
            return Lock.SHARE_UPDATE_EXCLUSIVE
        case op.SetTable("cluster" | "without cluster"):
            return Lock.SHARE_UPDATE_EXCLUSIVE
        case op.SetTable("options" | "reset options", value):
            return option_lock([name for name, _ in value or ()])
        case _:
            return Lock.ACCESS_EXCLUSIVE


# The passes of ATRewriteTables, in their order.
DROP, TYPE, ADD, SET_EXPRESSION, ATTRIBUTES, INDEX, OTHER, MISC = range(8)


def order(action: op.Action) -> int:
    """The pass in which an action is carried out."""
    match action:
        case op.DropColumn() | op.DropConstraint() | op.DropNotNull() | op.DropExpression():
            return DROP
        case op.SetDefault(_, None):
            return DROP
        case op.AlterColumnType():
            return TYPE
        case op.AddColumn():
            return ADD
        case op.SetExpression():
            return SET_EXPRESSION
        case op.SetNotNull() | op.SetDefault() | op.AlterIdentity():
            return ATTRIBUTES
        case op.AddConstraint(constraint):
            return INDEX if constraint.kind in {"primary key", "unique", "exclude"} else OTHER
        case _:
            return MISC


def alter_table(run: Run, statement: op.AlterTable) -> None:
    """ALTER TABLE and its kin."""
    if statement.kind == "type":
        from contractcheck.migrations.postgresql.usertypes import alter_composite

        alter_composite(run, statement)
        return
    kind = {"index": "index", "view": "view", "materialized view": "matview", "sequence": "sequence"}.get(
        statement.kind, "table"
    )
    found = run.relation(statement.table, kind=kind, missing_ok=statement.missing_ok)
    if found is None:
        if not statement.missing_ok or not run.catalog.complete:
            run.doubt(f"{statement.table} is not known")
        return
    if isinstance(found, Index):
        alter_index(run, found, statement)
        return
    if isinstance(found, Sequence):
        _alter_sequence(run, found, statement)
        return
    _check_kind(run, found, statement)
    lock = max((level(action) for action in statement.actions), default=Lock.ACCESS_EXCLUSIVE)
    alter_relation(run, found, statement.actions, lock, only=statement.table.only)


def _check_kind(run: Run, table: Table, statement: op.AlterTable) -> None:
    if not run.knows(table):
        return
    expected = {"view": "view", "materialized view": "matview", "foreign table": "foreign table"}.get(statement.kind)
    if expected is not None and table.kind != expected:
        raise FailureError(f'"{table.name}" is not a {statement.kind}')
    if table.kind == "matview" and any(isinstance(a, op.SetDefault) for a in statement.actions):
        raise FailureError(f'ALTER action cannot be performed on relation "{table.name}"')
    if table.kind in {"view", "matview"} and statement.kind == "table":
        allowed = (op.SetDefault, op.SetTable, op.AlterColumnSetting)
        if not all(isinstance(a, allowed) for a in statement.actions):
            raise FailureError(f'ALTER action cannot be performed on relation "{table.name}"')
    settings = {"owner", "options", "reset options"}
    if table.kind == "view" and any(
        not isinstance(a, op.SetDefault) and not (isinstance(a, op.SetTable) and a.what in settings)
        for a in statement.actions
    ):
        raise FailureError(f'ALTER action cannot be performed on relation "{table.name}"')
    if table.kind == "composite":
        raise FailureError(f'"{table.name}" is a composite type')
    if table.kind == "partitioned table":
        for action in statement.actions:
            if isinstance(action, op.SetTable) and action.what in {"options", "cluster", "without cluster"}:
                raise FailureError(f'ALTER action cannot be performed on partitioned table "{table.name}"')


def alter_relation(run: Run, table: Table, actions: tuple[op.Action, ...], lock: Lock, *, only: bool) -> None:
    """The actions of one ALTER TABLE on one table, pass by pass."""
    run.lock(table.number, lock)
    deferral.unused(run, table.number, "ALTER TABLE")
    alter = Alter(run, lock, only)
    skip_keys = _skip_validation(actions)
    _proofs(run, table, actions)
    for action in sorted(actions, key=order):
        carry_out(alter, table.number, action, skip_keys=skip_keys)
    alter.finish()


def _proofs(run: Run, table: Table, actions: tuple[op.Action, ...]) -> None:
    """Remark a CHECK that would save the look at the rows for SET NOT NULL, and that the same ALTER TABLE drops."""
    gone = {action.name for action in actions if isinstance(action, op.DropConstraint)}
    for action in actions:
        if isinstance(action, op.SetNotNull) and gone and nullness.proved(table, action.column):
            kept = replace(table, constraints=tuple(c for c in table.constraints if c.name not in gone))
            if not nullness.proved(kept, action.column):
                run.remark("proof dropped", f"{table.key}.{action.column}", ", ".join(sorted(gone)))


def _skip_validation(actions: tuple[op.Action, ...]) -> bool:
    """transformAlterTableStmt(): foreign keys of new columns need no look at rows, if none of them has a default."""
    for action in actions:
        if isinstance(action, op.AddColumn):
            serial = action.column.type.schema is None and action.column.type.name in types.SERIAL
            if action.column.default is not None or serial:
                return False
        if isinstance(action, op.AddConstraint) and action.constraint.kind == "foreign key":
            return False
    return True


def carry_out(alter: Alter, number: int, action: op.Action, *, skip_keys: bool) -> None:
    """One action."""
    match action:
        case op.AddColumn():
            columns.add_column(alter, number, action, skip_keys=skip_keys)
        case op.DropColumn():
            columns.drop_column(alter, number, action)
        case op.AlterColumnType():
            retype.alter_type(alter, number, action)
        case op.SetNotNull(name):
            nullness.add_not_null(alter, number, name)
        case op.DropNotNull(name):
            nullness.drop_not_null(alter, number, name)
        case op.SetDefault():
            columns.set_default(alter, number, action)
        case op.SetExpression():
            generated.set_expression(alter, number, action)
        case op.DropExpression():
            generated.drop_expression(alter, number, action)
        case op.AlterIdentity():
            columns.alter_identity(alter, number, action)
        case op.AlterColumnSetting():
            columns.alter_setting(alter, number, action)
        case op.AddConstraint(constraint):
            constraints.add_constraint(alter, number, constraint)
        case op.DropConstraint():
            constraints.drop_constraint(alter, number, action)
        case op.ValidateConstraint(name):
            constraints.validate_constraint(alter, number, name)
        case op.AlterConstraint():
            constraints.alter_constraint(alter, number, action)
        case op.AttachPartition():
            partitions.attach(alter, number, action)
        case op.DetachPartition():
            partitions.detach(alter, number, action)
        case op.Inherit():
            partitions.inherit(alter, number, action)
        case op.SetTrigger():
            _set_trigger(alter, number, action)
        case op.SetRule():
            _set_rule(alter.run, number, action)
        case op.SetRowSecurity():
            table = alter.run.current(number)
            enabled = table.row_security if action.enabled is None else action.enabled
            forced = table.forced_security if action.forced is None else action.forced
            known = alter.run.knows(table)
            if (not enabled and (table.row_security or not known)) or (
                action.forced is False and (table.forced_security or not known)
            ):
                alter.run.remark("row security off", str(table.key))
            alter.run.catalog.put(replace(table, row_security=enabled, forced_security=forced))
        case op.SetTable():
            SETTINGS[action.what](alter, number, action.value)
        case op.UnmodelledAction(reason):
            alter.run.doubt(reason)


def _set_trigger(alter: Alter, number: int, action: op.SetTrigger) -> None:
    run = alter.run
    top = run.current(number)
    # partitions are reached through the row triggers of the parent, so not if it has none
    recurse = (
        top.kind == "partitioned table"
        and not alter.only
        and (
            any(t.row and action.name in {"*all*", "*user*", t.name} for t in top.triggers)
            or (action.name == "*all*" and _has_keys(run, top))
        )
    )
    for child in alter.family(number, recurse=recurse):
        table = run.current(child)
        matching = [t for t in table.triggers if action.name in {"*all*", "*user*", t.name}]
        if not matching and not action.name.startswith("*") and run.knows(table) and child == number:
            raise FailureError(f'trigger "{action.name}" for table "{table.name}" does not exist')
        changed = tuple(replace(t, state=action.state) if t in matching else t for t in table.triggers)
        run.catalog.put(replace(table, triggers=changed))


def _has_keys(run: Run, table: Table) -> bool:
    """Whether foreign keys of or to a table put triggers on it."""
    mine = any(c.kind == "foreign key" and c.enforced for c in table.constraints)
    return mine or any(c.enforced for _, c in run.catalog.referencing(table.number))


def _set_rule(run: Run, number: int, action: op.SetRule) -> None:
    table = run.current(number)
    if run.knows(table) and not any(r.name == action.name for r in table.rules):
        raise FailureError(f'rule "{action.name}" for relation "{table.name}" does not exist')
    changed = tuple(replace(r, state=action.state) if r.name == action.name else r for r in table.rules)
    run.catalog.put(replace(table, rules=changed))


# -- settings of the table --------------------------------------------------------------------------------------------


def _options(alter: Alter, number: int, value: Any) -> None:  # noqa: ANN401
    run = alter.run
    table = run.current(number)
    for name, _ in value:
        plain = name.removeprefix("toast.")
        availability.check_option(run, plain)
        if table.kind in {"table", "matview"} and table.access_method is None and plain not in TABLE_OPTIONS:
            raise FailureError(f'unrecognized parameter "{plain}"')
    alter.run.catalog.put(replace(table, options=tuple(sorted({**dict(table.options), **dict(value)}.items()))))


def _reset(alter: Alter, number: int, value: Any) -> None:  # noqa: ANN401
    table = alter.run.current(number)
    gone = {name for name, _ in value}
    alter.run.catalog.put(replace(table, options=tuple(o for o in table.options if o[0] not in gone)))


def _tablespace(alter: Alter, number: int, value: Any) -> None:  # noqa: ANN401
    """SET TABLESPACE: the files are copied, under ACCESS EXCLUSIVE; nothing is read row by row."""
    run = alter.run
    table = run.current(number)
    now = table.tablespace or "pg_default"
    if now != value and table.kind in {"table", "matview"}:
        run.rewrites.add(number)
    run.catalog.put(replace(table, tablespace=None if value == "pg_default" else value))


def _access_method(alter: Alter, number: int, value: Any) -> None:  # noqa: ANN401
    run = alter.run
    run.need(15, "SET ACCESS METHOD")
    if value is None or value == "default":
        run.need(17, "SET ACCESS METHOD DEFAULT")
        value = "heap"
    table = run.current(number)
    if table.kind == "partitioned table":
        run.need(17, "SET ACCESS METHOD of a partitioned table")
    creation.access_method(run, value)
    if (table.access_method or "heap") != value and table.kind != "partitioned table":
        alter.work(number).rewrite = True
    plain = value == "heap" and table.kind != "partitioned table"
    run.catalog.put(replace(run.current(number), access_method=None if plain else value))


def _persistence(alter: Alter, number: int, value: Any) -> None:  # noqa: ANN401
    """SET LOGGED or UNLOGGED: a new file, unless it is so already."""
    run = alter.run
    table = run.current(number)
    if table.kind == "partitioned table" and run.version >= 18:
        raise FailureError(
            f'ALTER action SET {"UN" if value == "u" else ""}LOGGED cannot be performed on "{table.name}"'
        )
    if table.kind == "foreign table":
        raise FailureError(f'ALTER action SET LOGGED or UNLOGGED cannot be performed on relation "{table.name}"')
    if table.persistence == "t":
        raise FailureError(f'cannot change logged status of table "{table.name}" because it is temporary')
    if table.persistence == value:
        return
    for constraint in table.constraints:
        other = run.catalog.relations.get(constraint.references or 0)
        if value == "p" and isinstance(other, Table) and other.number != number and other.persistence != "p":
            raise FailureError(
                f'could not change table "{table.name}" to logged because it references unlogged "{other.name}"'
            )
    if value == "u":
        for other_table, _ in run.catalog.reaching(number):
            if other_table.number != number and other_table.persistence == "p":
                raise FailureError(
                    f'could not change table "{table.name}" to unlogged: logged "{other_table.name}" references it'
                )
    if table.kind == "partitioned table":
        return  # it has no file of its own, and nothing is remembered
    alter.work(number).rewrite = True
    run.catalog.put(replace(table, persistence=value))
    if run.version >= 15:
        for sequence in run.catalog.owned_sequences(number):
            run.lock(sequence.number, Lock.ACCESS_EXCLUSIVE)
            run.catalog.put(replace(sequence, persistence=value))
    for index in run.catalog.indexes_of(number):
        run.catalog.put(replace(index, persistence=value))


def _owner(alter: Alter, number: int, value: Any) -> None:  # noqa: ANN401
    """OWNER TO: the table, its indexes and its sequences."""
    run = alter.run
    run.catalog.put(replace(run.current(number), owner=value))
    for index in run.catalog.indexes_of(number):
        run.lock(index.number, Lock.ACCESS_EXCLUSIVE)
    for sequence in run.catalog.owned_sequences(number):
        run.lock(sequence.number, Lock.ACCESS_EXCLUSIVE)
        run.catalog.put(replace(sequence, owner=value))


def _replica_identity(alter: Alter, number: int, value: Any) -> None:  # noqa: ANN401
    run = alter.run
    table = run.current(number)
    kind, name = value
    if kind == "i":
        found = run.catalog.lookup(name, table.schema, ())
        if not isinstance(found, Index):
            if run.knows(table):
                raise FailureError(f'index "{name}" for table "{table.name}" does not exist')
        elif found.table != number and run.knows(table):
            raise FailureError(f'"{name}" is not an index for table "{table.name}"')
        elif not found.unique or found.predicate is not None or 0 in found.columns or not found.immediate:
            raise FailureError(f'cannot use index "{name}" as replica identity')
        elif any((c := table.numbered(k)) is not None and not c.not_null for k in found.columns):
            raise FailureError(f'index "{name}" cannot be used as replica identity because a column is nullable')
        else:
            run.lock(found.number, Lock.SHARE)
    run.catalog.put(replace(table, replica_identity=(kind, name)))


def _cluster(alter: Alter, number: int, value: Any) -> None:  # noqa: ANN401
    run = alter.run
    table = run.current(number)
    found = run.catalog.lookup(value, table.schema, ())
    if not isinstance(found, Index):
        if run.knows(table):
            raise FailureError(f'index "{value}" for table "{table.name}" does not exist')
        return
    if found.table != number and run.knows(table):
        raise FailureError(f'"{value}" is not an index for table "{table.name}"')
    if found.predicate is not None:
        raise FailureError(f'cannot cluster on partial index "{value}"')
    run.lock(found.number, alter.lock)
    run.catalog.put(replace(table, clustered=found.number))


def _no_cluster(alter: Alter, number: int, value: Any) -> None:  # noqa: ANN401, ARG001
    alter.run.catalog.put(replace(alter.run.current(number), clustered=None))


def _of_type(alter: Alter, number: int, value: Any) -> None:  # noqa: ANN401
    """OF and NOT OF: the columns must be those of the type."""
    run = alter.run
    table = run.current(number)
    if value is None:
        if table.of_type is None and run.knows(table):
            raise FailureError(f'"{table.name}" is not a typed table')
        run.catalog.put(replace(table, of_type=None))
        return
    user = run.catalog.lookup_type(value.name, value.schema, run.path)
    if user is None or user.table is None:
        if run.catalog.complete:
            raise FailureError(f'type "{value.name}" does not exist or is not composite')
        run.doubt(f"type {value.name} is not known")
        return
    wanted = [(c.name, c.type) for c in run.current(user.table).columns]
    if run.knows(table) and [(c.name, c.type) for c in table.columns] != wanted:
        raise FailureError(f'table "{table.name}" has not the columns of type {value.name}')
    run.catalog.put(replace(table, of_type=user.number))


def _nothing(alter: Alter, number: int, value: Any) -> None:  # noqa: ANN401
    """SET WITHOUT OIDS changes nothing since 12."""


SETTINGS: dict[str, Callable[[Alter, int, Any], None]] = {
    "options": _options,
    "reset options": _reset,
    "tablespace": _tablespace,
    "access method": _access_method,
    "persistence": _persistence,
    "owner": _owner,
    "replica identity": _replica_identity,
    "cluster": _cluster,
    "without cluster": _no_cluster,
    "without oids": _nothing,
    "of type": _of_type,
}


# -- indexes and sequences --------------------------------------------------------------------------------------------


def alter_index(run: Run, index: Index, statement: op.AlterTable) -> None:
    """ALTER INDEX (or ALTER TABLE on an index): the index is locked, the table is not (measured)."""
    for action in statement.actions:
        run.lock(index.number, level(action))
        settings = {"options", "reset options", "owner", "tablespace"}
        if index.partitioned and isinstance(action, op.SetTable) and action.what in settings - {"tablespace"}:
            raise FailureError(f'ALTER action cannot be performed on relation "{index.name}"')
        match action:
            case op.SetTable("tablespace", value):
                if (index.tablespace or "pg_default") != value and not index.partitioned:
                    run.rebuilds.add(index.number)
                run.catalog.put(replace(index, tablespace=None if value == "pg_default" else value))
            case op.SetTable("options", value):
                merged = tuple(sorted({**dict(index.options), **dict(value)}.items()))
                run.catalog.put(replace(index, options=merged))
            case op.SetTable("reset options", value):
                gone = {name for name, _ in value}
                run.catalog.put(replace(index, options=tuple(o for o in index.options if o[0] not in gone)))
            case op.AttachPartition(child):
                partitions.attach_index(run, index, child)
            case op.AlterColumnSetting(which, "statistics"):
                at = int(which) - 1 if which.isdigit() else 0
                if 0 <= at < len(index.keys) and index.keys[at].expression is None:
                    raise FailureError(f'cannot alter statistics on non-expression column of index "{index.name}"')
                if at >= len(index.keys):
                    raise FailureError(f'column number {which} of relation "{index.name}" does not exist')
                targets = {**dict(index.statistics), at: None if action.value == -1 else action.value}
                kept = tuple(sorted((place, target) for place, target in targets.items() if target is not None))
                run.catalog.put(replace(index, statistics=kept))
            case op.SetTable("owner"):
                run.note("ALTER INDEX OWNER changes nothing: an index belongs to its table's owner")
            case op.UnmodelledAction(reason):
                run.doubt(reason)
            case _:
                raise FailureError(f'"{index.name}" is an index')


def _alter_sequence(run: Run, sequence: Sequence, statement: op.AlterTable) -> None:
    for action in statement.actions:
        match action:
            case op.SetTable("owner", value):
                run.lock(sequence.number, Lock.ACCESS_EXCLUSIVE)
                if sequence.owned_by is not None:
                    raise FailureError(f'cannot change owner of sequence "{sequence.name}": it is linked to a table')
                run.catalog.put(replace(sequence, owner=value))
            case op.SetTable("persistence", value):
                if run.version < 15:
                    raise FailureError(f'"{sequence.name}" is not a table')
                run.lock(sequence.number, Lock.ACCESS_EXCLUSIVE)
                run.catalog.put(replace(sequence, persistence=value))
            case _:
                raise FailureError(f'"{sequence.name}" is a sequence')
