"""A contract: its root file and every file it refers to, each parsed once, with references followed."""

import re
from collections.abc import Hashable, Iterator, Mapping
from enum import StrEnum
from urllib.parse import unquote

from msgspec import Struct

from contractcheck.errors import UnreadableError
from contractcheck.model.finding import Finding, Json, Proof, ProofKind
from contractcheck.model.place import Place, escape, join, split
from contractcheck.model.rule import rule
from contractcheck.model.snapshot import Snapshot
from contractcheck.openapi.identifiers import Identifiers, absolute, has_scheme, identify, references, ways, written
from contractcheck.openapi.parsing import Flaw, parse

_VERSION = re.compile(r"(2|3\.[0-2])(\.|$|-)")
_INDEX = re.compile(r"0|[1-9][0-9]{0,9}")
_MARKS = (b"$id", b"$anchor", b"$dynamicAnchor", b"$self", b"\0")  # the last: UTF-16, in which no mark would be found
_HOPS = 32  # references met inside of one JSON pointer
_NEXT = "give a Swagger 2.0 or OpenAPI 3.0, 3.1 or 3.2 document, or leave the file out"


class Dialect(StrEnum):
    """The versions of the specification that are understood; later patch versions change no meaning."""

    SWAGGER_2_0 = "swagger-2.0"
    OPENAPI_3_0 = "openapi-3.0"
    OPENAPI_3_1 = "openapi-3.1"
    OPENAPI_3_2 = "openapi-3.2"


class Node(Struct, frozen=True, eq=False):
    """A value and where it stands: a file of the snapshot and a JSON pointer in it. Equal when at the same place."""

    file: str
    pointer: str
    value: Json

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and self.pointer == other.pointer and self.file == other.file

    def __hash__(self) -> int:
        return hash((self.file, self.pointer))

    def __repr__(self) -> str:
        return f"Node({self.file}#{self.pointer})"

    def child(self, token: str | int) -> "Node":
        """The member of that name, or the item at that index, which must exist."""
        name = escape(token) if isinstance(token, str) else token
        return Node(self.file, f"{self.pointer}/{name}", self.value[token])  # type: ignore[index]

    def get(self, token: str | int) -> "Node | None":
        """The member of that name, or the item at that index; None if there is none."""
        value = self.value
        if isinstance(value, dict):
            return self.child(token) if token in value else None
        if isinstance(value, list) and isinstance(token, int):
            return self.child(token) if 0 <= token < len(value) else None
        return None

    def members(self) -> Iterator[tuple[str, "Node"]]:
        """The members of an object in the order of the text; none for any other value."""
        if isinstance(self.value, dict):
            for name in self.value:
                yield name, self.child(name)

    def items(self) -> Iterator["Node"]:
        """The items of an array; none for any other value."""
        if isinstance(self.value, list):
            for index in range(len(self.value)):
                yield self.child(index)


class _Miss(Struct, frozen=True):
    """Why a reference leads nowhere: the id of the rule, and the reason in words."""

    rule: str
    why: str


