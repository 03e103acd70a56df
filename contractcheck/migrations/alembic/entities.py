"""Views, functions, triggers and enums as `alembic_utils` 0.8 and `alembic_postgresql_enum` 1.11 write them."""

from collections.abc import Sequence
from dataclasses import dataclass

from contractcheck.migrations.alembic.values import Builtin, Keywords, Named


class UnreadError(Exception):
    """An argument that such a package takes and that is not read here."""


@dataclass(frozen=True, slots=True, repr=False)
class Entity(Named):
    """A replaceable object of `alembic_utils`: its class and what it was given."""

    kind: str
    schema: str
    signature: str
    definition: str = ""
    table: str = ""
    constraint: bool = False
    filled: bool = True


_FIELDS = {
    "PGView": ("schema", "signature", "definition"),
    "PGMaterializedView": ("schema", "signature", "definition", "with_data"),
    "PGFunction": ("schema", "signature", "definition"),
    "PGTrigger": ("schema", "signature", "definition", "on_entity", "is_constraint"),
    "PGPolicy": ("schema", "signature", "definition", "on_entity"),
    "PGExtension": ("schema", "signature"),
}
ENTITIES = frozenset(_FIELDS)


def entity(kind: str) -> Builtin:
    """The class of `alembic_utils`, as a callable that makes an Entity."""

    def make(*positional: object, **keywords: object) -> Entity:
        given = dict(zip(_FIELDS[kind], positional, strict=False)) | keywords
        texts = {key: value for key, value in given.items() if isinstance(value, str)}
        table = texts.get("on_entity", "")
        return Entity(
            kind,
            _bare(texts.get("schema", "public")),
            " ".join(texts.get("signature", "").split()) if kind == "PGFunction" else _bare(texts.get("signature", "")),
            texts.get("definition", "").strip().rstrip(";").strip(),
            _bare(table if "." in table or not table else f"public.{table}"),
            given.get("is_constraint") is True,
            given.get("with_data", True) is not False,
        )

    return Builtin(f"alembic_utils.{kind}", make)


def _bare(name: str) -> str:
    return " ".join(name.replace('"', "").split())


def _of(positional: Sequence[object], keywords: Keywords) -> Entity:
    found = positional[0] if positional else keywords.get("target")
    if not isinstance(found, Entity):
        raise UnreadError("an object that is not read")
    return found


def create(positional: Sequence[object], keywords: Keywords) -> Sequence[str]:
    """`op.create_entity(entity)`."""
    return [_created(_of(positional, keywords))]


def _created(each: Entity, *, again: bool = False) -> str:
    verb = "CREATE OR REPLACE" if again else "CREATE"
    name = f'"{each.schema}"."{each.signature}"'
    match each.kind:
        case "PGView":
            return f"{verb} VIEW {name} AS {each.definition}"
        case "PGMaterializedView":
            return f"CREATE MATERIALIZED VIEW {name} AS {each.definition} WITH {'' if each.filled else 'NO '}DATA"
        case "PGFunction":
            function, _, rest = each.signature.partition("(")
            return f'{verb} FUNCTION "{each.schema}"."{function.strip()}"({rest} {each.definition}'
        case "PGTrigger":
            event, table, action = _trigger(each)
            constraint = "CONSTRAINT " if each.constraint else ""
            return f'CREATE {constraint}TRIGGER "{each.signature}" {event} ON {table} {action}'
        case "PGPolicy":
            return f"CREATE POLICY {each.signature} ON {each.table} {each.definition}"
    return f'CREATE EXTENSION "{each.signature}" WITH SCHEMA "{each.schema}"'


def _trigger(each: Entity) -> tuple[str, str, str]:
    """The event, the table and the action in the definition of a trigger."""
    words = each.definition.split()
    place = next((index for index, word in enumerate(words) if word.upper() == "ON"), None)
    if place is None or place + 1 == len(words):
        raise UnreadError("the definition of a trigger that is not read")
    table = words[place + 1].rpartition(".")[2]
    return " ".join(words[:place]), f"{each.schema}.{table}", " ".join(words[place + 2 :])


def drop(positional: Sequence[object], keywords: Keywords) -> Sequence[str]:
    """`op.drop_entity(entity, cascade=False)`."""
    each = _of(positional, keywords)
    cascade = " CASCADE" if (positional[1] if len(positional) > 1 else keywords.get("cascade")) is True else ""
    return [_dropped(each) + cascade]


def _dropped(each: Entity) -> str:
    name = f'"{each.schema}"."{each.signature}"'
    match each.kind:
        case "PGView":
            return f"DROP VIEW {name}"
        case "PGMaterializedView":
            return f"DROP MATERIALIZED VIEW {name}"
        case "PGFunction":
            function, _, rest = each.signature.partition("(")
            return f'DROP FUNCTION "{each.schema}"."{function.strip()}"({_types(rest.rpartition(")")[0])})'
        case "PGTrigger":
            return f'DROP TRIGGER "{each.signature}" ON {each.table}'
        case "PGPolicy":
            return f"DROP POLICY {each.signature} ON {each.table}"
    return f'DROP EXTENSION "{each.signature}"'


