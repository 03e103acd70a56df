"""Generated columns: what their expressions may use, and SET and DROP EXPRESSION."""

from msgspec.structs import replace

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Table, Type
from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql import analysis, types
from contractcheck.migrations.postgresql.expressions import calls, infer, references, user_functions, volatility
from contractcheck.migrations.postgresql.nodes import walk
from contractcheck.migrations.postgresql.run import FailureError, Run
from contractcheck.migrations.postgresql.work import Alter


def check_virtual(run: Run, name: str, kind: Type | None) -> None:
    """Refuse the type of a virtual column: it must be built in, also that of elements (CheckAttributeType)."""
    run.need(18, "a virtual generated column")
    user = types.user_type(kind, run.catalog)
    if user is not None:
        of = "domain" if user.kind == "domain" else "user-defined"
        raise FailureError(f'virtual generated column "{name}" cannot have a {of} type')


def check_expression(run: Run, table: Table, node: Node | None, kind: str, own: str = "") -> None:
    """Refuse a generating expression that is not immutable or, if virtual, uses what 18 does not allow."""
    if node is None:
        return
    if any(part == "SubLink" for part, _ in walk(node)):
        raise FailureError("cannot use subquery in column generation expression")
    for parts in references(node):
        if parts[-1] == "*" or parts[-1] == "tableoid":
            continue
        found = run.column(table, parts[-1])
        if found.generated or parts[-1] == own:
            raise FailureError(f'cannot use generated column "{found.name}" in column generation expression')
    analysis.sound(run, node, table)
    level, name = volatility(node, run.scope(table))
    if level in "sv":
        raise FailureError(f"generation expression is not immutable ({name})")
    if kind == "virtual":
        _built_in(run, table, node)


def _built_in(run: Run, table: Table, node: Node) -> None:
    """Refuse what a virtual column may not compute with: any function, and any value of a type, that is a user's.

    Virtual columns are computed by whoever reads them (check_virtual_generated_security).
    """
    scope = run.scope(table)
    if any(user_functions(p, run.scope()) for p, _ in calls(node)):
        raise FailureError("generation expression uses user-defined function")
    for part, fields in walk(node):
        found = infer({part: fields}, scope)
        if found is not None and isinstance(found.base, int):
            raise FailureError("generation expression uses user-defined type")


def set_expression(alter: Alter, number: int, action: op.SetExpression) -> None:
    """SET EXPRESSION: a stored column is computed anew for every row."""
    run = alter.run
    run.need(17, "SET EXPRESSION")
    for child in alter.family(number):
        table = run.current(child)
        column = run.column(table, action.column)
        if not column.generated:
            raise FailureError(f'column "{column.name}" of relation "{table.name}" is not a generated column')
        check_expression(run, table, action.expression, column.generated, column.name)
        run.catalog.put(table.with_column(replace(column, default=action.expression)))
        if column.generated == "stored":
            alter.work(child).rewrite = True
        else:
            if any(c.kind == "check" for c in table.constraints):
                raise FailureError(
                    "ALTER TABLE / SET EXPRESSION is not supported for virtual generated columns with CHECK"
                )
            if column.not_null:
                alter.work(child).not_null.append(column.number)


def drop_expression(alter: Alter, number: int, action: op.DropExpression) -> None:
    """DROP EXPRESSION: the values stay, the rule goes."""
    run = alter.run
    run.need(13, "DROP EXPRESSION")
    table = run.current(number)
    top = table.column(action.column)
    if top is not None and top.inherited and table.parents:
        raise FailureError("cannot drop generation expression from inherited column")
    nested = any(run.catalog.children.get(child) for child in run.catalog.children.get(number, ()))
    if nested or (alter.only and run.catalog.children.get(number)):  # ATPrepDropExpression asks each of the children
        raise FailureError("ALTER TABLE / DROP EXPRESSION must be applied to child tables too")
    for child in alter.family(number):
        column = run.column(run.current(child), action.column)
        if not column.generated:
            if action.missing_ok:
                continue
            raise FailureError(f'column "{column.name}" of relation "{table.name}" is not a generated column')
        if column.generated == "virtual":
            raise FailureError("ALTER TABLE / DROP EXPRESSION is not supported for virtual generated columns")
        run.catalog.put(run.current(child).with_column(replace(column, generated="", default=None)))
