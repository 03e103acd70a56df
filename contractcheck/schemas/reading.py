"""From the text of a schema to its node: keywords become constraints, references stay to be followed when needed."""

import json
from collections.abc import Callable, Hashable, Mapping
from decimal import Decimal
from typing import Any, Final

from contractcheck.model.finding import Json
from contractcheck.schemas.automata import counted
from contractcheck.schemas.closing import Place, closing, key
from contractcheck.schemas.dialects import Dialect, translate
from contractcheck.schemas.documents import REFERENCES, Document, Source, UnresolvedError, lead
from contractcheck.schemas.nodes import FALSE, TRUE, Kind, Nodes
from contractcheck.schemas.unevaluated import Evaluated, TooManyError, closed_arrays, closed_objects
from contractcheck.schemas.values import (
    ALL,
    ARRAY,
    BOOL,
    FRAC,
    INT,
    NULL,
    NUMBER,
    OBJECT,
    STRING,
    UnusableError,
    freeze,
    number,
)

_DEPTH = 40  # schemas written inside one another before the inner one is read later, as if behind a reference

TYPES: Final = {
    "null": NULL,
    "boolean": BOOL,
    "integer": INT,
    "number": INT | FRAC,
    "string": STRING,
    "array": ARRAY,
    "object": OBJECT,
}


class MalformedError(ValueError):
    """A keyword whose value is not what the keyword takes."""


