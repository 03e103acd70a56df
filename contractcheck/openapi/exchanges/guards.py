"""What keeps openapi-core within bounds on documents and bodies of strangers."""

import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from fractions import Fraction
from functools import cache
from typing import Any, Final
from urllib.parse import unquote

from contractcheck.model.place import split
from contractcheck.openapi.document import Node
from contractcheck.openapi.exchanges.markup import BeyondError, read
from contractcheck.openapi.exchanges.wire import is_json
from contractcheck.schemas.automata import matches
from contractcheck.schemas.values import UnusableError, number

HOPS: Final = 20_000
"""References a validator may follow for one request or response: schemas that double at each step are exponential."""

_FAILURES: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    UnusableError,
)
_hops = [0]


class UnsureError(Exception):
    """The exchange cannot be judged; the text says why."""


@cache
def failures() -> tuple[type[Exception], ...]:
    """What openapi-core and jsonschema raise on documents that are not as they expect: not a verdict."""
    from jsonschema.exceptions import SchemaError, UnknownType
    from openapi_core.exceptions import OpenAPIError
    from referencing.exceptions import NoSuchResource, Unresolvable

    return (*_FAILURES, OpenAPIError, SchemaError, UnknownType, NoSuchResource, Unresolvable)


def start() -> None:
    """Begin to count for one request or response."""
    _hops[0] = 0


class Readers(dict[str, Callable[..., Any]]):
    """Readers of bodies by media type, for types that openapi-core would take for bytes or hand to an XML parser.

    `content` is the excerpt. `schema` is the pointer of the schema of the body that is read next, `listed` says that
    the body is a sequence of values.
    """

    def __init__(self, content: Mapping[str, Any]) -> None:
        super().__init__()
        self.content = content
        self.schema = ""
        self.listed = False

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._reader(name) is not None

    def __getitem__(self, name: str) -> Callable[..., Any]:
        reader = self._reader(name)
        if reader is None:
            raise KeyError(name)
        return reader

    def _reader(self, name: str) -> Callable[..., Any] | None:
        essence = name.partition(";")[0].strip().lower()
        if self.listed:
            return lambda body, **_parameters: _sequence(body, essence)
        if is_json(essence):
            return _json
        if essence.endswith(("/xml", "+xml")):
            return self._xml
        if essence.startswith("text/"):
            return _plain
        if essence in {"*/*", "application/*"}:  # a range: openapi-core knows the key, not what was sent
            return _any
        if essence == "application/x-www-form-urlencoded":
            return None  # openapi-core takes it apart
        return _parts if essence.startswith("multipart/") else _plain

    def _xml(self, body: bytes, **_parameters: str) -> Any:  # noqa: ANN401
        """The value that XML stands for, by the schema of the whole body."""
        if "xml" not in self.schema.rsplit("/", 2)[-2]:
            raise UnsureError("XML in a part of a form is not judged")
        schema = self._at(Node("", "", self.content), self.schema)
        try:
            return read(self._follow, schema or Node("", "", {}), body)
        except BeyondError as error:
            raise UnsureError(str(error)) from None

    def _follow(self, node: Node) -> Node | None:
        reference = node.get("$ref")
        if reference is None or not isinstance(reference.value, str):
            return node
        return self._at(Node("", "", self.content), unquote(reference.value[1:]))

    def _at(self, node: Node | None, pointer: str) -> Node | None:
        for token in split(pointer):
            if node is not None:
                node = node.get(int(token) if isinstance(node.value, list) and token.isdecimal() else token)
        return node


def _json(body: bytes | str, **_parameters: str) -> Any:  # noqa: ANN401
    return json.loads(body)


def _plain(body: bytes | str, **_parameters: str) -> str:
    """Text: also of a type that nobody knows, as a schema that says `string` means it."""
    return body if isinstance(body, str) else body.decode(errors="replace")


def _any(body: bytes, **_parameters: str) -> Any:  # noqa: ANN401
    try:
        return json.loads(body)
    except ValueError:
        return body


def _parts(body: bytes, **parameters: str) -> Any:  # noqa: ANN401
    """The named parts of a form as texts: openapi-core reads them as bytes, of which no number is made."""
    from email.parser import BytesParser

    from werkzeug.datastructures import ImmutableMultiDict

    boundary = parameters.get("boundary", "").replace('"', "")
    head = f'Content-Type: multipart/form-data; boundary="{boundary}"\r\n\r\n'
    message = BytesParser().parsebytes(head.encode(errors="replace") + body)
    found = []
    for part in message.get_payload() if message.is_multipart() else ():
        name, data = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)  # type: ignore[union-attr]
        if isinstance(name, str) and isinstance(data, bytes):
            found.append((name, data.decode(errors="replace")))
    return ImmutableMultiDict(found)


