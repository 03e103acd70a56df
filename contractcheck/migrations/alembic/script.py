"""One revision: its identity and the steps of its two functions."""

import ast
import dataclasses
from collections.abc import Callable, Sequence
from functools import partial

from msgspec import Struct

from contractcheck.migrations.alembic import budget, definitions
from contractcheck.migrations.alembic.emission import Emitter, quiet
from contractcheck.migrations.alembic.machine import Frame, Machine, position, source
from contractcheck.migrations.alembic.modules import Modules, module
from contractcheck.migrations.alembic.values import Function, Module, Raised, Unknown
from contractcheck.migrations.trees import Opaque, Script, ScriptKind, Step
from contractcheck.migrations.world import World
from contractcheck.model.place import Place


class Identity(Struct, frozen=True):
    """What a revision says of itself. `unknown` names what is not written as a literal."""

    revision: str | None
    parents: tuple[str, ...]
    depends_on: tuple[str, ...]
    labels: tuple[str, ...]
    place: Place
    unknown: tuple[str, ...]


NAMES = ("revision", "down_revision", "depends_on", "branch_labels")


def identity(tree: ast.Module, path: str) -> Identity | None:
    """The revision data of a file, or None if it is no revision (it binds no `revision`)."""
    found: dict[str, ast.expr] = {}
    constants: dict[str, ast.expr] = {}
    for statement in tree.body:
        targets: Sequence[ast.expr] = ()
        value: ast.expr | None = None
        if isinstance(statement, ast.Assign):
            targets, value = statement.targets, statement.value
        elif isinstance(statement, ast.AnnAssign):
            targets, value = [statement.target], statement.value
        for target in targets:
            if isinstance(target, ast.Name) and value is not None:
                constants[target.id] = value
                if target.id in NAMES:
                    found[target.id] = value
    if "revision" not in found or "down_revision" not in found:
        return None
    unknown = [name for name in NAMES if name in found and _texts(found[name], constants) is None]
    texts = {name: _texts(found[name], constants) or () if name in found else () for name in NAMES}
    node = found["revision"]
    return Identity(
        texts["revision"][0] if texts["revision"] else None,
        texts["down_revision"],
        texts["depends_on"],
        texts["branch_labels"],
        Place(path, node.lineno, node.col_offset + 1),
        tuple(unknown),
    )


def _texts(node: ast.expr, constants: dict[str, ast.expr], depth: int = 0) -> tuple[str, ...] | None:
    """One text, several, or none (`None`); None if that is not literal."""
    if isinstance(node, ast.Name) and node.id in constants and depth < 5:
        return _texts(constants[node.id], constants, depth + 1)
    if isinstance(node, ast.Constant):
        return () if node.value is None else (node.value,) if isinstance(node.value, str) else None
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        parts = [_texts(item, constants, depth + 1) for item in node.elts] if depth < 5 else [None]
        return None if None in parts else tuple(text for part in parts if part is not None for text in part)
    return None


def scripts(
    emitter: Emitter,
    modules: Modules,
    split: Callable[[str], Sequence[str]],
    path: str,
    tree: ast.Module,
    content: bytes,
) -> tuple[Script, Script]:
    """What `upgrade()` and `downgrade()` send, each read in a world of its own."""

    def read(name: str, world: World | None = None) -> Script:
        with quiet():
            script, asked = _script(emitter, modules, split, module(path, tree, content, own=True), name, world)
        return dataclasses.replace(script, again=partial(read, name)) if asked and world is None else script

    return read("upgrade"), read("downgrade")


def _script(
    emitter: Emitter,
    modules: Modules,
    split: Callable[[str], Sequence[str]],
    own: Module,
    name: str,
    world: World | None,
) -> tuple[Script, bool]:
    """The script, and whether it asks what the database holds."""
    written = [
        node for node in own.tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name
    ]
    kind = _kind(written[-1]) if written else None
    place = position(own, written[-1]) if written else None
    if kind in {ScriptKind.EMPTY, ScriptKind.RAISES}:
        return Script(kind, (), place), False
    if written and isinstance(written[-1], ast.AsyncFunctionDef):
        return Script(ScriptKind.CODE, (_opaque(own, written[-1], f"{name} runs asynchronously"),), place), False
    machine = Machine(emitter, modules, split, world=world)
    modules.machine = machine
    frame = Frame(own, own.scope)
    machine.frames.append(frame)
    node: ast.AST = written[-1] if written else own.tree
    try:
        definitions.run_body(machine, own)
        function = own.scope.get(name)
        if function is None:
            return Script(ScriptKind.MISSING, (), None), False
        if not isinstance(function, Function):
            reason = function.reason if isinstance(function, Unknown) else f"{name} is no function"
            return Script(ScriptKind.CODE, (_opaque(own, node, reason),), place), False
        _run(machine, function, node)
    except budget.Exhausted as error:
        machine.steps.append(_opaque(own, machine.at or node, str(error)))
    except RecursionError:
        machine.steps.append(_opaque(own, machine.at or node, "is nested too deeply"))
    except Exception as error:  # noqa: BLE001 - a mistake of the reader is said at its place, and costs no other revision
        reason = f"the reader stumbles: {type(error).__name__}: {' '.join(str(error).split())[:120]}"
        machine.steps.append(_opaque(own, machine.at or node, reason))
    steps = tuple(machine.steps)
    return Script(ScriptKind.CODE, steps, place), machine.asked


def _run(machine: Machine, function: Function, node: ast.AST) -> None:
    from contractcheck.migrations.alembic import calls

    try:
        calls.invoke(machine, function, [], {}, node)
    except Raised as error:
        machine.steps.append(_opaque(machine.frames[0].module, machine.at or node, f"raises {error}"))


def _opaque(own: Module, node: ast.AST, reason: str) -> Step:
    return Opaque(position(own, node), reason, source(node))


def _kind(node: ast.FunctionDef | ast.AsyncFunctionDef) -> ScriptKind | None:
    """EMPTY or RAISES where the body says so without being run."""
    body = [each for each in node.body if not isinstance(each, ast.Pass) and not _constant(each)]
    if not body:
        return ScriptKind.EMPTY
    if isinstance(body[0], ast.Raise):
        return ScriptKind.RAISES
    if all(
        isinstance(each, ast.Return) and (each.value is None or isinstance(each.value, ast.Constant)) for each in body
    ):
        return ScriptKind.EMPTY
    return None


def _constant(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