class Document:
    """One contract. Files are read when a reference first leads to them; see `load`."""

    def __init__(self, snapshot: Snapshot, path: str) -> None:
        self.snapshot = snapshot
        self.path = path
        self._values: dict[str, Json | _Miss] = {}
        self._flaws: dict[str, tuple[Flaw, ...]] = {}
        self._targets: dict[tuple[str, str, str], Node | _Miss] = {}
        self._broken: dict[tuple[str, str, str], tuple[_Miss, set[str]]] = {}  # by file, reference and rule: pointers
        self._ends: dict[Node, Node | None] = {}
        self._identifiers: dict[str, Identifiers] = {}
        self._resources: dict[str, tuple[str, str]] = {}  # URI -> file, pointer
        self._swept: set[str] = set()
        self._texts: dict[str, frozenset[str] | None] = {}
        self._depth = 0
        data = self._read(path)
        self.size = len(data)
        """Bytes of the root file."""
        self.root = Node(path, "", self._values[path])  # type: ignore[arg-type]
        self.version, self.dialect = _recognise(self.root)
        self._identify(path, data)

    @property
    def files(self) -> tuple[str, ...]:
        """The files that were read so far, sorted."""
        return tuple(sorted(path for path, value in self._values.items() if not isinstance(value, _Miss)))

    def follow(self, node: Node) -> Node | None:
        """The first node that is no reference: the node itself, or what stands at the end of its chain of `$ref`.

        None if a reference of the chain is broken or the chain is a circle; `defects` then says so.
        """
        if not _is_reference(node.value):
            return node
        if node in self._ends:
            return self._ends[node]
        chain: dict[Node, None] = {}
        end: Node | None = node
        while end is not None and _is_reference(end.value):
            if end in self._ends:
                end = self._ends[end]
                break
            if end in chain:
                circle = list(chain)[list(chain).index(end) :]
                first = min(circle, key=lambda each: (each.file, each.pointer))
                why = f"{len(circle)} references form a circle" if len(circle) > 1 else "it names itself"
                self._miss(first, _Miss("reference-cycle", why))
                end = None
                break
            chain[end] = None
            end = self.reference(end)
        for each in chain:
            self._ends[each] = end
        return end

    def reference(self, node: Node) -> Node | None:
        """The node that the `$ref` of this node names, perhaps a reference itself; None if broken, or no reference."""
        if not _is_reference(node.value):
            return None
        text = node.value["$ref"]  # type: ignore[index,call-overload]
        if not isinstance(text, str):
            self._miss(node, _Miss("reference-unresolved", "it is no text"))
            return None
        found = self._find(node, text)
        if isinstance(found, _Miss):
            self._miss(node, found)
            return None
        return found

    def resolve(self, node: Node, reference: str) -> Node | None:
        """The node that a reference standing in this node's place would name; None, and no defect, if there is none.

        For what refers without `$ref`: the mapping of a discriminator, the `operationRef` of a link.
        """
        found = self._find(node, reference)
        return None if isinstance(found, _Miss) else found

    def scope(self, node: Node) -> tuple[str, str]:
        """The file and the pointer of the resource around a place: within one, a reference leads to the same."""
        named = self._identifiers.get(node.file)
        return node.file, named.around(node.pointer) if named else ""

    def identified(self, file: str) -> bool:
        """Whether identifiers in a file (`$id`, `$anchor`, `$self`) may change what its references mean."""
        return file in self._identifiers

    def resources(self, file: str) -> Iterator[Node]:
        """The schemas of a file that are resources of their own, by their `$id`."""
        named = self._identifiers.get(file)
        for pointer in named.bases if named is not None else ():
            found = self._descend(Node(file, "", self._values[file]), pointer)  # type: ignore[arg-type]
            if pointer and isinstance(found, Node):
                yield found

    def dynamic(self, name: str) -> frozenset[tuple[str, str]]:
        """The files and pointers of all schemas with that `$dynamicAnchor`, wherever references lead."""
        self._sweep()
        every = self._identifiers.items()
        return frozenset((file, pointer) for file, named in every for pointer in named.dynamic.get(name, ()))

    def chosen(self, node: Node) -> Node | None:
        """What the `$dynamicRef` of a schema leads to; None if nowhere, or where that depends on the way there."""
        reference = node.value.get("$dynamicRef") if isinstance(node.value, dict) else None
        return self.fixed(node, reference) if isinstance(reference, str) else None

    def fixed(self, node: Node, reference: str) -> Node | None:
        """What a `$dynamicRef` standing there leads to, whatever the way (JSON Schema core 2020-12 §8.2.3.2)."""
        found = self.resolve(node, reference)
        name = found.value.get("$dynamicAnchor") if found is not None and isinstance(found.value, dict) else None
        one = not isinstance(name, str) or reference.partition("#")[2] != name or len(self.dynamic(name)) == 1
        return found if one else None

    def trail(self) -> tuple[Hashable, tuple[Node, ...]] | None:
        """What decides where `$dynamicRef` leads, and the schemas it may lead to; None where it leads to one place."""
        self._sweep()
        names = {name for named in self._identifiers.values() for name in named.dynamic}
        several = [spots for name in sorted(names) if len(spots := self.dynamic(name)) > 1]
        if not several:
            return None
        places = [(Node(file, "", self.content(file)), at) for spots in several for file, at in sorted(spots)]
        ends = [self._descend(root, pointer) for root, pointer in places]
        named = tuple((file, way) for file in self.files for way in ways(self.content(file)))
        return named, tuple(end for end in ends if isinstance(end, Node))

    def content(self, file: str) -> Json:
        """The value of a file that was read."""
        value = self._values[file]
        return None if isinstance(value, _Miss) else value

    @property
    def defects(self) -> tuple[Finding, ...]:
        """Flaws of the text and references that lead nowhere, in every file that references lead to, by place.

        All of them, met by a comparison or not: else a defect of both sides could seem to be new in one.
        """
        self._sweep()
        flaws = {(file, flaw.rule, flaw.pointer): flaw for file, flaws in self._flaws.items() for flaw in flaws}
        found = [_flawed(file, flaw) for (file, _, _), flaw in flaws.items()]
        found.extend(_missed(file, text, *broken) for (file, text, _), broken in self._broken.items())
        return tuple(sorted(found, key=_order))

    def _sweep(self) -> None:
        """Follow every reference of every file."""
        while remaining := sorted({*self.files} - self._swept):
            for path in remaining:
                self._swept.add(path)
                root = Node(path, "", self._values[path])  # type: ignore[arg-type]
                # A reference means the same everywhere in a file without identifiers: most files are done here.
                if path not in self._identifiers:
                    known = self._texts.pop(path, None)
                    if known is not None and all(self._leads(root, text) for text in known):
                        continue
                    read = references(root.value, places=False)
                    texts = {text if isinstance(text, str) else None for _, text in read}
                if path in self._identifiers or not all(self._leads(root, text) for text in texts):
                    for pointer, _ in references(root.value, places=True):
                        found = self._descend(root, pointer)
                        if isinstance(found, Node):
                            self.follow(found)

    def _leads(self, root: Node, text: str | None) -> bool:
        found = self._find(root, text) if text is not None else None
        return isinstance(found, Node) and self.follow(found) is not None

    def _read(self, path: str) -> bytes:
        data = self.snapshot.read(path)
        parsed = parse(data, path)
        self._values[path] = parsed.value
        self._texts[path] = written(data)
        if parsed.flaws:
            self._flaws[path] = parsed.flaws
        return data

    def _file(self, path: str) -> Node | _Miss:
        if path not in self._values:
            try:
                data = self._read(path)
            except UnreadableError as error:
                where = f"{error.where}: " if error.where else ""
                self._values[path] = _Miss("reference-unresolved", f"{where}{error.what}")
            else:
                self._identify(path, data)
        value = self._values[path]
        return value if isinstance(value, _Miss) else Node(path, "", value)

    def _identify(self, path: str, data: bytes) -> None:
        """Note the identifiers of a file; before 3.1 there are none."""
        if self.dialect in {Dialect.OPENAPI_3_1, Dialect.OPENAPI_3_2} and any(mark in data for mark in _MARKS):
            found = self._identifiers[path] = identify(self._values[path], path)  # type: ignore[arg-type]
            for pointer, uri in found.bases.items():
                self._resources.setdefault(uri, (path, pointer))

    def _miss(self, node: Node, miss: _Miss) -> None:
        text = node.value["$ref"]  # type: ignore[index,call-overload]
        key = (node.file, str(text)[:500], miss.rule)
        self._broken.setdefault(key, (miss, set()))[1].add(node.pointer)

    def _find(self, node: Node, text: str) -> Node | _Miss:
        file, resource = self.scope(node)
        key = (file, resource, text)
        found = self._targets.get(key)
        if found is None:
            self._depth += 1
            found = self._seek(file, resource, text) if self._depth <= _HOPS else _CIRCLE
            self._depth -= 1
            self._targets[key] = found
        return found

    def _seek(self, file: str, resource: str, text: str) -> Node | _Miss:
        """The target of a reference in a file, within the resource of that pointer."""
        target, _, fragment = text.partition("#")
        here = self._file(file)
        if isinstance(here, _Miss):  # pragma: no cover - a node of the file exists, so it was read
            return here
        if not target:
            return self._within(here, resource, fragment)
        bases = self._identifiers[file].bases if file in self._identifiers else {"": file}
        uri = absolute(bases[resource], target)
        if uri in self._resources:
            path, pointer = self._resources[uri]
            there = self._file(path)
            return there if isinstance(there, _Miss) else self._within(there, pointer, fragment)
        if has_scheme(target) or target.startswith(("/", "\\")):
            return _Miss("reference-outside", "it is not a path relative to the file")
        # Seen from an `$id` it would be a URI, but files beside each other are what people mean.
        path = absolute(file, unquote(target))
        if not path.isprintable():
            return _Miss("reference-unresolved", "no file has such a name")
        if path.startswith(("../", "/")) or path == "..":
            return _Miss("reference-outside", "it leaves the repository")
        there = self._file(path)
        return there if isinstance(there, _Miss) else self._within(there, "", fragment)

    def _within(self, root: Node, resource: str, fragment: str) -> Node | _Miss:
        """What a fragment names in the resource of that pointer; a pointer may also start at the root of the file."""
        named = self._identifiers.get(root.file)
        if fragment and not fragment.startswith("/"):
            pointer = named.anchors.get((resource, unquote(fragment))) if named else None
            if pointer is None:
                return _Miss("reference-unresolved", f"no anchor of {root.file} has this name")
            return self._descend(root, pointer)
        for start in (resource, "") if resource else ("",):
            # Percent-encoded by the letter of the law, not always in fact.
            for pointer in dict.fromkeys((unquote(fragment), fragment)):
                found = self._descend(root, start + pointer)
                if isinstance(found, Node):
                    return found
        return found

    def _descend(self, root: Node, pointer: str) -> Node | _Miss:
        """The node at a JSON pointer. References on the way are followed where the pointer leads nowhere else."""
        node = root
        for token in split(pointer):
            below = _step(node, token)
            if below is None and _is_reference(node.value):
                end = self.follow(node)
                below = end and _step(end, token)
            if below is None:
                place = f"{node.file}#{node.pointer}"
                return _Miss("reference-unresolved", f"{place} has no member {token[:200]!r}")
            node = below
        return node


