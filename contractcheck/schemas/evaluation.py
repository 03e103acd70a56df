"""Does one value satisfy a node? True, False, or None where a constraint is not understood."""

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, Final, NamedTuple

from contractcheck.schemas.automata import matches, tried
from contractcheck.schemas.formats import conforms
from contractcheck.schemas.nodes import SUBJECT, Kind, Nodes
from contractcheck.schemas.values import OBJECT, Value, atom


def holds(nodes: Nodes, node: int, value: Value) -> bool | None:
    """Whether the value satisfies the node."""
    plain = abs(node)
    kind = nodes.kinds[plain]  # those that stand in every object, a dozen times each, first
    if kind is Kind.TYPE:
        return bool(nodes.data[plain][0] & atom(value)) is (node > 0)
    if isinstance(value, tuple) and value[0] == OBJECT:
        if kind is Kind.HAS:
            return (nodes.data[plain][0] in value[1].table) is (node > 0)
        if kind is Kind.MEMBER and nodes.data[plain][0] not in value[1].table:
            return node > 0
    found = _holds(nodes, plain, value)
    return found if node > 0 or found is None else not found


def every(found: Iterable[bool | None]) -> bool | None:
    """Three-valued conjunction."""
    doubt = False
    for one in found:
        if one is False:
            return False
        doubt = doubt or one is None
    return None if doubt else True


def _holds(nodes: Nodes, plain: int, value: Value) -> bool | None:
    kind = nodes.kinds[plain]
    data = nodes.data[plain]
    test = _ANY_KIND.get(kind)
    if test is not None:
        if kind not in _COMBINED:
            return test(nodes, plain, data, value)
        # A search changes its candidate a member at a time: what did not change is the same object, or an equal text.
        key = (plain, id(value) if isinstance(value, tuple) else (value,))
        known = nodes.tried.get(key)
        if known is None:
            if len(nodes.tried) > _TRIED:
                nodes.tried.clear()
            known = nodes.tried[key] = (value, test(nodes, plain, data, value))
        return known[1]
    if not SUBJECT[kind] & atom(value):
        return True
    return _ONE_KIND[kind](nodes, data, value[1] if isinstance(value, tuple) else value)


Data = tuple[Any, ...]


class Plan(NamedTuple):
    """A conjunction in the order in which it is tried on a value: what is cheap and tells most first."""

    needed: frozenset[str]
    """Members that an object must have."""
    members: tuple[tuple[str, int], ...]
    """Members and what they must satisfy, the plainest first."""
    rest: tuple[int, ...]


def _and(nodes: Nodes, plain: int, data: Data, value: Value) -> bool | None:
    nodes.look()
    doubt = False
    if isinstance(value, tuple) and value[0] == OBJECT:
        plan = nodes.plans.get(plain)
        if plan is None:
            plan = nodes.plans[plain] = _plan(nodes, data[0])
        table = value[1].table
        if not plan.needed <= table.keys():
            return False
        for name, node in plan.members:
            if name in table:
                found = holds(nodes, node, table[name])
                if found is False:
                    return False
                doubt = doubt or found is None
        parts = plan.rest
    else:
        parts = data[0]
    for part in parts:
        found = holds(nodes, part, value)
        if found is False:
            return False
        doubt = doubt or found is None
    return None if doubt else True


def _plan(nodes: Nodes, parts: Iterable[int]) -> Plan:
    needed, members, rest = [], [], []
    for part in parts:
        kind = nodes.kinds[abs(part)]
        if part > 0 and kind is Kind.HAS:
            needed.append(nodes.data[part][0])
        elif part > 0 and kind is Kind.MEMBER:
            members.append(nodes.data[part])
        else:
            rest.append(part)
    members.sort(key=lambda member: nodes.kinds[abs(member[1])] in _COMBINED)
    rest.sort(key=lambda part: nodes.kinds[abs(part)] in _COMBINED)
    return Plan(frozenset(needed), tuple(members), tuple(rest))


