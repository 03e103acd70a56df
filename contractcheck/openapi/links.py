"""Links: what a response offers as the next request."""

from contractcheck.openapi.changes import Exchange, Ground, named, text
from contractcheck.openapi.document import Document, Node
from contractcheck.openapi.made import Made
from contractcheck.schemas.edits.values import canonical

RULES = ("response-link-added", "response-link-removed", "response-link-changed")
_SAID = ("parameters", "requestBody", "server")


def compare(ground: Ground, exchange: Exchange, base: Node, revision: Node) -> None:
    """Compare the links of a response."""
    holders = base.get("links"), revision.get("links")
    old, new = named(holders[0]), named(holders[1])
    for name in old | new:
        left = ground.base.follow(old[name]) if name in old else None
        right = ground.revision.follow(new[name]) if name in new else None
        if name not in new:
            at = holders[1] or revision
            ground.say("response-link-removed", old[name], at, exchange.response, only="base", name=name)
        elif name not in old:
            at = holders[0] or base
            ground.say("response-link-added", at, new[name], exchange.response, only="revision", name=name)
        elif left is not None and right is not None:
            before, after = _target(ground.base, left), _target(ground.revision, right)
            if before != after or _parts(left) != _parts(right):
                ground.say("response-link-changed", left, right, exchange.response, name=name)


def _target(document: Document, link: Node) -> str | None:
    """The operation that a link leads to, however it is named: method and path where that is known."""
    named, reference = text(link.get("operationId")), text(link.get("operationRef"))
    if reference is not None:
        node = document.resolve(link, reference)
        name = text(node.get("operationId")) if node is not None and not isinstance(node, Made) else None
        return name or reference
    return named


def _parts(link: Node) -> list[str | None]:
    return [canonical(part.value) if (part := link.get(word)) is not None else None for word in _SAID]
