"""Built-in names that need more than the values of their arguments: the scope, functions as keys, unknown items."""

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from contractcheck.migrations.alembic import budget, calls, knowledge, objects
from contractcheck.migrations.alembic.machine import Machine
from contractcheck.migrations.alembic.values import (
    Bound,
    Builtin,
    Class,
    Instance,
    Keywords,
    Raised,
    Scope,
    Unknown,
)


def _isinstance(
    _machine: Machine, positional: Sequence[object], _keywords: Keywords, _scope: Scope, _node: ast.AST
) -> object:
    value, kinds = (*positional, None, None)[:2]
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


def _getattr(
    machine: Machine, positional: Sequence[object], _keywords: Keywords, _scope: Scope, node: ast.AST
) -> object:
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


def _hasattr(machine: Machine, positional: Sequence[object], keywords: Keywords, scope: Scope, node: ast.AST) -> object:
    missing = object()
    value = _getattr(machine, [*positional[:2], missing], keywords, scope, node)
    return Unknown(knowledge.CONDITION) if isinstance(value, Unknown) else value is not missing


def _map(machine: Machine, positional: Sequence[object], _keywords: Keywords, _scope: Scope, node: ast.AST) -> object:
    lists = [knowledge.iterate(machine, value) for value in positional[1:]]
    known = [each for each in lists if each is not None]
    if len(known) != len(lists) or not known:
        return Unknown("items only a run knows")
    return [calls.call(machine, positional[0], row, {}, node) for row in zip(*known, strict=False)]


def _filter(
    machine: Machine, positional: Sequence[object], _keywords: Keywords, _scope: Scope, node: ast.AST
) -> object:
    items = knowledge.iterate(machine, positional[1]) if len(positional) == 2 else None
    result: list[object] = []
    for item in items if items is not None else [Unknown("")]:
        verdict = item if positional[0] is None else calls.call(machine, positional[0], [item], {}, node)
        known = knowledge.truth(verdict)
        if known is None:
            return Unknown("items only a run knows")
        if known:
            result.append(item)
    return result


_OVER_ITEMS = ("sorted", "zip", "enumerate", "reversed", "any", "all", "sum", "min", "max", "len")


def _sequence(name: str) -> Callable[[Machine, Sequence[object], Keywords, Scope, ast.AST], object]:
    """`sorted`, `zip`, ... over items that may be unknown, with keys that are functions of the snapshot."""
    known_calls: dict[str, Any] = {
        "sorted": sorted, "zip": lambda *rows: list(zip(*rows, strict=False)), "any": any, "all": all, "sum": sum,
        "enumerate": lambda *row: list(enumerate(*row)), "reversed": lambda row: list(reversed(row)), "min": min,
        "max": max, "len": len,
    }  # fmt: skip
    make = known_calls[name]

    def run(
        machine: Machine, positional: Sequence[object], keywords: Keywords, _scope: Scope, _node: ast.AST
    ) -> object:
        values: list[object] = []
        for index, value in enumerate(positional):
            if isinstance(value, Unknown):
                return Unknown(value.reason)
            items = knowledge.iterate(machine, value) if not isinstance(value, int | float) else None
            values.append(value if items is None or (index and name in {"enumerate", "sum"}) else items)
        if name in {"any", "all"} and values and isinstance(values[0], list):
            verdicts = [knowledge.truth(item) for item in values[0]]
            decided = (name == "any") in verdicts
            if decided or None not in verdicts:
                return (name == "any") is decided
            return Unknown(
                next(knowledge.because(item) for item, known in zip(values[0], verdicts, strict=True) if known is None)
            )
        if name in {"sorted", "sum", "min", "max"} and knowledge.unknown_in(*values, *keywords.values()):
            return Unknown("items only a run knows")
        budget.weigh(*values)
        named = {key: calls.called(machine, value) for key, value in keywords.items() if key != "strict"}
        return knowledge.guarded(lambda: make(*values, **named))

    return run


def _super(
    _machine: Machine, positional: Sequence[object], _keywords: Keywords, scope: Scope, _node: ast.AST
) -> object:
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


def _globals(
    _machine: Machine, _positional: Sequence[object], _keywords: Keywords, scope: Scope, _node: ast.AST
) -> object:
    current: Scope | None = scope
    while current is not None and current.parent is not None:
        current = current.parent
    return current.names if current is not None else Unknown("globals")


def _next(machine: Machine, positional: Sequence[object], _keywords: Keywords, _scope: Scope, _node: ast.AST) -> object:
    items = knowledge.iterate(machine, positional[0]) if positional else None
    if items is None:
        return Unknown("an item only a run knows")
    if items:
        return items[0]
    if len(positional) > 1:
        return positional[1]
    raise Raised(StopIteration())


def _iter(
    _machine: Machine, positional: Sequence[object], _keywords: Keywords, _scope: Scope, _node: ast.AST
) -> object:
    return positional[0] if positional else Unknown("an iterator")


def _partial(
    _machine: Machine, positional: Sequence[object], keywords: Keywords, _scope: Scope, _node: ast.AST
) -> object:
    return Bound(positional[0], tuple(positional[1:]), dict(keywords)) if positional else Unknown("partial of nothing")


def _proxy(machine: Machine, positional: Sequence[object], _keywords: Keywords, _scope: Scope, node: ast.AST) -> object:
    """lazy_object_proxy.Proxy(make): behaves as what `make()` gives."""
    return calls.call(machine, positional[0], [], {}, node) if positional else Unknown("a proxy of nothing")


SPECIAL: Mapping[str, Callable[[Machine, Sequence[object], Keywords, Scope, ast.AST], object]] = {
    "isinstance": _isinstance, "getattr": _getattr, "hasattr": _hasattr, "map": _map, "filter": _filter,
    "super": _super, "globals": _globals, "next": _next, "iter": _iter, "functools.partial": _partial,
    "lazy_object_proxy.Proxy": _proxy,
    **{each: _sequence(each) for each in _OVER_ITEMS},
}  # fmt: skip

NAMES: Mapping[str, Builtin] = {name: Builtin(name, lambda: None) for name in SPECIAL if "." not in name}
