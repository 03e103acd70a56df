"""Addresses: where something stands in a contract, in words that mean the same in every revision, to find it again."""

import json
import re
from collections.abc import Iterator
from itertools import accumulate
from posixpath import dirname, normpath, relpath
from posixpath import join as beside
from weakref import WeakKeyDictionary

from contractcheck.model.finding import Json
from contractcheck.model.place import split
from contractcheck.openapi.document import Document, Node
from contractcheck.openapi.identifiers import references
from contractcheck.openapi.surface import METHODS, erased, media_type

STABILITY = "x-stability-level"

Address = tuple[str, ...]
"""Where something stands, in words that survive reordering and renamed path parameters; the same in every revision.

The first word is the file, seen from the folder of the root file; "" for the root file itself.
"""

# A parameter of a path item or of one of its operations stands no deeper.
_PARAMETERS = 5
# A `$ref` that is not seen to lead to the same file. An object under it makes it the name of a member.
_ELSEWHERE = re.compile(rb"""\$ref["']?\s*:(?!\s*(?:["']?#|\{))""")
_ESCAPED = (b"\\u0024", b"\\x24", b"\0")  # in which `$` would not be seen, in JSON, in YAML, and in UTF-16
# Through how many references a thing is looked for that does not stand where it stood.
_USES = 64


class _Spot:
    """What stands at an address, and what was found below it: every step is taken once."""

    __slots__ = ("below", "node")

    def __init__(self, node: Node | None) -> None:
        self.node = node
        self.below: dict[str, _Spot] = {}


class _Known:
    """What was found in a document so far. It does not hold the document: else neither would ever be let go."""

    __slots__ = ("counterparts", "files", "members", "named", "sites", "spots")

    def __init__(self) -> None:
        self.counterparts: WeakKeyDictionary[Document, dict[Node, tuple[Node, ...]]] = WeakKeyDictionary()
        self.files: tuple[str, ...] | None = None
        self.members: dict[tuple[Node, str], dict[str, Node]] = {}
        self.named: dict[str, bool] = {}
        self.sites: dict[Node, list[Node]] | None = None
        self.spots: dict[str, _Spot] = {}


_KNOWN: "WeakKeyDictionary[Document, _Known]" = WeakKeyDictionary()


def address(document: Document, node: Node) -> Address:
    """Where a node stands, for `seek` in another revision."""
    words = [_file(document, node.file)]
    tokens = split(node.pointer)
    at: Node | None = Node(node.file, "", document.content(node.file))
    parent = ""
    for index, token in enumerate(tokens):
        at = at.get(int(token)) if at is not None and isinstance(at.value, list) else at.get(token) if at else None
        match parent:
            case "paths" if index == 1:
                words.append(erased(token))
            case "parameters" if token.isdigit():
                named = document.follow(at) if at is not None else None
                words.append(_parameter(named) if named is not None else token)
            case "content":
                words.append(media_type(token))
            case "headers":
                words.append(token.lower())
            case "oneOf" | "anyOf" if at is not None and at.get("const") is not None:
                words.append(f"const {json.dumps(at.child('const').value)}")
            case _:
                words.append(token)
        parent = token
    return tuple(words)


def seek(document: Document, place: Address) -> Node | None:
    """What stands at an address; None if there is nothing. References on the way are followed."""
    *_, last = _walk(document, place)
    return last.node


def found_again(document: Document, node: Node, other: Document) -> tuple[Node, ...]:
    """What a node of one document is in another: what stands at its address, else where its users lead to.

    A component that was renamed, split off or written out where it is used, or a file that was moved, is found through
    what refers to it, as far as an operation if need be. Several users may lead to several things.
    """
    place = address(document, node)
    direct = seek(other, place)
    if direct is not None:
        return (direct,)
    found: dict[Node, None] = {}
    for around, rest in _around(document, node, place):
        if seek(other, place[: len(place) - len(rest)]) is not None:
            break  # it is there by its name, without what is looked for
        for there in _counterparts(document, around, other):
            end = _down(other, there, rest)
            if end is not None:
                found[end] = None
    return tuple(found)


