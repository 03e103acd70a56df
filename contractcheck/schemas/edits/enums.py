"""Lists of values: `enum` and `const`, which is an enum of one value."""

from collections.abc import Iterator

from contractcheck.schemas.edits.edit import Edit, Effect, Node
from contractcheck.schemas.edits.pair import Question, listed
from contractcheck.schemas.edits.types import spelled
from contractcheck.schemas.edits.values import ATOMS
from contractcheck.schemas.edits.view import Valued, View


def enum(pair: Question) -> Iterator[Edit]:
    """Compare the listed values, type by type; null is not one of them."""
    old, new = pair.old, pair.new
    if not (old.values or new.values) or not (pair.shared or (old.values and new.values and not spelled(pair))):
        return  # nothing listed, or no type in common: the types say it
    removed: list[Valued] = []
    added: list[Valued] = []
    limited: list[Valued] = []
    freed: list[Valued] = []
    for kind in sorted(old.types | new.types):
        before, after = old.values.get(kind), new.values.get(kind)
        if before is not None and (after is not None or (kind not in new.types and new.values)):
            kept = {valued.key for valued in after or ()}
            removed += [valued for valued in before if valued.key not in kept]
        if after is not None and (before is not None or (kind not in old.types and old.values)):
            kept = {valued.key for valued in before or ()}
            added += [valued for valued in after if valued.key not in kept]
        if kind in pair.shared and before is None and after is not None:
            limited += after
        if kind in pair.shared and before is not None and after is None:
            freed += before
    if removed:
        yield pair.edit("enum", Effect.NARROWED, removed[0].node, _list(new), values=listed(removed))
    if limited:
        yield pair.edit("enum", Effect.NARROWED, None, _list(new), values=f"everything but {listed(limited)}")
    if added:
        yield pair.edit("enum", Effect.WIDENED, _list(old), added[0].node, values=listed(added))
    if freed:
        yield pair.edit("enum", Effect.WIDENED, _list(old), None, values=f"everything besides {listed(freed)}")


def _list(view: View) -> Node | None:
    """The node of the first `enum`, else of the first `const`."""
    for keyword in ("enum", "const"):
        for node in view.keyword(keyword, ATOMS):
            return node
    return None
