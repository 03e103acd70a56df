"""CREATE INDEX, index constraints, and what may be indexed how."""

from msgspec.structs import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Index, Key, Table, Type
from contractcheck.migrations.effects import Lock
from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql import analysis, deferral, facts, naming, resolution, rows, types
from contractcheck.migrations.postgresql.expressions import column_names, infer, volatility
from contractcheck.migrations.postgresql.nodes import strings, walk
from contractcheck.migrations.postgresql.run import FailureError, Run
from contractcheck.migrations.postgresql.values import evaluate

INCLUDING = {"btree": 12, "gist": 12, "spgist": 14}
# Operator classes of extensions that ship with PostgreSQL, from their install scripts.
EXTENSION_OPCLASSES = {"gin_trgm_ops": "text", "gist_trgm_ops": "text"}
MULTI = frozenset({"btree", "gist", "gin", "brin"})


def create_index(run: Run, statement: op.CreateIndex) -> None:
    """CREATE INDEX [CONCURRENTLY]: SHARE, or SHARE UPDATE EXCLUSIVE, on the table and its partitions."""
    if statement.concurrently:
        run.not_in_block("CREATE INDEX CONCURRENTLY")
    if not statement.nulls_distinct:
        run.need(15, "NULLS NOT DISTINCT")
    table = run.table(statement.table, ("table", "partitioned table", "matview"))
    lock = Lock.SHARE_UPDATE_EXCLUSIVE if statement.concurrently else Lock.SHARE
    run.lock(table.number, lock)
    if table.kind == "partitioned table" and not statement.table.only:
        for child in run.catalog.descendants(table.number):
            run.lock(child, lock)
    name = statement.name
    if table.kind == "partitioned table" and statement.concurrently:
        raise FailureError(f'cannot create index on partitioned table "{table.name}" concurrently')
    made = run.catalog.extensions.keys() - {"plpgsql"} or ("access method", statement.method) in run.catalog.objects
    sure = run.catalog.complete and not run.catalog.opaque
    if sure and not made and statement.method not in facts.known_methods():
        raise FailureError(f'access method "{statement.method}" does not exist')
    keys = resolve_keys(run, table, statement.keys, statement.method)
    if name is None:
        name = naming.index_name(run, table, statement.keys, statement.include)
    include = included(run, table, statement.include)
    if statement.ordered_include:
        raise FailureError("including column does not support ASC/DESC or NULLS FIRST/LAST options")
    if statement.include and INCLUDING.get(statement.method, 99) > run.version:
        raise FailureError(f'access method "{statement.method}" does not support included columns')
    if len(keys) > 1 and statement.method in {"hash", "spgist"}:
        raise FailureError(f'access method "{statement.method}" does not support multicolumn indexes')
    if statement.unique and statement.method != "btree" and statement.method in facts.known_methods():
        raise FailureError(f'access method "{statement.method}" does not support unique indexes')
    check_immutable(run, table, statement.predicate, "functions in index predicate must be marked IMMUTABLE")
    for column in column_names(statement.predicate):
        inner = run.current(table.number).column(column)
        if column != "*" and run.knows(table) and inner is None:
            raise FailureError(f'column "{column}" does not exist')
        if inner is not None and inner.generated == "virtual":
            raise FailureError("indexes on virtual generated columns are not supported")
    if run.catalog.lookup(name, table.schema, ()) is not None:
        if statement.missing_ok:
            existing = run.catalog.lookup(name, table.schema, ())
            if isinstance(existing, Index) and not existing.valid:
                run.note(f"index {existing.key} exists but is not valid: it is skipped and stays so")
            return
        raise FailureError(f'relation "{name}" already exists')
    predicate = statement.predicate
    if predicate is not None and "A_Const" in predicate and evaluate(predicate, {}, run.catalog) is True:
        predicate = None  # a bare `true` is left out
    index = Index(
        number=run.catalog.number(),
        schema=table.schema,
        name=naming_cut(name),
        table=table.number,
        keys=keys,
        include=include,
        unique=statement.unique,
        method=statement.method,
        predicate=predicate,
        nulls_distinct=statement.nulls_distinct,
        tablespace=statement.tablespace,
        options=statement.options,
        persistence=table.persistence,
    )
    build(run, index, lock, only=statement.table.only)


def naming_cut(name: str) -> str:
    """An identifier as the server keeps it: 63 bytes."""
    return name.encode()[:63].decode(errors="ignore")


