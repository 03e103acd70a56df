"""The walk over pairs of schemas: each pair once, without recursion; who reaches what is worked out at the end."""

from collections.abc import Hashable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from contractcheck.model.finding import Direction, ProofKind
from contractcheck.schemas.edits import texts
from contractcheck.schemas.edits.compared import Exchanged, Pair
from contractcheck.schemas.edits.composition import grouped, opaque
from contractcheck.schemas.edits.edit import Conjunction, Decide, Edit, Effect, Node, Side, Step
from contractcheck.schemas.edits.pair import Closing, Question
from contractcheck.schemas.edits.registry import ASPECTS
from contractcheck.schemas.edits.settling import Settled, settle
from contractcheck.schemas.edits.twins import Twins
from contractcheck.schemas.edits.view import View, Views

_GROUPS = frozenset({"nullability", "branches", "default"})
"""The aspects that apply when one side alone is a group: the rest is compared with the paired branch."""
_NOTES = frozenset({"default", "discriminator"})
"""The aspects of a schema that says nothing else beside its `$ref`."""
_UNREAD = frozenset({"opaque"})
"""The aspect of a schema that cannot be read in full on one side: nothing is known of the values it allows."""


class Found(Struct, frozen=True):
    """An edit, its direction, the roots that reach it, and the exchanged `$ref` it lies behind, if it does."""

    edit: Edit
    direction: Direction
    roots: tuple[Hashable, ...]
    exchanged: Exchanged | None


def _doubted(edit: Edit) -> Edit:
    """An edit beside one that is undecided: what is not understood may take back what this one allows or refuses."""
    if edit.effect not in {Effect.NARROWED, Effect.WIDENED}:
        return edit
    why = "a keyword beside it changed whose effect on the values could not be shown"
    return replace(edit, proof=ProofKind.UNPROVEN, why=why)


def _unread(view: View) -> frozenset[str]:
    """What of a schema could not be read at all: a `$ref` that leads nowhere, an `allOf` without end, no schema."""
    return frozenset(item.keyword for item in view.opaque) & {"$ref", "allOf", "schema"}


