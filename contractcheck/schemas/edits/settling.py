"""What a prover says of the pairs that a walk compared: which edits count, and which of them have a witness.

Only pairs that may break are asked, from the top: what is below a pair that is shown contained is reached only through
it or asked elsewhere. Then every edit that is left is sought in a whole value of a root (`lifting`).
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from contractcheck.model.finding import Direction, ProofKind
from contractcheck.schemas.edits.aims import aim, separate
from contractcheck.schemas.edits.compared import Pair
from contractcheck.schemas.edits.edit import Ask, Decide, Decision, Edit, Effect, Outcome, Tried
from contractcheck.schemas.edits.pair import Closing
from contractcheck.schemas.edits.view import View, Views

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


class Settled(Struct):
    """The answer for every pair. `open_` are pairs that matter: some way to them passes no contained pair.

    `asked` are the answers for pairs as a whole. `beside` are the pairs that a pair stands aside of: what holds for
    them says nothing of it. `declared` are pairs that are contained as far as declared members go; edits about others
    still matter there.
    """

    contained: set[int] = field(default_factory=set)
    declared: set[int] = field(default_factory=set)
    broken: dict[int, tuple[Pair, Decision]] = field(default_factory=dict)
    silent: set[int] = field(default_factory=set)
    equal: set[int] = field(default_factory=set)
    witnesses: dict[int, Edit] = field(default_factory=dict)
    open_: set[int] = field(default_factory=set)
    asked: dict[int, Decision] = field(default_factory=dict)
    above: dict[int, list[Pair]] = field(default_factory=dict)
    beside: dict[int, list[Pair]] = field(default_factory=dict)
    _roots: dict[tuple[int, str], tuple[Hashable, ...]] = field(default_factory=dict)

    def counts(self, pair: Pair, edit: Edit) -> bool:
        """Whether an edit is to be told."""
        if edit.effect not in _MEANING and id(pair) in self.equal:
            return False
        if id(edit) in self.silent:
            return False
        if doubtful(pair.direction, edit) and (id(pair) in self._holding(edit) or id(pair) not in self.open_):
            return False
        return bool(self.roots(pair, edit))

    def _holding(self, edit: Edit) -> set[int]:
        """The pairs in which a doubtful edit takes nothing away."""
        return self.contained if _counts(edit) or not self.declared else self.contained | self.declared

    def proved(self, edit: Edit) -> Edit:
        """The edit, with its witness if one was found."""
        return self.witnesses.get(id(edit), edit)

    def roots(self, pair: Pair, edit: Edit) -> tuple[Hashable, ...]:
        """The roots that an edit reaches: a doubtful one not through pairs that are contained."""
        doubt = doubtful(pair.direction, edit)
        kind, closed = ("doubt", self._holding(edit)) if doubt else ("note", self.equal)
        if doubt and _counts(edit):
            kind = "any member"
        if not doubt and edit.effect in _MEANING:
            kind, closed = "meaning", set()
        return self._climb(pair, closed, (id(pair), kind))

    def _over(self, pair: Pair) -> Iterator[Pair]:
        yield from self.above.get(id(pair), ())
        yield from self.beside.get(id(pair), ())

    def forget(self) -> None:
        """Work out anew which roots an edit reaches: more pairs are contained."""
        self._roots.clear()

    def _climb(self, pair: Pair, closed: set[int], key: tuple[int, str]) -> tuple[Hashable, ...]:
        known = self._roots.get(key)
        if known is not None:
            return known
        seen = _spread([pair], lambda here: (up for up in self.above.get(id(here), ()) if id(up) not in closed))
        # What is closed says nothing of schemas that it does not name: from these on all ways count.
        stood = _spread((up for one in seen for up in self.beside.get(one, ())), self._over)
        roots = {root: None for one in (*seen.values(), *stood.values()) for root in one.roots}
        self._roots[key] = tuple(roots)
        return tuple(roots)


def settle(pairs: tuple[Pair, ...], views: tuple[Views, Views], decide: Decide | None) -> Settled:
    """Ask the prover about the pairs that need it."""
    settled = Settled()
    for pair in pairs:
        for below in pair.below:
            settled.above.setdefault(id(below), []).append(pair)
        for below in pair.aside:
            settled.beside.setdefault(id(below), []).append(pair)
    if decide is None:
        settled.open_ = {id(pair) for pair in pairs}
        return settled
    partial = _spread((below for pair in pairs for below in pair.partial), lambda pair: pair.below)
    doubts = {id(pair): [e for e in pair.edits if doubtful(pair.direction, e)] for pair in pairs}
    unsure = _spread((p for p in pairs if doubts[id(p)]), lambda pair: settled.above.get(id(pair), ()))
    edited = _spread((p for p in pairs if p.edits), lambda pair: settled.above.get(id(pair), ()))
    parents = _spread((p for p in pairs if p.aside), lambda pair: settled.above.get(id(pair), ()))
    todo = [pair for pair in pairs if pair.roots][::-1]
    settled.open_ = {id(pair) for pair in todo}
    tangled: list[Pair] = []
    while todo:
        pair = todo.pop()
        todo += _opened(pair.aside, settled)
        doubt = doubts[id(pair)]
        if pair.base and pair.revision:
            apart = pair.closing is Closing.APART or (pair.closing is not None and id(pair) in partial)
            knotted = (apart or (pair.entangled and id(pair) in edited)) and not pair.textual
            if doubt or (pair.grouped and id(pair) in unsure) or knotted:
                if _contained(pair, doubt, views, decide, settled, partial):
                    if id(pair) in parents:  # what holds says nothing of schemas that it does not name
                        held = _spread([pair], lambda each: (p for p in each.below if id(p) in parents))
                        todo += _opened((each for up in held.values() for each in up.aside), settled)
                    continue
                if knotted:
                    tangled.append(pair)
        todo += _opened(pair.below, settled)
    _untangle(tangled, decide, settled, partial)
    _lift(pairs, views, decide, settled)
    return settled


def _opened(pairs: Iterable[Pair], settled: Settled) -> Iterator[Pair]:
    """Those of the pairs that were not yet open; now they are."""
    for pair in pairs:
        if id(pair) not in settled.open_:
            settled.open_.add(id(pair))
            yield pair


def _contained(
    pair: Pair,
    doubts: list[Edit],
    views: tuple[Views, Views],
    decide: Decide,
    settled: Settled,
    partial: Mapping[int, Pair],
) -> bool:
    """Ask about one pair; True if nothing breaks in it."""
    whole = id(pair) not in partial
    asked = Ask(pair.base, pair.revision, pair.direction, whole, textual=pair.textual)
    decision = decide(replace(asked, shown=False))
    if whole:
        settled.asked[id(pair)] = decision
    if decision.outcome is Outcome.CONTAINED:
        if whole and _counting(pair) and decide(replace(asked, whole=False)).outcome is not Outcome.CONTAINED:
            settled.declared.add(id(pair))
            _silence(doubts, replace(asked, whole=False), pair, views, decide, settled)
            return False
        settled.contained.add(id(pair))
        if whole and _noted(pair) and decide(replace(asked, equal=True)).outcome is Outcome.CONTAINED:
            settled.equal.add(id(pair))
        return True
    if decision.outcome is not Outcome.BROKEN or not whole:
        return False
    _silence(doubts, asked, pair, views, decide, settled)
    return False


def _silence(
    doubts: list[Edit], asked: Ask, pair: Pair, views: tuple[Views, Views], decide: Decide, settled: Settled
) -> None:
    """Of a pair that breaks, find the edits that do not: the part they are about, alone, refuses nothing."""
    for edit in doubts:
        alone = separate(edit) or (_counts(edit) and not asked.whole)
        part = aim(edit, _receiver(pair, views)) if alone and not pair.textual else None
        if part is not None and decide(replace(asked, aim=part, apart=True, shown=False)).outcome is Outcome.CONTAINED:
            settled.silent.add(id(edit))


def _untangle(tangled: list[Pair], decide: Decide, settled: Settled, partial: Mapping[int, Pair]) -> None:
    """See to it that pairs whose edits may not add up are spoken for: by an edit that counts, or by one of their own.

    Of a part of what is said of a value nothing follows but a doubt: then the pairs that say all of it are asked.
    """
    wholes: dict[int, Pair] = {}
    for pair in tangled:
        todo, seen = [pair], {id(pair)}
        while todo:
            here = todo.pop()
            if id(here) not in partial:
                wholes.setdefault(id(here), here)
                continue
            for up in settled.above.get(id(here), ()):
                if id(up) not in seen and id(up) not in settled.contained:
                    seen.add(id(up))
                    todo.append(up)
    for key, pair in wholes.items():
        if key not in settled.asked:
            asked = Ask(pair.base, pair.revision, pair.direction, shown=False)
            settled.asked[key] = decide(asked)
            if settled.asked[key].outcome is Outcome.CONTAINED and _holds_open(pair, asked, decide):
                settled.contained.add(key)
    for key, pair in wholes.items():
        decision = settled.asked[key]
        if decision.outcome is Outcome.CONTAINED:
            continue
        if any(settled.counts(each, e) for each in _all(pair) for e in each.edits if doubtful(each.direction, e)):
            continue
        effect, proof = Effect.UNDECIDED, ProofKind.UNPROVEN
        if decision.outcome is Outcome.BROKEN:
            effect = Effect.NARROWED if pair.direction is Direction.REQUEST else Effect.WIDENED
            proof = ProofKind.STRUCTURAL
        details = {"keyword": pair.knot}
        pair.edits.append(Edit("schema", effect, pair.base[0], pair.revision[0], None, details, proof))


ROUTES = 3
"""So many of the roots that an edit reaches are tried for a value that shows it, the nearest first."""


class _Route(Struct, frozen=True):
    """A way from a root down to a pair: the names and positions in a value of the root."""

    root: Pair
    path: tuple[str | int, ...]


def _lift(pairs: tuple[Pair, ...], views: tuple[Views, Views], decide: Decide, settled: Settled) -> None:
    """Seek every doubtful edit that counts in a value of a root: that is its witness. Roots that hold are dropped."""
    for pair in pairs:
        told = [edit for edit in pair.edits if doubtful(pair.direction, edit) and settled.counts(pair, edit)]
        routes = _routes(pair, settled) if told else []
        shown: dict[Hashable, Edit] = {}
        for edit in told:
            part = aim(edit, _receiver(pair, views))
            key = (part[0].file, part[0].pointer, edit.aspect, edit.member, *part[1]) if part is not None else None
            known = shown.get(key)
            if known is not None:
                settled.silent.add(id(edit))
                continue
            found = _witness(pair, edit, routes, views, decide, settled)
            if found is not None:
                settled.witnesses[id(edit)] = found
                if key is not None:
                    shown[key] = found
        if told and len(routes) <= ROUTES and not any(id(edit) in settled.witnesses for edit in told):
            for route in routes:
                _hold(route.root, decide, settled)


def _witness(
    pair: Pair,
    edit: Edit,
    routes: list[_Route],
    views: tuple[Views, Views],
    decide: Decide,
    settled: Settled,
) -> Edit | None:
    """The edit with a value that shows it: of a root, else of the pair itself if it says all there is of its values."""
    for route in routes[:ROUTES]:
        for found in _tries(pair, edit, route, views, decide, settled):
            if found.outcome is Outcome.BROKEN:
                tried = Tried(route.root.base[0], route.root.revision[0], next(iter(route.root.roots)), route.path)
                return _witnessed(edit, found, tried, request=pair.direction is Direction.REQUEST)
    return None


def _tries(
    pair: Pair, edit: Edit, route: _Route, views: tuple[Views, Views], decide: Decide, settled: Settled
) -> Iterator[Decision]:
    """Answers that would show the edit: against the part it is about, of a value of the pair, or of the root alone."""
    root = route.root
    ask = Ask(root.base, root.revision, root.direction, path=route.path, textual=pair.textual)
    part = aim(edit, _receiver(pair, views))
    if part is not None:
        yield decide(replace(ask, aim=part))
    own = settled.asked.get(id(pair))
    if own is not None and own.outcome is Outcome.BROKEN and route.path and _lone(pair, settled):
        found = decide(Ask(pair.base, pair.revision, pair.direction, textual=pair.textual))
        if found.outcome is Outcome.BROKEN:
            yield decide(replace(ask, value=(found.witness,)))
    if _lone(root, settled):
        yield decide(replace(ask, path=()))


def _lone(pair: Pair, settled: Settled) -> bool:
    """Whether one doubtful edit alone counts, here and below: a break of the pair is then one of that edit.

    All edits behind one exchanged `$ref` are told as one.
    """
    told: set[Hashable] = set()
    for each in _all(pair):
        for edit in each.edits:
            if doubtful(each.direction, edit) and settled.counts(each, edit):
                told.add(each.exchanged.key if each.exchanged is not None else id(edit))
                if len(told) > 1:
                    return False
    return bool(told)


def _routes(pair: Pair, settled: Settled) -> list[_Route]:
    """The ways from roots to a pair that pass no contained pair, the shortest first."""
    routes: list[_Route] = []
    todo, seen = [_Route(pair, ())], {id(pair)}
    for here in todo:  # grows
        if here.root.roots and id(here.root) not in settled.contained:
            routes.append(here)
        for up in settled.above.get(id(here.root), ()):
            if id(up) not in seen and id(up) not in settled.contained:
                seen.add(id(up))
                step = up.ways.get(id(here.root))
                todo.append(_Route(up, here.path if step is None else (step, *here.path)))
    return routes


def _hold(root: Pair, decide: Decide, settled: Settled) -> None:
    """Ask about a root as a whole: nothing of it is told if it holds."""
    if id(root) not in settled.asked and root.base and root.revision:
        asked = Ask(root.base, root.revision, root.direction, shown=False, textual=root.textual)
        settled.asked[id(root)] = decide(asked)
        if settled.asked[id(root)].outcome is Outcome.CONTAINED and _holds_open(root, asked, decide):
            settled.contained.add(id(root))
            settled.forget()


def _holds_open(pair: Pair, asked: Ask, decide: Decide) -> bool:
    """Whether what holds for declared members holds for all that edits are about: some count members of any name."""
    return not _counting(pair) or decide(replace(asked, whole=False)).outcome is Outcome.CONTAINED


def _receiver(pair: Pair, views: tuple[Views, Views]) -> View:
    return views[1].view(pair.revision) if pair.direction is Direction.REQUEST else views[0].view(pair.base)


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


def _all(pair: Pair) -> Iterator[Pair]:
    """A pair and all below it, one by one: who asks has often heard enough long before the last."""
    yield pair
    seen = {id(pair)}
    todo = [iter(pair.below)]
    while todo:
        below = next(todo[-1], None)
        if below is None:
            todo.pop()
        elif id(below) not in seen:
            seen.add(id(below))
            yield below
            todo.append(iter(below.below))


def _witnessed(edit: Edit, found: Decision, tried: Tried, *, request: bool) -> Edit:
    effect = edit.effect
    if effect is Effect.UNDECIDED:
        effect = Effect.NARROWED if request else Effect.WIDENED
    return replace(edit, effect=effect, proof=ProofKind.WITNESS, witness=found.witness, why=found.why, tried=tried)


def _spread(start: Iterable[Pair], further: Callable[[Pair], Iterable[Pair]]) -> dict[int, Pair]:
    """The pairs that can be reached, by identity."""
    todo = list(start)
    seen = {id(pair): pair for pair in todo}
    while todo:
        for pair in further(todo.pop()):
            if id(pair) not in seen:
                seen[id(pair)] = pair
                todo.append(pair)
    return seen
