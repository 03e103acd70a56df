"""Lines and columns of JSON pointers in a file, looked up afterwards, so that only findings pay for them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from contractcheck.errors import UnreadableError
from contractcheck.model.place import split
from contractcheck.openapi.parsing import is_json
from contractcheck.openapi.parsing.scan import NotJsonError, members, space
from contractcheck.openapi.parsing.text import Counting, Lines, decode, encoding, unreadable

if TYPE_CHECKING:
    import yaml


def locate(data: bytes, file: str, pointers: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Line and column, from 1, in characters, of each pointer.

    That is the place of the name for a member of an object, of the value for an item of an array, of the root for `""`.
    A pointer that leads nowhere has the place of its nearest ancestor. What YAML takes from an alias or a merge key
    stands where the anchor is. Of equal names the last one counts.
    Raises UnreadableError where the file is neither JSON nor YAML.
    """
    wanted = tuple(pointers)
    if not wanted:
        return {}
    root = _Branch()
    for pointer in wanted:
        branch = root
        for part in split(pointer):
            branch = branch.below.setdefault(part, _Branch())
    json = is_json(data, file)
    if json and encoding(data) == ("utf-8", 0) and b"\r" not in data:
        # One character a byte: the whole file need not be decoded, nor its lines be listed.
        found = _scanned(data.decode("latin-1"), root)
        if found is not None:
            counting = Counting(data)
            starts = {pointer: found.nearest(split(pointer)) for pointer in wanted}
            places = {index: counting.at(index) for index in sorted(set(starts.values()))}
            return {pointer: places[index] for pointer, index in starts.items()}
    text = decode(data, file)
    spot = _spot(text, file, root, json=json)
    lines = Lines(text)
    return {pointer: lines.at(spot.nearest(split(pointer))) for pointer in wanted}


class _Branch:
    """The wanted pointers as a tree: what is wanted below a value, by name or index."""

    __slots__ = ("below",)

    def __init__(self) -> None:
        self.below: dict[str, _Branch] = {}


class _Spot:
    """A value: where it (or its name) begins, and those of its members that are wanted."""

    __slots__ = ("listed", "members", "merged", "start", "text")

    def __init__(self, start: int, text: str = "", *, listed: bool = False) -> None:
        self.start = start
        self.listed = listed
        self.text = text  # of a scalar
        self.members: dict[str, tuple[int, _Spot]] = {}
        self.merged: tuple[_Spot, ...] = ()  # what stands under merge keys, the last first

    def nearest(self, parts: tuple[str, ...]) -> int:
        """The index of the descendant, or of the nearest ancestor of it that exists."""
        found, spot = self.start, self
        for part in parts:
            member = spot.member(part)
            if member is None:
                break
            found, spot = member
        return found

    def member(self, part: str) -> "tuple[int, _Spot] | None":
        """The place of the member's name and its value, also when merged."""
        if part in self.members:
            return self.members[part]
        for spot in self.merged:
            for each in (item for _, item in spot.members.values()) if spot.listed else (spot,):
                found = each.member(part)
                if found:
                    return found
        return None


def _spot(text: str, file: str, root: _Branch, *, json: bool) -> _Spot:
    if json:
        found = _scanned(text, root)
        if found is not None:
            return found
        if file.lower().endswith(".json"):
            raise UnreadableError("this is not JSON", where=file)
    return _yaml(text, file, root)


def _scanned(text: str, root: _Branch) -> _Spot | None:
    """What is wanted of a JSON text; None for a text that is none."""
    start = space(text, 0)
    spot = _Spot(start)
    try:
        _json(text, start, root, spot)
    except NotJsonError:
        return None
    return spot


def _json(text: str, index: int, branch: _Branch, spot: _Spot) -> int:
    """Find what is wanted below the value at an index; the index behind it."""

    def visit(name: str, start: int, value: int) -> int | None:
        wanted = branch.below.get(name)
        if wanted is None and not name.isascii():
            name = _read(name)
            wanted = branch.below.get(name)
        if wanted is None:
            return None
        below = _Spot(value)
        spot.members[name] = (start, below)
        return _json(text, value, wanted, below) if wanted.below else None

    return members(text, index, visit)