def _exactly_one(nodes: Nodes, _plain: int, data: Data, value: Value) -> bool | None:
    nodes.look()
    sure = doubt = 0
    for part in data[0]:
        found = holds(nodes, part, value)
        sure += found is True
        doubt += found is None
        if sure > 1:
            return False
    return None if doubt else sure == 1


def _target(nodes: Nodes, plain: int, _data: Data, value: Value) -> bool | None:
    nodes.look()
    return holds(nodes, nodes.target(plain), value)


_ANY_KIND: Final[dict[Kind, Callable[[Nodes, int, Data, Value], bool | None]]] = {
    Kind.TRUE: lambda _nodes, _plain, _data, _value: True,
    Kind.AND: _and,
    Kind.ONE: _exactly_one,
    Kind.REF: _target,
    Kind.TYPE: lambda _nodes, _plain, data, value: bool(data[0] & atom(value)),
    Kind.IN: lambda nodes, plain, data, value: bool(nodes.mask(plain) & atom(value)) and value in data[0],
    Kind.OPAQUE: lambda _nodes, _plain, data, value: None if data[0] & atom(value) else True,
}


_COMBINED: Final = frozenset({Kind.AND, Kind.ONE, Kind.REF})
_TRIED: Final = 50_000


def _minimum(_nodes: Nodes, data: Data, content: Value) -> bool:
    return bool(content > data[0] or (content == data[0] and not data[1]))


def _long_enough(_nodes: Nodes, data: Data, content: Value) -> bool:
    return bool(len(content) >= data[0])


def _pattern(nodes: Nodes, data: Data, content: Value) -> bool | None:
    found, steps = tried(data[0], content)
    if steps:
        nodes.spend(steps)
    return found


def _item(nodes: Nodes, data: Data, content: Value) -> bool | None:
    return bool(len(content) <= data[0]) or holds(nodes, data[1], content[data[0]])


def _at_least(nodes: Nodes, data: Data, content: Value) -> bool | None:
    found = [holds(nodes, data[0], item) for item in content]
    sure = found.count(True)
    return True if sure >= data[1] else False if sure + found.count(None) < data[1] else None


def _member(nodes: Nodes, data: Data, content: Value) -> bool | None:
    name, node = data
    return holds(nodes, node, content.table[name]) if name in content.table else True


def _others(nodes: Nodes, data: Data, content: Value) -> bool | None:
    names, patterns, node = data
    return every(
        _unless(nodes, _none(matches(pattern, name) for pattern in patterns), node, member)
        for name, member in content
        if name not in names
    )


_ONE_KIND: Final[dict[Kind, Callable[[Nodes, Data, Value], bool | None]]] = {
    Kind.MIN: _minimum,
    Kind.MULTIPLE: lambda _nodes, data, content: bool((Fraction(content) / data[0]).denominator == 1),
    Kind.MIN_LENGTH: _long_enough,
    Kind.MIN_ITEMS: _long_enough,
    Kind.MIN_MEMBERS: _long_enough,
    Kind.PATTERN: _pattern,
    Kind.FORMAT: lambda _nodes, data, content: conforms(data[0], content),
    Kind.ITEM: _item,
    Kind.REST: lambda nodes, data, content: every(holds(nodes, data[1], item) for item in content[data[0] :]),
    Kind.AT_LEAST: _at_least,
    Kind.UNIQUE: lambda _nodes, _data, content: len(set(content)) == len(content),
    Kind.HAS: lambda _nodes, data, content: data[0] in content.table,
    Kind.MEMBER: _member,
    Kind.MATCHING: lambda nodes, data, content: every(
        _unless(nodes, matches(data[0], name), data[1], member) for name, member in content
    ),
    Kind.OTHERS: _others,
    Kind.NAMES: lambda nodes, data, content: every(holds(nodes, data[0], name) for name, _ in content),
}


def _none(found: Iterable[bool | None]) -> bool | None:
    return every(None if one is None else not one for one in found)


def _unless(nodes: Nodes, applies: bool | None, node: int, member: Value) -> bool | None:  # noqa: FBT001
    if applies is False:
        return True
    found = holds(nodes, node, member)
    return found if applies or found else None