class Walk:
    """Compares pairs of schemas reached from roots, each pair once per direction.

    A pair that is met again while it is still being compared counts as compared: its edits are found where it was met
    first
    (greatest fixpoint; JSON values are finite).
    """

    def __init__(self, base: Side, revision: Side, twins: Twins, decide: Decide | None = None) -> None:
        """Walk two sides; `twins` tells places that need no look, `decide` is asked before an edit counts."""
        self._views = (Views(base), Views(revision))
        self._twins = twins
        self._same = twins.same
        self._decide = decide
        self._pairs: dict[Hashable, Pair] = {}
        self._todo: list[Pair] = []
        self._settled: Settled | None = None

    def root(
        self,
        base: Conjunction,
        revision: Conjunction,
        direction: Direction,
        root: Hashable,
        *,
        textual: bool = False,
        defaults: bool = True,
    ) -> None:
        """Compare two schemas on behalf of `root`; all edits below will name it."""
        pair = self._pair(Step(base, revision, defaults=defaults), direction, textual=textual)
        if pair is not None:
            pair.roots.setdefault(root)
            self._settled = None
            self._run()

    def types(self, base: Conjunction, revision: Conjunction) -> tuple[frozenset[str], frozenset[str]]:
        """The types other than null that schemas of either side allow."""
        return self._views[0].view(base).types, self._views[1].view(revision).types

    def _run(self) -> None:
        while self._todo:
            self._look(self._todo.pop())

    def _pair(self, step: Step, direction: Direction, *, textual: bool, behind: Exchanged | None = None) -> Pair | None:
        """The pair of a step, new or known; None for one that needs no look."""
        base = tuple(self._views[0].resolve(node) or node for node in step.base)
        revision = tuple(self._views[1].resolve(node) or node for node in step.revision)
        if len(base) == len(revision) and all(self._same(*both) for both in zip(base, revision, strict=True)):
            return None
        behind = self._behind(step, behind)
        exchange = behind.key if behind is not None else None
        key = (_keys(base), _keys(revision), direction, textual, step.nulls, step.defaults, exchange)
        pair = self._pairs.get(key)
        if pair is None:
            pair = Pair(base, revision, direction, textual, step.nulls, step.defaults, behind)
            self._pairs[key] = pair
            self._todo.append(pair)
        return pair

    def _behind(self, step: Step, behind: Exchanged | None) -> Exchanged | None:
        """The exchanged `$ref` a step goes through or stays behind; one `$ref` on both sides leads out of it again."""
        if step.uses is None and (len(step.base) != 1 or len(step.revision) != 1):
            return behind
        base, revision = step.uses or (step.base[0], step.revision[0])
        old, new = self._through(0, base), self._through(1, revision)
        if old is None or new is None:
            return behind
        if old[1] == new[1]:
            return None
        find = self._views[0].side.find, self._views[1].side.find
        if behind is None and (find[1](new[0], old[1]) is not None or find[0](old[0], new[1]) is not None):
            return Exchanged(old[0], new[0], old[1], new[1])
        return behind

    def _through(self, side: int, node: Node) -> tuple[Node, str] | None:
        """The first `$ref` a schema leads through, and where it stands."""
        for _ in range(100):
            hop = self._views[side].hop(node, notes=True)
            if hop is None or hop.node is None:
                return None
            if hop.reference is not None:
                return hop.use, hop.reference
            node = hop.node
        return None

    def _look(self, pair: Pair) -> None:
        question = Question(
            base=pair.base,
            revision=pair.revision,
            old=self._views[0].view(pair.base),
            new=self._views[1].view(pair.revision),
            direction=pair.direction,
            textual=pair.textual,
            nulls=pair.nulls,
            defaults=pair.defaults,
            views=self._views,
            same=self._same,
            alike=self._twins.alike,
            still=self._twins.still,
        )
        core = self._core(pair)
        only = _NOTES if core is not None else _GROUPS if grouped(question) else None
        if _unread(question.old) != _unread(question.new):
            only = _UNREAD
        written = texts.edits(question, member=not pair.roots) if pair.textual and core is None else None
        if written is not None and only is None:
            only = _NOTES
            for found in written:
                if isinstance(found, Edit):
                    pair.edits.append(found)
                else:
                    self._link(pair, found, partial=True)
        for aspect in ASPECTS:
            if only is not None and aspect.name not in only:
                continue
            for found in aspect.find(question):
                if isinstance(found, Edit):
                    pair.edits.append(found)
                    continue
                partial = aspect.name == "branches" or bool(question.sender.groups or question.sender.opaque)
                self._link(pair, found, partial=partial)
        if core is not None:
            self._link(pair, core, partial=False)
        if any(found.effect is Effect.UNDECIDED for found in opaque(question)):
            pair.edits = [_doubted(edit) for edit in pair.edits]
        pair.harmless = question.harmless
        pair.grouped = bool(question.old.groups or question.new.groups)
        receiver = question.new if question.request else question.old
        exclusive = any(group.kind == "oneOf" for group in receiver.groups)
        unread = [item.keyword for item in (*question.old.opaque, *question.new.opaque)]
        pair.entangled = exclusive or bool(unread)
        unseen = any(keyword.startswith("unevaluated") for keyword in unread)
        pair.closing = Closing.APART if unseen else question.closing
        pair.knot = "oneOf" if exclusive else next(iter(unread), "additionalProperties")

    def _link(self, pair: Pair, step: Step, *, partial: bool) -> None:
        below = self._pair(step, pair.direction, textual=pair.textual, behind=pair.exchanged)
        if below is not None and below is not pair and step.aside:
            pair.aside.append(below)
        elif below is not None and below is not pair:
            pair.below.append(below)
            pair.ways.setdefault(id(below), step.at)
            if partial:
                pair.partial.append(below)

    def _core(self, pair: Pair) -> Step | None:
        """The step past schemas that only annotate a `$ref`: what they lead to is compared once for all who use it."""
        if len(pair.base) != 1 or len(pair.revision) != 1:
            return None
        base, revision = pair.base[0], pair.revision[0]
        ends = self._end(0, base), self._end(1, revision)
        if ends == (base, revision) or None in ends:
            return None
        return Step((ends[0],), (ends[1],), pair.nulls, False, (base, revision))  # type: ignore[arg-type]  # noqa: FBT003

    def _end(self, side: int, node: Node) -> Node | None:
        for _ in range(100):
            hop = self._views[side].hop(node, notes=True)
            if hop is None:
                return node
            if hop.node is None:
                return None
            node = hop.node
        return None

    def harmless(self) -> int:
        """How many differences were shown to change nothing."""
        settled = self._settle()
        silent = sum(not settled.counts(pair, edit) for pair in self._pairs.values() for edit in pair.edits)
        return sum(pair.harmless for pair in self._pairs.values()) + silent

    def edits(self) -> Iterator[Found]:
        """Every edit that counts, in the order they were found."""
        settled = self._settle()
        for pair in self._pairs.values():
            for edit in pair.edits:
                if settled.counts(pair, edit):
                    proved = settled.proved(edit)
                    yield Found(proved, pair.direction, settled.roots(pair, edit), pair.exchanged)

    def _settle(self) -> Settled:
        """What the prover says of the pairs compared so far."""
        if self._settled is None:
            self._settled = settle(tuple(self._pairs.values()), self._views, self._decide)
        return self._settled


def _keys(conjunction: Conjunction) -> tuple[tuple[str, str], ...]:
    return tuple((node.file, node.pointer) for node in conjunction)


def _reference(node: Node) -> str | None:
    reference = node.value.get("$ref") if isinstance(node.value, dict) else None
    return reference if isinstance(reference, str) else None
