"""Operations that are not Alembic's own: those the project registers, and those of packages that many use."""

import ast
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec import Struct, field

from contractcheck.migrations.alembic import calls, definitions, entities, knowledge, names, objects, sending
from contractcheck.migrations.alembic.machine import Machine
from contractcheck.migrations.alembic.values import (
    Builtin,
    Class,
    Connection,
    Function,
    Instance,
    Keywords,
    Operations,
    Raised,
    Unknown,
)

MARK = b"register_operation"
FILES = 40  # files with such a mark that are read


class Registry(Struct):
    """What `@Operations.register_operation` and `@Operations.implementation_for` of the tree have said."""

    searched: bool = False
    operations: dict[str, tuple[object, str | None]] = field(default_factory=dict)
    implementations: list[tuple[object, object]] = field(default_factory=list)


def _registry(machine: Machine) -> Registry:
    if machine.modules.plugins is None:
        machine.modules.plugins = Registry()
    found: Registry = machine.modules.plugins
    return found


def register(machine: Machine, positional: Sequence[object], keywords: Keywords, _node: ast.AST) -> object:
    """`Operations.register_operation(name, sourcename)`: the decorator of a class."""
    given = dict(zip(("name", "sourcename"), positional, strict=False)) | dict(keywords)
    name, source = given.get("name"), given.get("sourcename")

    def keep(made: object) -> object:
        if isinstance(name, str) and isinstance(source, str | None):
            _registry(machine).operations[name] = (made, source)
        return made

    return Builtin(DECORATOR, keep, raw=True)


def implement(machine: Machine, positional: Sequence[object], _keywords: Keywords, _node: ast.AST) -> object:
    """`Operations.implementation_for(kind)`: the decorator of a function."""

    def keep(made: object) -> object:
        if positional:
            _registry(machine).implementations.append((positional[0], made))
        return made

    return Builtin(DECORATOR, keep, raw=True)


DECORATOR = "alembic.Operations.decorator"


def _search(machine: Machine, registry: Registry) -> None:
    """Read the modules that register operations: env.py imports them, wherever they are."""
    registry.searched = True
    here = machine.frames[-1].module.path
    paths = sorted(
        (path for path in machine.modules.python() if machine.modules.holds(path, MARK)),
        key=lambda path: (-len(_common(path, here)), path),
    )
    for path in paths[:FILES]:
        opened = machine.modules.open(path, path.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
        if opened is not None:
            definitions.run_module(machine, opened)


def _common(one: str, other: str) -> str:
    shared = 0
    for a, b in zip(one.split("/"), other.split("/"), strict=False):
        if a != b:
            break
        shared += 1
    return "/" * shared


def operation(machine: Machine, value: Operations, name: str) -> object:
    """An operation that `op` has only with a plug-in: a callable, or Unknown."""
    known = _KNOWN.get(name)
    if known is not None:
        return Builtin(f"op.{name}", partial(_known, machine, name, known), raw=True, database=True)
    registry = _registry(machine)
    if name not in registry.operations and not registry.searched:
        _search(machine, registry)
    if name in registry.operations:
        kind, source = registry.operations[name]
        if isinstance(kind, Function):
            return Builtin(
                f"op.{name}", lambda *p, **k: calls.call(machine, kind, [value, *p], k, machine.node), raw=True,
                database=True,
            )  # fmt: skip
        if isinstance(kind, Class):
            made = objects.attribute(machine, kind, source or name, machine.node)
            return Builtin(
                f"op.{name}", lambda *p, **k: calls.call(machine, made, [value, *p], k, machine.node), raw=True,
                database=True,
            )  # fmt: skip
    return Unknown(f"the operation op.{name} of a plug-in", origin=f"op.{name}", database=True)


def invoke(machine: Machine, value: Operations, positional: Sequence[object]) -> object:
    """`op.invoke(operation)`: one of Alembic's is sent, one of the project's goes to its implementation."""
    node = machine.node
    asked = positional[0] if len(positional) == 1 else None
    if isinstance(asked, Instance):
        for kind, made in reversed(_registry(machine).implementations):
            if isinstance(kind, Class) and names.descends(asked.kind, kind):
                return calls.call(machine, made, [value, asked], {}, node)
    elif type(asked).__module__ == "alembic.operations.ops":
        target: Any = value.target
        return sending.deliver(machine, node, lambda: target.invoke(asked), "op.invoke")
    reason = asked.reason if isinstance(asked, Unknown) else "an operation that is not read"
    machine.opaque(node, f"op.invoke: {reason}")
    return Unknown("the result of an operation")


def _known(
    machine: Machine,
    name: str,
    make: Callable[[Sequence[object], Keywords], Sequence[str]],
    *positional: object,
    **keywords: object,
) -> object:
    """An operation of a package whose statements are known."""
    unknown = knowledge.unknown_in(*positional, *keywords.values())
    try:
        texts = None if unknown is not None else make(positional, keywords)
    except entities.UnreadError as error:
        unknown, texts = Unknown(str(error)), None
    if unknown is not None or texts is None:
        machine.opaque(machine.node, f"op.{name}: {knowledge.because(unknown)}")
        return None
    for text in texts:
        machine.receive(text, machine.node)
    return None


def script(machine: Machine) -> Unknown:
    """`op.get_context().script`: the revisions of the tree, of which one asks for the module of another."""

    def revision(name: object) -> object:
        path = machine.modules.revisions(name) if isinstance(name, str) else None
        opened = machine.modules.open(path) if path else None
        return Unknown("a revision", parts={} if opened is None else {"module": opened, "path": path})

    parts = {each: Builtin(each, revision, raw=True) for each in ("get_revision", "get_revisions")}
    return Unknown("the scripts of the run", parts=parts)


def asynchronous(machine: Machine, positional: Sequence[object], keywords: Keywords) -> object:
    """`op.run_async(function, ...)`: the function with the connection."""
    if not positional:
        raise Raised(TypeError("run_async() missing its function"))
    node = machine.node
    return calls.awaited(
        machine, calls.call(machine, positional[0], [Connection(), *positional[1:]], keywords, node), node
    )


_KNOWN: Mapping[str, Callable[[Sequence[object], Keywords], Sequence[str]]] = {
    "create_entity": entities.create, "drop_entity": entities.drop, "replace_entity": entities.replace,
    "sync_enum_values": entities.sync_enum,
}  # fmt: skip
