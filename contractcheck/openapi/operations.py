"""Operations: added, removed, and what of one changed."""

from contractcheck.model.finding import Affected, Direction
from contractcheck.openapi import bodies, parameters, responses, security
from contractcheck.openapi.changes import Exchange, Ground, entries, text, true
from contractcheck.openapi.document import Node
from contractcheck.openapi.matching import Item, items, match

RULES = (
    "operation-added",
    "operation-removed",
    "deprecated-operation-removed",
    "operation-deprecated",
    "operation-undeprecated",
    "operation-id-changed",
    "operation-tags-changed",
    "webhook-added",
    "webhook-removed",
    "callback-added",
    "callback-removed",
    *security.RULES,
    *parameters.RULES,
    *bodies.RULES,
    *responses.RULES,
)


def compare(ground: Ground) -> None:
    """Compare all operations below `paths`, then webhooks."""
    base, revision = ground.base.root, ground.revision.root
    same_security = security.alike(ground)
    for old, new in match(items(ground.base, base.get("paths")), items(ground.revision, revision.get("paths"))):
        if old and new and same_security and old.path == new.path and ground.same(old.use, new.use):
            continue
        _items(ground, old, new, base.get("paths"), revision.get("paths"))
    for key in ("webhooks", "x-webhooks"):
        holders = base.get(key) or base, revision.get(key) or revision
        left, right = items(ground.base, base.get(key)), items(ground.revision, revision.get(key))
        for name in left | right:
            if not (name in left and name in right and ground.same(left[name].use, right[name].use)):
                _hooks(ground, "webhook", f"webhooks.{name}", left.get(name), right.get(name), holders)


def _items(ground: Ground, old: Item | None, new: Item | None, base: Node | None, revision: Node | None) -> None:
    before, after = _operations(old), _operations(new)
    for method in before | after:
        path = new.path if new is not None and method in after else (old.path if old is not None else "")
        exchange = Exchange(f"{method.upper()} {path}")
        if method not in after:
            rule = "deprecated-operation-removed" if true(before[method], "deprecated") else "operation-removed"
            ground.say(rule, before[method], new.use if new else revision, exchange.request, only="base")
        elif method not in before:
            ground.say("operation-added", old.use if old else base, after[method], exchange.request, only="revision")
        elif old is not None and new is not None:
            _both(ground, exchange, (old, before[method]), (new, after[method]))


def _operations(item: Item | None) -> dict[str, Node]:
    return dict(item.operations) if item is not None else {}


def _both(ground: Ground, exchange: Exchange, old: tuple[Item, Node], new: tuple[Item, Node]) -> None:
    base, revision = old[1], new[1]
    if not exchange.swapped:
        security.compare(ground, exchange, base, revision)
    if (
        old[0].path == new[0].path
        and ground.same(base, revision)
        and ground.same(old[0].members.get("parameters"), new[0].members.get("parameters"))
    ):
        return
    _notes(ground, exchange, base, revision)
    parameters.compare(ground, exchange, old, new)
    bodies.compare(ground, exchange, base, revision)
    responses.compare(ground, exchange, base, revision)
    _callbacks(ground, exchange, base, revision)


def _notes(ground: Ground, exchange: Exchange, base: Node, revision: Node) -> None:
    before, after = true(base, "deprecated"), true(revision, "deprecated")
    if before != after:
        rule = "operation-deprecated" if after else "operation-undeprecated"
        ground.say(rule, base.get("deprecated") or base, revision.get("deprecated") or revision, exchange.request)
    old, new = text(base.get("operationId")), text(revision.get("operationId"))
    if old != new:
        ground.say(
            "operation-id-changed",
            base.get("operationId") or base,
            revision.get("operationId") or revision,
            exchange.request,
            before=old or "none",
            after=new or "none",
        )
    tags = [
        sorted(str(tag.value) for tag in at.items()) if (at := side.get("tags")) else [] for side in (base, revision)
    ]
    if tags[0] != tags[1]:
        ground.say(
            "operation-tags-changed",
            base.get("tags") or base,
            revision.get("tags") or revision,
            exchange.request,
            before=", ".join(tags[0]) or "none",
            after=", ".join(tags[1]) or "none",
        )


def _hooks(
    ground: Ground, kind: str, name: str, old: Item | None, new: Item | None, holders: tuple[Node, Node]
) -> None:
    """Compare requests that the server sends: the sides are swapped."""
    before, after = _operations(old), _operations(new)
    for method in before | after:
        label = f"{name} {method.upper()}" if kind == "callback" else f"{method.upper()} {name}"
        exchange = Exchange(label, swapped=True)
        sent = Affected(label, Direction.RESPONSE)
        if method not in after:
            ground.say(f"{kind}-removed", before[method], new.use if new else holders[1], sent, only="base")
        elif method not in before:
            ground.say(f"{kind}-added", old.use if old else holders[0], after[method], sent, only="revision")
        elif old is not None and new is not None:
            _both(ground, exchange, (old, before[method]), (new, after[method]))


def _callbacks(ground: Ground, exchange: Exchange, base: Node, revision: Node) -> None:
    if exchange.swapped:
        return  # a callback of a webhook: nobody describes one
    old, new = entries(base.get("callbacks")), entries(revision.get("callbacks"))
    for name in old | new:
        if name in old and name in new and ground.same(old[name], new[name]):
            continue
        left = items(ground.base, ground.base.follow(old[name]) if name in old else None)
        right = items(ground.revision, ground.revision.follow(new[name]) if name in new else None)
        if (
            len(left) == len(right) == 1
        ):  # the address is an expression: one that is spelled otherwise is still this one
            right = {next(iter(left)): next(iter(right.values()))}
        for address in left | right:
            label = f"{exchange.label} callback {name}"
            _hooks(ground, "callback", label, left.get(address), right.get(address), (base, revision))