def _read(name: str) -> str:
    """A name whose UTF-8 was taken for one character a byte; any other as it is."""
    try:
        return name.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return name


def _yaml(text: str, file: str, root: _Branch) -> _Spot:
    import yaml

    from contractcheck.openapi.parsing.yamltext import problem

    loader = yaml.CSafeLoader(text)
    try:
        return _walk(loader, root)
    except yaml.YAMLError as error:
        what, index = problem(error, text)
        raise unreadable(f"this is not YAML: {what}", file, text, index) from None
    finally:
        loader.dispose()


class _Open:
    """A collection that has begun. Its spot is None if nothing in it is of interest but anchors."""

    __slots__ = ("branch", "count", "keep", "name", "named", "spot")

    def __init__(self, spot: _Spot | None, branch: _Branch | None, *, named: bool, keep: bool) -> None:
        self.spot = spot
        self.branch = branch
        self.named = named  # a mapping
        self.keep = keep  # everything in it may be wanted: it has an anchor, or is merged
        self.count = 0
        self.name: tuple[str, int, bool] | None = None  # that was read last: text, index, whether it is a merge key

    def expects_name(self) -> bool:
        return self.named and self.spot is not None and self.name is None

    def wants(self) -> tuple[_Branch | None, bool]:
        """What is wanted of the value that comes, and whether everything is."""
        name = self.name[0] if self.name else str(self.count)
        branch = self.branch.below.get(name) if self.branch else None
        return branch, self.keep or (self.name is not None and self.name[2])

    def add(self, start: int, spot: _Spot | None) -> None:
        name, start, merge = self.name or (str(self.count), start, False)
        self.count += 1
        self.name = None
        if spot is None or self.spot is None:
            return
        if merge:
            self.spot.merged = (spot, *self.spot.merged)
        self.spot.members[name] = (start, spot)


def _walk(loader: "yaml.CSafeLoader", root: _Branch) -> _Spot:
    """The spots of the first document that holds a collection: of what is wanted, and of whatever an alias may name."""
    from yaml import events as kinds
    from yaml.composer import ComposerError

    anchors: dict[str, _Spot] = {}
    stack: list[_Open] = []
    top: _Spot | None = None
    while True:
        event: Any = loader.get_event()
        kind = type(event)
        if kind in {kinds.MappingEndEvent, kinds.SequenceEndEvent}:
            stack.pop()
            continue
        if kind is kinds.StreamEndEvent or (kind is kinds.DocumentStartEvent and top):
            return top or _Spot(0)
        if kind not in {kinds.ScalarEvent, kinds.AliasEvent, kinds.MappingStartEvent, kinds.SequenceStartEvent}:
            continue
        start = event.start_mark.index
        spot: _Spot | None
        around = stack[-1] if stack else None
        if around and around.expects_name():
            if kind in {kinds.MappingStartEvent, kinds.SequenceStartEvent}:
                raise ComposerError(None, None, "the name of a member must be a text", event.start_mark)
            spot = anchors.get(event.anchor) if kind is kinds.AliasEvent else _Spot(start, getattr(event, "value", ""))
            around.name = (spot.text if spot else "", start, kind is kinds.ScalarEvent and _is_merge(event))
            if event.anchor and spot:
                anchors[event.anchor] = spot
            continue
        branch, keep = around.wants() if around else (root, False)
        if kind is kinds.AliasEvent:
            spot = anchors.get(event.anchor)
        else:
            wanted = branch is not None or keep or event.anchor is not None
            listed = kind is kinds.SequenceStartEvent
            spot = _Spot(start, getattr(event, "value", ""), listed=listed) if wanted else None
            if event.anchor and spot:
                anchors[event.anchor] = spot
        if around:
            around.add(start, spot)
        if kind in {kinds.MappingStartEvent, kinds.SequenceStartEvent}:
            if not around:
                top = spot
            named = kind is kinds.MappingStartEvent
            stack.append(_Open(spot, branch, named=named, keep=keep or event.anchor is not None))


def _is_merge(event: Any) -> bool:  # noqa: ANN401 - a scalar event of PyYAML's C parser, which has no types
    return event.value == "<<" and bool(event.implicit[0])