def _sequence(body: bytes, essence: str) -> list[Any]:
    """The values of a sequence: lines of JSON (RFC 7464 begins them with a mark), or the events of a stream."""
    said = body.decode()
    if essence != "text/event-stream":
        return [json.loads(line) for line in said.replace("\x1e", "").splitlines() if line.strip()]
    events = []
    for block in said.replace("\r\n", "\n").split("\n\n"):
        event: dict[str, Any] = {}
        for line in block.split("\n"):
            name, colon, value = line.partition(":")
            if name and colon:
                value = value.removeprefix(" ")
                event[name] = f"{event[name]}\n{value}" if name == "data" and name in event else value
        if event:
            if event.get("retry", "").isdecimal():
                event["retry"] = int(event["retry"])
            events.append(event)
    return events


@cache
def schemas(version: str, *, requests: bool) -> Any:  # noqa: ANN401 - a factory of openapi-core
    """The factory of schema validators for a version of the specification, with guards."""
    from openapi_core.validation.schemas.factories import SchemaValidatorsFactory
    from openapi_schema_validator import OAS30ReadValidator, OAS30WriteValidator, OAS31Validator, OAS32Validator

    kind: Any = {
        "3.0": OAS30WriteValidator if requests else OAS30ReadValidator,
        "3.1": OAS31Validator,
        "3.2": OAS32Validator,
    }[version]
    formats = deepcopy(OAS30ReadValidator.FORMAT_CHECKER if version != "3.2" else kind.FORMAT_CHECKER)
    formats.checkers = {name: check for name, check in formats.checkers.items() if name != "regex"}

    class Factory(SchemaValidatorsFactory):
        """Gives the one set of formats to every validator: the library copies it for each."""

        def get_format_checker(self, format_validators: Any = None, extra_format_validators: Any = None) -> Any:  # noqa: ANN401, ARG002
            return formats

    return Factory(_guarded(kind), formats)


def _guarded(kind: Any) -> Any:  # noqa: ANN401
    from jsonschema.validators import extend

    follow = kind.VALIDATORS["$ref"]

    def counted(checker: Any, reference: Any, instance: Any, schema: Any) -> Iterator[Any]:  # noqa: ANN401
        _hops[0] += 1
        if _hops[0] > HOPS:
            raise UnsureError(f"more than {HOPS} references to follow")
        yield from follow(checker, reference, instance, schema)

    guarded: Any = extend(  # type: ignore[no-untyped-call]
        kind,
        {
            "$ref": counted,
            "pattern": _pattern,
            "patternProperties": _patterns,
            "additionalProperties": _additional,
            "multipleOf": _multiple,
        },
    )
    for flag in ("read", "write"):  # of the validators of 3.0, which `extend` forgets
        if hasattr(kind, flag):
            setattr(guarded, flag, getattr(kind, flag))
    return guarded


def _hits(pattern: str, text: str) -> bool:
    found = matches(pattern, text)
    if found is None:
        raise UnsureError(f"the pattern {pattern[:60]!r} is not understood")
    return found


def _pattern(checker: Any, pattern: Any, instance: Any, _schema: Any) -> Iterator[Any]:  # noqa: ANN401
    from jsonschema.exceptions import ValidationError

    if checker.is_type(instance, "string") and isinstance(pattern, str) and not _hits(pattern, instance):
        yield ValidationError("it does not match the pattern")


def _patterns(checker: Any, patterns: Any, instance: Any, _schema: Any) -> Iterator[Any]:  # noqa: ANN401
    if not checker.is_type(instance, "object"):
        return
    for pattern, below in patterns.items():
        for name, member in instance.items():
            if _hits(pattern, name):
                yield from checker.descend(member, below, path=name, schema_path=pattern)


def _additional(checker: Any, below: Any, instance: Any, schema: Mapping[str, Any]) -> Iterator[Any]:  # noqa: ANN401
    from jsonschema.exceptions import ValidationError

    if not checker.is_type(instance, "object"):
        return
    patterns = schema.get("patternProperties", {})
    extra = [
        name
        for name in instance
        if name not in schema.get("properties", {}) and not any(_hits(pattern, name) for pattern in patterns)
    ]
    if below is False and extra:
        yield ValidationError("undeclared members")
    elif isinstance(below, Mapping):
        for name in extra:
            yield from checker.descend(instance[name], below, path=name)


def _multiple(checker: Any, divisor: Any, instance: Any, _schema: Any) -> Iterator[Any]:  # noqa: ANN401
    """On the rationals that the texts denote: 0.07 is a multiple of 0.01."""
    from jsonschema.exceptions import ValidationError

    if (
        checker.is_type(instance, "number")
        and (Fraction(number(instance)) / Fraction(number(divisor))).denominator != 1
    ):
        yield ValidationError("it is no multiple")
