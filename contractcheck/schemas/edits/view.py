"""The light normal form: what a schema says once `$ref`, `allOf`, null branches and spellings are out of the way.

A view is built from a conjunction of schemas, so that a merged `allOf` needs no schema of its own: every keyword
keeps the
node it was written at. Nothing here is lossy: what the form cannot express stays as a group (`anyOf`, `oneOf`) or as an
opaque keyword, and is compared as such.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from contractcheck.schemas.edits.edit import Conjunction, Node, Side
from contractcheck.schemas.edits.values import ATOMS, TYPES, atom, canonical

NOTES = ("default", "deprecated", "readOnly", "writeOnly", "discriminator", "x-extensible-enum")
"""Annotations that are compared. All others (title, description, examples, xml, ...) change nothing a program reads."""

OPAQUE = (
    "not",
    "if",
    "then",
    "else",
    "patternProperties",
    "propertyNames",
    "unevaluatedProperties",
    "unevaluatedItems",
    "contains",
    "minContains",
    "maxContains",
    "dependentSchemas",
    "dependentRequired",
    "dependencies",
    "additionalItems",
    "$dynamicRef",
    "$recursiveRef",
)
"""Keywords the walk carries along without understanding them: a change in one is said, never judged."""

_NULLED = frozenset({"not", "if", "then", "else", "$dynamicRef", "$recursiveRef", "type"})
"""Those of them that may refuse null; the others speak of arrays and objects."""

KEYWORDS = frozenset(
    {
        "type", "nullable", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
        "minLength", "maxLength", "pattern", "format", "contentEncoding", "contentMediaType", "items", "prefixItems",
        "minItems", "maxItems", "uniqueItems", "properties", "required", "additionalProperties", "minProperties",
        "maxProperties", "allOf", "anyOf", "oneOf", *OPAQUE, *NOTES,
    }
)  # fmt: skip
"""Keywords beside a `$ref` that make it more than a `$ref`."""

DEPTH = 48
"""How deep `allOf` and `anyOf` may nest before the rest is opaque: far beyond real documents, far below the stack."""

WORK = 20_000
"""How many schemas one view may be made of."""


_LONG = 16
"""Chains of references longer than this are gone through once."""


class Fragment(NamedTuple):
    """A schema object whose keywords count, and the types for which they do."""

    node: Node
    atoms: frozenset[str]


class Valued(NamedTuple):
    """A value of an `enum` or `const`, a key that equal JSON values share, and the node it was written at."""

    key: str
    value: Any
    node: Node


class Group(NamedTuple):
    """An `anyOf` or `oneOf` that did not dissolve: its branches, and whether one of them was just null."""

    kind: str
    node: Node
    branches: tuple[Node, ...]
    null: bool


class Opaque(NamedTuple):
    """A keyword that is carried along."""

    keyword: str
    node: Node


class View(Struct, frozen=True):
    """What a conjunction of schemas says.

    `types` are the types other than null it allows; `values` the finite sets of values, by type, where there are such;
    `null_apart` and `types_apart` say the same with the `groups` left out; `nullness` is the node that allows or
    refuses null. `doubt`: what is not understood may make `null` the other way.
    """

    null: bool = True
    null_apart: bool = True
    types: frozenset[str] = ATOMS
    types_apart: frozenset[str] = ATOMS
    values: Mapping[str, tuple[Valued, ...]] = field(default_factory=dict)
    fragments: tuple[Fragment, ...] = ()
    groups: tuple[Group, ...] = ()
    opaque: tuple[Opaque, ...] = ()
    notes: Mapping[str, Node] = field(default_factory=dict)
    nullness: Node | None = None
    doubt: bool = False

    def of(self, atoms: frozenset[str]) -> Iterator[Node]:
        """The schema objects whose keywords count for any of these types."""
        return (fragment.node for fragment in self.fragments if fragment.atoms & atoms)

    def keyword(self, keyword: str, atoms: frozenset[str]) -> Iterator[Node]:
        """The nodes of that keyword which count for any of these types."""
        for node, counted in self.fragments:
            if keyword in node.value and counted & atoms and (found := node.get(keyword)) is not None:
                yield found


ANY = View()


class Hop(NamedTuple):
    """From a schema that only leads elsewhere: to which node (None: nowhere), from which, by which `$ref` if by one."""

    node: Node | None
    use: Node
    reference: str | None


_IDLE = {False: frozenset({"nullable"}), True: frozenset({"nullable", *NOTES})}
"""Keywords that say nothing of the values; `nullable` does only beside `type` (OpenAPI 3.0.3)."""


class Views:
    """The views of one side, built once each."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self._known: dict[tuple[str, str], View] = {}
        self._ends: dict[tuple[str, str], Node | None] = {}
        self._cuts = 0
        self._work = 0

    def resolve(self, node: Node) -> Node | None:
        """Go through `$ref` and an `allOf` of one as long as that is all a schema says; None where it leads nowhere."""
        start = (node.file, node.pointer)
        if start in self._ends:
            return self._ends[start]
        seen: set[tuple[str, str]] = set()
        end: Node | None = node
        hops = 0
        while end is not None and (hop := self.hop(end)) is not None:
            hops += 1
            key = (end.file, end.pointer)
            end = hop.node if key not in seen else None
            seen.add(key)
        if hops > _LONG:
            self._ends[start] = end
        return end

    def hop(self, node: Node, *, notes: bool = False) -> "Hop | None":
        """Where a schema leads that says nothing itself (with `notes`: nothing but annotations); None if it does."""
        value = node.value
        if not isinstance(value, dict):
            return None
        reference = value.get("$ref")
        parts = value.get("allOf")
        if reference is None and parts is None:  # most say something themselves
            return None
        if isinstance(reference, str) and self.side.nullable:
            return Hop(self.side.follow(node), node, reference)
        own = KEYWORDS & value.keys() - {"allOf"}
        if own - _IDLE[notes] or ("nullable" in own and not self.side.nullable):
            return None
        if isinstance(reference, str) and parts is None:
            return Hop(self.side.follow(node), node, reference)
        if reference is None and isinstance(parts, list) and len(parts) == 1:
            return Hop(next(_items(node, "allOf"), None), node, None)
        return None

    def view(self, conjunction: Conjunction) -> View:
        """What these schemas say together."""
        self._work = 0
        if len(conjunction) == 1:
            return self._view(conjunction[0], 0, frozenset())
        return conjoin(self._view(node, 0, frozenset()) for node in conjunction)

    def _view(self, use: Node, depth: int, open_: frozenset[tuple[str, str]]) -> View:
        node = self.resolve(use)
        if node is None:
            return View(opaque=(Opaque("$ref", use.get("$ref") or use),), doubt=True)
        key = (node.file, node.pointer)
        known = self._known.get(key)
        if known is not None:
            return known
        self._work += 1
        if key in open_ or depth > DEPTH or self._work > WORK:
            self._cuts += 1
            return View(opaque=(Opaque("$ref" if key in open_ else "allOf", use),), doubt=True)
        cuts = self._cuts
        view = self._build(node, depth, open_ | {key})
        if cuts == self._cuts or not open_:  # a view that was cut is true only from where it was asked
            self._known[key] = view
        return view

    def _build(self, node: Node, depth: int, open_: frozenset[tuple[str, str]]) -> View:
        schema = node.value
        if schema is True or schema == {}:
            return View(nullness=node)
        if schema is False:
            return View(False, False, frozenset(), frozenset(), nullness=node)  # noqa: FBT003
        if not isinstance(schema, dict):
            return View(opaque=(Opaque("schema", node),), nullness=node, doubt=True)
        parts = [self._own(node, schema)]
        if "$ref" in schema and not self.side.nullable:
            target = self.side.follow(node)
            lost = View(opaque=(Opaque("$ref", node),), doubt=True)
            parts.append(self._view(target, depth + 1, open_) if target is not None else lost)
        chosen = self.side.dynamic(node) if "$dynamicRef" in schema else None
        if chosen is not None:
            parts.append(self._view(chosen, depth + 1, open_))
        for part in _items(node, "allOf"):
            parts.append(self._view(part, depth + 1, open_))  # noqa: PERF401 - reads like the other two
        for kind in ("anyOf", "oneOf"):
            branches = list(_items(node, kind))
            if branches:
                at = node.get(kind)
                assert at is not None  # noqa: S101 - it has items
                parts.append(self._union(kind, at, branches, depth + 1, open_))
        return conjoin(parts) if len(parts) > 1 else parts[0]

    def _own(self, node: Node, schema: Mapping[str, Any]) -> View:
        """The keywords beside each other in one schema object, without those that hold further branches."""
        opaque = [
            Opaque(keyword, at) for keyword in OPAQUE if keyword in schema and (at := node.get(keyword)) is not None
        ]
        if "$dynamicRef" in schema and self.side.dynamic(node) is not None:
            opaque = [item for item in opaque if item.keyword != "$dynamicRef"]
        types, null, odd = _types(
            schema.get("type"), nullable=self.side.nullable and schema.get(self.side.null) is True
        )
        nullness = node.get(self.side.null) if self.side.nullable and self.side.null in schema else None
        nullness = nullness or node.get("type") or node
        if odd and (at := node.get("type")) is not None:
            opaque.append(Opaque("type", at))
        values: dict[str, tuple[Valued, ...]] = {}
        finite = _finite(node, schema)
        if finite is not None:
            null = null and any(valued.value is None for valued in finite)
            types = types & {kind for valued in finite if (kind := atom(valued.value))}
            values = {kind: tuple(v for v in finite if atom(v.value) == kind) for kind in sorted(types)}
        if isinstance(schema.get("items"), list):  # a tuple of before 2020-12
            at = node.get("items")
            opaque += [Opaque("items", at)] if at is not None else []
        notes = {name: at for name in NOTES if name in schema and (at := node.get(name)) is not None}
        fragments = (Fragment(node, ATOMS),)
        doubt = null and any(item.keyword in _NULLED for item in opaque)
        return View(null, null, types, types, values, fragments, (), tuple(opaque), notes, nullness, doubt)

    def _union(self, kind: str, at: Node, branches: list[Node], depth: int, open_: frozenset[tuple[str, str]]) -> View:
        if kind == "anyOf":
            branches = self._hoist(branches)
        views = [self._view(branch, depth, open_) for branch in branches]
        nulls = sum(view.null for view in views)
        null = nulls > 0 if kind == "anyOf" else nulls == 1
        unsure = [view for view in views if view.doubt]
        doubt = bool(unsure) and (kind == "oneOf" or not any(view.null and not view.doubt for view in views))
        full = [(branch, view) for branch, view in zip(branches, views, strict=True) if not _only_null(view)]
        if not full:
            return View(null, null, frozenset(), frozenset(), nullness=at, doubt=doubt)
        shared = any(
            self.resolve(branch) is not branch and view.types & _COMPOUND and not view.groups for branch, view in full
        )
        if len(branches) == 1 or (len(full) == 1 and not shared):
            view = full[0][1]
            apart = null if len(branches) > 1 else view.null_apart
            groups = tuple(group._replace(null=group.null or len(branches) > 1) for group in view.groups)
            return replace(view, null=null, null_apart=apart, groups=groups, nullness=at, doubt=doubt)
        merged = None if shared else _merge(kind, [view for _, view in full])
        if merged is not None:
            return replace(merged, null=null, null_apart=null, nullness=at, doubt=doubt)
        group = Group(kind, at, tuple(branch for branch, _ in full), len(full) < len(branches))
        types = frozenset[str]().union(*(view.types for _, view in full))
        return View(null, True, types, ATOMS, groups=(group,), nullness=at, doubt=doubt)  # noqa: FBT003

    def _hoist(self, branches: list[Node]) -> list[Node]:
        """The branches of an `anyOf`, with those of an `anyOf` among them in its place."""
        flat: list[Node] = []
        seen: set[tuple[str, str]] = set()
        todo = branches[::-1]
        while todo:
            branch = todo.pop()
            node = self.resolve(branch) or branch
            key = (node.file, node.pointer)
            inner = list(_items(node, "anyOf")) if isinstance(node.value, dict) else []
            if inner and KEYWORDS & node.value.keys() == {"anyOf"} and key not in seen:
                seen.add(key)
                todo += inner[::-1]
            else:
                flat.append(branch)
        return flat