class Reader:
    """Reads schemas into nodes, each schema object once."""

    def __init__(self, spend: Callable[[int], None]) -> None:
        self.nodes = Nodes(self._expand, spend)
        self._spend = spend
        self._read: dict[tuple[int, int, str], tuple[Json, int]] = {}
        self._alike: dict[tuple[Hashable, bytes], int] = {}  # what refers to nothing, by its text
        self._later: dict[Hashable, Source] = {}
        self._closings: dict[Hashable, tuple[Document, tuple[Place, ...]]] = {}
        self._documents: dict[int, Document] = {}  # keeps the ids of documents from being used again

    def node(self, source: Source) -> int:
        """The node of a schema."""
        self._documents[id(source.document)] = source.document
        node = self._schema(source.schema, source.document, source.base, 0)
        if source.closed:
            node = self.nodes.conj([node, self.closed(source.document, ((source.schema, source.base),))])
        return node

    def closed(self, document: Document, places: tuple[Place, ...]) -> int:
        """What a value that all these schemas are for must lack to have declared members only."""
        identity = key(document, places)
        self._closings.setdefault(identity, (document, places))
        return self.nodes.ref(identity)

    def _expand(self, identity: Hashable) -> int:
        found = self._closings.get(identity)
        return closing(self, *found) if found is not None else self.node(self._later[identity])

    def _schema(self, schema: Json, document: Document, base: str, depth: int) -> int:
        if isinstance(schema, bool):
            return TRUE if schema else FALSE
        if not isinstance(schema, dict):
            return self.nodes.opaque(
                ALL, ("malformed", repr(schema)[:200]), "a schema that is neither object nor boolean"
            )
        identity = (id(document), id(schema), base)
        known = self._read.get(identity)
        if known is not None:
            return known[1]
        if depth > _DEPTH:
            self._later[identity] = Source(schema, document, base)
            return self.nodes.ref(identity)
        self._spend(2)
        told = _told(schema) if document.kin is not None and "properties" in schema else None
        alike = self._alike.get((document.kin, told)) if told is not None else None
        node = self._keywords(schema, document, base, depth) if alike is None else alike
        if told is not None:
            self._alike[document.kin, told] = node
        self._read[identity] = (schema, node)
        return node

    def _keywords(self, schema: Mapping[str, Json], document: Document, base: str, depth: int) -> int:
        said = said_by(schema, document)
        if isinstance(said, bool):
            return TRUE if said else FALSE
        base = document.inside(schema, base)

        def inner(part: Json) -> int:
            return self._schema(part, document, base, depth + 1)

        parts: list[int] = []
        for place in dict.fromkeys(_BUILDER_OF[word] for word in said if word in _BUILDER_OF):
            words, build = _BUILDERS[place]
            try:
                build(self.nodes, said, inner, parts)
            except (MalformedError, UnusableError, TypeError, AttributeError) as error:
                parts.append(self._malformed(words, said, document, error))
        if document.formats and isinstance(said.get("format"), str):
            parts.append(self.nodes.make(Kind.FORMAT, said["format"]))
        parts.extend(self.reference(said, word, document, base) for word in REFERENCES if word in said)
        if "unevaluatedProperties" in said or "unevaluatedItems" in said:
            try:
                parts.append(self._unevaluated(said, document, base, depth))
            except TooManyError as error:
                unknown = ("unevaluated", id(document), id(schema), base)
                parts.append(self.nodes.opaque(ARRAY | OBJECT, unknown, f"unevaluated: {error}"))
        return self.nodes.conj(parts)

    def _malformed(self, words: tuple[str, ...], said: "Said", document: Document, error: Exception) -> int:
        bits = _SPEAKS_OF.get(words[0], ALL)
        text = _text({word: said[word] for word in words if word in said})
        text += f"@{id(document)}" if "$ref" in text else ""
        why = str(error) if isinstance(error, MalformedError | UnusableError) else "malformed"
        word = next(word for word in words if word in said)
        return self.nodes.opaque(bits, ("malformed", words[0], text), f"{word}: {why}")

    def reference(self, said: Mapping[str, Any], word: str, document: Document, base: str) -> int:
        """The node of what a reference leads to, read when it is needed."""
        try:
            identity, _ = self.follow(said, word, document, base)
        except UnresolvedError as error:
            return self.nodes.opaque(ALL, ("unresolved", id(document), base, str(said[word])), f"{word}: {error}")
        return self.nodes.ref(identity)

    def follow(self, said: Mapping[str, Any], word: str, document: Document, base: str) -> tuple[Hashable, Source]:
        """The identity of what a reference leads to, and the schema. Raises UnresolvedError."""
        target = lead(document, word, said[word], base)
        identity: Hashable = ("same", target.identity, document.dialect, document.formats)
        if target.identity is None:
            identity = (id(document), id(target.schema), target.base)
        source = self._later.setdefault(identity, Source(target.schema, document, target.base))
        return identity, source

    def _unevaluated(self, said: Mapping[str, Any], document: Document, base: str, depth: int) -> int:
        declared = Evaluated(self, document).beside(said, base)
        parts = []
        matching = any(one.matching is not None for one in declared)
        if matching and document.dialect is Dialect.DRAFT2019_09 and "unevaluatedItems" in said:
            # core §9.3.1.3 does not count the items that `contains` matches, validators do
            raise TooManyError("`contains` beside unevaluatedItems, in draft 2019-09")
        for word, close in (("unevaluatedProperties", closed_objects), ("unevaluatedItems", closed_arrays)):
            if word in said:
                parts.append(close(self.nodes, declared, self._schema(said[word], document, base, depth + 1)))
        return self.nodes.conj(parts)

    def inner(self, schema: Json, document: Document, base: str) -> int:
        """The node of a schema that stands inside another."""
        return self._schema(schema, document, base, _DEPTH // 2)


def _told(schema: Mapping[str, Json]) -> bytes | None:
    """The text of a schema that refers to nothing and has no identifier; None for any other."""
    import orjson

    try:
        text = orjson.dumps(schema)
    except TypeError:  # beyond 64 bits, or too deep
        return None
    return None if b'"$' in text else text


def said_by(schema: Mapping[str, Json], document: Document) -> dict[str, Any] | bool:
    """A schema object after the document's own adaptation, in 2020-12 words."""
    kept = document.kept.get(id(schema))
    if kept is None:
        adapted = schema if document.adapt is None else document.adapt(schema)
        said = translate(adapted, document.dialect) if isinstance(adapted, dict) else bool(adapted)
        kept = document.kept[id(schema)] = (schema, said)
    found: dict[str, Any] | bool = kept[1]
    return found


def _text(value: Json) -> str:
    try:
        return json.dumps(value, sort_keys=True, default=repr)
    except (RecursionError, TypeError, ValueError):
        return f"@{id(value)}"


Inner = Callable[[Json], int]
Said = Mapping[str, Any]


def _schemas(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise MalformedError("not a list of schemas")
    return value


def _table(value: Json) -> Mapping[str, Json]:
    if not isinstance(value, dict):
        raise MalformedError("not an object")
    return value


def _count(value: Any) -> int:  # noqa: ANN401
    exact = number(value) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else None
    if not isinstance(exact, int) or exact < 0:
        raise MalformedError("not a natural number")
    return exact


def _names(value: Json) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise MalformedError("not a list of names")
    return value


def _type(nodes: Nodes, said: Said, _inner: Inner, parts: list[int]) -> None:
    kinds = said["type"] if isinstance(said["type"], list) else [said["type"]]
    bits = 0
    for kind in kinds:
        if not isinstance(kind, str) or kind not in TYPES:
            raise MalformedError("unknown type")
        bits |= TYPES[kind]
    parts.append(nodes.type(bits))


def _values(nodes: Nodes, said: Said, _inner: Inner, parts: list[int]) -> None:
    if "enum" in said:
        if not isinstance(said["enum"], list):
            raise MalformedError("not a list")
        nodes.spend(len(said["enum"]) // 16)
        parts.append(nodes.one_of_values(frozenset(freeze(value) for value in said["enum"])))
    if "const" in said:
        parts.append(nodes.one_of_values(frozenset((freeze(said["const"]),))))


def _numbers(nodes: Nodes, said: Said, _inner: Inner, parts: list[int]) -> None:
    for word, value in said.items():
        if word not in _NUMERIC:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise MalformedError("not a number")
        exact = number(value)
        if word == "multipleOf":
            if exact <= 0:
                raise MalformedError("not positive")
            parts.append(nodes.make(Kind.MULTIPLE, exact))
        elif word in ("minimum", "exclusiveMinimum"):
            parts.append(nodes.above(exact, exclusive=word == "exclusiveMinimum"))
        else:
            parts.append(nodes.below(exact, exclusive=word == "exclusiveMaximum"))


_NUMERIC = ("multipleOf", "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")


def _sizes(low: str, high: str, kind: Kind) -> Callable[[Nodes, Said, Inner, list[int]], None]:
    def build(nodes: Nodes, said: Said, _inner: Inner, parts: list[int]) -> None:
        if low in said:
            parts.append(nodes.at_least(kind, _count(said[low])))
        if high in said:
            parts.append(nodes.at_most(kind, _count(said[high])))

    return build


def _pattern(nodes: Nodes, said: Said, _inner: Inner, parts: list[int]) -> None:
    if not isinstance(said["pattern"], str):
        raise MalformedError("not a string")
    body, least, most = counted(said["pattern"])
    parts.append(nodes.make(Kind.PATTERN, nodes.machine(body)))
    parts.append(nodes.at_least(Kind.MIN_LENGTH, least))
    if most is not None:
        parts.append(nodes.at_most(Kind.MIN_LENGTH, most))


def _members(nodes: Nodes, said: Said, inner: Inner, parts: list[int]) -> None:
    properties = _table(said.get("properties", {}))
    patterns = _table(said.get("patternProperties", {}))
    parts.extend(nodes.member(name, inner(schema)) for name, schema in properties.items())
    parts.extend(nodes.matching(nodes.machine(pattern), inner(schema)) for pattern, schema in patterns.items())
    if "additionalProperties" in said:
        parts.append(nodes.others(frozenset(properties), frozenset(patterns), inner(said["additionalProperties"])))


def _member_names(nodes: Nodes, said: Said, inner: Inner, parts: list[int]) -> None:
    parts.append(nodes.names(inner(said["propertyNames"])))


def _required(nodes: Nodes, said: Said, _inner: Inner, parts: list[int]) -> None:
    parts.extend(nodes.make(Kind.HAS, name) for name in _names(said["required"]))


def _dependent(nodes: Nodes, said: Said, inner: Inner, parts: list[int]) -> None:
    for name, needs in _table(said.get("dependentRequired", {})).items():
        implied = nodes.conj(nodes.make(Kind.HAS, need) for need in _names(needs))
        parts.append(nodes.disj([nodes.lacks(name), implied]))
    for name, schema in _table(said.get("dependentSchemas", {})).items():
        parts.append(nodes.disj([nodes.lacks(name), inner(schema)]))


def _items(nodes: Nodes, said: Said, inner: Inner, parts: list[int]) -> None:
    prefix = _schemas(said.get("prefixItems", []))
    parts.extend(nodes.item(index, inner(schema)) for index, schema in enumerate(prefix))
    if "items" in said:
        parts.append(nodes.rest(len(prefix), inner(said["items"])))


def _contains(nodes: Nodes, said: Said, inner: Inner, parts: list[int]) -> None:
    if "contains" not in said:
        return
    node = inner(said["contains"])
    parts.append(nodes.some(node, _count(said.get("minContains", 1))))
    if "maxContains" in said:
        parts.append(nodes.few(node, _count(said["maxContains"])))


def _unique(nodes: Nodes, said: Said, _inner: Inner, parts: list[int]) -> None:
    if not isinstance(said["uniqueItems"], bool):
        raise MalformedError("not a boolean")
    if said["uniqueItems"]:
        parts.append(nodes.make(Kind.UNIQUE))


def _all(nodes: Nodes, said: Said, inner: Inner, parts: list[int]) -> None:
    parts.append(nodes.conj([inner(schema) for schema in _schemas(said["allOf"])]))


def _any(nodes: Nodes, said: Said, inner: Inner, parts: list[int]) -> None:
    parts.append(nodes.disj([inner(schema) for schema in _schemas(said["anyOf"])]))


def _one(nodes: Nodes, said: Said, inner: Inner, parts: list[int]) -> None:
    parts.append(nodes.exactly_one([inner(schema) for schema in _schemas(said["oneOf"])]))


def _not(_nodes: Nodes, said: Said, inner: Inner, parts: list[int]) -> None:
    parts.append(-inner(said["not"]))


def _if(nodes: Nodes, said: Said, inner: Inner, parts: list[int]) -> None:
    condition = inner(said["if"])
    parts.append(nodes.disj([-condition, inner(said.get("then", True))]))
    parts.append(nodes.disj([condition, inner(said.get("else", True))]))


_BUILDERS: Final = (
    (("type",), _type),
    (("enum", "const"), _values),
    (_NUMERIC, _numbers),
    (("minLength", "maxLength"), _sizes("minLength", "maxLength", Kind.MIN_LENGTH)),
    (("pattern",), _pattern),
    (("required",), _required),
    (("properties", "patternProperties", "additionalProperties"), _members),
    (("propertyNames",), _member_names),
    (("minProperties", "maxProperties"), _sizes("minProperties", "maxProperties", Kind.MIN_MEMBERS)),
    (("dependentRequired", "dependentSchemas"), _dependent),
    (("prefixItems", "items"), _items),
    (("minItems", "maxItems"), _sizes("minItems", "maxItems", Kind.MIN_ITEMS)),
    (("contains", "minContains", "maxContains"), _contains),
    (("uniqueItems",), _unique),
    (("allOf",), _all),
    (("anyOf",), _any),
    (("oneOf",), _one),
    (("not",), _not),
    (("if",), _if),
)

_BUILDER_OF: Final = {word: number for number, (words, _) in enumerate(_BUILDERS) for word in words}

_SPEAKS_OF: Final = {
    "multipleOf": NUMBER,
    "minLength": STRING,
    "pattern": STRING,
    "required": OBJECT,
    "properties": OBJECT,
    "propertyNames": OBJECT,
    "minProperties": OBJECT,
    "dependentRequired": OBJECT,
    "prefixItems": ARRAY,
    "minItems": ARRAY,
    "contains": ARRAY,
    "uniqueItems": ARRAY,
}