def _types(parameters: str) -> str:
    """The parameters of a function without what they default to."""
    shown = []
    for each in parameters.split(","):
        place = each.lower().find("default")
        shown.append((each if place < 0 else each[:place]).strip())
    return ", ".join(shown)


def replace(positional: Sequence[object], keywords: Keywords) -> Sequence[str]:
    """`op.replace_entity(entity)`. A view that cannot be replaced is dropped and made again; that is not foreseen."""
    each = _of(positional, keywords)
    if each.kind in {"PGView", "PGFunction"}:
        return [_created(each, again=True)]
    if each.kind == "PGExtension":
        raise UnreadError("an extension is not replaced")
    gone = _dropped(each)
    for what in ("MATERIALIZED VIEW", "TRIGGER", "POLICY"):
        gone = gone.replace(f"DROP {what} ", f"DROP {what} IF EXISTS ", 1)
    return [gone, _created(each)]


@dataclass(frozen=True, slots=True, repr=False)
class Reference(Named):
    """A `TableReference` of `alembic_postgresql_enum`: a column that has the enum for its type."""

    table: str
    column: str
    schema: str | None
    array: bool
    default: str | None


def reference(*positional: object, **keywords: object) -> Reference:
    """`TableReference(table_name, column_name, table_schema, column_type, existing_server_default)`."""
    order = ("table_name", "column_name", "table_schema", "column_type", "existing_server_default")
    given = dict(zip(order, positional, strict=False)) | keywords
    schema, default = given.get("table_schema"), given.get("existing_server_default")
    return Reference(
        str(given.get("table_name")),
        str(given.get("column_name")),
        schema if isinstance(schema, str) else None,
        given.get("column_type") == ARRAY,
        default if isinstance(default, str) else None,
    )


ARRAY, COMMON = "ARRAY", "COMMON"


def sync_enum(positional: Sequence[object], keywords: Keywords) -> Sequence[str]:
    """`op.sync_enum_values(...)`: the type is made anew and every column is rewritten to it.

    Left out are functions and operators that compare the two types, which it makes first and drops in the end.
    """
    order = (
        "enum_schema", "enum_name", "new_values", "affected_columns", "enum_values_to_rename", "indexes_to_recreate",
    )  # fmt: skip
    given = dict(zip(order, positional, strict=False)) | dict(keywords)
    schema, name, values = given.get("enum_schema"), given.get("enum_name"), given.get("new_values")
    columns, renamed = given.get("affected_columns", ()), given.get("enum_values_to_rename") or ()
    if not isinstance(schema, str) or not isinstance(name, str) or not isinstance(values, list | tuple):
        raise UnreadError("an enum that is not read")
    if (
        given.get("indexes_to_recreate")
        or not isinstance(columns, list | tuple)
        or not isinstance(renamed, list | tuple)
    ):
        raise UnreadError("columns or indexes that are not read")
    new, old = f'"{schema}"."{name}"', f'"{name}_old"'
    sent = [
        f"ALTER TYPE {new} RENAME TO {old}",
        f"CREATE TYPE {new} AS ENUM(" + ", ".join(f"'{value}'" for value in values) + ")",
    ]
    for each in columns:
        if not isinstance(each, Reference):
            raise UnreadError("the default of a column is asked at run time")
        sent += _recast(each, schema, name, [(str(before), str(after)) for before, after in renamed])
    return [*sent, f'DROP TYPE "{schema}".{old}']


def _recast(each: Reference, schema: str, name: str, renamed: Sequence[tuple[str, str]]) -> Sequence[str]:
    new = f'"{schema}"."{name}"'
    column = f'"{each.column}"'
    head = f'ALTER TABLE "{each.schema or schema}"."{each.table}" ALTER COLUMN {column}'
    if each.array:
        cast = f"{column}::text[]"
        for before, after in renamed:
            cast = f"array_replace({cast}, '{before}', '{after}')"
        change = f"{head} TYPE {new}[] USING {cast}::{new}[]"
    elif renamed:
        cases = " ".join(f"WHEN {column}::text = '{before}' THEN '{after}'::{new}" for before, after in renamed)
        change = f"{head} TYPE {new} USING CASE {cases} ELSE {column}::text::{new} END"
    else:
        change = f"{head} TYPE {new} USING {column}::text::{new}"
    if each.default is None:
        return [change]
    default = each.default.partition("::")[0]
    for before, after in renamed:
        default = default.replace(f"'{before}'", f"'{after}'")
    if each.default.startswith("ARRAY["):
        raise UnreadError("the default of a column that is not read")
    again = f"{default}::{schema}.{name}" + ("[]" if each.default.endswith("[]") else "")
    return [f"{head} DROP DEFAULT", change, f"{head} SET DEFAULT {again}"]
