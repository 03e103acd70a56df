"""Arrays: what their items are, and whether they may repeat."""

from collections.abc import Iterator

from contractcheck.schemas.edits.edit import Conjunction, Edit, Effect, Node, Step
from contractcheck.schemas.edits.pair import Question
from contractcheck.schemas.edits.view import View

_ARRAY = frozenset({"array"})


def unique(pair: Question) -> Iterator[Edit]:
    """Compare `uniqueItems`."""
    if "array" not in pair.shared:
        return
    before, after = _unique(pair.old), _unique(pair.new)
    if (before is None) != (after is None):
        yield pair.edit("unique-items", Effect.WIDENED if after is None else Effect.NARROWED, before, after)


def items(pair: Question) -> Iterator[Step]:
    """Go on to the items: position by position where `prefixItems` names them, then the rest."""
    if "array" not in pair.shared:
        return
    count = max(_prefix(pair.old), _prefix(pair.new))
    for index in range(count):
        yield Step(_at(pair.old, index), _at(pair.new, index), at=index)
    before, after = _at(pair.old, count), _at(pair.new, count)
    if before or after:
        yield Step(before, after, at=count)


def _unique(view: View) -> Node | None:
    return next((node for node in view.keyword("uniqueItems", _ARRAY) if node.value is True), None)


def _prefix(view: View) -> int:
    lengths = [len(node.value) for node in view.keyword("prefixItems", _ARRAY) if isinstance(node.value, list)]
    return max(lengths, default=0)


def _at(view: View, index: int) -> Conjunction:
    """What the item at that position must satisfy; a position past every prefix is the rest."""
    found = []
    for node in view.of(_ARRAY):
        prefix = node.get("prefixItems")
        item = prefix.get(index) if prefix is not None and isinstance(prefix.value, list) else None
        item = item if item is not None else node.get("items")
        if item is not None and not isinstance(item.value, list):
            found.append(item)
    return tuple(found)
