"""The catalog: what a database holds at one point of its history, cheap to copy and meaningful to compare.

Objects are frozen and keyed by a number, as in the server: a rename changes the name and leaves every reference alone.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from contractcheck.migrations.operations import Node


class Name(NamedTuple):
    """The schema and name of an object."""

    schema: str
    name: str

    def __str__(self) -> str:
        """Return the name as reports show it: without `public.`."""
        return self.name if self.schema == "public" else f"{self.schema}.{self.name}"


class Type(NamedTuple):
    """A type: the internal name of a built-in one (`int4`) or the number of a user's, modifiers, array or not."""

    base: str | int
    modifiers: tuple[int | str, ...] = ()
    array: bool = False


class RowSource(Struct, frozen=True):
    """Rows put into a table by one statement: how many (None: not known) and, if it could be read, their values.

    `values` maps a column's number to a reader of the rows' values, kept opaque here.
    """

    count: int | None = None
    values: Any = None


class Column(Struct, frozen=True):
    """A column. `type` is None where it is not known, and `unknown` then what the text calls it.

    `default` holds the generating expression of a generated one, `not_null_local` that it is not only the parent that
    says NOT NULL (from 18 on).
    """

    number: int
    name: str
    type: Type | None
    not_null: bool = False
    default: Node | None = None
    generated: str = ""
    identity: str = ""
    collation: str | None = None
    storage: str | None = None
    compression: str | None = None
    statistics: int | None = None
    options: tuple[tuple[str, str], ...] = ()
    not_null_name: str | None = None
    not_null_valid: bool = True
    not_null_no_inherit: bool = False
    local: bool = True
    inherited: int = 0
    unknown: str = ""
    not_null_local: bool = True


class Constraint(Struct, frozen=True):
    """A constraint of a table; columns by number. `index` enforces it, `parent` is what it was inherited from."""

    number: int
    name: str
    kind: str
    columns: tuple[int, ...] = ()
    expression: Node | None = None
    references: int | None = None
    referenced: tuple[int, ...] = ()
    on_delete: str = "a"
    on_update: str = "a"
    match: str = "s"
    validated: bool = True
    enforced: bool = True
    deferrable: bool = False
    deferred: bool = False
    no_inherit: bool = False
    index: int | None = None
    parent: int | None = None
    local: bool = True


class Trigger(Struct, frozen=True):
    """A trigger of a table; `columns` of UPDATE OF; state O (on), D (off), R, A."""

    number: int
    name: str
    function: tuple[str, ...]
    columns: tuple[int, ...] = ()
    when: Node | None = None
    state: str = "O"
    constraint: bool = False
    deferrable: bool = False
    deferred: bool = False
    row: bool = False
    timing: int = 0
    events: int = 0
    parent: int | None = None
    references: int | None = None


class Policy(Struct, frozen=True):
    """A row security policy of a table; `reads` are the columns of other tables that it looks at."""

    name: str
    command: str = "all"
    roles: tuple[str, ...] = ()
    using: Node | None = None
    check: Node | None = None
    reads: frozenset[tuple[int, int]] = frozenset()


class Rule(Struct, frozen=True):
    """A rewrite rule of a table or view."""

    name: str
    event: str
    instead: bool
    actions: tuple[Node, ...] = ()
    where: Node | None = None
    state: str = "O"
    reads: frozenset[tuple[int, int]] = frozenset()


