"""An independent opinion on a counterexample: `jsonschema`, with every pattern replaced by what our automata say of it.

The schemas are written out in 2020-12 as far as the value leads into them; patterns become lists of the texts of the
value that match, so that no backtracking engine runs a pattern of a document.
"""

from collections.abc import Callable, Iterator
from contextvars import ContextVar
from fractions import Fraction
from functools import cache
from re import escape
from typing import Any, Self

from contractcheck.model.finding import Json
from contractcheck.schemas.automata import matches
from contractcheck.schemas.documents import REFERENCES, Document, Source, UnresolvedError, lead
from contractcheck.schemas.formats import conforms
from contractcheck.schemas.reading import said_by
from contractcheck.schemas.values import freeze, number, plain

_INNER = frozenset(
    (
        *("additionalProperties", "propertyNames", "items", "contains", "not", "if", "then", "else"),
        *("unevaluatedProperties", "unevaluatedItems"),
    )
)
_PLAIN = frozenset(("enum", "const"))
_LISTS = frozenset(("allOf", "anyOf", "oneOf", "prefixItems"))
_TABLES = frozenset(("properties", "dependentSchemas"))
_WORK = 60_000  # keywords that the validator may look at for one value


_left: ContextVar[list[int]] = ContextVar("left")  # of the work that the value at hand may take


class UnsureError(Exception):
    """The validator cannot be asked about this schema; the text says why."""


def confirm(value: Any, base: Source, revision: Source) -> str:  # noqa: ANN401 - plain JSON
    """Empty if the value is valid under base and not under revision, else what disagrees. Raises UnsureError."""
    if not valid(value, base):
        return "it is not valid under base"
    return "it is valid under revision" if valid(value, revision) else ""


def valid(value: Any, source: Source) -> bool:  # noqa: ANN401 - plain JSON
    """Whether `jsonschema` finds the value valid. Raises UnsureError."""
    from jsonschema.exceptions import UnknownType, ValidationError
    from referencing import Registry, Resource
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012

    writer = _Writer(source.document, frozenset(_texts(value)))

    def retrieve(uri: str) -> Resource[Any]:
        return DRAFT202012.create_resource(writer.target(uri))

    try:
        _left.set([_WORK])
        schema = writer.schema(source.schema, source.base)
        checker = _validator()(schema, registry=Registry(retrieve=retrieve))  # type: ignore[call-arg] # attrs, by its alias
        return next(checker.iter_errors(value), None) is None
    except (
        Unresolvable,
        UnknownType,
        ValidationError,
        TypeError,
        ValueError,
        ArithmeticError,
        RecursionError,
    ) as error:
        raise UnsureError(f"{type(error).__name__}: {error}") from error


class _Writer:
    """Writes schemas out for the validator, references as `urn:at:N`."""

    def __init__(self, document: Document, texts: frozenset[str]) -> None:
        self._document = document
        self._texts = sorted(texts)
        self._targets: list[Source | UnresolvedError] = []  # what leads nowhere matters only where it is followed
        self._conforming: dict[str, str] = {}

    def target(self, uri: str) -> Any:  # noqa: ANN401
        source = self._targets[int(uri.rpartition(":")[2])]
        if isinstance(source, UnresolvedError):
            raise UnsureError(str(source)) from source
        return self.schema(source.schema, source.base)

    def schema(self, schema: Json, base: str) -> Any:  # noqa: ANN401
        if isinstance(schema, bool):
            return schema
        if not isinstance(schema, dict):
            raise UnsureError(f"no schema: {schema!r}")
        said = said_by(schema, self._document)
        if isinstance(said, bool):
            return said
        base = self._document.inside(schema, base)
        written: dict[str, Any] = {}
        for word, part in said.items():
            if word in _INNER:
                written[word] = self.schema(part, base)
            elif word in _LISTS and isinstance(part, list):
                written[word] = [self.schema(each, base) for each in part]
            elif word in _TABLES and isinstance(part, dict):
                # members that the value has nowhere cannot matter, however large their schemas are
                written[word] = {name: self.schema(part[name], base) for name in self._texts if name in part}
            elif word == "patternProperties" and isinstance(part, dict):
                written[word] = {
                    f"{self.listed(pattern)}(?#{number})": self.schema(each, base)
                    for number, (pattern, each) in enumerate(part.items())
                }
            elif word == "pattern" and isinstance(part, str):
                written[word] = self.listed(part)
            else:
                written[word] = plain(part) if word in _PLAIN else part
        references = [self.reference(word, written.pop(word), base) for word in REFERENCES if word in written]
        if references:
            written["$ref"] = references[0]
            for more in references[1:]:
                written["allOf"] = [*written.get("allOf", ()), {"$ref": more}]
        asserted = written.pop("format", None)
        if self._document.formats and isinstance(asserted, str):
            written["allOf"] = [*written.get("allOf", ()), {"pattern": self.conforming(asserted)}]
        return written

    def reference(self, word: str, reference: Json, base: str) -> str:
        try:
            target = lead(self._document, word, reference, base)
            self._targets.append(Source(target.schema, self._document, target.base))
        except UnresolvedError as error:
            self._targets.append(error)
        return _Link(f"urn:at:{len(self._targets) - 1}", self)

    def listed(self, pattern: str) -> str:
        """A pattern that matches exactly those texts of the value that the given one matches."""
        found = [(text, matches(pattern, text)) for text in self._texts]
        if any(hit is None for _, hit in found):
            raise UnsureError(f"pattern {pattern}")
        return _only(text for text, hit in found if hit)

    def conforming(self, name: str) -> str:
        if name not in self._conforming:
            self._conforming[name] = _only(text for text in self._texts if conforms(name, text))
        return self._conforming[name]


