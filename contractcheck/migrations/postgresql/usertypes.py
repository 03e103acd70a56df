"""Types of the user: enums, domains, composite types."""

from msgspec.structs import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Name, Table, UserType
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.postgresql import analysis, columns, creation, drops, rows, types
from contractcheck.migrations.postgresql.expressions import missing_function, references
from contractcheck.migrations.postgresql.nodes import walk
from contractcheck.migrations.postgresql.run import FailureError, Run


def new_type(run: Run, ref: op.Ref) -> tuple[int, str]:
    schema = run.schema_for(ref)
    if run.catalog.type_names.get(Name(schema, ref.name)) is not None:
        raise FailureError(f'type "{ref.name}" already exists')
    existing = run.catalog.lookup(ref.name, schema, ())
    if isinstance(existing, Table):
        raise FailureError(f'type "{ref.name}" already exists')
    number = run.catalog.number()
    run.fresh_types.add(number)
    return number, schema


def create_enum(run: Run, statement: op.CreateEnum) -> None:
    """CREATE TYPE AS ENUM."""
    if len(set(statement.labels)) != len(statement.labels):
        raise FailureError("an enum label is given twice")
    number, schema = new_type(run, statement.name)
    run.catalog.put_type(UserType(number, schema, statement.name.name, "enum", labels=statement.labels))


def user_type(run: Run, ref: op.Ref, kind: str) -> UserType | None:
    """The user's type of that name; None where it is not known. Raises FailureError for one that does not exist."""
    found = run.catalog.lookup_type(ref.name, ref.schema, run.path)
    if found is None:
        if run.catalog.complete and not run.catalog.opaque:
            raise FailureError(f'type "{ref}" does not exist')
        run.doubt(f"type {ref} is not known")
        return None
    if found.kind != kind:
        raise FailureError(f"{ref} is not {'an enum' if kind == 'enum' else 'a ' + kind}")
    return found


def alter_enum(run: Run, statement: op.AlterEnum) -> None:
    """ALTER TYPE ADD VALUE or RENAME VALUE: no table is locked."""
    found = user_type(run, statement.name, "enum")
    if found is None:
        run.unproven.clear()
        return
    if statement.old is not None:
        if statement.old not in found.labels:
            raise FailureError(f'"{statement.old}" is not an existing enum label')
        if statement.new in found.labels:
            raise FailureError(f'enum label "{statement.new}" already exists')
        labels = tuple(statement.new if label == statement.old else label for label in found.labels)
        run.catalog.put_type(replace(found, labels=labels))
        return
    if statement.new in found.labels:
        if statement.missing_ok:
            return
        raise FailureError(f'enum label "{statement.new}" already exists')
    at = len(found.labels)
    if statement.neighbour is not None:
        if statement.neighbour not in found.labels:
            raise FailureError(f'"{statement.neighbour}" is not an existing enum label')
        at = found.labels.index(statement.neighbour) + (1 if statement.after else 0)
    run.catalog.put_type(replace(found, labels=(*found.labels[:at], statement.new, *found.labels[at:])))
    if run.block:
        run.fresh_labels.add((found.number, statement.new))


def create_composite(run: Run, statement: op.CreateComposite) -> None:
    """CREATE TYPE AS (...): a type and its row's relation."""
    number, schema = new_type(run, statement.name)
    table = Table(run.catalog.number(), schema, statement.name.name, kind="composite")
    run.catalog.put(table)
    for wanted in statement.columns:
        if wanted.type.schema is None and wanted.type.name in types.SERIAL:
            raise FailureError(f'type "{wanted.type.name}" does not exist')
        if types.resolve(wanted.type, run.catalog, run.path) is None:
            columns.unknown_type(run, wanted.type)
        creation.placeholder(run, table.number, wanted)
    run.catalog.put_type(UserType(number, schema, statement.name.name, "composite", table=table.number))


