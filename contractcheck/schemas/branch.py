"""A branch of the search: what is decided about a value of one kind, and which disjunctions are still open."""

from collections.abc import Callable, Iterable

from contractcheck.schemas.evaluation import holds
from contractcheck.schemas.nodes import FALSE, TRUE, Kind, Nodes
from contractcheck.schemas.values import ALL, ARRAY, OBJECT

_SHORT = 2  # no disjunction has fewer parts
_PAIRS = 300  # members of a oneOf whose pairs are looked at


def any_of(nodes: Nodes, clause: Iterable[int], value: object) -> bool | None:
    """Three-valued disjunction over a value."""
    doubt = False
    for part in clause:
        found = holds(nodes, part, value)
        if found:
            return True
        doubt = doubt or found is None
    return None if doubt else False


class Branch:
    """Part of a goal of one kind: decided literals, finite candidates, and disjunctions still to be split."""

    __slots__ = ("bit", "clauses", "literals", "nodes", "ones", "values")

    def __init__(self, nodes: Nodes, bit: int) -> None:
        self.nodes = nodes
        self.bit = bit
        self.literals: dict[int, None] = {}
        self.values: frozenset[object] | None = None
        self.clauses: dict[tuple[int, ...], int] = {}  # and the node that says so, TRUE if none does
        self.ones: dict[int, None] = {}  # oneOf nodes: their pairs are looked at when a model violates one

    def copy(self, without: tuple[int, ...]) -> "Branch":
        """The same branch, its own, without one disjunction."""
        other = Branch(self.nodes, self.bit)
        other.literals = dict(self.literals)
        other.values = self.values
        other.clauses = dict(self.clauses)
        other.clauses.pop(without, None)
        other.ones = dict(self.ones)
        return other

    def add(self, parts: Iterable[int]) -> bool:
        """Add parts; False if the branch is refuted by that."""
        nodes = self.nodes
        todo = list(parts)
        while todo:
            part = todo.pop()
            if part == TRUE or part in self.literals:
                continue
            if part == FALSE or -part in self.literals:
                return False
            plain = abs(part)
            kind = nodes.kinds[plain]
            data = nodes.data[plain]
            if kind is Kind.AND and part > 0:
                todo.extend(reversed(data[0]))
            elif kind is Kind.AND:
                self.clauses[tuple([-inner for inner in data[0]])] = part
            elif kind is Kind.ONE:
                if -part in self.ones:
                    return False
                if part not in self.ones:
                    self.ones[part] = None
                    self.clauses[data[0] if part > 0 else self._not_one(part, data[0])] = TRUE
            elif kind is Kind.IN and part > 0:
                self.values = data[0] if self.values is None else self.values & data[0]
                if not self.values:
                    return False
            else:
                self.literals[part] = None
        return True

    def _not_one(self, part: int, members: tuple[int, ...]) -> tuple[int, ...]:
        """None of the members holds, or one of them and a later one."""
        nodes = self.nodes
        if len(members) > _PAIRS:
            return (nodes.opaque(ALL, ("not-one", part), "oneOf: too many branches to look at in pairs"),)
        ways = [nodes.conj([-member for member in members])]
        later = FALSE
        for member in reversed(members):
            if later != FALSE:
                ways.append(nodes.conj([member, later]))
            later = nodes.disj([member, later])
        return tuple(ways)

    def violated(self, value: object, spend: Callable[[int], None]) -> tuple[int, ...] | None:
        """The shortest disjunction that the value does not satisfy; None if none, () if that cannot be told."""
        unsure = False
        found: tuple[int, ...] | None = None
        if self.bit in (ARRAY, OBJECT):
            for literal in self.literals:
                if literal < 0 and self.nodes.kinds[-literal] is Kind.IN and value in self.nodes.data[-literal][0]:
                    return self._unlike(value)
        for clause, node in self.clauses.items():
            spend(1 + len(clause) // 3)
            met = any_of(self.nodes, clause, value) if node == TRUE else holds(self.nodes, node, value)
            if met is False and (found is None or len(clause) < len(found)):
                found = clause
                if len(clause) <= _SHORT:
                    return found
            unsure = unsure or met is None
        if found is not None:
            return found
        for node in self.ones:
            if node < 0:
                continue
            spend(2 * len(self.nodes.data[node][0]))
            holding = [part for part in self.nodes.data[node][0] if holds(self.nodes, part, value) is True]
            if len(holding) > 1:
                return (-holding[0], -holding[1])
            if holds(self.nodes, node, value) is None:
                unsure = True
        return self.smallest() if unsure else None

    def _unlike(self, value: object) -> tuple[int, ...]:
        """What a value differs in from the given array or object: spelled out only for those that are met."""
        nodes = self.nodes
        shape = nodes.shape(value)
        alone = shape < 0 or nodes.kinds[shape] is not Kind.AND
        return (-shape,) if alone else tuple(-part for part in nodes.data[shape][0])

    def smallest(self) -> tuple[int, ...]:
        """The shortest disjunction; () if there is none."""
        return min(self.clauses, key=len, default=())