_COMPOUND = frozenset({"array", "object"})
"""Types whose schemas are worth a pair of their own, so that a shared component is compared once."""


def conjoin(views: Iterable[View]) -> View:
    """The view of values that satisfy every one."""
    views = list(views)
    if not views:
        return ANY
    types = frozenset.intersection(*(view.types for view in views))
    values: dict[str, tuple[Valued, ...]] = {}
    for view in views:
        for kind, allowed in view.values.items():
            keys = {valued.key for valued in allowed}
            values[kind] = tuple(v for v in values[kind] if v.key in keys) if kind in values else allowed
    emptied = {kind for kind, allowed in values.items() if not allowed}
    types -= emptied
    notes: dict[str, Node] = {}
    for view in views:
        for name, node in view.notes.items():
            notes.setdefault(name, node)
    return View(
        null=all(view.null for view in views),
        null_apart=all(view.null_apart for view in views),
        types=types,
        types_apart=frozenset.intersection(*(view.types_apart for view in views)) - emptied,
        values={kind: allowed for kind, allowed in values.items() if kind in types},
        fragments=_distinct(fragment for view in views for fragment in view.fragments),
        groups=_distinct(group for view in views for group in view.groups),
        opaque=_distinct(opaque for view in views for opaque in view.opaque),
        notes=notes,
        nullness=next((view.nullness for view in views if not view.null), None) or views[0].nullness,
        doubt=any(view.doubt for view in views) and all(view.null or view.doubt for view in views),
    )


