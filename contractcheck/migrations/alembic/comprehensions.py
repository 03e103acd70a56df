"""Comprehensions and generator expressions."""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from contractcheck.migrations.alembic import (
    bindings,
    expressions,
    knowledge,
)
from contractcheck.migrations.alembic.machine import Machine
from contractcheck.migrations.alembic.values import (
    Scope,
    Unknown,
)


def _rounds(machine: Machine, generators: list[ast.comprehension], scope: Scope) -> Iterator[Unknown | None]:
    """Bind the names of a comprehension for each of its items; yields one of them once if they are not known."""
    if not generators:
        yield None
        return
    first, rest = generators[0], generators[1:]
    iterable = expressions.evaluate(machine, first.iter, scope)
    items = knowledge.iterate(machine, iterable)
    if items is None:
        yield knowledge.each(iterable, knowledge.because(iterable))
        return
    for item in items:
        machine.budget.step()
        bindings.assign(machine, first.target, item, scope)
        verdict: bool | None = True
        for condition in first.ifs:
            verdict = knowledge.truth(expressions.evaluate(machine, condition, scope))
            if verdict is not True:
                break
        if verdict is None:
            yield Unknown(knowledge.CONDITION)
            return
        if verdict:
            yield from _rounds(machine, rest, scope)


Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp


def _collected(machine: Machine, node: Comprehension, scope: Scope) -> list[tuple[object, ...]] | Unknown:
    """What each round gives: an item, or a key and its value."""
    inner = Scope({}, scope)
    parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
    result: list[tuple[object, ...]] = []
    machine.frames[-1].scope, outer = inner, machine.frames[-1].scope
    try:
        for unknown in _rounds(machine, node.generators, inner):
            if unknown is not None:
                return _unknown_rounds(machine, node, parts, inner, unknown)
            result.append(tuple(expressions.evaluate(machine, part, inner) for part in parts))
    finally:
        machine.frames[-1].scope = outer
    return result


def _unknown_rounds(
    machine: Machine, node: Comprehension, parts: Sequence[ast.expr], inner: Scope, unknown: Unknown
) -> Unknown:
    """A comprehension over items that are not known may still send statements: once, for an unknown item."""

    def once() -> object:
        for generator in node.generators:
            item = unknown if len(node.generators) == 1 else Unknown(unknown.reason)
            bindings.assign(machine, generator.target, item, inner)
        return [expressions.evaluate(machine, part, inner) for part in parts][-1]

    item = knowledge.perhaps(machine, once, node, "a loop over items only a run knows")
    return Unknown(unknown.reason, parts={"<item>": item})


def _list(machine: Machine, node: ast.ListComp | ast.GeneratorExp, scope: Scope) -> object:
    rounds = _collected(machine, node, scope)
    return rounds if isinstance(rounds, Unknown) else [item for (item,) in rounds]


def _set(machine: Machine, node: ast.SetComp, scope: Scope) -> object:
    rounds = _collected(machine, node, scope)
    return rounds if isinstance(rounds, Unknown) else expressions.made_set([item for (item,) in rounds])


def _dict(machine: Machine, node: ast.DictComp, scope: Scope) -> object:
    rounds = _collected(machine, node, scope)
    return rounds if isinstance(rounds, Unknown) else expressions.made_dict(rounds)


HANDLERS: Mapping[type[ast.expr], Callable[[Machine, Any, Scope], object]] = {
    ast.ListComp: _list, ast.SetComp: _set, ast.GeneratorExp: _list, ast.DictComp: _dict,
}  # fmt: skip