def stability(document: Document, place: Address) -> str | None:
    """The level that holds at an address: its own, else that of the nearest thing around it, of the document last."""
    found = None
    for spot in _walk(document, place):
        level = text(spot.node.value, STABILITY) if spot.node is not None else None
        found = level or found
    if found is None:
        info = document.root.get("info")
        found = text(info.value, STABILITY) if info is not None else None
    return found


def node_at(document: Document, file: str, pointer: str) -> Node | None:
    """The node at a place; None if the file was not read or has nothing there."""
    if file not in document.files:
        return None
    node: Node | None = Node(file, "", document.content(file))
    for token in split(pointer):
        if node is None:
            return None
        node = node.get(int(token)) if isinstance(node.value, list) and token.isdigit() else node.get(token)
    return node


def files(document: Document) -> tuple[str, ...]:
    """The files that the root file leads to by references, itself first. All of them are read."""
    known = _known(document)
    if known.files is None:
        known.files = tuple(_reached(document))
    return known.files


def _reached(document: Document) -> dict[str, None]:
    _ = document.defects  # for them every reference is followed: what was not read by then is not referred to
    if len(document.files) == 1:
        return {document.path: None}
    found: dict[str, None] = {document.path: None}
    pending = [document.path]
    while pending:
        file = pending.pop()
        data = document.snapshot.read(file)
        if not (_ELSEWHERE.search(data) or any(each in data for each in _ESCAPED) or document.identified(file)):
            continue
        for pointer, told in references(document.content(file), places=document.identified(file)):
            node = document.resolve(Node(file, pointer, None), told) if isinstance(told, str) else None
            if node is not None and node.file not in found:
                found[node.file] = None
                pending.append(node.file)
    return found


