"""The order migrations run in: parents first, else by id, and what stands against there being one."""

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence

from contractcheck.migrations import defects
from contractcheck.migrations.trees import Migration
from contractcheck.model.finding import Finding
from contractcheck.model.place import Place


def order(migrations: Sequence[Migration]) -> tuple[tuple[Migration, ...], tuple[str, ...], tuple[Finding, ...]]:
    """The migrations in running order, the heads, and findings about duplicates, unknown parents, cycles and heads.

    Of several migrations with one id only the first by path is run, as running both would be a failure of its own. What
    waits for an unknown parent runs as if it had none, and makes no second head worth a word; what stands in a cycle
    comes last. A migration that another depends on (`depends_on`) or that is merged is no head.
    """
    by_id: dict[str, list[Migration]] = defaultdict(list)
    for migration in sorted(migrations, key=lambda each: each.path):
        by_id[migration.id].append(migration)
    found = [
        defects.duplicate(identity, [each.path for each in same], _place(same[1]))
        for identity, same in sorted(by_id.items())
        if len(same) > 1
    ]
    labels = {label: identity for identity, same in by_id.items() for label in same[0].labels}
    waits: dict[str, set[str]] = {}
    orphans = False
    for identity, same in by_id.items():
        waits[identity] = set()
        for parent in dict.fromkeys((*same[0].parents, *same[0].depends_on)):
            known = _known(parent, by_id, labels)
            if known is None:
                orphans = True
                found.append(defects.orphan(identity, parent, _place(same[0])))
            elif known != identity:
                waits[identity].add(known)
            else:
                found.append(defects.cycle([identity], _place(same[0])))
    followed = {parent for parents in waits.values() for parent in parents}
    heads = tuple(sorted(identity for identity in by_id if identity not in followed))
    names, circle = _sorted(waits)
    if circle:
        found.append(defects.cycle(circle, _place(by_id[circle[0]][0])))
    if len(heads) > 1 and not orphans:
        found.append(defects.heads(heads, _place(by_id[heads[-1]][0])))
    return tuple(by_id[name][0] for name in (*names, *circle)), heads, tuple(found)


def _known(name: str, by_id: Mapping[str, Sequence[Migration]], labels: Mapping[str, str]) -> str | None:
    """The id that a parent's name means: an id, a branch label (`label@head`), or an unambiguous beginning of an id."""
    name = name.partition("@")[0] if "@" in name else name
    if name in by_id:
        return name
    if name in labels:
        return labels[name]
    fitting = [identity for identity in by_id if identity.startswith(name)] if len(name) >= 4 else []
    return fitting[0] if len(fitting) == 1 else None


def _sorted(waits: Mapping[str, set[str]]) -> tuple[list[str], list[str]]:
    """Ids in an order where nothing comes before what it waits for, chains kept together; and those in circles."""
    left = {identity: len(parents) for identity, parents in waits.items()}
    after: dict[str, list[str]] = defaultdict(list)
    for identity, parents in waits.items():
        for parent in parents:
            after[parent].append(identity)
    ready = sorted(identity for identity, count in left.items() if count == 0)
    heapq.heapify(ready)
    names = []
    while ready:
        identity = heapq.heappop(ready)
        names.append(identity)
        for follower in after[identity]:
            left[follower] -= 1
            if left[follower] == 0:
                heapq.heappush(ready, follower)
    return names, sorted(set(waits) - set(names))


def _place(migration: Migration) -> Place:
    return migration.up.place if migration.up.place is not None else Place(migration.path, 1, 1)
