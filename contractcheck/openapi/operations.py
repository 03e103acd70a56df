"""Operations: added, removed, moved, taken over by another path, and what of one changed."""

from collections.abc import Iterable

from contractcheck.openapi import addresses, bodies, hooks, notes, parameters, responses, routing, security
from contractcheck.openapi.changes import Exchange, Ground, entries, true
from contractcheck.openapi.document import Dialect, Node
from contractcheck.openapi.matching import Matched, Operation, item, match, operations
from contractcheck.openapi.templates import erase

RULES = (
    "operation-added",
    "operation-removed",
    "deprecated-operation-removed",
    "operation-moved",
    *notes.RULES,
    *hooks.RULES,
    *routing.RULES,
    *addresses.RULES,
    *security.RULES,
    *parameters.RULES,
    *bodies.RULES,
    *responses.RULES,
)


def compare(ground: Ground, *, versions: bool = False) -> None:
    """Compare all operations below `paths`, then webhooks; `versions`: segments like `/v2` in front say nothing."""
    holders = ground.base.root.get("paths"), ground.revision.root.get("paths")
    old, new = entries(holders[0]), entries(holders[1])
    alike = _alike(ground)
    same = {path for path in old if path in new and alike and ground.same(old[path], new[path])}
    left = operations(ground.base, (item(ground.base, path, old[path]) for path in old if path not in same))
    right = operations(ground.revision, (item(ground.revision, path, new[path]) for path in new if path not in same))
    matched = match(left, right, versions=versions)
    _servers(ground, matched.pairs, versions=versions)
    for before, after in matched.pairs:
        _both(ground, Exchange(f"{after.method} {after.path}"), before, after)
    _unmatched(ground, matched, (old, new))
    routing.compare(ground, old, new, (*matched.added, *(after for _, after in matched.moved)))
    hooks.webhooks(ground, _both)


def moved(pairs: Iterable[tuple[Operation, Operation]]) -> frozenset[tuple[str, str]]:
    """The paths of servers that went to those of all operations, or back: (`/v1`, ``) where `/users` is `/v1/users`."""
    common: frozenset[tuple[str, str]] | None = None
    for before, after in pairs:
        found = frozenset(
            (old, new)
            for old in before.prefixes
            for new in after.prefixes
            if old + erase(before.path) == new + erase(after.path)
        )
        common = found if common is None else common & found
    return frozenset((old, new) for old, new in common or () if old != new)


def _alike(ground: Ground) -> bool:
    """Whether what operations inherit is the same on both sides."""
    base, revision = ground.base.root, ground.revision.root
    words = ["servers"]
    if Dialect.SWAGGER_2_0 in {ground.base.dialect, ground.revision.dialect}:
        words += ["consumes", "produces", "schemes", "host", "basePath"]
    return security.alike(ground) and all(ground.same(base.get(word), revision.get(word)) for word in words)


def _unmatched(ground: Ground, matched: Matched, found: tuple[dict[str, Node], dict[str, Node]]) -> None:
    holders = (
        ground.base.root.get("paths") or ground.base.root,
        ground.revision.root.get("paths") or ground.revision.root,
    )
    removed, added = list(matched.removed), list(matched.added)
    for before, after in matched.moved:
        if true(before.node, "deprecated"):
            removed.append(before)
            added.append(after)
            continue
        told = f"{before.method} {before.path}", f"{after.method} {after.path}"
        ground.say("operation-moved", before.node, after.node, Exchange(told[0]).request, before=told[0], after=told[1])
        _both(ground, Exchange(told[1]), before, after)
    unmatched = [*removed, *added]
    by_template = [{erase(path): each for path, each in side.items()} if unmatched else {} for side in found]
    for each in removed:
        here = found[1].get(each.path) or by_template[1].get(erase(each.path))
        rule = "deprecated-operation-removed" if true(each.node, "deprecated") else "operation-removed"
        at = here if here is not None else holders[1]
        ground.say(rule, each.node, at, Exchange(f"{each.method} {each.path}").request, only="base")
    for each in added:
        here = found[0].get(each.path) or by_template[0].get(erase(each.path))
        at = here if here is not None else holders[0]
        ground.say("operation-added", at, each.node, Exchange(f"{each.method} {each.path}").request, only="revision")


def _servers(ground: Ground, pairs: tuple[tuple[Operation, Operation], ...], *, versions: bool) -> None:
    """Compare the servers of the documents where operations inherit them, and those that operations have their own."""
    roots = addresses.root(ground.base), addresses.root(ground.revision)
    inheriting = []
    for old, new in pairs:
        base = addresses.holder(ground.base, old.item.members, old.node)
        revision = addresses.holder(ground.revision, new.item.members, new.node)
        if (base, revision) == roots:
            inheriting.append((old, new))
        else:
            affected = Exchange(f"{new.method} {new.path}").request
            addresses.compare(ground, base, revision, moved([(old, new)]), affected, versions=versions)
    if inheriting or not pairs:
        addresses.compare(ground, *roots, moved(inheriting), versions=versions)


def _both(ground: Ground, exchange: Exchange, old: Operation, new: Operation) -> None:
    base, revision = old.node, new.node
    if not exchange.swapped:
        security.compare(ground, exchange, base, revision)
    if (
        old.path == new.path
        and ground.same(base, revision)
        and ground.same(old.item.members.get("parameters"), new.item.members.get("parameters"))
    ):
        return
    notes.compare(ground, exchange, base, revision)
    parameters.compare(ground, exchange, (old.item, base), (new.item, revision))
    bodies.compare(ground, exchange, base, revision)
    responses.compare(ground, exchange, base, revision)
    hooks.callbacks(ground, exchange, base, revision, _both)