class Table(Struct, frozen=True):
    """A table, partitioned table, view, materialised view, foreign table or composite type.

    `known` is False for a table that the history never created: it is taken to exist, with columns not listed.
    `rows` are the sources of its rows, () when it is certainly empty, None when other sessions may have filled it.
    `reads` are the columns (table, column; 0 for the whole row) a view depends on.
    """

    number: int
    schema: str
    name: str
    kind: str = "table"
    columns: tuple[Column, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    next_column: int = 1
    known: bool = True
    rows: tuple[RowSource, ...] | None = ()
    parents: tuple[int, ...] = ()
    strategy: str = ""
    keys: tuple[tuple[int, Node | None, str | None, str | None], ...] = ()
    bound: Node | None = None
    detaching: bool = False
    options: tuple[tuple[str, str], ...] = ()
    persistence: str = "p"
    access_method: str | None = None
    tablespace: str | None = None
    owner: str | None = None
    triggers: tuple[Trigger, ...] = ()
    policies: tuple[Policy, ...] = ()
    rules: tuple[Rule, ...] = ()
    row_security: bool = False
    forced_security: bool = False
    replica_identity: tuple[str, str | None] = ("d", None)
    clustered: int | None = None
    query: Node | None = None
    reads: frozenset[tuple[int, int]] = frozenset()
    populated: bool = True
    of_type: int | None = None
    foreign_server: str | None = None

    @property
    def key(self) -> Name:
        """Its schema and name."""
        return Name(self.schema, self.name)

    @property
    def partition(self) -> bool:
        """Whether it is a partition of another table."""
        return self.bound is not None

    def column(self, name: str) -> Column | None:
        """The column of that name."""
        for column in self.columns:
            if column.name == name:
                return column
        return None

    def numbered(self, number: int) -> Column | None:
        """The column of that number."""
        for column in self.columns:
            if column.number == number:
                return column
        return None

    def constraint(self, name: str) -> Constraint | None:
        """The constraint of that name."""
        for constraint in self.constraints:
            if constraint.name == name:
                return constraint
        return None

    def with_column(self, column: Column) -> "Table":
        """The table with that column in place of the one of its number."""
        return replace(self, columns=tuple(column if c.number == column.number else c for c in self.columns))

    def with_constraint(self, constraint: Constraint) -> "Table":
        """The table with that constraint in place of the one of its number, or added."""
        if any(c.number == constraint.number for c in self.constraints):
            found = tuple(constraint if c.number == constraint.number else c for c in self.constraints)
            return replace(self, constraints=found)
        return replace(self, constraints=(*self.constraints, constraint))

    def without_constraint(self, number: int) -> "Table":
        """The table without the constraint of that number."""
        return replace(self, constraints=tuple(c for c in self.constraints if c.number != number))


class Key(Struct, frozen=True):
    """One key of an index: a column by number, or an expression (column 0)."""

    column: int
    expression: Node | None = None
    opclass: str | None = None
    collation: str | None = None
    descending: bool = False
    nulls_first: bool | None = None
    operator: str | None = None


class Index(Struct, frozen=True):
    """An index. `parent` is the partitioned index it belongs to; `partitioned` that it is one itself."""

    number: int
    schema: str
    name: str
    table: int
    keys: tuple[Key, ...]
    include: tuple[int, ...] = ()
    unique: bool = False
    primary: bool = False
    method: str = "btree"
    predicate: Node | None = None
    valid: bool = True
    nulls_distinct: bool = True
    tablespace: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    parent: int | None = None
    partitioned: bool = False
    immediate: bool = True
    exclusion: bool = False
    persistence: str = "p"
    statistics: tuple[tuple[int, int], ...] = ()

    @property
    def key(self) -> Name:
        """Its schema and name."""
        return Name(self.schema, self.name)

    @property
    def kind(self) -> str:
        """`index` or `partitioned index`."""
        return "partitioned index" if self.partitioned else "index"

    @property
    def columns(self) -> tuple[int, ...]:
        """The key columns by number, 0 for an expression."""
        return tuple(key.column for key in self.keys)


class Sequence(Struct, frozen=True):
    """A sequence; `owned_by` is (table, column), `identity` that it belongs to an identity column."""

    number: int
    schema: str
    name: str
    type: str = "int8"
    options: tuple[tuple[str, Any], ...] = ()
    owned_by: tuple[int, int] | None = None
    identity: bool = False
    persistence: str = "p"
    owner: str | None = None

    @property
    def key(self) -> Name:
        """Its schema and name."""
        return Name(self.schema, self.name)

    @property
    def kind(self) -> str:
        """`sequence`."""
        return "sequence"


Relation = Table | Index | Sequence


class UserType(Struct, frozen=True):
    """An enum (labels), a domain (base, checks), a range, a base type of an extension, or a composite (its table).

    `domain` constraints are (name, kind, expression, validated).
    """

    number: int
    schema: str
    name: str
    kind: str
    labels: tuple[str, ...] = ()
    base: Type | None = None
    not_null: bool = False
    default: Node | None = None
    constraints: tuple[tuple[str, Node | None, bool], ...] = ()
    collation: str | None = None
    table: int | None = None
    extension: str | None = None
    owner: str | None = None
    not_null_name: str | None = None

    @property
    def key(self) -> Name:
        """Its schema and name."""
        return Name(self.schema, self.name)


class Function(Struct, frozen=True):
    """A function or procedure; volatility v, s or i; `settings` is all else that is said of it, by name, sorted.

    `parameters` are the names of those it takes, "" for none; `reads` what a body that is no text depends on.
    """

    schema: str
    name: str
    arguments: tuple[Type | None, ...]
    returns: Type | None
    volatility: str = "v"
    language: str = "sql"
    body: str = ""
    procedure: bool = False
    extension: str | None = None
    atomic: Node | None = None
    trigger: bool = False
    settings: tuple[tuple[str, object], ...] = ()
    parameters: tuple[str, ...] = ()
    reads: frozenset[tuple[int, int]] = frozenset()


class Catalog(Struct):
    """A database. `complete` says that everything in it is listed: what is missing does not exist.

    Where it is not, a relation that was never seen is taken to exist; one that is `gone` was dropped or renamed.

    `mentioned` are the words of code whose way is not known: what they name may exist or not.

    Change it only through `put` and `remove`, on a `copy`. `changed` are the relations put or removed since it was
    last emptied, so that what a statement did is found without a look at everything else; `told` may be those whose
    rows are known.
    """

    complete: bool = True
    relations: dict[int, Relation] = field(default_factory=dict)
    names: dict[Name, int] = field(default_factory=dict)
    types: dict[int, UserType] = field(default_factory=dict)
    type_names: dict[Name, int] = field(default_factory=dict)
    functions: dict[Name, tuple[Function, ...]] = field(default_factory=dict)
    schemas: dict[str, str | None] = field(default_factory=lambda: {"public": None})
    extensions: dict[str, str] = field(default_factory=lambda: {"plpgsql": "pg_catalog"})
    objects: dict[tuple[str, ...], Node] = field(default_factory=dict)
    comments: dict[tuple[Any, ...], str] = field(default_factory=dict)
    grants: dict[tuple[Any, ...], frozenset[str]] = field(default_factory=dict)
    indexes: dict[int, tuple[int, ...]] = field(default_factory=dict)
    children: dict[int, tuple[int, ...]] = field(default_factory=dict)
    last: int = 0
    opaque: tuple[str, ...] = ()
    gone: frozenset[Name] = frozenset()
    views: frozenset[int] = frozenset()
    changed: set[int] = field(default_factory=set)
    told: set[int] = field(default_factory=set)
    mentioned: frozenset[str] = frozenset()

    def copy(self) -> "Catalog":
        """An independent copy; the objects in it are shared, as they never change."""
        return Catalog(
            complete=self.complete,
            relations=self.relations.copy(),
            names=self.names.copy(),
            types=self.types.copy(),
            type_names=self.type_names.copy(),
            functions=self.functions.copy(),
            schemas=self.schemas.copy(),
            extensions=self.extensions.copy(),
            objects=self.objects.copy(),
            comments=self.comments.copy(),
            grants=self.grants.copy(),
            indexes=self.indexes.copy(),
            children=self.children.copy(),
            last=self.last,
            opaque=self.opaque,
            gone=self.gone,
            views=self.views,
            changed=self.changed.copy(),
            told=self.told.copy(),
            mentioned=self.mentioned,
        )

    def number(self) -> int:
        """A number no object has had."""
        self.last += 1
        return self.last

    def put(self, relation: Relation) -> None:
        """Add a relation, or replace the one of its number."""
        before = self.relations.get(relation.number)
        if before is not None and before.key != relation.key:
            self.names.pop(before.key, None)
            self.gone |= {before.key}
        if relation.key in self.gone:
            self.gone -= {relation.key}
        self.changed.add(relation.number)
        self.relations[relation.number] = relation
        self.names[relation.key] = relation.number
        if isinstance(relation, Index):
            mine = self.indexes.get(relation.table, ())
            if relation.number not in mine:
                self.indexes[relation.table] = (*mine, relation.number)
        elif isinstance(relation, Table):
            if relation.rows is not None:
                self.told.add(relation.number)
            if relation.kind == "view":
                self.views |= {relation.number}
            old = before.parents if isinstance(before, Table) else ()
            for parent in old:
                if parent not in relation.parents:
                    self.children[parent] = tuple(n for n in self.children.get(parent, ()) if n != relation.number)
            for parent in relation.parents:
                if parent not in old:
                    self.children[parent] = (*self.children.get(parent, ()), relation.number)

    def remove(self, number: int) -> None:
        """Remove a relation; what depends on it is the caller's."""
        relation = self.relations.pop(number)
        self.changed.add(number)
        self.views -= {number}
        self.names.pop(relation.key, None)
        self.gone |= {relation.key}
        if isinstance(relation, Index):
            self.indexes[relation.table] = tuple(n for n in self.indexes.get(relation.table, ()) if n != number)
            table = self.relations.get(relation.table)
            if isinstance(table, Table) and table.replica_identity == ("i", relation.name):
                # The table goes on to ask for an index, and has none: one of the same name is not it.
                self.relations[table.number] = replace(table, replica_identity=("i", None))
        elif isinstance(relation, Table):
            for parent in relation.parents:
                self.children[parent] = tuple(n for n in self.children.get(parent, ()) if n != number)
            self.indexes.pop(number, None)
            self.children.pop(number, None)
        for key in [key for key in self.comments if key[0] == number]:
            del self.comments[key]
        for grant in [key for key in self.grants if key[0] == number]:
            del self.grants[grant]

    def put_type(self, found: UserType) -> None:
        """Add a type, or replace the one of its number."""
        before = self.types.get(found.number)
        if before is not None and before.key != found.key:
            self.type_names.pop(before.key, None)
        self.types[found.number] = found
        self.type_names[found.key] = found.number

    def remove_type(self, number: int) -> None:
        """Remove a type; what depends on it is the caller's."""
        found = self.types.pop(number)
        self.type_names.pop(found.key, None)

    def table(self, number: int) -> Table:
        """The table of that number. Raises KeyError for what is none."""
        found = self.relations[number]
        if not isinstance(found, Table):
            raise KeyError(number)
        return found

    def index(self, number: int) -> Index:
        """The index of that number. Raises KeyError for what is none."""
        found = self.relations[number]
        if not isinstance(found, Index):
            raise KeyError(number)
        return found

    def tables(self) -> Iterator[Table]:
        """Every table, view and composite type."""
        for relation in list(self.relations.values()):
            if isinstance(relation, Table):
                yield relation

    def sequences(self) -> Iterator[Sequence]:
        """Every sequence."""
        for relation in list(self.relations.values()):
            if isinstance(relation, Sequence):
                yield relation

    def indexes_of(self, table: int) -> tuple[Index, ...]:
        """The indexes of a table, oldest first."""
        return tuple(self.index(number) for number in self.indexes.get(table, ()))

    def descendants(self, table: int) -> tuple[int, ...]:
        """Every partition or child below a table, without itself, breadth first, each once."""
        found: list[int] = []
        queue = [table]
        seen = {table}
        while queue:
            for child in self.children.get(queue.pop(0), ()):
                if child not in seen:
                    seen.add(child)
                    found.append(child)
                    queue.append(child)
        return tuple(found)

    def ancestors(self, table: int) -> tuple[int, ...]:
        """Every parent above a table, nearest first, each once."""
        found: list[int] = []
        queue = [table]
        while queue:
            relation = self.relations.get(queue.pop(0))
            if isinstance(relation, Table):
                for parent in relation.parents:
                    if parent not in found:
                        found.append(parent)
                        queue.append(parent)
        return tuple(found)

    def referencing(self, table: int) -> Iterator[tuple[Table, Constraint]]:
        """The foreign keys that refer to a table, with the table they belong to."""
        for other in self.tables():
            for constraint in other.constraints:
                if constraint.kind == "foreign key" and constraint.references == table:
                    yield other, constraint

    def reaching(self, table: int) -> Iterator[tuple[Table, Constraint]]:
        """The foreign keys that refer to a table or to a partitioned table it is a partition of."""
        wanted = {table}
        while isinstance(found := self.relations.get(table), Table) and found.partition and found.parents:
            table = found.parents[0]
            wanted.add(table)
        for each in wanted:
            yield from self.referencing(each)

    def owned_sequences(self, table: int, column: int | None = None) -> tuple[Sequence, ...]:
        """The sequences that belong to a table, or to one of its columns."""
        return tuple(
            s
            for s in self.sequences()
            if s.owned_by is not None and s.owned_by[0] == table and column in {None, s.owned_by[1]}
        )

    def lookup(self, name: str, schema: str | None, path: tuple[str, ...]) -> Relation | None:
        """The relation of that name, in the schema or the first schema of the path that has it."""
        for candidate in (schema,) if schema else path:
            number = self.names.get(Name(candidate, name))
            if number is not None:
                return self.relations[number]
        return None

    def lookup_type(self, name: str, schema: str | None, path: tuple[str, ...]) -> UserType | None:
        """The user's type of that name."""
        for candidate in (schema,) if schema else path:
            number = self.type_names.get(Name(candidate, name))
            if number is not None:
                return self.types[number]
        return None


def assume_rows(catalog: Catalog) -> Catalog:
    """The catalog as it stands in production: any table may have been filled since it was made."""
    deployed = catalog.copy()
    for number in sorted(catalog.told):
        table = deployed.relations.get(number)
        if isinstance(table, Table) and table.rows is not None:
            deployed.relations[number] = replace(table, rows=None)
    deployed.told.clear()
    return deployed
