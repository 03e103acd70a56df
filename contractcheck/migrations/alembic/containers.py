"""Methods of lists, tuples, dictionaries and sets, and functions over items, some of which may be unknown."""

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from contractcheck.migrations.alembic import budget, calls, knowledge, library, objects
from contractcheck.migrations.alembic.machine import Machine
from contractcheck.migrations.alembic.values import Keywords, Raised, Unknown

ITEMS = "items only a run knows"
# Methods whose arguments are items to go through.
_THROUGH = frozenset(
    [
        "extend",
        "update",
        "union",
        "intersection",
        "difference",
        "symmetric_difference",
        "issubset",
        "issuperset",
        "isdisjoint",
    ]
)
# Methods that compare their argument with every item.
_COMPARING = frozenset({"index", "count", "remove"})


def method(
    machine: Machine, called: objects.Method, positional: Sequence[object], keywords: Keywords, node: ast.AST
) -> object:
    """Carry out a method of a container; one that changes it in an unknown way leaves nobody knowing what it holds."""
    target, name = called.value, called.name
    if name in library.CHANGING:
        machine.touch(target)
    if name == "sort" and isinstance(target, list):
        result = ordered(machine, target, keywords, node)
        if isinstance(result, Unknown):
            machine.taint(target)
            return result
        target[:] = result
        return None
    arguments: list[object] = []
    for value in positional:
        if name in _THROUGH and not isinstance(value, dict | Unknown):
            items = knowledge.iterate(machine, value)
            arguments.append(Unknown(ITEMS) if items is None else items)
        else:
            arguments.append(value)
    # What is only kept may be unknown: the item of `append`, the value beside a key.
    decisive = arguments
    if isinstance(target, dict):
        decisive = arguments[:1]
    elif isinstance(target, list):
        decisive = [] if name == "append" else arguments[:1]
    unknown = knowledge.unknown_of(*decisive)
    if unknown is None and name in _COMPARING and isinstance(target, list | tuple):
        unknown = knowledge.unknown_in(*target, *arguments)
    if unknown is None and isinstance(target, set | frozenset):
        unknown = knowledge.unknown_in(*arguments) or (Unknown(ITEMS) if name == "pop" and len(target) > 1 else None)
    if unknown is not None:
        if name in library.CHANGING:
            machine.taint(target)
        return Unknown(unknown.reason)
    if name not in {"append", "insert", "get", "setdefault"}:
        budget.weigh(*arguments)
    return knowledge.guarded(lambda: called(*arguments, **keywords))


def ordered(machine: Machine, items: Sequence[object], options: Keywords, node: ast.AST) -> list[object] | Unknown:
    """The items in the order of `sorted(items, key=..., reverse=...)`."""
    keys = list(items)
    if options.get("key") is not None:
        keys = [calls.call(machine, options["key"], [item], {}, node) for item in items]
    backwards = knowledge.truth(options.get("reverse", False))
    if knowledge.unknown_in(*keys) is not None or backwards is None or not objects.operable(*keys):
        return Unknown(ITEMS)
    budget.weigh(*keys)

    def sort() -> list[object]:
        positions = range(len(keys))
        order = sorted(positions, key=keys.__getitem__, reverse=backwards)  # type: ignore[arg-type]
        return [items[position] for position in order]

    found = knowledge.guarded(sort)
    assert isinstance(found, list)  # noqa: S101 - just made
    return found


def _sorted(machine: Machine, positional: Sequence[object], keywords: Keywords, node: ast.AST) -> object:
    items = _first(machine, positional)
    return Unknown(ITEMS) if items is None else ordered(machine, items, keywords, node)