def alter_composite(run: Run, statement: op.AlterTable) -> None:
    """ALTER TYPE ... ATTRIBUTE: no table is locked, though stored values read differently (measured)."""
    found = user_type(run, statement.table, "composite")
    if found is None or found.table is None:
        return
    run.lock(found.table, Lock.ACCESS_EXCLUSIVE)
    typed = [t for t in run.catalog.tables() if t.of_type == found.number]
    if typed and not statement.cascade:
        raise FailureError(f'cannot alter type "{found.name}" because it is the type of a typed table')
    for table in typed:
        run.lock(table.number, Lock.ACCESS_EXCLUSIVE)
    for action in statement.actions:
        row = run.current(found.table)
        used = [t for t in run.catalog.tables() if any(drops.uses_type(c.type, found.number) for c in t.columns)]
        match action:
            case op.AddColumn(wanted):
                kind = types.resolve(wanted.type, run.catalog, run.path)
                if wanted.type.schema is None and wanted.type.name in types.SERIAL:
                    raise FailureError(f'sequence cannot be owned by relation "{row.name}"')
                if kind is not None and kind.base == found.number:
                    raise FailureError(f"composite type {row.name} cannot be made a member of itself")
                if row.column(wanted.name) is not None:
                    raise FailureError(f'column "{wanted.name}" of relation "{row.name}" already exists')
                for each in (row, *typed):
                    creation.placeholder(run, each.number, wanted)
            case op.DropColumn(name, missing_ok, _):
                column = row.column(name)
                if column is None:
                    if missing_ok:
                        continue
                    raise FailureError(f'column "{name}" of relation "{row.name}" does not exist')
                for table in typed:
                    mine = run.column(table, name)
                    drops.delete(run, [("column", table.number, mine.number)], cascade=True, described=f"column {name}")
                run.catalog.put(replace(row, columns=tuple(c for c in row.columns if c.name != name)))
            case op.AlterColumnType(name, wanted_type, _, _):
                if used:
                    raise FailureError(f'cannot alter type "{row.name}" because column "{used[0].name}" uses it')
                for table in typed:
                    run.doubt(f"how the change of type {row.name} alters {table.key} is outside the model")
                column = run.column(row, name)
                kind = types.resolve(wanted_type, run.catalog, run.path)
                run.catalog.put(row.with_column(replace(column, type=kind)))
            case op.SetTable("owner", value):
                run.catalog.put_type(replace(found, owner=value))
            case _:
                run.doubt("an action of ALTER TYPE is outside the model")


def create_domain(run: Run, statement: op.CreateDomain) -> None:
    """CREATE DOMAIN."""
    kind = types.resolve(statement.type, run.catalog, run.path)
    if statement.type.schema is None and statement.type.name in types.SERIAL:
        raise FailureError(f'type "{statement.type.name}" does not exist')
    if kind is None:
        columns.unknown_type(run, statement.type)
    number, schema = new_type(run, statement.name)
    made = UserType(
        number,
        schema,
        statement.name.name,
        "domain",
        base=kind,
        default=statement.default,
        collation=statement.collation,
    )
    for constraint in statement.constraints:
        _sound(run, made, constraint.expression)
        made = _with_constraint(made, constraint)
    run.catalog.put_type(made)


def _sound(run: Run, domain: UserType, check: op.Node | None) -> None:
    """Refuse a CHECK of a domain that the server does not take: it knows VALUE and nothing else."""
    if check is None:
        return
    for parts in references(check):
        if parts != ("value",):
            raise FailureError(f'column "{parts[-1]}" does not exist')
    scope = replace(run.scope(), column=lambda _: domain.base)
    missing = missing_function(check, scope)
    if missing is not None:
        raise FailureError(f"function {missing} does not exist")
    if any(kind == "SubLink" for kind, _ in walk(check)):
        raise FailureError("cannot use subquery in check constraint")
    analysis.row_by_row(check, scope)
    why = analysis.problem(check, scope, boolean="CHECK")
    if why is not None:
        raise FailureError(why)


def _with_constraint(found: UserType, constraint: op.ConstraintDef) -> UserType:
    if constraint.kind == "not null":
        return replace(found, not_null=True, not_null_name=constraint.name)
    name = constraint.name
    if name is None:
        name, attempt = f"{found.name}_check", 0
        while any(existing == name for existing, _, _ in found.constraints):
            attempt += 1
            name = f"{found.name}_check{attempt}"
    return replace(found, constraints=(*found.constraints, (name, constraint.expression, constraint.validated)))


