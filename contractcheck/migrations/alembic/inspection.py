"""The answers of SQLAlchemy's inspector, from the catalog of the state that the migration has reached."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from contractcheck.migrations.alembic import reflection
from contractcheck.migrations.alembic.machine import Machine
from contractcheck.migrations.alembic.values import ASKED, HOLE, Builtin, Connection, Keywords, Raised, Unknown
from contractcheck.migrations.catalog import Catalog, Constraint, Index, Table
from contractcheck.migrations.catalog import Sequence as Numbers

TABLES = frozenset({"table", "partitioned table", "foreign table"})
SELECTABLE = frozenset({*TABLES, "view", "matview"})

Asked = Callable[[Machine, "State", Table], object]


class State:
    """A catalog and what is certain of it."""

    __slots__ = ("catalog", "doubtful")

    def __init__(self, catalog: Catalog, doubtful: frozenset[str] | None) -> None:
        self.catalog = catalog
        self.doubtful = doubtful

    @property
    def complete(self) -> bool:
        """Whether what is not there certainly does not exist."""
        return self.catalog.complete and self.doubtful == frozenset()

    def certain(self, table: Table) -> bool:
        """Whether everything about the table is known."""
        return table.known and self.doubtful is not None and table.name not in self.doubtful

    def find(self, name: str, schema: str | None) -> Table | None:
        """The table or view of that name."""
        found = self.catalog.lookup(name, schema, ("public",))
        return found if isinstance(found, Table) and found.kind in SELECTABLE else None

    def absent(self, name: str, schema: str | None) -> bool:
        """Whether there is certainly nothing of that name."""
        if self.find(name, schema) is not None or self.doubtful is None or name in self.doubtful:
            return False
        return self.catalog.complete or any(
            (gone.schema, gone.name) == (schema or "public", name) for gone in self.catalog.gone
        )


def state(machine: Machine) -> State | None:
    """The state that the script has reached; None if it is read without a database."""
    machine.asked = True
    if machine.world is None:
        return None
    steps = machine.sent()
    return State(machine.world.after(steps), machine.world.doubts(steps))


def attribute(machine: Machine, name: str) -> object:
    """An attribute of an inspector."""
    if name in {"bind", "engine"}:
        return Connection()
    if name == "dialect":
        return machine.emitter.dialect
    if name == "default_schema_name":
        return "public" if machine.dialect == "postgresql" else Unknown(ASKED)
    if name in {"clear_cache", "close"}:
        return Builtin(name, lambda: None, raw=True)
    if name in _OF_TABLES:
        about = _OF_TABLES[name]
        return Builtin(f"inspector.{name}", lambda *p, **k: _about(machine, about, p, k), raw=True)
    if name in _OF_ALL:
        listing = _OF_ALL[name]
        return Builtin(f"inspector.{name}", lambda *p, **k: _listed(machine, listing, p, k), raw=True)
    return Builtin(f"inspector.{name}", lambda *_p, **_k: Unknown(ASKED), raw=True)


def has_table(machine: Machine, name: object, schema: object = None) -> object:
    """Whether a table or view is there; Unknown where that is not known."""
    now = state(machine)
    if now is None or not isinstance(name, str) or not isinstance(schema, str | None):
        return Unknown(ASKED)
    if now.find(name, schema) is not None:
        return True
    return False if now.absent(name, schema) else Unknown(ASKED)


def table(machine: Machine, name: object, schema: object = None) -> Table | None:
    """A table of which everything is known."""
    now = state(machine)
    if now is None or not isinstance(name, str) or not isinstance(schema, str | None):
        return None
    found = now.find(name, schema)
    return found if found is not None and now.certain(found) else None


def _about(machine: Machine, about: Asked, positional: Sequence[object], keywords: Keywords) -> object:
    given = dict(zip(("table_name", "schema"), positional, strict=False)) | dict(keywords)
    name, schema = given.get("table_name"), given.get("schema")
    now = state(machine)
    if now is None or not isinstance(name, str) or not isinstance(schema, str | None):
        return Unknown(ASKED)
    found = now.find(name, schema)
    if found is not None and now.certain(found):
        return about(machine, now, found)
    if now.absent(name, schema):
        from sqlalchemy.exc import NoSuchTableError

        raise Raised(NoSuchTableError(name))
    return Unknown(ASKED)


def _listed(
    machine: Machine,
    listing: Callable[[Machine, State, Sequence[object], Keywords], object],
    positional: Sequence[object],
    keywords: Keywords,
) -> object:
    now = state(machine)
    if now is None or any(isinstance(each, Unknown) for each in (*positional, *keywords.values())):
        return Unknown(ASKED)
    return listing(machine, now, positional, keywords)


# Of one table. Lists come in the order in which PGDialect asks for them: constraints and indexes by name.


def _columns(_machine: Machine, now: State, found: Table) -> object:
    return [
        {
            "name": column.name,
            "type": reflection.type_(column, now.catalog),
            "nullable": not column.not_null,
            "default": None if column.default is None or column.generated else _text(ASKED),
            "autoincrement": bool(now.catalog.owned_sequences(found.number, column.number)),
            "comment": now.catalog.comments.get((found.number, "column", column.number)),
        }
        | ({"computed": {"sqltext": _text(ASKED), "persisted": True}} if column.generated else {})
        | ({"identity": {"always": column.identity == "a"}} if column.identity else {})
        for column in found.columns
    ]


def _text(reason: str) -> Unknown:
    """A text that is there, and nobody knows how the server writes it."""
    return Unknown(reason, template=HOLE)


def _names(found: Table, numbers: Sequence[int]) -> list[str]:
    return [column.name for number in numbers if (column := found.numbered(number)) is not None]


def constraints(found: Table, kind: str) -> list[Constraint]:
    """The constraints of a kind, by name."""
    return sorted((each for each in found.constraints if each.kind == kind), key=lambda each: each.name)


def _primary(_machine: Machine, _now: State, found: Table) -> object:
    for each in constraints(found, "primary key"):
        return {"constrained_columns": _names(found, each.columns), "name": each.name, "comment": None}
    return {"constrained_columns": [], "name": None, "comment": None}


def _uniques(_machine: Machine, _now: State, found: Table) -> object:
    return [
        {"column_names": _names(found, each.columns), "name": each.name, "comment": None}
        for each in constraints(found, "unique")
    ]


def _checks(_machine: Machine, _now: State, found: Table) -> object:
    return [{"name": each.name, "sqltext": _text(ASKED), "comment": None} for each in constraints(found, "check")]


ACTIONS = {"r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}


def _foreign(_machine: Machine, now: State, found: Table) -> object:
    listed = []
    for each in constraints(found, "foreign key"):
        other = now.catalog.relations.get(each.references) if each.references is not None else None
        if not isinstance(other, Table):
            return Unknown(ASKED)
        options: dict[str, object] = {}
        if each.on_update in ACTIONS:
            options["onupdate"] = ACTIONS[each.on_update]
        if each.on_delete in ACTIONS:
            options["ondelete"] = ACTIONS[each.on_delete]
        if each.deferrable:
            options["deferrable"] = True
        if each.deferred:
            options["initially"] = "DEFERRED"
        listed.append(
            {
                "name": each.name,
                "constrained_columns": _names(found, each.columns),
                "referred_schema": None if other.schema == "public" else other.schema,
                "referred_table": other.name,
                "referred_columns": _names(other, each.referenced),
                "options": options,
                "comment": None,
            }
        )
    return listed


def indexes(now: Catalog, found: Table) -> list[Index]:
    """The indexes of a table but for that of its primary key, by name."""
    return sorted((each for each in now.indexes_of(found.number) if not each.primary), key=lambda each: each.name)


def _indexes(_machine: Machine, now: State, found: Table) -> object:
    owned = {each.index: each.name for each in found.constraints if each.index is not None}
    listed = []
    for index in indexes(now.catalog, found):
        columns = [column.name if (column := found.numbered(key.column)) else None for key in index.keys]
        entry: dict[str, object] = {
            "name": index.name,
            "unique": index.unique,
            "column_names": columns,
            "include_columns": _names(found, index.include),
            "dialect_options": {},
        }
        if index.number in owned:
            entry["duplicates_constraint"] = owned[index.number]
        if None in columns:
            entry["expressions"] = [_text(ASKED) if name is None else name for name in columns]
        listed.append(entry)
    return listed


def _comment(_machine: Machine, now: State, found: Table) -> object:
    return {"text": now.catalog.comments.get((found.number, "self"))}


def _has_index(machine: Machine, positional: Sequence[object], keywords: Keywords) -> object:
    given = dict(zip(("table_name", "index_name", "schema"), positional, strict=False)) | dict(keywords)
    found = table(machine, given.get("table_name"), given.get("schema"))
    wanted = given.get("index_name")
    if found is None or not isinstance(wanted, str):
        return False if has_table(machine, given.get("table_name"), given.get("schema")) is False else Unknown(ASKED)
    now = state(machine)
    assert now is not None  # noqa: S101 - the table came from there
    return any(index.name == wanted for index in indexes(now.catalog, found))


# Of a schema.


def _schema(positional: Sequence[object], keywords: Keywords) -> str:
    given = positional[0] if positional else keywords.get("schema")
    return given if isinstance(given, str) else "public"


def _relations(kinds: frozenset[str]) -> Callable[[Machine, State, Sequence[object], Keywords], object]:
    def listed(_machine: Machine, now: State, positional: Sequence[object], keywords: Keywords) -> object:
        schema = _schema(positional, keywords)
        names = [each.name for each in now.catalog.tables() if each.schema == schema and each.kind in kinds]
        return names if now.complete else Unknown(ASKED, parts={"<some>": frozenset(names)})

    return listed


def _sequences(_machine: Machine, now: State, positional: Sequence[object], keywords: Keywords) -> object:
    schema = _schema(positional, keywords)
    names = [each.name for each in now.catalog.sequences() if each.schema == schema]
    return names if now.complete else Unknown(ASKED, parts={"<some>": frozenset(names)})


def _schemas(_machine: Machine, now: State, _positional: Sequence[object], _keywords: Keywords) -> object:
    names = [*sorted({"information_schema", *now.catalog.schemas})]
    return names if now.complete else Unknown(ASKED, parts={"<some>": frozenset(names)})


def _enums(_machine: Machine, now: State, positional: Sequence[object], keywords: Keywords) -> object:
    if not now.complete:
        return Unknown(ASKED)
    schema = _schema(positional, keywords)
    found = sorted(
        (each for each in now.catalog.types.values() if each.kind == "enum" and schema in {each.schema, "*"}),
        key=lambda each: (each.schema, each.name),
    )
    return [
        {"name": each.name, "schema": each.schema, "visible": each.schema == "public", "labels": list(each.labels)}
        for each in found
    ]


def _has_table(machine: Machine, _now: State, positional: Sequence[object], keywords: Keywords) -> object:
    given = dict(zip(("table_name", "schema"), positional, strict=False)) | dict(keywords)
    return has_table(machine, given.get("table_name"), given.get("schema"))


def _has_sequence(_machine: Machine, now: State, positional: Sequence[object], keywords: Keywords) -> object:
    given = dict(zip(("sequence_name", "schema"), positional, strict=False)) | dict(keywords)
    name, schema = given.get("sequence_name"), given.get("schema")
    if not isinstance(name, str) or not isinstance(schema, str | None):
        return Unknown(ASKED)
    if isinstance(now.catalog.lookup(name, schema, ("public",)), Numbers):
        return True
    return False if now.complete else Unknown(ASKED)


def _has_schema(_machine: Machine, now: State, positional: Sequence[object], keywords: Keywords) -> object:
    wanted = positional[0] if positional else keywords.get("schema_name")
    if wanted in now.catalog.schemas or wanted in {"information_schema", "pg_catalog"}:
        return True
    return False if now.complete else Unknown(ASKED)


def _index_there(machine: Machine, _now: State, positional: Sequence[object], keywords: Keywords) -> object:
    return _has_index(machine, positional, keywords)


def _keys(machine: Machine, now: State, found: Table) -> object:
    primary: Any = _primary(machine, now, found)
    return primary["constrained_columns"]


_OF_TABLES: Mapping[str, Asked] = {
    "get_columns": _columns, "get_pk_constraint": _primary, "get_primary_keys": _keys,
    "get_unique_constraints": _uniques, "get_check_constraints": _checks, "get_foreign_keys": _foreign,
    "get_indexes": _indexes, "get_table_comment": _comment,
}  # fmt: skip
_OF_ALL: Mapping[str, Callable[[Machine, State, Sequence[object], Keywords], object]] = {
    "has_table": _has_table, "has_index": _index_there, "has_sequence": _has_sequence, "has_schema": _has_schema,
    "get_table_names": _relations(TABLES), "get_view_names": _relations(frozenset({"view"})),
    "get_materialized_view_names": _relations(frozenset({"matview"})),
    "get_sequence_names": _sequences, "get_schema_names": _schemas, "get_enums": _enums,
}  # fmt: skip