_CIRCLE = _Miss("reference-unresolved", f"its pointer passes through more than {_HOPS} references")


def load(snapshot: Snapshot, path: str) -> Document:
    """Read a contract. Raises UnreadableError if its root file is no OpenAPI document of a known version."""
    return Document(snapshot, path)


def _is_reference(value: Json) -> bool:
    """Whether it is an object with a `$ref`; one that is an object itself is taken for a member of that name."""
    return isinstance(value, dict) and "$ref" in value and not isinstance(value["$ref"], dict)


def _step(node: Node, token: str) -> Node | None:
    """The member that a token of a JSON pointer names (RFC 6901 §4)."""
    if isinstance(node.value, list):
        return node.get(int(token)) if _INDEX.fullmatch(token) else None
    return node.get(token)


def _recognise(root: Node) -> tuple[str, Dialect]:
    """The version and the dialect of a document by its root."""
    if root.value is None:
        raise UnreadableError("the file holds no document", where=root.file, next_step=_NEXT)
    if not isinstance(root.value, Mapping):
        kind = "a list" if isinstance(root.value, list) else "a single value"
        raise UnreadableError(f"this is {kind}, not an OpenAPI document", where=root.file, next_step=_NEXT)
    key = next((key for key in ("openapi", "swagger") if key in root.value), None)
    if key is None:
        what = "this is not an OpenAPI document: it has neither `openapi` nor `swagger` at the top"
        raise UnreadableError(what, where=root.file, next_step=_NEXT)
    value = root.value[key]
    # Without quotes 3.1 is a number, and 3.0 an integer.
    version = f"{value}.0" if type(value) is int else str(value)
    found = _VERSION.match(version)
    if not found or (key == "swagger") is not (found[1] == "2"):
        what = f"the version of the specification, `{key}: {version[:50]}`, is not known"
        raise UnreadableError(what, where=root.file, next_step=_NEXT)
    return version, Dialect(f"swagger-{found[1]}.0" if key == "swagger" else f"openapi-{found[1]}")


def _order(finding: Finding) -> tuple[str, str, str, str]:
    place = finding.place or Place("")
    return place.file, place.pointer or "", finding.rule, finding.subject


def _flawed(file: str, flaw: Flaw) -> Finding:
    return rule(flaw.rule).finding(
        subject=flaw.pointer or "/",
        place=Place(file, flaw.line, flaw.column, flaw.pointer),
        proof=Proof(ProofKind.STRUCTURAL, "it stands so in the text"),
        name=flaw.name,
    )


def _missed(file: str, text: str, miss: _Miss, pointers: set[str]) -> Finding:
    first, *others = sorted(pointers)
    more = (
        f"; {len(others)} more places refer to it"
        if len(others) > 1
        else "; 1 more place refers to it"
        if others
        else ""
    )
    outside = miss.rule == "reference-outside"
    why = "what stands there is not read" if outside else "nothing can be read at the place it names"
    return rule(miss.rule).finding(
        subject=f"$ref {text}",
        place=Place(file, pointer=join(first, "$ref")),
        proof=Proof(ProofKind.UNPROVEN if outside else ProofKind.STRUCTURAL, why),
        reference=text,
        why=f"{miss.why}{more}",
    )
