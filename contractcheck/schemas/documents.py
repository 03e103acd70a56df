"""Where schemas stand: a document, its dialect, and how its references are followed."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard
from urllib.parse import unquote, urldefrag, urljoin

from contractcheck.model.finding import Json
from contractcheck.model.place import split
from contractcheck.schemas.dialects import Dialect, siblings


class UnresolvedError(LookupError):
    """A reference that leads nowhere; the text says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a reference leads to: the schema, and the base against which references inside it are resolved.

    `identity`, if given, is the same for targets that mean the same, also across documents: it saves the engine from
    comparing them.
    """

    schema: Json
    base: str = ""
    identity: Hashable = None


# (reference as written, base of the place where it stands) -> target; raises UnresolvedError
Resolve = Callable[[str, str], Target]


@dataclass(frozen=True, eq=False)
class Document:
    """A set of schemas that are read alike.

    `formats` makes `format` an assertion. `adapt` may rewrite each schema object before it is read (it must not
    change what it is given, and must answer equal results for the same object).
    """

    dialect: Dialect
    resolve: Resolve
    formats: bool = False
    adapt: Callable[[Mapping[str, Json]], Json] | None = None
    kept: dict[Any, Any] = field(
        default_factory=dict, repr=False
    )  # schema objects as they were understood, by identity


@dataclass(frozen=True, slots=True)
class Source:
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
    return Source(schema, Document(spoken, Inside(whole, spoken), formats))


class Inside:
    """Follows references inside one document: JSON pointers, anchors, and embedded resources by `$id`."""

    def __init__(self, root: Json, spoken: Dialect) -> None:
        self._root = root
        self._spoken = spoken
        self._named: dict[tuple[str, str], Target] | None = None

    def __call__(self, reference: str, base: str) -> Target:
        """The target. Raises UnresolvedError."""
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
            if isinstance(schema, Mapping) and token in schema:
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
            if isinstance(schema, list):
                todo.extend((item, base) for item in schema)
            if not isinstance(schema, Mapping):
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
            todo.extend((member, inner) for member in schema.values())


def _is_anchor(name: Json) -> TypeGuard[str]:
    return isinstance(name, str) and len(name) > 1 and name[0] == "#"


def rebase(schema: Json, base: str, spoken: Dialect) -> str:
    """The base inside a schema, which its `$id` may change (`id` in draft 4)."""
    if not isinstance(schema, dict | Mapping):
        return base
    name = schema.get("id" if spoken is Dialect.DRAFT4 else "$id")
    if not isinstance(name, str) or _is_anchor(name) or spoken in (Dialect.OPENAPI_3_0, Dialect.SWAGGER_2_0):
        return base
    if "$ref" in schema and not siblings(spoken):
        return base
    try:
        return urldefrag(urljoin(base, name))[0]
    except ValueError:
        return base
