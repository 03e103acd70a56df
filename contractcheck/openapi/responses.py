"""Responses: status codes with ranges and `default`, headers, links, and bodies."""

from collections.abc import Mapping

from contractcheck.openapi import bodies, changes, links, values
from contractcheck.openapi.changes import Exchange, Ground, entries, true
from contractcheck.openapi.document import Node

RULES = (
    "response-success-status-added",
    "response-success-status-removed",
    "response-error-status-added",
    "response-error-status-removed",
    "response-status-range-narrowed",
    "webhook-success-status-removed",
    "response-header-added",
    "response-header-removed",
    "response-required-header-removed",
    "response-header-became-optional",
    "response-header-became-required",
    "response-header-deprecated",
    *links.RULES,
)


def compare(ground: Ground, exchange: Exchange, base: Node, revision: Node) -> None:
    """Compare what an operation answers."""
    holders = base.get("responses"), revision.get("responses")
    if ground.same(*holders):
        return
    old = {status.upper(): node for status, node in entries(holders[0]).items()}
    new = {status.upper(): node for status, node in entries(holders[1]).items()}
    at = holders[0] or base, holders[1] or revision
    for status in old | new:
        left, right = _covering(old, status), _covering(new, status)
        if left is not None and right is not None:
            _response(ground, exchange, left, right)
        elif right is not None:
            if not exchange.swapped:  # the caller's answer to a webhook: a server tolerates what it does not know
                rule = f"response-{_kind(status, new)}-status-added"
                ground.say(rule, at[0], right, exchange.response, only="revision", status=_name(status))
        elif left is not None:
            _removed(ground, exchange, status, (left, at[1]), (old, new))


def _removed(
    ground: Ground,
    exchange: Exchange,
    status: str,
    at: tuple[Node, Node],
    responses: tuple[Mapping[str, Node], Mapping[str, Node]],
) -> None:
    """Say that a status is gone; of a range whose statuses are named one by one instead, that it is narrower."""
    kind = _kind(status, responses[0])
    if kind == "success" and any(_within(other, status) for other in responses[1]):
        rule = "response-status-range-narrowed"
    elif exchange.swapped:
        rule = "webhook-success-status-removed" if kind == "success" else ""
    else:
        rule = f"response-{kind}-status-removed"
    if rule:
        ground.say(rule, *at, exchange.response, only="base", status=_name(status))


def _within(status: str, wide: str) -> bool:
    """Whether a status, or a range of them, is of a range; `default` is everything."""
    if wide == "DEFAULT":
        return status[:1] in "123"
    return wide.endswith("XX") and status != wide and status[:1] == wide[:1]


def _covering(responses: Mapping[str, Node], status: str) -> Node | None:
    """The response for a status: its own, else that of its range (`4XX`), else `default`.

    Beside statuses of success `default` describes errors: it then stands for no success.
    """
    own = responses.get(status)
    if own is not None or status == "DEFAULT":
        return own
    rest = responses.get("DEFAULT") if _kind(status, {}) == "error" or _kind("DEFAULT", responses) != "error" else None
    return responses.get(f"{status[:1]}XX") or rest


def _kind(status: str, responses: Mapping[str, Node]) -> str:
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
    bodies.content(ground, exchange, old.get("content"), new.get("content"), exchange.response.direction, (old, new))
    if not exchange.swapped:
        _headers(ground, exchange, old, new)
        links.compare(ground, exchange, old, new)


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
            _header(ground, left, right, exchange, details)


def _header(ground: Ground, old: Node, new: Node, exchange: Exchange, details: Mapping[str, str]) -> None:
    before, after = true(old, "required"), true(new, "required")
    if before != after:
        rule = f"response-header-became-{'required' if after else 'optional'}"
        at_base, at_revision = old.get("required") or old, new.get("required") or new
        ground.say(rule, at_base, at_revision, exchange.response, **details)
    if true(new, "deprecated") and not true(old, "deprecated"):
        ground.say("response-header-deprecated", old, new.get("deprecated"), exchange.response, **details)
    values.compare(ground, exchange, old, new, exchange.response, details)


def _named(response: Node) -> dict[str, tuple[str, Node]]:
    """Response headers by lower case name; `Content-Type` is described by the media types."""
    found = changes.named(response.get("headers"))
    return {name.lower(): (name, node) for name, node in found.items() if name.lower() != "content-type"}