def text(value: Json, key: str) -> str | None:
    """The text of a member of a value; None for anything else."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) else None


def _known(document: Document) -> _Known:
    known = _KNOWN.get(document)
    if known is None:
        known = _KNOWN[document] = _Known()
    return known


def _walk(document: Document, place: Address) -> Iterator[_Spot]:
    """What stands at each beginning of an address, the whole last; ends where nothing can be below."""
    known = _known(document)
    file, *words = place
    spot = known.spots.get(file)
    if spot is None:
        spot = known.spots[file] = _Spot(_root(document, file))
    yield spot
    parent = ""
    above = spot
    for index, word in enumerate(words):
        below = spot.below.get(word)
        if below is None:
            node = _below(document, known, spot.node, word, parent, index) if spot.node is not None else None
            if node is None and parent == "parameters" and index < _PARAMETERS and above.node is not None:
                # A parameter may stand with its operation in one revision, and with the path item in another.
                node = _elsewhere(document, known, words, index)
            below = spot.below[word] = _Spot(node)
        yield below
        above, spot, parent = spot, below, word


def _root(document: Document, file: str) -> Node | None:
    """The root of the file that the first word of an address names: one that the contract leads to."""
    if not file:
        return document.root
    path = normpath(beside(dirname(document.path), file))
    return Node(path, "", document.content(path)) if path in files(document) else None


def _below(document: Document, known: _Known, node: Node, word: str, parent: str, index: int) -> Node | None:
    found = _step(document, known, node, word, parent, index)
    if found is None:
        end = document.follow(node)
        found = _step(document, known, end, word, parent, index) if end is not None and end != node else None
    return found


def _step(document: Document, known: _Known, node: Node, word: str, parent: str, index: int) -> Node | None:
    if parent == "paths" and index == 1:
        return _members(document, known, node, "paths").get(word)
    if parent == "parameters" and isinstance(node.value, list):
        return _members(document, known, node, "parameters").get(word)
    if parent in {"content", "headers"}:
        return _members(document, known, node, parent).get(word)
    if word.startswith("const ") and isinstance(node.value, list):
        return _members(document, known, node, "const").get(word)
    return node.get(int(word)) if isinstance(node.value, list) and word.isdigit() else node.get(word)


def _members(document: Document, known: _Known, node: Node, kind: str) -> dict[str, Node]:
    """What stands below a node, by the words that addresses have for it; the first of equals. Gathered once."""
    found = known.members.get((node, kind))
    if found is None:
        found = known.members[node, kind] = {}
        for word, member in _worded(document, node, kind):
            found.setdefault(word, member)
    return found


def _worded(document: Document, node: Node, kind: str) -> Iterator[tuple[str, Node]]:
    match kind:
        case "paths":
            yield from ((erased(name), member) for name, member in node.members())
        case "content":
            yield from ((media_type(name), member) for name, member in node.members())
        case "headers":
            yield from ((name.lower(), member) for name, member in node.members())
        case "parameters":
            ends = ((use, document.follow(use)) for use in node.items())
            yield from ((_parameter(end), use) for use, end in ends if end is not None)
        case _:
            branches = ((branch, branch.get("const")) for branch in node.items())
            yield from ((f"const {json.dumps(const.value)}", branch) for branch, const in branches if const is not None)


def _elsewhere(document: Document, known: _Known, words: list[str], index: int) -> Node | None:
    """The parameter that `words` name at an index, with the operation or the path item, wherever it stands."""
    item = seek(document, ("", *words[:2])) if words[0] == "paths" else None
    if item is None:
        return None
    # From an operation only to its path item: other operations have parameters of their own.
    methods = METHODS if words[2] == "parameters" else ()
    for holder in (item, *(item.get(method) for method in methods)):
        at = holder.get("parameters") if holder is not None else None
        found = _below(document, known, at, words[index], "parameters", index) if at is not None else None
        if found is not None:
            return found
    return None


def _parameter(node: Node) -> str:
    place, name = text(node.value, "in"), text(node.value, "name")
    return f"{place} {name.lower() if place == 'header' and name else name}"


def _file(document: Document, file: str) -> str:
    return "" if file == document.path else relpath(file, dirname(document.path) or ".")


def _counterparts(document: Document, target: Node, other: Document) -> tuple[Node, ...]:
    """What the users of something that is referred to have in another document instead of it."""
    known = _known(document).counterparts.setdefault(other, {})
    if target not in known:
        found: dict[Node, None] = {}
        seen = {target}
        pending: list[tuple[Node, Address]] = [(target, ())]
        while pending and len(seen) < _USES:
            at, below = pending.pop()
            for user in _sites(document).get(at, ())[:_USES]:
                if user in seen:
                    continue
                seen.add(user)
                there = seek(other, (*address(document, user), *below))
                if there is not None:
                    found[there] = None
                else:
                    pending += [
                        (around, (*rest, *below)) for around, rest in _around(document, user, address(document, user))
                    ]
        known[target] = tuple(found)
    return known[target]


def _around(document: Document, node: Node, words: Address) -> Iterator[tuple[Node, Address]]:
    """What is around a node at an address and may be referred to, the nearest first; and the words from there to it."""
    pointers = [*accumulate(("", *node.pointer.split("/")[1:]), lambda above, token: f"{above}/{token}")]
    if node.file == document.path:
        # References to parts of a component are rare, and a component that is there by its name is not looked for.
        inside = pointers[1:2] != ["/components"]
        counts = [2 if inside else 3]
        if inside and not _is_named(document, pointers[1] if len(pointers) > 1 else ""):
            return
    else:
        counts = [*range(len(pointers) - 1, -1, -1)]
    for count in counts:
        if count < len(pointers):
            yield Node(node.file, pointers[count], None), words[count + 1 :]


def _is_named(document: Document, section: str) -> bool:
    """Whether a text like a reference into a section of the root file is in it at all."""
    known = _known(document)
    if section not in known.named:
        known.named[section] = f"#{section}/".encode() in document.snapshot.read(document.path)
    return known.named[section]


def _down(document: Document, node: Node, words: Address) -> Node | None:
    """What stands below a node, along the words of an address."""
    known, parent = _known(document), ""
    at: Node | None = node
    for word in words:
        if at is None:
            return None
        at = _below(document, known, at, word, parent, _PARAMETERS)
        parent = word
    return at


def _sites(document: Document) -> dict[Node, list[Node]]:
    """The places of references by what they refer to, in the order of the text."""
    known = _known(document)
    if known.sites is None:
        known.sites = {}
        for file in files(document):
            for pointer, told in references(document.content(file), places=True):
                site = Node(file, pointer, None)
                target = document.resolve(site, told) if isinstance(told, str) else None
                if target is not None:
                    known.sites.setdefault(target, []).append(site)
        for found in known.sites.values():
            found.sort(key=lambda each: (each.file, each.pointer))
    return known.sites