class _Link(str):
    """A reference that knows what it leads to: following it so is faster than through a registry."""

    __slots__ = ("writer",)

    def __new__(cls, uri: str, writer: _Writer) -> Self:
        link = super().__new__(cls, uri)
        link.writer = writer  # type: ignore[attr-defined] # mypy does not see slots of a str
        return link

    def target(self) -> Any:  # noqa: ANN401
        return self.writer.target(self)  # type: ignore[attr-defined]


def _only(texts: Iterator[str]) -> str:
    return r"\A(?:" + "|".join(["(?!)", *(escape(text) for text in texts)]) + r")\Z"


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield name
            yield from _texts(member)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


@cache
def _validator() -> Any:  # noqa: ANN401 - the class that jsonschema makes
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError
    from jsonschema.validators import extend

    def exact(holds: Callable[[Fraction, Fraction], bool], words: str) -> Any:  # noqa: ANN401
        """A keyword about numbers, on the rationals that the texts denote instead of on floats."""

        def check(checker: Any, bound: Any, instance: Any, _schema: Any) -> Iterator[Any]:  # noqa: ANN401
            if checker.is_type(instance, "number") and not holds(Fraction(number(instance)), Fraction(number(bound))):
                yield ValidationError(f"{instance!r} {words} {bound}")

        return check

    def follow(checker: Any, link: _Link, instance: Any, _schema: Any) -> Iterator[Any]:  # noqa: ANN401
        yield from checker.descend(instance, link.target(), resolver=checker._resolver)  # noqa: SLF001

    def different(checker: Any, wanted: Any, instance: Any, _schema: Any) -> Iterator[Any]:  # noqa: ANN401
        """`uniqueItems` in time proportional to the items: `jsonschema` compares each with each."""
        if wanted and checker.is_type(instance, "array") and len(set(map(freeze, instance))) < len(instance):
            yield ValidationError("has equal items")

    def counted(check: Any) -> Any:  # noqa: ANN401
        def counting(checker: Any, bound: Any, instance: Any, schema: Any) -> Any:  # noqa: ANN401
            left = _left.get()
            left[0] -= 1 + (len(bound) if isinstance(bound, list) else 0) // 64
            if left[0] < 0:
                raise UnsureError("too much to validate")
            return check(checker, bound, instance, schema)

        return counting

    exactly = extend(  # type: ignore[no-untyped-call]
        Draft202012Validator,
        {
            "$ref": follow,
            "uniqueItems": different,
            "multipleOf": exact(lambda value, divisor: (value / divisor).denominator == 1, "is not a multiple of"),
            "minimum": exact(lambda value, bound: value >= bound, "is less than"),
            "maximum": exact(lambda value, bound: value <= bound, "is more than"),
            "exclusiveMinimum": exact(lambda value, bound: value > bound, "is not more than"),
            "exclusiveMaximum": exact(lambda value, bound: value < bound, "is not less than"),
        },
    )
    return extend(exactly, {word: counted(check) for word, check in exactly.VALIDATORS.items()})  # type: ignore[no-untyped-call]
