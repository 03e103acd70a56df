"""A statement of SQL as Alembic says it: a call of `op` where there is one for it, else `op.execute`."""

import re
from collections.abc import Sequence

from msgspec import Struct

from contractcheck.migrations import operations as op
from contractcheck.migrations.operations import flatten

_TYPES = {
    "int2": "SmallInteger()", "int4": "Integer()", "int8": "BigInteger()", "text": "Text()", "bool": "Boolean()",
    "date": "Date()", "bytea": "LargeBinary()", "json": "JSON()", "float8": "Float()", "timestamp": "DateTime()",
    "timestamptz": "DateTime(timezone=True)",
}  # fmt: skip
_ACTIONS = {"r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}


class Names(Struct, frozen=True):
    """What a module calls `alembic.op`, and `sqlalchemy` (None: nothing)."""

    op: str
    sa: str | None


def code(sql: str, names: Names, *, native: bool) -> Sequence[str]:
    """The lines of Python, without indentation."""
    from contractcheck.migrations.postgresql.parse import parse

    found = list(flatten(parse(sql)))
    call = _call(*found[0], names) if native and len(found) == 1 else None
    return [f"{names.op}.{call}"] if call is not None else _execute(sql, names)


# What Alembic takes for the name of a parameter in a text (sqlalchemy.sql.elements.TextClause._bind_params_regex).
_PARAMETER = re.compile(r"(?<![:\w\\]):(?=\w+(?!:))")


def _execute(sql: str, names: Names) -> list[str]:
    text = _PARAMETER.sub(r"\\:", sql.strip().rstrip(";").rstrip()).replace("\\", "\\\\")
    if "\n" not in text:
        return [f"{names.op}.execute({_string(text)})"]
    body = text.replace('"""', '\\"\\"\\"')
    body = body[:-1] + '\\"' if body.endswith('"') else body
    # A text of several lines keeps them: what follows the first is not indented, it is part of the text.
    return [f'{names.op}.execute("""{body}""")']


def _string(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'


def _call(operation: op.Operation, action: op.Action | None, names: Names) -> str | None:
    match operation, action:
        case op.Drop("table", ((*home, name),), missing_ok=False, cascade=False), None:
            return f"drop_table({_arguments(_literal(name), schema=home[-1] if home else None)})"
        case op.Drop("index", ((*home, name),), missing_ok=False, cascade=False, concurrently=False), None:
            return f"drop_index({_arguments(_literal(name), schema=home[-1] if home else None)})"
        case op.Rename("table", new, op.Ref() as table, None), None:
            return f"rename_table({_arguments(_literal(table.name), _literal(new), schema=table.schema)})"
        case op.Rename("column", new, op.Ref() as table, str(old)), None:
            return f"alter_column({_on(table, old, new_column_name=_literal(new))})"
        case op.CreateIndex(
            table,
            keys,
            str(name),
            concurrently=False,
            method="btree",
            include=(),
            predicate=None,
            tablespace=None,
            options=(),
            nulls_distinct=True,
        ), None:
            columns = [key.column for key in keys]
            if any(key != op.IndexKey(key.column) or key.column is None for key in keys):
                return None
            unique = "True" if operation.unique else None
            inner = _arguments(_literal(name), _literal(table.name), _list(columns), unique=unique, schema=table.schema)
            return f"create_index({inner})"
        case op.AlterTable(table, _, "table"), _ if action is not None and not table.only:
            return _altered(table, action, names)
        case _:
            return None


def _altered(table: op.Ref, action: op.Action, names: Names) -> str | None:
    match action:
        case op.DropColumn(column, missing_ok=False, cascade=False):
            return f"drop_column({_on(table, column)})"
        case op.DropConstraint(name, missing_ok=False, cascade=False):
            return f"drop_constraint({_arguments(_literal(name), _literal(table.name), schema=table.schema)})"
        case op.SetNotNull(column):
            return f"alter_column({_on(table, column, nullable='False')})"
        case op.DropNotNull(column):
            return f"alter_column({_on(table, column, nullable='True')})"
        case op.SetDefault(column, None):
            return f"alter_column({_on(table, column, server_default='None')})"
        case op.SetDefault(column, node) if node is not None and names.sa is not None:
            return f"alter_column({_on(table, column, server_default=_text(node, names))})"
        case op.AlterColumnType(column, kind, using, None):
            return _retyped(table, column, kind, using, names)
        case op.AddColumn(column, missing_ok=False):
            return _added(table, column, names)
        case op.AddConstraint(constraint):
            return _constrained(table, constraint)
        case _:
            return None


def _retyped(table: op.Ref, column: str, kind: op.TypeRef, using: op.Node | None, names: Names) -> str | None:
    made = _type(kind, names)
    if made is None:
        return None
    cast = None
    if using is not None:
        from contractcheck.migrations.postgresql.rendering import expression

        cast = _literal(expression(using))
    return f"alter_column({_on(table, column, type_=made, postgresql_using=cast)})"


def _added(table: op.Ref, column: op.ColumnDef, names: Names) -> str | None:
    made = _type(column.type, names)
    plain = op.ColumnDef(column.name, column.type, not_null=column.not_null, default=column.default)
    if made is None or column != plain:
        return None
    default = _text(column.default, names) if column.default is not None else None
    nullable = "False" if column.not_null else "True"
    inner = _arguments(_literal(column.name), made, server_default=default, nullable=nullable)
    return f"add_column({_arguments(_literal(table.name), f'{names.sa}.Column({inner})', schema=table.schema)})"


def _constrained(table: op.Ref, found: op.ConstraintDef) -> str | None:
    if (
        found.name is None
        or not found.validated
        or not found.enforced
        or found.include
        or found.options
        or found.tablespace
    ):
        return None
    timing = {
        "deferrable": "True" if found.deferrable else None,
        "initially": _literal("DEFERRED") if found.deferred else None,
    }
    name, on = _literal(found.name), _literal(table.name)
    match found.kind:
        case "unique" if found.nulls_distinct and found.index is None:
            return (
                f"create_unique_constraint({_arguments(name, on, _list(found.columns), schema=table.schema, **timing)})"
            )
        case "primary key" if found.index is None and not found.deferrable:
            return f"create_primary_key({_arguments(name, on, _list(found.columns), schema=table.schema)})"
        case "foreign key" if (
            found.references is not None and found.references.columns and found.references.match == "s"
        ):
            other = found.references
            keywords = {
                "ondelete": _literal(_ACTIONS[other.on_delete]) if other.on_delete in _ACTIONS else None,
                "onupdate": _literal(_ACTIONS[other.on_update]) if other.on_update in _ACTIONS else None,
                **timing,
                "source_schema": _literal(table.schema) if table.schema else None,
                "referent_schema": _literal(other.table.schema) if other.table.schema else None,
            }
            to = _literal(other.table.name)
            inner = _arguments(name, on, to, _list(found.columns), _list(other.columns), **keywords)
            return f"create_foreign_key({inner})"
        case _:
            return None


def _type(kind: op.TypeRef, names: Names) -> str | None:
    if names.sa is None or kind.dimensions or kind.schema not in {None, "pg_catalog"}:
        return None
    if kind.name == "varchar" and len(kind.modifiers) == 1:
        return f"{names.sa}.String(length={kind.modifiers[0]})"
    if kind.name == "numeric" and len(kind.modifiers) == 2:
        return f"{names.sa}.Numeric({kind.modifiers[0]}, {kind.modifiers[1]})"
    found = _TYPES.get(kind.name) if not kind.modifiers else None
    return f"{names.sa}.{found}" if found is not None else None


def _text(node: op.Node, names: Names) -> str | None:
    from contractcheck.migrations.postgresql.rendering import expression

    return f"{names.sa}.text({_literal(expression(node))})"


def _on(table: op.Ref, column: str, **keywords: str | None) -> str:
    return _arguments(_literal(table.name), _literal(column), **keywords, schema=table.schema)


def _arguments(*values: str, schema: str | None = None, **keywords: str | None) -> str:
    named = [f"{key}={value}" for key, value in keywords.items() if value is not None]
    return ", ".join((*values, *named, *([f"schema={_literal(schema)}"] if schema else [])))


def _list(names: Sequence[str | None]) -> str:
    return "[" + ", ".join(_literal(name or "") for name in names) + "]"


def _literal(text: str) -> str:
    """A literal of Python in double quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
