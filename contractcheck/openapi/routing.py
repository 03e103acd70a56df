"""Paths that take requests from others: `/users/me` added beside `/users/{id}`."""

from collections.abc import Mapping
from itertools import islice

from contractcheck.openapi.changes import Exchange, Ground
from contractcheck.openapi.document import Node
from contractcheck.openapi.matching import Item, Operation, item, operations
from contractcheck.openapi.parameters import read
from contractcheck.openapi.templates import Templates, erase, names
from contractcheck.schemas.edits import texts

RULES = ("operation-shadowed", "operation-ambiguous")


def compare(ground: Ground, old: Mapping[str, Node], new: Mapping[str, Node], added: tuple[Operation, ...]) -> None:
    """Say which operations of the base lose requests to a path that the revision adds; `old`, `new`: the path items."""
    known = {erase(path) for path in old}
    fresh: dict[str, list[Operation]] = {}
    for each in added:
        if erase(each.path) not in known:
            fresh.setdefault(each.path, []).append(each)
    if not fresh:
        return
    templates = Templates(path for path in old if "{" in path)
    kept = {erase(path) for path in new}
    for path, several in fresh.items():
        for rule, paths in (
            ("operation-shadowed", templates.wider(path)),
            ("operation-ambiguous", islice(templates.crossing(path), 1)),
        ):
            for other in paths:
                if erase(other) in kept:  # one that is gone is said to be removed
                    _say(ground, rule, item(ground.base, other, old[other]), several)


def _say(ground: Ground, rule: str, shadowed: Item, several: list[Operation]) -> None:
    for each in operations(ground.base, (shadowed,)):
        taken = next((other for other in several if other.method == each.method), None)
        if taken is not None and _reaches(ground, each, taken):
            told = f"{each.method} {shadowed.path}", f"{each.method} {taken.path}"
            ground.say(rule, each.node, taken.node, Exchange(told[0]).request, before=told[0], after=told[1])


def _reaches(ground: Ground, operation: Operation, taken: Operation) -> bool:
    """Whether the base could take a request for the added path: its parameters may refuse the text in their place."""
    declared = read(ground.base, operation.item, operation.node)
    named = names(operation.path)
    for segment, text in zip(operation.path.split("/"), taken.path.split("/"), strict=True):
        if not (segment.startswith("{") and segment.endswith("}") and segment.count("{") == 1) or "{" in text:
            continue
        position = str(len(named) - named.index(segment[1:-1]))
        parameter = declared.get(("path", position))
        schema = parameter.node.get("schema") if parameter is not None else None
        if schema is not None and texts.accepts(ground.views[0].view((schema,)), text) is False:
            return False
    return True
