"""Which operation of the base is which of the revision: by template and method, then by whole address."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from contractcheck.openapi import addresses, swagger
from contractcheck.openapi.changes import entries, text
from contractcheck.openapi.document import Dialect, Document, Node
from contractcheck.openapi.templates import erase, unversioned

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")


class Item(Struct, frozen=True):
    """A path item: the key it stands under, where it is used, and its members with `$ref` followed."""

    path: str
    use: Node
    members: Mapping[str, Node]

    @property
    def operations(self) -> Iterator[tuple[str, Node]]:
        """Its operations by method, in the order of the specification, then those of other methods (3.2)."""
        yield from ((method.upper(), self.members[method]) for method in METHODS if method in self.members)
        yield from entries(self.members.get("additionalOperations")).items()


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation and how requests reach it: `prefixes` are the paths of its servers, without names of variables."""

    method: str
    item: Item = field(compare=False)
    node: Node = field(compare=False)
    prefixes: frozenset[str] = field(compare=False)

    @property
    def path(self) -> str:
        """The key of its path item."""
        return self.item.path

    @property
    def id(self) -> str | None:
        """Its `operationId`."""
        return text(self.node.get("operationId"))


class Matched(Struct, frozen=True):
    """Pairs of operations; `moved` are those that only their `operationId` makes one; the rest has no counterpart."""

    pairs: tuple[tuple[Operation, Operation], ...]
    moved: tuple[tuple[Operation, Operation], ...]
    removed: tuple[Operation, ...]
    added: tuple[Operation, ...]


def items(document: Document, holder: Node | None) -> dict[str, Item]:
    """The path items below `paths`, `webhooks` or a callback, by their keys."""
    return {path: item(document, path, use) for path, use in entries(holder).items()}


def item(document: Document, path: str, use: Node) -> Item:
    """One path item; what stands beside a `$ref` goes before what it refers to."""
    members: dict[str, Node] = {}
    node: Node | None = use
    seen: set[Node] = set()
    while node is not None and node not in seen:
        seen.add(node)
        for name, member in node.members():
            members.setdefault(name, member)
        node = document.reference(node) if "$ref" in _mapping(node) else None
    return Item(path, use, members)


def operations(document: Document, found: Iterable[Item]) -> tuple[Operation, ...]:
    """The operations of path items, each with the paths of the servers that it is reached at."""
    listed = []
    known: dict[Node | None, frozenset[str]] = {}
    for each in found:
        members = swagger.members(document, each.members) if document.dialect is Dialect.SWAGGER_2_0 else each.members
        item_ = Item(each.path, each.use, members)
        for method, node in item_.operations:
            holder = addresses.holder(document, members, node)
            if holder not in known:
                known[holder] = frozenset(erase(prefix) for prefix in addresses.prefixes(holder))
            listed.append(Operation(method, item_, node, known[holder]))
    return tuple(listed)


def match(base: Iterable[Operation], revision: Iterable[Operation], *, versions: bool = False) -> Matched:
    """Pair operations of one method: by path, by path without names of parameters, then by path behind the servers'.

    With `versions` the first segment like `/v2` of a path, that of the server included, says nothing.
    """
    left, right = list(base), list(revision)
    pairs: list[tuple[Operation, Operation]] = []
    ways: list[Callable[[Operation], Iterable[str]]] = [
        lambda each: (each.path,),
        lambda each: (erase(each.path),),
        lambda each: sorted(prefix + erase(each.path) for prefix in each.prefixes),
    ]
    if versions:
        ways.append(lambda each: sorted({unversioned(prefix + erase(each.path)) for prefix in each.prefixes}))
        ways.append(lambda each: (unversioned(erase(each.path)),))
    for keys in ways:
        pairs += _pair(left, right, keys)
    moved = _moved(left, right)
    gone, come = {id(old) for old, _ in moved}, {id(new) for _, new in moved}
    return Matched(
        tuple(pairs),
        tuple(moved),
        tuple(each for each in left if id(each) not in gone),
        tuple(each for each in right if id(each) not in come),
    )


def _pair(
    left: list[Operation], right: list[Operation], keys: Callable[[Operation], Iterable[str]]
) -> Iterator[tuple[Operation, Operation]]:
    """Pair what shares a key, first come, first served, and take it out of both lists."""
    known: dict[tuple[str, str], list[Operation]] = {}
    for each in right:
        for key in keys(each):
            known.setdefault((each.method, key), []).append(each)
    taken: set[int] = set()
    kept: list[Operation] = []
    found: list[tuple[Operation, Operation]] = []
    for each in left:
        candidates = (new for key in keys(each) for new in known.get((each.method, key), ()) if id(new) not in taken)
        other = next(candidates, None)
        if other is None:
            kept.append(each)
        else:
            taken.add(id(other))
            found.append((each, other))
    left[:] = kept
    right[:] = [each for each in right if id(each) not in taken]
    return iter(found)


def _moved(left: list[Operation], right: list[Operation]) -> list[tuple[Operation, Operation]]:
    """Operations with one `operationId`, which must be the only ones of that name on their side."""
    if not left or not right:
        return []
    old, new = _by_id(left), _by_id(right)
    return [(old[name], new[name]) for name in old if name in new]


def _by_id(listed: list[Operation]) -> dict[str, Operation]:
    found: dict[str, Operation] = {}
    several: set[str] = set()
    for each in listed:
        name = each.id
        if name is not None:
            if name in found:
                several.add(name)
            found[name] = each
    return {name: each for name, each in found.items() if name not in several}


def _mapping(node: Node) -> Mapping[str, object]:
    return node.value if isinstance(node.value, dict) else {}