_Part = TypeVar("_Part", Fragment, Group, Opaque)


def _distinct(parts: Iterable[_Part]) -> tuple[_Part, ...]:
    """Each part once: a schema that is named twice in an `allOf` says nothing more."""
    by_place = {(part.node.file, part.node.pointer, getattr(part, "atoms", None)): part for part in parts}
    return tuple(by_place.values())


def _merge(kind: str, views: list[View]) -> View | None:
    """One view for branches that share no type, or share only listed values; None where they cannot be one."""
    types: frozenset[str] = frozenset()
    values: dict[str, tuple[Valued, ...]] = {}
    fragments: list[Fragment] = []
    for view in views:
        if view.groups or view.opaque or not view.types:
            return None
        for shared in sorted(types & view.types):
            if shared not in values or shared not in view.values:
                return None
            if not (_bare(views, shared)):
                return None
            known = {valued.key for valued in values[shared]}
            fresh = tuple(valued for valued in view.values[shared] if valued.key not in known)
            if kind == "oneOf" and len(fresh) < len(view.values[shared]):
                return None  # a value of two branches is refused
            values[shared] += fresh
        values |= {name: allowed for name, allowed in view.values.items() if name not in types}
        fragments += [Fragment(f.node, f.atoms & view.types) for f in view.fragments]
        types |= view.types
    return View(types=types, types_apart=types, values=values, fragments=tuple(fragments))