def resolve_keys(run: Run, table: Table, given: tuple[op.IndexKey, ...], method: str) -> tuple[Key, ...]:
    """The keys of an index, checked: columns exist, types can be indexed, expressions are immutable."""
    found = []
    for key in map(_bare, given):
        if key.column is not None:
            column = run.column(table, key.column)
            if column.generated == "virtual":
                raise FailureError("indexes on virtual generated columns are not supported")
            kind = column.type
            number = column.number
        else:
            check_immutable(run, table, key.expression, "functions in index expression must be marked IMMUTABLE")
            for name in column_names(key.expression):
                if name != "*":
                    run.column(table, name)
                    inner = run.current(table.number).column(name)
                    if inner is not None and inner.generated == "virtual":
                        raise FailureError("indexes on virtual generated columns are not supported")
            kind = infer(key.expression, run.scope(table)) if key.expression else None
            number = 0
        if method in facts.known_methods() - {"btree"} and (key.descending or key.nulls_first is not None):
            raise FailureError(f'access method "{method}" does not support ASC/DESC or NULLS FIRST/LAST options')
        if (
            key.opclass is not None
            and method in facts.known_methods()
            and key.opclass not in facts.known_opclasses(method)
            and run.catalog.complete
            and not _own_opclasses(run)
        ):
            raise FailureError(f'operator class "{key.opclass}" does not exist for access method "{method}"')
        if key.opclass is None and kind is not None and kind.base != "unknown":
            check_opclass(run, kind, method)
        elif kind is not None and kind.base != "unknown" and not takes(run, kind, method, key.opclass or ""):
            words = types.words(Type(kind.base, (), kind.array), run.catalog)
            raise FailureError(f'operator class "{key.opclass}" does not accept data type {words}')
        if key.collation is not None and kind is not None and kind.base != "unknown" and not collates(run, kind):
            raise FailureError(f"collations are not supported by type {types.words(kind, run.catalog)}")
        found.append(
            Key(number, key.expression, key.opclass, key.collation, key.descending, key.nulls_first, key.operator)
        )
    return tuple(found)


def included(run: Run, table: Table, names: tuple[str, ...]) -> tuple[int, ...]:
    """The columns of INCLUDE by number. Raises FailureError for one that no index holds."""
    found = tuple(run.column(table, name) for name in names)
    if any(column.generated == "virtual" for column in found):
        raise FailureError("indexes on virtual generated columns are not supported")
    return tuple(column.number for column in found)


def _bare(key: op.IndexKey) -> op.IndexKey:
    """A column in brackets is a column (ComputeIndexAttrs)."""
    fields = (key.expression or {}).get("ColumnRef", {}).get("fields", ())
    if key.column is None and fields and "String" in fields[-1]:
        return replace(key, column=strings(fields)[-1], expression=None)
    return key


def _own_opclasses(run: Run) -> bool:
    """Whether there are operator classes that are not built in."""
    return bool(run.catalog.extensions.keys() - {"plpgsql"}) or any(
        k[0] == "operator class" for k in run.catalog.objects
    )


def _input(run: Run, method: str, opclass: str) -> str:
    """The type an operator class takes; "" if it is not known."""
    if opclass in EXTENSION_OPCLASSES:
        return EXTENSION_OPCLASSES[opclass]
    known = opclass in facts.known_opclasses(method) and not _own_opclasses(run)
    return facts.opclass_input(method, opclass) if known else ""


def takes(run: Run, kind: Type, method: str, opclass: str) -> bool:
    """Whether values of a type are ones of an operator class's as they stand (ResolveOpClass, IsBinaryCoercible)."""
    wanted = _input(run, method, opclass)
    if not wanted:
        return True
    kind = types.base_type(kind, run.catalog)
    target = resolution.type_of(wanted)
    if target is None:
        return resolution.acceptable(kind, wanted, run.catalog)
    return types.pathway(kind, target, run.catalog, "i") in {"same", "binary"}


def collates(run: Run, kind: Type | None) -> bool:
    """Whether a type has a collation; an array has its elements'."""
    if kind is None:
        return False
    kind = types.base_type(kind, run.catalog)
    if isinstance(kind.base, str):
        return facts.collatable(kind.base)
    return types.category(Type(kind.base), run.catalog) == "S"


def check_opclass(run: Run, kind: Type, method: str) -> None:
    if method not in facts.known_methods() or (
        run.catalog.extensions.keys() - {"plpgsql", "citext"} and method in {"gist", "gin"}
    ):
        return
    if not run.catalog.complete and method in {"gist", "gin"}:
        return
    if default_opclass(run, kind, method) is None:
        raise FailureError(
            f"data type {types.words(Type(kind.base, (), kind.array), run.catalog)} has no default operator class"
            f' for access method "{method}"'
        )


def default_opclass(run: Run, kind: Type, method: str) -> str | None:
    """The default operator class of a type, also a user's; None if it certainly has none."""
    kind = types.base_type(kind, run.catalog)
    if kind.array:
        return facts.opclass(method, "_int4") if isinstance(kind.base, int) else facts.opclass(method, f"_{kind.base}")
    if isinstance(kind.base, str):
        return facts.opclass(method, kind.base)
    user = run.catalog.types.get(kind.base)
    if user is None:
        return "unknown"
    if user.kind == "enum":
        return "enum_ops" if method in {"btree", "hash"} else None
    if user.kind == "composite":
        return "record_ops" if method == "btree" or (method == "hash" and run.version >= 14) else None
    if user.kind == "range":
        return "range_ops"
    return f"{user.name}_ops"


