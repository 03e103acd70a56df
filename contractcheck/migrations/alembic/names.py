"""Built-in names that need more than the values of their arguments: the scope, functions as keys, unknown items."""

import ast
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from contractcheck.migrations.alembic import budget, calls, containers, files, knowledge, library, objects
from contractcheck.migrations.alembic.machine import Machine
from contractcheck.migrations.alembic.values import (
    OWN,
    Bound,
    Builtin,
    Class,
    Function,
    Instance,
    Keywords,
    Raised,
    Scope,
    Unknown,
)


def _isinstance(_machine: Machine, positional: Sequence[object], _keywords: Keywords, _node: ast.AST) -> object:
    if len(positional) != 2:
        return Unknown(knowledge.CONDITION)
    value, kinds = positional
    several = kinds if isinstance(kinds, tuple) else (kinds,)
    if isinstance(value, Unknown) or any(isinstance(kind, Unknown) for kind in several):
        if isinstance(value, Unknown) and value.template is not None and str in several:
            return True
        return Unknown(knowledge.CONDITION)
    if isinstance(value, Instance):
        return (
            Unknown(knowledge.CONDITION)
            if not value.kind.whole
            else any(descends(value.kind, kind) for kind in several)
        )
    real = tuple(kind for kind in several if isinstance(kind, type))
    return isinstance(value, real)


def descends(kind: Class, other: object) -> bool:
    return kind is other or any(descends(base, other) for base in kind.bases if isinstance(base, Class))


def _getattr(machine: Machine, positional: Sequence[object], _keywords: Keywords, node: ast.AST) -> object:
    if len(positional) < 2 or not isinstance(positional[1], str):
        return Unknown(
            "an attribute whose name is not known", database=bool(positional) and calls.reaches(positional[0])
        )
    try:
        return objects.attribute(machine, positional[0], positional[1], node)
    except Raised as error:
        if isinstance(error.value, AttributeError) and len(positional) > 2:
            return positional[2]
        raise


def _setattr(machine: Machine, positional: Sequence[object], _keywords: Keywords, _node: ast.AST) -> object:
    from contractcheck.migrations.alembic import bindings

    if len(positional) == 3 and isinstance(positional[1], str):
        bindings.fasten(machine, positional[0], positional[1], positional[2])
    elif positional and isinstance(positional[0], Instance):
        machine.taint(positional[0])
    return None


def _hasattr(machine: Machine, positional: Sequence[object], keywords: Keywords, node: ast.AST) -> object:
    missing = object()
    value = _getattr(machine, [*positional[:2], missing], keywords, node)
    return Unknown(knowledge.CONDITION) if isinstance(value, Unknown) else value is not missing


def _map(machine: Machine, positional: Sequence[object], _keywords: Keywords, node: ast.AST) -> object:
    if len(positional) < 2:
        return Unknown(containers.ITEMS)
    lists = [knowledge.iterate(machine, value) for value in positional[1:]]
    known = [each for each in lists if each is not None]
    if len(known) == len(lists):
        return [calls.call(machine, positional[0], row, {}, node) for row in zip(*known, strict=False)]
    reason = next(knowledge.because(value) for value, each in zip(positional[1:], lists, strict=True) if each is None)
    row = [Unknown(reason)] * len(lists)
    item = knowledge.perhaps(machine, lambda: calls.call(machine, positional[0], row, {}, node), node, reason)
    return Unknown(reason, parts={"<item>": item})


def _filter(machine: Machine, positional: Sequence[object], _keywords: Keywords, node: ast.AST) -> object:
    if len(positional) != 2:
        return Unknown(containers.ITEMS)
    test, items = positional[0], knowledge.iterate(machine, positional[1])
    if items is None:
        reason = knowledge.because(positional[1])
        if test is not None:
            knowledge.perhaps(machine, lambda: calls.call(machine, test, [Unknown(reason)], {}, node), node, reason)
        return Unknown(reason)
    result: list[object] = []
    for item in items:
        known = knowledge.truth(item if test is None else calls.call(machine, test, [item], {}, node))
        if known is None:
            return Unknown(containers.ITEMS)
        if known:
            result.append(item)
    return result


def _printed(
    make: Callable[[object], str], _machine: Machine, positional: Sequence[object], _keywords: Keywords, _node: ast.AST
) -> object:
    """`repr` and `ascii` of a plain value."""
    budget.weigh(*positional)
    if len(positional) != 1 or not objects.printable(positional[0]) or objects.ours(positional[0]):
        return Unknown("prints an object")
    return knowledge.guarded(lambda: make(positional[0]))


def _super(machine: Machine, positional: Sequence[object], _keywords: Keywords, _node: ast.AST) -> object:
    scope = machine.frames[-1].scope
    found = scope.find("__class__")
    owner = positional[0] if positional else (found.names["__class__"] if found else None)
    holder = found or scope
    this = (
        positional[1]
        if len(positional) > 1
        else next((value for key, value in holder.names.items() if key != "__class__"), None)
    )
    if isinstance(owner, type) and isinstance(this, owner):
        return super(owner, this)
    if isinstance(owner, Class) and isinstance(this, Instance) and owner.whole:
        return Instance(
            Class(
                f"super of {owner.name}",
                owner.bases,
                {"__init__": Builtin("object", lambda *_a, **_k: None, raw=True)} if not owner.bases else {},
            ),
            this.names,
        )
    return Unknown("super of a class that is not read")


def _globals(machine: Machine, _positional: Sequence[object], _keywords: Keywords, _node: ast.AST) -> object:
    current: Scope | None = machine.frames[-1].scope
    while current is not None and current.parent is not None:
        current = current.parent
    return current.names if current is not None else Unknown("globals")