_PLAIN = frozenset({"type", "enum", "const", "nullable", "title", "description", "default", "example", "examples"})


def _bare(views: list[View], kind: str) -> bool:
    """Whether nothing but lists of values restricts that type."""
    return all(
        _PLAIN.issuperset(fragment.node.value)
        for view in views
        for fragment in view.fragments
        if kind in fragment.atoms
    )


def _only_null(view: View) -> bool:
    return not view.types and view.null and not view.groups and not view.opaque


def _types(type_: Any, *, nullable: bool) -> tuple[frozenset[str], bool, bool]:  # noqa: ANN401 - a JSON value
    """The types other than null, whether null is one, and whether the keyword holds something that is no type."""
    if type_ is None:
        return ATOMS, True, False
    names = type_ if isinstance(type_, list) else [type_]
    known = [name for name in names if isinstance(name, str) and name in TYPES]
    if len(known) < len(names) or not names:
        return ATOMS, True, True
    return frozenset().union(*(TYPES[name] for name in known)), nullable or "null" in known, False


def _finite(node: Node, schema: Mapping[str, Any]) -> list[Valued] | None:
    found: list[Valued] | None = None
    if "const" in schema and (at := node.get("const")) is not None:
        found = [Valued(canonical(at.value), at.value, at)]
    listed = node.get("enum")
    if listed is not None and isinstance(listed.value, list):
        items = {
            canonical(item.value): Valued(canonical(item.value), item.value, item) for item in _items(node, "enum")
        }
        found = list(items.values()) if found is None else [valued for valued in found if valued.key in items]
    return found


def _items(node: Node, keyword: str) -> Iterator[Node]:
    listed = node.get(keyword)
    if listed is not None and isinstance(listed.value, list):
        for index in range(len(listed.value)):
            item = listed.get(index)
            if item is not None:
                yield item
