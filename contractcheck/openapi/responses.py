"""Responses: status codes with ranges and `default`, headers, and bodies."""

from contractcheck.model.finding import Direction
from contractcheck.openapi import bodies, parameters
from contractcheck.openapi.changes import Exchange, Ground, entries, true
from contractcheck.openapi.document import Node

RULES = (
    "response-success-status-added",
    "response-success-status-removed",
    "response-error-status-added",
    "response-error-status-removed",
    "response-header-added",
    "response-header-removed",
    "response-required-header-removed",
    "response-header-became-optional",
    "response-header-became-required",
    "response-header-style-changed",
)


def compare(ground: Ground, exchange: Exchange, base: Node, revision: Node) -> None:
    """Compare what an operation answers."""
    holders = base.get("responses"), revision.get("responses")
    if ground.same(*holders):
        return
    old = {status.upper(): node for status, node in entries(holders[0]).items()}
    new = {status.upper(): node for status, node in entries(holders[1]).items()}
    for status in old | new:
        left, right = _covering(old, status), _covering(new, status)
        if left is not None and right is not None:
            _response(ground, exchange, left, right)
        elif exchange.swapped:
            continue  # the caller's answer to a webhook: a server tolerates what it does not know
        elif right is not None:
            rule = f"response-{_kind(status, new)}-status-added"
            ground.say(rule, holders[0] or base, right, exchange.response, only="revision", status=_name(status))
        elif left is not None:
            rule = f"response-{_kind(status, old)}-status-removed"
            at = holders[1] or revision
            ground.say(rule, left, at, exchange.response, only="base", status=_name(status))


def _covering(responses: dict[str, Node], status: str) -> Node | None:
    """The response for a status: its own, else that of its range (`4XX`), else `default`.

    A range or `default` that only one side has is compared with the other's `default` or nothing.
    """
    own = responses.get(status)
    if own is not None or status == "DEFAULT":
        return own
    return responses.get(f"{status[:1]}XX") or responses.get("DEFAULT")


def _kind(status: str, responses: dict[str, Node]) -> str:
    """`error` for 4xx and 5xx, and for a `default` beside a success; `success` for the rest."""
    if status == "DEFAULT":
        return "error" if any(other[:1] in "123" for other in responses) else "success"
    return "error" if status[:1] in "45" else "success"


def _name(status: str) -> str:
    return "default" if status == "DEFAULT" else status


def _response(ground: Ground, exchange: Exchange, base: Node, revision: Node) -> None:
    if ground.same(base, revision):
        return
    old, new = ground.base.follow(base), ground.revision.follow(revision)
    if old is None or new is None:
        return  # a broken reference is a defect of the document, which says so itself
    direction = exchange.response.direction
    bodies.content(ground, exchange, old.get("content"), new.get("content"), direction, (old, new))
    if direction is Direction.RESPONSE:
        _headers(ground, exchange, old, new)


def _headers(ground: Ground, exchange: Exchange, base: Node, revision: Node) -> None:
    old, new = _named(base), _named(revision)
    affected = exchange.response
    for name in old | new:
        left = ground.base.follow(old[name][1]) if name in old else None
        right = ground.revision.follow(new[name][1]) if name in new else None
        if (name in old and left is None) or (name in new and right is None):
            continue
        details = {"name": (new.get(name) or old[name])[0], "where": "header"}
        if right is None and left is not None:
            rule = "response-required-header-removed" if true(left, "required") else "response-header-removed"
            at = revision.get("headers") or revision
            ground.say(rule, old[name][1], at, affected, only="base", **details)
        elif left is None and right is not None:
            ground.say(
                "response-header-added", base.get("headers") or base, new[name][1], affected, only="revision", **details
            )
        elif left is not None and right is not None and not ground.same(left, right):
            before, after = true(left, "required"), true(right, "required")
            if before != after:
                rule = f"response-header-became-{'required' if after else 'optional'}"
                at_base, at_revision = left.get("required") or left, right.get("required") or right
                ground.say(rule, at_base, at_revision, affected, **details)
            parameters.value(ground, exchange, left, right, Direction.RESPONSE, details)


def _named(response: Node) -> dict[str, tuple[str, Node]]:
    """Response headers by lower case name; `Content-Type` is described by the media types."""
    found = entries(response.get("headers"))
    return {name.lower(): (name, node) for name, node in found.items() if name.lower() != "content-type"}
