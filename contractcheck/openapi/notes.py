"""What an operation says of itself: deprecation, the names that generators use, and its tags."""

from contractcheck.openapi.changes import Exchange, Ground, text, true
from contractcheck.openapi.document import Node

RULES = (
    "operation-deprecated",
    "operation-undeprecated",
    "operation-id-changed",
    "operation-tags-changed",
)


def compare(ground: Ground, exchange: Exchange, base: Node, revision: Node) -> None:
    """Compare what two operations say of themselves."""
    before, after = true(base, "deprecated"), true(revision, "deprecated")
    if before != after:
        rule = "operation-deprecated" if after else "operation-undeprecated"
        ground.say(rule, base.get("deprecated") or base, revision.get("deprecated") or revision, exchange.request)
    old, new = text(base.get("operationId")), text(revision.get("operationId"))
    if old != new:
        at = base.get("operationId") or base, revision.get("operationId") or revision
        ground.say("operation-id-changed", *at, exchange.request, before=old or "none", after=new or "none")
    tags = [_tags(side) for side in (base, revision)]
    if sorted(tags[0]) != sorted(tags[1]):
        at = base.get("tags") or base, revision.get("tags") or revision
        said = [", ".join(sorted(each)) or "none" for each in tags]
        ground.say("operation-tags-changed", *at, exchange.request, before=said[0], after=said[1])


def _tags(operation: Node) -> list[str]:
    tags = operation.get("tags")
    return [str(tag.value) for tag in tags.items()] if tags is not None else []