def _next(machine: Machine, positional: Sequence[object], _keywords: Keywords, _node: ast.AST) -> object:
    items = knowledge.iterate(machine, positional[0]) if positional else None
    if items is None:
        return Unknown("an item only a run knows")
    if items:
        return items[0]
    if len(positional) > 1:
        return positional[1]
    raise Raised(StopIteration())


def _iter(_machine: Machine, positional: Sequence[object], _keywords: Keywords, _node: ast.AST) -> object:
    return positional[0] if positional else Unknown("an iterator")


def _partial(_machine: Machine, positional: Sequence[object], keywords: Keywords, _node: ast.AST) -> object:
    return Bound(positional[0], tuple(positional[1:]), dict(keywords)) if positional else Unknown("partial of nothing")


def _proxy(machine: Machine, positional: Sequence[object], _keywords: Keywords, node: ast.AST) -> object:
    """lazy_object_proxy.Proxy(make): behaves as what `make()` gives."""
    return calls.call(machine, positional[0], [], {}, node) if positional else Unknown("a proxy of nothing")


def _template(machine: Machine, positional: Sequence[object], _keywords: Keywords, node: ast.AST) -> object:
    """string.Template(text), with what its `substitute` gives."""
    text = positional[0] if len(positional) == 1 else None
    if not isinstance(text, str):
        return Unknown("a template only a run knows")

    def substitute(*given: object, **keywords: object) -> object:
        import string

        values = {**(given[0] if given and isinstance(given[0], dict) else {}), **keywords}
        if not all(isinstance(each, str | int) for each in values.values()):
            return Unknown("a text with an unknown part")
        budget.text(len(text) + text.count("$") * max((len(str(each)) for each in values.values()), default=0))
        return calls.call(machine, Builtin("substitute", string.Template(text).substitute), [], values, node)

    return Unknown(
        "a template", parts={name: Builtin(name, substitute, raw=True) for name in ("substitute", "safe_substitute")}
    )


def _compiles(machine: Machine, positional: Sequence[object], _keywords: Keywords, _node: ast.AST) -> object:
    """`compiles(element, *dialects)`: how an element of the snapshot is written; a library's stays as it is."""
    kind, dialects = (positional[0], positional[1:]) if positional else (None, ())

    def register(function: object) -> object:
        if isinstance(kind, type) and OWN in kind.__dict__ and isinstance(function, Function):
            from sqlalchemy.ext.compiler import compiles

            from contractcheck.migrations.alembic import classes

            how: Any = classes.method(machine.modules, function)
            compiles(kind, *(str(each) for each in dialects))(how)
        return function

    return Builtin("compiles", register, raw=True)


def _path(_machine: Machine, positional: Sequence[object], _keywords: Keywords, _node: ast.AST) -> object:
    return files.path(positional)


def _open(machine: Machine, positional: Sequence[object], keywords: Keywords, _node: ast.AST) -> object:
    return files.open_(machine, positional, keywords)


def _on_paths(
    name: str, _machine: Machine, positional: Sequence[object], _keywords: Keywords, _node: ast.AST
) -> object:
    return files.of_texts(name, positional)


def _pieces(machine: Machine, positional: Sequence[object], _keywords: Keywords, _node: ast.AST) -> object:
    """`sqlparse.split(text)`: the statements of a text."""
    text = positional[0] if positional else None
    if isinstance(text, str):
        return list(machine.split(text))
    return Unknown(knowledge.because(text) if positional else containers.ITEMS)


def _module(machine: Machine, positional: Sequence[object], keywords: Keywords, node: ast.AST) -> object:
    from contractcheck.migrations.alembic import definitions

    return definitions.module(machine, positional, keywords, node)


def _register(machine: Machine, positional: Sequence[object], keywords: Keywords, node: ast.AST) -> object:
    from contractcheck.migrations.alembic import plugins

    return plugins.register(machine, positional, keywords, node)


def _awaited(machine: Machine, positional: Sequence[object], _keywords: Keywords, node: ast.AST) -> object:
    return calls.awaited(machine, positional[0], node) if positional else Unknown("a coroutine")


def _implement(machine: Machine, positional: Sequence[object], keywords: Keywords, node: ast.AST) -> object:
    from contractcheck.migrations.alembic import plugins

    return plugins.implement(machine, positional, keywords, node)


SPECIAL: Mapping[str, Callable[[Machine, Sequence[object], Keywords, ast.AST], object]] = {
    "isinstance": _isinstance, "getattr": _getattr, "setattr": _setattr, "hasattr": _hasattr, "map": _map,
    "filter": _filter, "super": _super, "globals": _globals, "next": _next, "iter": _iter,
    "functools.partial": _partial,
    "lazy_object_proxy.Proxy": _proxy, "string.Template": _template,
    "sqlalchemy.ext.compiler.compiles": _compiles,
    "pathlib.Path": _path, "pathlib.PurePath": _path, "open": _open, "sqlparse.split": _pieces,
    "asyncio.run": _awaited, "alembic.register_operation": _register,
    "alembic.implementation_for": _implement,
    **{f"os.path.{name}": partial(_on_paths, name) for name in library.PATHS},
    "importlib.import_module": _module, "__import__": _module,
    "repr": partial(_printed, repr), "ascii": partial(_printed, ascii),
    **containers.SPECIAL,
}  # fmt: skip

NAMES: Mapping[str, Builtin] = {name: Builtin(name, lambda: None) for name in SPECIAL if "." not in name}
