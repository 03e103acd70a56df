"""Does one value satisfy a node? True, False, or None where a constraint is not understood."""

from collections.abc import Iterable
from fractions import Fraction

from contractcheck.schemas.automata import matches
from contractcheck.schemas.formats import conforms
from contractcheck.schemas.nodes import SUBJECT, Kind, Nodes
from contractcheck.schemas.values import Value, atom


def holds(nodes: Nodes, node: int, value: Value) -> bool | None:
    """Whether the value satisfies the node."""
    found = _holds(nodes, abs(node), value)
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
    match kind:
        case Kind.TRUE:
            return True
        case Kind.AND:
            return every(holds(nodes, part, value) for part in data[0])
        case Kind.ONE:
            return _one(nodes, data[0], value)
        case Kind.REF:
            return holds(nodes, nodes.target(plain), value)
        case Kind.TYPE:
            return bool(data[0] & atom(value))
        case Kind.IN:
            return bool(value in data[0])
        case Kind.OPAQUE:
            return None if data[0] & atom(value) else True
    if not SUBJECT[kind] & atom(value):
        return True
    content = value[1] if isinstance(value, tuple) else value
    match kind:
        case Kind.MIN:
            return bool(content > data[0]) or (content == data[0] and not data[1])
        case Kind.MULTIPLE:
            return bool((Fraction(content) / data[0]).denominator == 1)
        case Kind.MIN_LENGTH | Kind.MIN_ITEMS | Kind.MIN_MEMBERS:
            return bool(len(content) >= data[0])
        case Kind.PATTERN:
            return matches(data[0], content)
        case Kind.FORMAT:
            return conforms(data[0], content)
        case Kind.ITEM:
            return bool(len(content) <= data[0]) or holds(nodes, data[1], content[data[0]])
        case Kind.REST:
            return every(holds(nodes, data[1], item) for item in content[data[0] :])
        case Kind.AT_LEAST:
            return _count(nodes, data[0], content, data[1])
        case Kind.UNIQUE:
            return len(set(content)) == len(content)
        case Kind.HAS:
            return any(name == data[0] for name, _ in content)
        case Kind.MEMBER:
            return every(holds(nodes, data[1], member) for name, member in content if name == data[0])
        case Kind.MATCHING:
            return every(_unless(nodes, matches(data[0], name), data[1], member) for name, member in content)
        case Kind.OTHERS:
            names, patterns, node = data
            return every(
                _unless(nodes, _none(matches(pattern, name) for pattern in patterns), node, member)
                for name, member in content
                if name not in names
            )
        case _:
            return every(holds(nodes, data[0], name) for name, _ in content)


def _one(nodes: Nodes, parts: Iterable[int], value: Value) -> bool | None:
    sure = doubt = 0
    for part in parts:
        found = holds(nodes, part, value)
        sure += found is True
        doubt += found is None
        if sure > 1:
            return False
    if doubt:
        return None
    return sure == 1


def _count(nodes: Nodes, node: int, items: tuple[Value, ...], least: int) -> bool | None:
    found = [holds(nodes, node, item) for item in items]
    sure = found.count(True)
    return True if sure >= least else False if sure + found.count(None) < least else None


def _none(found: Iterable[bool | None]) -> bool | None:
    return every(None if one is None else not one for one in found)


def _unless(nodes: Nodes, applies: bool | None, node: int, member: Value) -> bool | None:  # noqa: FBT001
    if applies is False:
        return True
    found = holds(nodes, node, member)
    return found if applies or found else None
