"""What a prover says of the pairs that a walk compared: which edits count, and which of them have a witness.

Only pairs with a doubtful edit are asked, from the top: what is below a pair that is shown contained is reached only
through it or asked elsewhere.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field, replace

from contractcheck.model.finding import Direction, ProofKind
from contractcheck.schemas.edits.aims import aim, separate
from contractcheck.schemas.edits.compared import Pair
from contractcheck.schemas.edits.edit import Ask, Decide, Decision, Edit, Effect, Outcome
from contractcheck.schemas.edits.view import Views

_MEANING = frozenset({Effect.CHANGED, Effect.DEPRECATED, Effect.ADDED, Effect.REMOVED})
"""Effects that are about meaning, which equal sets of values do not take back: beside an open branch a member may come
or go."""
_MAPS = frozenset({"patternProperties", "propertyNames"})


def doubtful(direction: Direction, edit: Edit) -> bool:
    """Whether an edit breaks, or may break, in that direction."""
    request = direction is Direction.REQUEST
    match edit.effect:
        case Effect.UNDECIDED | Effect.FORBIDDEN:
            return True
        case Effect.NARROWED | Effect.BECAME_REQUIRED:
            return request
        case Effect.WIDENED | Effect.BECAME_OPTIONAL:
            return not request
        case Effect.ADDED:
            return request and edit.aspect == "required-property"
        case Effect.REMOVED:
            return not request and edit.aspect == "required-property"
        case _:
            return False


@dataclass(slots=True)
class Settled:
    """The answer for every pair. `open_` are pairs that matter: some way to them passes no contained pair."""

    contained: set[int] = field(default_factory=set)
    broken: dict[int, tuple[Pair, Decision]] = field(default_factory=dict)
    silent: set[int] = field(default_factory=set)
    equal: set[int] = field(default_factory=set)
    witnesses: dict[int, Edit] = field(default_factory=dict)
    open_: set[int] = field(default_factory=set)
    above: dict[int, list[Pair]] = field(default_factory=dict)
    _roots: dict[tuple[int, str], tuple[Hashable, ...]] = field(default_factory=dict)

    def counts(self, pair: Pair, edit: Edit) -> bool:
        """Whether an edit is to be told."""
        if edit.effect not in _MEANING and id(pair) in self.equal:
            return False
        if id(edit) in self.silent:
            return False
        if doubtful(pair.direction, edit) and (id(pair) in self.contained or id(pair) not in self.open_):
            return False
        return bool(self.roots(pair, edit))

    def proved(self, edit: Edit) -> Edit:
        """The edit, with its witness if one was found."""
        return self.witnesses.get(id(edit), edit)

    def roots(self, pair: Pair, edit: Edit) -> tuple[Hashable, ...]:
        """The roots that an edit reaches: a doubtful one not through pairs that are contained."""
        doubt = doubtful(pair.direction, edit)
        kind, closed = ("doubt", self.contained) if doubt else ("note", self.equal)
        if not doubt and edit.effect in _MEANING:
            kind, closed = "meaning", set()
        return self._climb(pair, closed, (id(pair), kind))

    def _climb(self, pair: Pair, closed: set[int], key: tuple[int, str]) -> tuple[Hashable, ...]:
        known = self._roots.get(key)
        if known is not None:
            return known
        roots: dict[Hashable, None] = {}
        todo, seen = [pair], {id(pair)}
        while todo:
            here = todo.pop()
            roots |= here.roots
            for up in self.above.get(id(here), ()):
                if id(up) not in seen and id(up) not in closed:
                    seen.add(id(up))
                    todo.append(up)
        self._roots[key] = tuple(roots)
        return tuple(roots)


def settle(pairs: tuple[Pair, ...], views: tuple[Views, Views], decide: Decide | None) -> Settled:
    """Ask the prover about the pairs that need it."""
    settled = Settled()
    for pair in pairs:
        for below in pair.below:
            settled.above.setdefault(id(below), []).append(pair)
    if decide is None:
        settled.open_ = {id(pair) for pair in pairs}
        return settled
    partial = _spread((below for pair in pairs for below in pair.partial), lambda pair: pair.below)
    doubts = {id(pair): [e for e in pair.edits if doubtful(pair.direction, e)] for pair in pairs}
    unsure = _spread((p for p in pairs if doubts[id(p)]), lambda pair: settled.above.get(id(pair), ()))
    edited = _spread((p for p in pairs if p.edits), lambda pair: settled.above.get(id(pair), ()))
    todo = [pair for pair in pairs if pair.roots][::-1]
    settled.open_ = {id(pair) for pair in todo}
    while todo:
        pair = todo.pop()
        doubt = doubts[id(pair)]
        if not pair.textual and pair.base and pair.revision:
            wanted = bool(doubt) or (pair.grouped and id(pair) in unsure) or (pair.exclusive and id(pair) in edited)
            if wanted and _contained(pair, doubt, views, decide, settled, partial):
                continue
        for below in pair.below:
            if id(below) not in settled.open_:
                settled.open_.add(id(below))
                todo.append(below)
    for pair, decision in settled.broken.values():
        if not any(settled.counts(each, e) for each in _all(pair) for e in each.edits if doubtful(each.direction, e)):
            _overlap(pair, decision, request=pair.direction is Direction.REQUEST)
    return settled


def _contained(
    pair: Pair,
    doubts: list[Edit],
    views: tuple[Views, Views],
    decide: Decide,
    settled: Settled,
    partial: set[int],
) -> bool:
    """Ask about one pair; True if nothing breaks in it."""
    whole = id(pair) not in partial
    asked = Ask(pair.base, pair.revision, pair.direction, whole)
    decision = decide(asked)
    if decision.outcome is Outcome.CONTAINED:
        if whole and _counting(pair) and decide(replace(asked, whole=False)).outcome is not Outcome.CONTAINED:
            settled.silent.update(id(edit) for edit in doubts if not _counts(edit))
            return False
        settled.contained.add(id(pair))
        if whole and _noted(pair) and decide(replace(asked, equal=True)).outcome is Outcome.CONTAINED:
            settled.equal.add(id(pair))
        return True
    if decision.outcome is not Outcome.BROKEN or not whole or (decision.witness is None and not pair.nulls):
        return False
    request = pair.direction is Direction.REQUEST
    settled.broken[id(pair)] = pair, decision
    alone = len(doubts) == 1 and not pair.below
    receiver = views[1].view(pair.revision) if request else views[0].view(pair.base)
    told: set[tuple[object, ...]] = set()
    for edit in doubts:
        found = decision if alone else None
        part = None if alone else aim(edit, receiver)
        if part is not None:
            key = (part[0].file, part[0].pointer, edit.aspect, edit.member, *part[1])
            found = decide(replace(asked, aim=part))
            if key in told or (found.outcome is Outcome.CONTAINED and separate(edit)):
                settled.silent.add(id(edit))
            told.add(key)
        if found is not None and found.outcome is Outcome.BROKEN:
            settled.witnesses[id(edit)] = _witnessed(edit, found, request=request)
    return False


def _overlap(pair: Pair, decision: Decision, *, request: bool) -> None:
    """Write down a break that no edit alone says: branches of a `oneOf` that grew into each other."""
    effect = Effect.NARROWED if request else Effect.WIDENED
    known = any(edit.aspect == "schema" and edit.effect is effect for edit in pair.edits)
    if not known:
        details = {"keyword": "oneOf"}
        base, revision = pair.base[0], pair.revision[0]
        proof = ProofKind.WITNESS
        pair.edits.append(Edit("schema", effect, base, revision, None, details, proof, decision.witness, decision.why))


def _noted(pair: Pair) -> bool:
    """Whether there is an edit, here or below, that only equal sets of values would take back."""
    edits = ((each, edit) for each in _all(pair) for edit in each.edits)
    return any(not doubtful(each.direction, edit) and edit.effect not in _MEANING for each, edit in edits)


def _counting(pair: Pair) -> bool:
    """Whether a doubt, here or below, is about members that need not be declared."""
    edits = ((each, edit) for each in _all(pair) for edit in each.edits)
    return any(_counts(edit) and doubtful(each.direction, edit) for each, edit in edits)


def _counts(edit: Edit) -> bool:
    """Whether an edit speaks of members whatever their names: an object that declares none is a map to most people."""
    return edit.aspect == "property-count" or edit.details.get("keyword") in _MAPS


def _all(pair: Pair) -> Iterable[Pair]:
    """A pair and all below it."""
    every = {id(pair): pair}
    todo = [pair]
    while todo:
        for below in todo.pop().below:
            if id(below) not in every:
                every[id(below)] = below
                todo.append(below)
    return every.values()


def _witnessed(edit: Edit, found: Decision, *, request: bool) -> Edit:
    effect = edit.effect
    if effect is Effect.UNDECIDED:
        effect = Effect.NARROWED if request else Effect.WIDENED
    return replace(edit, effect=effect, proof=ProofKind.WITNESS, witness=found.witness, why=found.why)


def _spread(start: Iterable[Pair], further: Callable[[Pair], Iterable[Pair]]) -> set[int]:
    todo = list(start)
    seen = {id(pair) for pair in todo}
    while todo:
        for pair in further(todo.pop()):
            if id(pair) not in seen:
                seen.add(id(pair))
                todo.append(pair)
    return seen
