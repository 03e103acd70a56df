"""Functions, classes and modules of the snapshot: defined and imported, never run by Python."""

import ast
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from contractcheck.migrations.alembic import (
    blocks,
    budget,
    calls,
    classes,
    entities,
    expressions,
    library,
    mapped,
    objects,
    packages,
)
from contractcheck.migrations.alembic.machine import Frame, Machine
from contractcheck.migrations.alembic.modules import Modules
from contractcheck.migrations.alembic.values import (
    Bound,
    Builtin,
    Class,
    Function,
    Import,
    Instance,
    Keywords,
    Library,
    Module,
    Operations,
    Raised,
    Scope,
    Signal,
    Unknown,
)


def _function(machine: Machine, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> Signal:
    made: object = expressions.function(machine, node, scope)
    assert isinstance(made, Function)  # noqa: S101 - just made
    made.generator = machine.frames[-1].module.yields and any(
        isinstance(inner, ast.Yield | ast.YieldFrom) for inner in _own(node)
    )
    for decorator in reversed(node.decorator_list):
        made = _decorated(machine, made, expressions.evaluate(machine, decorator, scope))
    scope.names[node.name] = made
    return None


def _own(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.AST]:
    """The nodes of a function without those of functions inside it."""
    found: list[ast.AST] = []
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        inner = waiting.pop()
        found.append(inner)
        if not isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(inner))
    return found


_KEEPING = frozenset(
    {
        "functools.wraps",
        "functools.cache",
        "functools.lru_cache",
        "typing.no_type_check",
        "typing.override",
        "typing_extensions.override",
        "abc.abstractmethod",
    }
)
_KINDS = {"property": "property", "functools.cached_property": "property"} | {
    name: name for name in ("staticmethod", "classmethod")
}


# Decorators of libraries that note a function somewhere.
_REGISTERING = frozenset({"compiles", "alembic.Operations.decorator"})


def _decorated(machine: Machine, made: object, decorator: object) -> object:
    if isinstance(decorator, Builtin) and decorator.name == "contextmanager" and isinstance(made, Function):
        made.manager = True
        return made
    if isinstance(decorator, Builtin) and decorator.name in _KEEPING:
        return made
    if isinstance(decorator, Function | Bound | Class | Instance) or getattr(decorator, "name", "") in _REGISTERING:
        return calls.call(machine, decorator, [made], {}, ast.Pass())
    if isinstance(decorator, Unknown) and isinstance(made, Function):
        if decorator.origin in _KINDS:
            made.kind = _KINDS[decorator.origin]
            return made
        if decorator.origin in _KEEPING:
            return made
        if decorator.origin.rpartition(".")[2] == "declared_attr":
            return Unknown(f"{made.name} is made when its class is", parts={mapped.DECLARED: True})
    name = made.name if isinstance(made, Function) else "a function"
    return Unknown(f"{name} is decorated by something that is not read", origin=name, database=True)


def _class(machine: Machine, node: ast.ClassDef, scope: Scope) -> Signal:
    return classes.define(machine, node, scope)


def _import(machine: Machine, node: ast.Import, scope: Scope) -> Signal:
    for alias in node.names:
        if alias.asname is not None:
            scope.names[alias.asname] = _module(machine, alias.name)
        else:
            top = alias.name.partition(".")[0]
            scope.names[top] = _module(machine, top)
    return None


def _module(machine: Machine, dotted: str) -> object:
    if library.known(dotted):
        if dotted == "alembic.op":
            return Operations(machine.emitter.operations)
        return Library(dotted)
    path = machine.modules.find(dotted, machine.frames[-1].module.path)
    opened = machine.modules.open(path, dotted) if path else None
    return opened if opened is not None else Unknown(f"{dotted} is not in this repository", origin=dotted)


def module(machine: Machine, positional: Sequence[object], _keywords: Keywords, _node: ast.AST) -> object:
    """`importlib.import_module(name)`."""
    name = positional[0] if len(positional) == 1 else None
    return _module(machine, name) if isinstance(name, str) else Unknown("a module only a run knows", database=True)


def _import_from(machine: Machine, node: ast.ImportFrom, scope: Scope) -> Signal:
    dotted = node.module or ""
    for alias in node.names:
        name = alias.asname or alias.name
        if alias.name == "*":
            _import_all(machine, dotted, node.level, scope)
        elif node.level == 0 and library.known(dotted):
            scope.names[name] = objects.attribute(machine, Library(dotted), alias.name, node)
        else:
            importer = machine.frames[-1].module.path
            read = partial(_from_file, machine.modules, importer, dotted, node.level, alias.name, node)
            # Within a function it is imported to be used; of a module's imports one migration needs few.
            scope.names[name] = read() if scope.module is None else Import(name, read)
    return None