def check_immutable(run: Run, table: Table, node: Node | None, why: str) -> None:
    """Refuse an expression that is not immutable."""
    if node is None:
        return
    place = "predicate" if "predicate" in why else "expression"
    if any(kind == "SubLink" for kind, _ in walk(node)):
        raise FailureError(f"cannot use subquery in index {place}")
    analysis.sound(run, node, table, boolean="WHERE" if place == "predicate" else "")
    level, name = volatility(node, run.scope(table))
    if level in "sv":
        raise FailureError(f"{why} ({name})")


def build(run: Run, index: Index, lock: Lock, *, only: bool = False, parent: int | None = None, label: str = "") -> int:
    """Put an index into the catalog and build it: reads the table, or every partition of it.

    `label` (pkey, key, excl) is that of the constraint it is made for: those of the partitions are named after it.
    """
    table = run.current(index.table)
    deferral.unused(run, index.table, "CREATE INDEX")
    partitioned = table.kind == "partitioned table"
    if partitioned and (index.unique or index.exclusion):
        _covers_keys(table, index)
    children = run.catalog.children.get(table.number, ()) if partitioned and not only else ()
    valid = index.valid and not (partitioned and only and run.catalog.children.get(table.number))
    run.catalog.put(replace(index, parent=parent, partitioned=partitioned, valid=valid))
    if not partitioned:
        run.scan(table.number)
        if (
            (index.unique != index.exclusion and (index.unique or all(key.operator == "=" for key in index.keys)))
            and 0 not in index.columns
            and index.predicate is None
            and rows.duplicates(run, table, index.columns, index.nulls_distinct)
        ):
            raise FailureError(f'could not create unique index "{index.name}"')
        return index.number
    for child in children:
        _build_below(run, index, table, child, lock, label)
    return index.number


def complete(run: Run, index: Index, lock: Lock) -> None:
    """Make a partitioned index anew: what was made ON ONLY its table gets an index in every partition now."""
    table, index = run.current(index.table), replace(index, valid=True)
    for child in run.catalog.children.get(table.number, ()):
        if not any(below.parent == index.number for below in run.catalog.indexes_of(child)):
            _build_below(run, index, table, child, lock, "")
    run.catalog.put(index)


def _build_below(run: Run, index: Index, table: Table, child: int, lock: Lock, label: str) -> None:
    """The index of a partition that belongs to one of its parent: one that is there and equal, or a new one."""
    below = run.catalog.table(child)
    run.lock(child, lock)
    if below.kind == "foreign table":
        if index.unique:
            raise FailureError(f'cannot create unique index on partitioned table "{table.name}"')
        return
    own = translate(index, table, below)
    match = next((i for i in run.catalog.indexes_of(child) if i.parent is None and equivalent(i, own)), None)
    if match is not None and not index.primary:
        run.catalog.put(replace(match, parent=index.number))
        return
    keys = tuple(op.IndexKey(_name(below, k.column), k.expression) for k in own.keys)
    if label:
        names = [k.column or (naming.figure(k.expression) if k.expression else "") or "expr" for k in keys]
        names += [_name(below, c) or "" for c in own.include]
        name = naming.constraint_name(run, below, naming.apart(names), label, index=True)
    else:
        name = naming.index_name(run, below, keys, tuple(_name(below, c) or "" for c in own.include))
    made = replace(own, number=run.catalog.number(), name=name, schema=below.schema)
    build(run, made, lock, parent=index.number, label=label)


def _name(table: Table, number: int) -> str | None:
    found = table.numbered(number)
    return found.name if found else None


def translate(index: Index, table: Table, child: Table) -> Index:
    """An index of a parent in terms of a child's columns."""

    def number(column: int) -> int:
        name = _name(table, column)
        inner = child.column(name) if name else None
        return inner.number if inner else 0

    keys = tuple(replace(key, column=number(key.column)) if key.column else key for key in index.keys)
    return replace(index, table=child.number, keys=keys, include=tuple(number(c) for c in index.include))


def equivalent(one: Index, other: Index) -> bool:
    """Whether two indexes of a table are the same but for names (CompareIndexInfo)."""
    return (
        [(k.column, k.expression, k.opclass, k.collation) for k in one.keys]
        == [(k.column, k.expression, k.opclass, k.collation) for k in other.keys]
        and (one.include, one.unique, one.method, one.predicate)
        == (other.include, other.unique, other.method, other.predicate)
        and one.valid
    )


def _covers_keys(table: Table, index: Index) -> None:
    for column, expression, _, _ in table.keys:
        if expression is not None or (column and column not in index.columns):
            raise FailureError("unique constraint on partitioned table must include all partitioning columns")