def _extreme(name: str, machine: Machine, positional: Sequence[object], keywords: Keywords, node: ast.AST) -> object:
    """`min` and `max`: the first of several that are equally small or large."""
    items = list(positional) if len(positional) > 1 else _first(machine, positional)
    if items is None:
        return Unknown(ITEMS)
    if not items and "default" in keywords:
        return keywords["default"]
    if not items:
        raise Raised(ValueError(f"{name}() of an empty sequence"))
    found = ordered(machine, items, {"key": keywords.get("key"), "reverse": name == "max"}, node)
    return found if isinstance(found, Unknown) else found[0]


def _first(machine: Machine, positional: Sequence[object]) -> list[object] | None:
    return knowledge.iterate(machine, positional[0]) if positional else None


def _decided(name: str, machine: Machine, positional: Sequence[object], _keywords: Keywords, _node: ast.AST) -> object:
    """`any` and `all`: one item may decide, whatever the unknown ones are."""
    items = _first(machine, positional)
    if items is None:
        return Unknown(knowledge.because(positional[0]) if positional else ITEMS)
    verdicts = [knowledge.truth(item) for item in items]
    deciding = name == "any"
    if deciding in verdicts:
        return deciding
    if None not in verdicts:
        return not deciding
    return Unknown(knowledge.because(items[verdicts.index(None)]))


def _carried(
    run: Callable[..., object], machine: Machine, positional: Sequence[object], keywords: Keywords, _node: ast.AST
) -> object:
    """A function whose first argument is items; `zip` goes through all."""
    through = len(positional) if run is _zip else 1
    lists = [knowledge.iterate(machine, value) for value in positional[:through]]
    unknown = knowledge.unknown_of(*positional)
    if unknown is not None or None in lists:
        return Unknown(unknown.reason if unknown is not None else ITEMS)
    if run is sum:
        inner = knowledge.unknown_in(*lists)
        if inner is not None:
            return Unknown(inner.reason)
        budget.weigh(*lists)
    return knowledge.guarded(lambda: run(*lists, *positional[through:], **keywords))


def _zip(*lists: list[object], strict: bool = False) -> list[object]:
    return list(zip(*lists, strict=strict))


def _enumerate(items: list[object], start: int = 0) -> list[object]:
    return list(enumerate(items, start))


def _reversed(items: list[object]) -> list[object]:
    return items[::-1]


def _itertools(name: str, machine: Machine, positional: Sequence[object], keywords: Keywords, _node: ast.AST) -> object:
    """A function of `itertools`, as the list of what it gives."""
    import itertools

    counts = {"combinations": 1, "permutations": 1, "islice": 1, "repeat": 0}
    through = counts.get(name, len(positional))
    lists = [knowledge.iterate(machine, value) for value in positional[:through]]
    rest = list(positional[through:])
    size = 1
    for items in lists:
        if items is None:
            return Unknown(knowledge.because(knowledge.unknown_of(*positional)))
        size *= max(len(items), 1)
    if knowledge.unknown_of(*rest, *keywords.values()) is not None or (name == "repeat" and len(rest) < 2):
        return Unknown(ITEMS)
    if name in {"combinations", "permutations"}:
        size = len(lists[0] or ()) ** max(int(str(rest[0])) if rest else 9, 1)
    if name == "repeat":
        size = int(str(rest[1]))
    budget.text(size * 40)
    make: Callable[..., Iterable[object]] = getattr(itertools, name)
    return knowledge.guarded(lambda: list(make(*lists, *rest, **keywords)))


SPECIAL: Mapping[str, Callable[[Machine, Sequence[object], Keywords, ast.AST], object]] = {
    "sorted": _sorted, "min": partial(_extreme, "min"), "max": partial(_extreme, "max"),
    "any": partial(_decided, "any"), "all": partial(_decided, "all"), "sum": partial(_carried, sum),
    "len": partial(_carried, len), "zip": partial(_carried, _zip), "enumerate": partial(_carried, _enumerate),
    "reversed": partial(_carried, _reversed),
    **{f"itertools.{name}": partial(_itertools, name) for name in library.ITERTOOLS},
}  # fmt: skip