def alter_domain(run: Run, statement: op.AlterDomain) -> None:
    """ALTER DOMAIN: a constraint that is checked takes SHARE on, and reads, every table that uses the domain."""
    found = user_type(run, statement.name, "domain")
    if found is None:
        return
    match statement.action:
        case "default":
            if statement.default is not None:
                columns.check_default(run, found.name, statement.default, found.base)
            run.catalog.put_type(replace(found, default=statement.default))
        case "drop not null":
            run.catalog.put_type(replace(found, not_null=False))
        case "set not null":
            if not found.not_null:
                _read_users(run, found, not_null=True)
                run.catalog.put_type(replace(found, not_null=True))
        case "add":
            constraint = statement.constraint
            if constraint is None:
                return
            if constraint.kind == "not null":
                run.need(17, "ADD NOT NULL of a domain")
            if any(name == constraint.name for name, _, _ in found.constraints):
                raise FailureError(f'constraint "{constraint.name}" for domain "{found.name}" already exists')
            _sound(run, found, constraint.expression)
            if constraint.validated:
                _read_users(run, found, constraint.expression, not_null=constraint.kind == "not null")
            run.catalog.put_type(_with_constraint(found, constraint))
        case "validate":
            name = statement.constraint_name
            if not any(existing == name for existing, _, _ in found.constraints):
                raise FailureError(f'constraint "{name}" of domain "{found.name}" does not exist')
            for existing, check, _ in found.constraints:
                if existing == name:  # also if it is valid already (measured)
                    _read_users(run, found, check)
            done = tuple((n, e, v or n == name) for n, e, v in found.constraints)
            run.catalog.put_type(replace(found, constraints=done))
        case "drop":
            name = statement.constraint_name
            if not any(existing == name for existing, _, _ in found.constraints) and found.not_null_name != name:
                if statement.missing_ok:
                    return
                raise FailureError(f'constraint "{name}" of domain "{found.name}" does not exist')
            left = tuple(c for c in found.constraints if c[0] != name)
            run.catalog.put_type(
                replace(found, constraints=left, not_null=found.not_null and found.not_null_name != name)
            )
        case _:
            run.doubt(f"ALTER DOMAIN {statement.action} is outside the model")


def _in_rows(run: Run, domain: UserType, below: set[int]) -> None:
    """Refuse a domain in a composite type that a table stores (find_composite_type_dependencies)."""
    rows_with = {
        user.number
        for user in run.catalog.types.values()
        if user.table is not None
        and any(c.type is not None and c.type.base in below for c in run.current(user.table).columns)
    }
    for table in run.catalog.tables() if rows_with else ():
        for column in table.columns:
            if column.type is not None and column.type.base in rows_with and table.kind in {"table", "matview"}:
                raise FailureError(f'cannot alter type "{domain.name}" because column "{column.name}" uses it')


def _read_users(run: Run, domain: UserType, check: op.Node | None = None, *, not_null: bool = False) -> None:
    below = {domain.number}
    changed = True
    while changed:
        changed = False
        for other in run.catalog.types.values():
            if other.number not in below and other.base is not None and other.base.base in below:
                below.add(other.number)
                changed = True
    if not run.catalog.complete:
        run.doubt(f"which tables use domain {domain.name} outside the known history is not known")
    _in_rows(run, domain, below)
    for table in run.catalog.tables():
        mine = [c for c in table.columns if c.type is not None and c.type.base in below]
        if not mine:
            continue
        if any(c.type is not None and c.type.array for c in mine):
            raise FailureError(f'cannot alter type "{domain.name}" because column "{mine[0].name}" uses it in an array')
        if table.kind in {"table", "matview", "partitioned table"}:
            run.lock(table.number, Lock.SHARE)
            run.scan(table.number)
            for column in mine:
                if rows.breaks(run, table, column.number, check) or (
                    not_null and rows.has_nulls(run, table, column.number)
                ):
                    raise FailureError(
                        f'column "{column.name}" of table "{table.name}" contains values that violate it'
                    )


def drop_type(run: Run, statement: op.Drop) -> None:
    """DROP TYPE or DOMAIN."""
    things: list[drops.Thing] = []
    for name in statement.names:
        found = run.catalog.lookup_type(name[-1], name[-2] if len(name) > 1 else None, run.path)
        if found is None:
            if statement.missing_ok or not run.catalog.complete or run.catalog.opaque:
                continue
            raise FailureError(f'type "{".".join(name)}" does not exist')
        if statement.kind == "domain" and found.kind != "domain":
            raise FailureError(f'"{name[-1]}" is not a domain')
        things.append(("type", found.number))
    described = ", ".join(f"type {'.'.join(n)}" for n in statement.names)
    drops.delete(run, things, cascade=statement.cascade, described=described)