def _from_file(modules: Modules, importer: str, dotted: str, level: int, name: str, node: ast.AST) -> object:
    machine: Machine = modules.machine
    full = f"{dotted}.{name}" if dotted else name
    if full == "lazy_object_proxy.Proxy":
        return Builtin("lazy_object_proxy.Proxy", lambda: None)
    path = machine.modules.find(dotted, importer, level)
    opened = machine.modules.open(path, dotted) if path else None
    if opened is not None and not (path or "").endswith("__init__.py"):
        return objects.attribute(machine, opened, name, node)
    nested = machine.modules.find(full, importer, level)
    inner = machine.modules.open(nested, full) if nested else None
    if opened is not None:
        value = objects.attribute(machine, opened, name, node)
        if not isinstance(value, Unknown) or inner is None:
            return value
    if inner is not None:
        return inner
    if dotted.partition(".")[0] == "alembic_utils" and name in entities.ENTITIES:
        return entities.entity(name)
    if dotted.partition(".")[0] == "alembic_postgresql_enum" and name in {"TableReference", "ColumnType"}:
        return _ENUMS[name]
    known = packages.type_(full)
    if known is not None:
        return known
    return Unknown(f"{full} is not in this repository", origin=full)


_ENUMS: Mapping[str, object] = {
    "TableReference": Builtin("TableReference", entities.reference),
    "ColumnType": Unknown("how a column has an enum", parts={each: each for each in (entities.ARRAY, entities.COMMON)}),
}


def _import_all(machine: Machine, dotted: str, level: int, scope: Scope) -> None:
    if level == 0 and dotted in {"sqlalchemy", "sqlalchemy.types"}:
        from importlib import import_module

        for name in sorted(vars(import_module(dotted))):
            if not name.startswith("_"):
                value = library.member(dotted, name)
                if not isinstance(value, Unknown | Library):
                    scope.names.setdefault(name, value)
        return
    path = machine.modules.find(dotted, machine.frames[-1].module.path, level)
    opened = machine.modules.open(path, dotted) if path else None
    if opened is not None:
        run_module(machine, opened)
        scope.names.update({name: value for name, value in opened.scope.names.items() if not name.startswith("_")})


def run_module(machine: Machine, module: Module) -> None:
    """Run the body of a module of the snapshot once; what it would send is not kept, as it would be sent at import."""
    if module.path in machine.modules.ran or module.own:
        return
    machine.modules.ran.add(module.path)
    # It is read once for all scripts: what the script that needs it first has done or may do leaves no trace in it.
    before = machine.journals, machine.uncertain, machine.spoken, machine.in_transaction, machine.budget
    world, asked = machine.world, machine.asked
    machine.journals, machine.uncertain, machine.spoken, machine.in_transaction = [], 0, set(), True
    machine.budget, machine.world, calls_before = machine.modules.budget, None, machine.unknown_calls
    try:
        with machine.frame(Frame(module, module.scope)):
            run_body(machine, module)
    except (budget.Exhausted, RecursionError):
        module.scope.names.clear()  # read by half, lists and dictionaries are not what they seem
    finally:
        machine.journals, machine.uncertain, machine.spoken, machine.in_transaction, machine.budget = before
        machine.unknown_calls, machine.world, machine.asked = calls_before, world, asked


def run_body(machine: Machine, module: Module) -> None:
    """Run the statements of a module, each on its own: one that raises leaves its names unknown."""
    steps, machine.steps = machine.steps, []
    try:
        for statement in module.tree.body:
            try:
                blocks.execute(machine, statement, module.scope)
            except Raised as error:
                for inner in ast.walk(statement):
                    if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                        module.scope.names.setdefault(inner.id, Unknown(f"{inner.id}: {error}", origin=inner.id))
    finally:
        machine.steps = steps


HANDLERS: Mapping[type[ast.stmt], Callable[[Machine, Any, Scope], Signal]] = {
    ast.FunctionDef: _function, ast.AsyncFunctionDef: _function, ast.ClassDef: _class, ast.Import: _import,
    ast.ImportFrom: _import_from,
}  # fmt: skip
