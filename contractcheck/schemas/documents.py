"""Where schemas stand: a document, its dialect, and how its references are followed."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeGuard
from urllib.parse import unquote, urldefrag, urljoin

from msgspec import Struct

from contractcheck.model.finding import Json
from contractcheck.model.place import split
from contractcheck.schemas.dialects import Dialect, siblings


class UnresolvedError(LookupError):
    """A reference that leads nowhere; the text says why."""


class Target(Struct, frozen=True):
    """What a reference leads to: the schema, and the base against which references inside it are resolved.

    `identity`, if given, is the same for targets that mean the same, also across documents: it saves the engine from
    comparing them.
    """

    schema: Json
    base: str = ""
    identity: Hashable = None


# (reference as written, base of the place where it stands) -> target; raises UnresolvedError
Resolve = Callable[[str, str], Target]

REFERENCES: Final = ("$ref", "$dynamicRef", "$recursiveRef")


@dataclass(frozen=True, eq=False)
class Document:
    """A set of schemas that are read alike.

    `formats` makes `format` an assertion. `adapt` may rewrite each schema object before it is read (it must not
    change what it is given, and must answer equal results for the same object). Documents of one `kin` read what refers
    to nothing alike.
    """

    dialect: Dialect
    resolve: Resolve
    formats: bool = False
    adapt: Callable[[Mapping[str, Json]], Json] | None = None
    kin: Hashable = None
    dynamic: Resolve | None = None  # follows `$dynamicRef` and `$recursiveRef`; without it they are like `$ref`
    scoped: Callable[[Mapping[str, Json], str], str] | None = None  # the base inside a schema, where `$id` is not all
    kept: dict[Any, Any] = field(
        default_factory=dict, repr=False
    )  # schema objects as they were understood, by identity

    def inside(self, schema: Mapping[str, Json], base: str) -> str:
        """The base inside a schema object, which may be a resource of its own."""
        return rebase(schema, base, self.dialect) if self.scoped is None else self.scoped(schema, base)


class Source(Struct, frozen=True):
    """One schema: where it stands, and its base for references.

    `closed` leaves only values without undeclared members at any depth: what a sender sends who uses what it declares.
    """

    schema: Json
    document: Document
    base: str = ""
    closed: bool = False


def alone(schema: Json, spoken: Dialect, *, root: Json = None, formats: bool = False) -> Source:
    """A self-contained schema; references lead into `root`, by default the schema itself."""
    whole = schema if root is None else root
    inside = Inside(whole, spoken)
    return Source(schema, Document(spoken, inside, formats, dynamic=inside.dynamic), inside.start)


def lead(document: Document, word: str, reference: Json, base: str) -> Target:
    """What a keyword of REFERENCES leads to. Raises UnresolvedError."""
    if not isinstance(reference, str):
        raise UnresolvedError("not a string")
    resolve = document.resolve if word == "$ref" or document.dynamic is None else document.dynamic
    return resolve(reference, base)


class Inside:
    """Follows references inside one document: JSON pointers, anchors, and embedded resources by `$id`.

    Where `$dynamicRef` can lead to several places, a base says after a line feed which resources were entered on the
    way, the outermost first: `start` is the base to begin with.
    """

    def __init__(self, root: Json, spoken: Dialect) -> None:
        self._root = root
        self._spoken = spoken
        self._named: dict[tuple[str, str], Target] | None = None
        self._dynamic: dict[str, list[str]] = {}  # the resources that have a dynamic anchor of that name

    @property
    def start(self) -> str:
        """The base of the root."""
        words = ("$dynamicRef", "$recursiveRef")
        if not (self._spoken in _DYNAMIC and isinstance(self._root, Mapping) and _mentions(self._root, words)):
            return ""
        self._index()
        if not any(len(uris) > 1 for uris in self._dynamic.values()):
            return ""
        return enter("", _ENTERED) if rebase(self._root, "", self._spoken) == "" else _ENTERED

    def dynamic(self, reference: str, base: str) -> Target:
        """The target of a `$dynamicRef` or `$recursiveRef`: the outermost of its name that was entered."""
        target = self(reference, base)
        name = unquote(reference.partition("#")[2])
        uri, mark, entered = target.base.partition(_ENTERED)
        if not mark or uri not in self._dynamic.get(name, ()) or target.schema is not self._anchored(uri, name):
            return target
        outermost = next((each for each in _known(entered) if each in self._dynamic[name]), uri)
        return Target(self._anchored(outermost, name), enter(outermost, target.base))

    def _anchored(self, uri: str, name: str) -> Json:
        return self._index()[uri, name].schema

    def __call__(self, reference: str, base: str) -> Target:
        """The target. Raises UnresolvedError."""
        base, mark, entered = base.partition(_ENTERED)
        found = self._find(reference, base)
        return Target(found.schema, enter(found.base, f"{base}{mark}{entered}")) if mark else found

    def _find(self, reference: str, base: str) -> Target:
        if reference.startswith("#"):
            uri, fragment = base, reference[1:]
        else:
            try:
                uri, fragment = urldefrag(urljoin(base, reference))
            except ValueError:
                raise UnresolvedError(f"not a URI: {reference}") from None
        fragment = unquote(fragment)
        if fragment and not fragment.startswith("/"):
            found = self._index().get((uri, fragment))
            if found is None:
                raise UnresolvedError(f"no anchor {fragment}")
            return found
        start = Target(self._root) if not uri else self._index().get((uri, ""))
        if start is None:
            raise UnresolvedError(f"no schema with $id {uri}")
        return self._walk(start, fragment)

    def _walk(self, start: Target, pointer: str) -> Target:
        schema, base = start.schema, start.base
        for token in split(pointer):
            if isinstance(schema, dict) and token in schema:
                schema = schema[token]
            elif isinstance(schema, list) and token.isdecimal() and int(token) < len(schema):
                schema = schema[int(token)]
            else:
                raise UnresolvedError(f"nothing at #{pointer}")
            base = rebase(schema, base, self._spoken)
        return Target(schema, base)

    def _index(self) -> dict[tuple[str, str], Target]:
        if self._named is None:
            self._named = {}
            for name, target in self._names():
                self._named.setdefault(name, target)
        return self._named

    def _names(self) -> Iterator[tuple[tuple[str, str], Target]]:
        """Every `$id` and `$anchor`, the outermost first."""
        todo: list[tuple[Json, str]] = [(self._root, "")]
        while todo:
            schema, base = todo.pop()
            if not isinstance(schema, dict):
                continue
            inner = rebase(schema, base, self._spoken)
            here = Target(schema, inner)
            if inner != base or schema is self._root:
                yield (inner, ""), here
            anchors = [schema.get(word) for word in ("$anchor", "$dynamicAnchor")]
            anchors += [name[1:] for name in (schema.get("$id"), schema.get("id")) if _is_anchor(name)]
            for anchor in anchors:
                if isinstance(anchor, str):
                    yield (inner, anchor), here
            for name in (schema.get("$dynamicAnchor"), "" if schema.get("$recursiveAnchor") is True else None):
                if isinstance(name, str):
                    self._dynamic.setdefault(name, []).append(inner)
            todo.extend((part, inner) for part in _parts(schema))


_ENTERED = "\n"
_DYNAMIC = frozenset((Dialect.DRAFT2019_09, Dialect.DRAFT2020_12, Dialect.OPENAPI_3_1))
_VALUES = frozenset(("const", "enum", "default", "example", "examples"))
_TABLES = frozenset(
    ("properties", "patternProperties", "dependentSchemas", "dependencies", "$defs", "definitions", "schemas")
)


def _parts(schema: Mapping[str, Json]) -> Iterator[Json]:
    """What may be a schema inside a schema: not the values that it gives, whatever they look like."""
    for word, value in schema.items():
        if word in _TABLES and isinstance(value, dict):
            yield from value.values()
        elif isinstance(value, list) and word not in _VALUES:
            yield from value
        elif word not in _VALUES:
            yield value


def _mentions(root: Mapping[str, Json], words: tuple[str, ...]) -> bool:
    todo: list[Json] = [root]
    while todo:
        schema = todo.pop()
        if isinstance(schema, dict):
            if any(word in schema for word in words):
                return True
            todo.extend(_parts(schema))
    return False


def enter(uri: str, base: str) -> str:
    """The base inside a resource, where it matters which ones were entered before."""
    _, mark, entered = base.partition(_ENTERED)
    known = _known(entered)
    return uri if not mark else f"{uri}{mark}{entered}" if uri in known else f"{uri}{mark}{entered}<{uri}"


def _known(entered: str) -> list[str]:
    return entered.split("<")[1:]  # what no URI holds


def _is_anchor(name: Json) -> TypeGuard[str]:
    return isinstance(name, str) and len(name) > 1 and name[0] == "#"


def rebase(schema: Json, base: str, spoken: Dialect) -> str:
    """The base inside a schema, which its `$id` may change (`id` in draft 4)."""
    if not isinstance(schema, dict):
        return base
    name = schema.get("id" if spoken is Dialect.DRAFT4 else "$id")
    if not isinstance(name, str) or _is_anchor(name) or spoken in (Dialect.OPENAPI_3_0, Dialect.SWAGGER_2_0):
        return base
    if "$ref" in schema and not siblings(spoken):
        return base
    try:
        return enter(urldefrag(urljoin(base.partition(_ENTERED)[0], name))[0], base)
    except ValueError:
        return base
