"""Requests that the server sends, where the sides are swapped: webhooks, and the callbacks of operations."""

from collections.abc import Callable

from contractcheck.model.finding import Affected, Direction
from contractcheck.openapi.changes import Exchange, Ground, named
from contractcheck.openapi.document import Document, Node
from contractcheck.openapi.matching import Item, Operation, item, items, operations

RULES = (
    "webhook-added",
    "webhook-removed",
    "callback-added",
    "callback-removed",
    "callback-address-changed",
)

Both = Callable[[Ground, Exchange, Operation, Operation], None]


def webhooks(ground: Ground, both: Both) -> None:
    """Compare the webhooks of two documents; `both` compares two operations. Before 3.1 they are `x-webhooks`."""
    left, right = _named(ground.base), _named(ground.revision)
    for name in left | right:
        old, new = left.get(name), right.get(name)
        if old is not None and new is not None and ground.same(old.use, new.use):
            continue
        holders = _holder(ground.base), _holder(ground.revision)
        _compare(ground, "webhook", f"webhooks.{name}", (old, new), holders, swapped=True, both=both)


def callbacks(ground: Ground, exchange: Exchange, base: Node, revision: Node, both: Both) -> None:
    """Compare the callbacks of an operation."""
    old, new = named(base.get("callbacks")), named(revision.get("callbacks"))
    for name in old | new:
        if name in old and name in new and ground.same(old[name], new[name]):
            continue
        left = items(ground.base, ground.base.follow(old[name]) if name in old else None)
        right = items(ground.revision, ground.revision.follow(new[name]) if name in new else None)
        pairs = [(left.get(address), right.get(address)) for address in left | right]
        if len(left) == len(right) == 1 and left.keys() != right.keys():
            pairs = [(next(iter(left.values())), next(iter(right.values())))]
            told = next(iter(left)), next(iter(right))
            if _plain(told[0]) != _plain(told[1]):
                ground.say(
                "callback-address-changed", pairs[0][0].use, pairs[0][1].use, exchange.response,  # type: ignore[union-attr]
                before=told[0], after=told[1],
            )  # fmt: skip
        label = f"{exchange.label} callback {name}"
        for pair in pairs:
            swapped = not exchange.swapped
            _compare(
                ground, "callback", label, pair, (base, revision), swapped=swapped, inner=exchange.called, both=both
            )


def _compare(
    ground: Ground,
    kind: str,
    name: str,
    pair: tuple[Item | None, Item | None],
    holders: tuple[Node, Node],
    *,
    swapped: bool,
    both: Both,
    inner: bool = False,
) -> None:
    """Compare the operations of a pair of path items; `inner` ones, of callbacks of callbacks, only once."""
    old, new = pair
    before, after = _operations(ground.base, old), _operations(ground.revision, new)
    for method in before | after:
        label = f"{name} {method}" if kind == "callback" else f"{method} {name}"
        exchange = Exchange(label, swapped, kind == "callback")
        sent = Affected(label, Direction.RESPONSE if swapped else Direction.REQUEST)
        if method not in after:
            ground.say(f"{kind}-removed", before[method].node, new.use if new else holders[1], sent, only="base")
        elif method not in before:
            ground.say(f"{kind}-added", old.use if old else holders[0], after[method].node, sent, only="revision")
        elif not inner or (step := (before[method].node, after[method].node, swapped)) not in ground.called:
            if inner:
                ground.called.add(step)
            both(ground, exchange, before[method], after[method])


def _operations(document: Document, holder: Item | None) -> dict[str, Operation]:
    return {each.method: each for each in operations(document, (holder,))} if holder is not None else {}


def _plain(expression: str) -> str:
    """An expression without what does not matter: braces around the whole, a slash at the end."""
    bare = expression.removesuffix("/")
    whole = bare.startswith("{") and bare.endswith("}") and bare.count("{") == 1
    return bare[1:-1] if whole else bare


def _named(document: Document) -> dict[str, Item]:
    found = named(document.root.get("x-webhooks")) | named(document.root.get("webhooks"))
    return {name: item(document, name, use) for name, use in found.items()}


def _holder(document: Document) -> Node:
    return document.root.get("webhooks") or document.root.get("x-webhooks") or document.root
