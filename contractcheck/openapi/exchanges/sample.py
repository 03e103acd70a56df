"""A small valid request or response of an operation: only what must be there."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from msgspec import Struct, field
from msgspec.structs import replace

from contractcheck.model.exchange import Exchange, Request, Response
from contractcheck.model.finding import Direction
from contractcheck.openapi import mediatypes
from contractcheck.openapi.changes import entries, named, text, true
from contractcheck.openapi.document import Document, Node
from contractcheck.openapi.exchanges import markup, wire
from contractcheck.openapi.exchanges.excerpt import scheme_of, schemes
from contractcheck.openapi.exchanges.operation import Operation
from contractcheck.openapi.exchanges.values import NoValueError, Values
from contractcheck.openapi.parameters import Parameter, read

HOST: Final = "https://api.example.com"
"""Where a contract without absolute servers is served."""

CLIENT: Final = "https://client.example.com"
"""Where a client that asked to be called is."""

_NAME: Final = re.compile(r"\{([^{}]*)\}")
_TOKEN: Final = "TOKEN"  # noqa: S105 - what the reader puts his own in place of


class NoSampleError(Exception):
    """No valid request or response can be made; the text says why."""


class Wanted(Struct, frozen=True):
    """What a request shall hold beside the least: a body of a media type, values of parameters by (place, name).

    `member` is one that a sample of the body shall have, `way` the alternative of `security` to take.
    """

    media_type: str | None = None
    body: Any = None
    has_body: bool = False
    member: str | None = None
    parameters: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    way: int = 0


class Sampler:
    """Makes requests and responses of one document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.values = {direction: Values(document, direction) for direction in Direction}

    def request(self, operation: Operation, wanted: Wanted | None = None) -> Request:
        """A request that the operation accepts. Raises NoSampleError."""
        wanted = wanted or Wanted()
        path, query, headers, cookies = operation.item.path, [], [], []
        for each in read(self.document, operation.item, operation.node).values():
            said = wanted.parameters.get((each.place, each.name))
            if said is None and not each.required:
                continue
            value = said if said is not None else self._parameter(each, operation.asking)
            pairs = _written(each, value)
            match each.place:
                case "path":
                    path = path.replace("{" + each.name + "}", "".join(text for _, text in pairs))
                case "query":
                    query += [f"{_quoted(name)}={text}" for name, text in pairs]
                case "header":
                    headers += pairs
                case "cookie":
                    cookies += pairs
                case _:
                    raise NoSampleError(f"parameters in {each.place} are not made")
        if not operation.hook and _NAME.search(path):
            raise NoSampleError("a parameter of the path is not described")
        headers, query, cookies = self._admitted(operation, wanted.way, headers, query, cookies)
        if cookies:
            headers.append(("Cookie", "; ".join(f"{name}={value}" for name, value in cookies)))
        body = self._body(operation, wanted)
        if body is not None:
            headers.append(("Content-Type", body[0]))
        url = _called(operation.item.path) if operation.hook else _server(operation) + path
        if any(mark in text for _, text in headers for mark in "\r\n"):
            raise NoSampleError("a header would hold a line break")
        return Request(
            operation.method,
            url + ("?" + "&".join(query) if query else ""),
            tuple(headers),
            body[1] if body is not None else None,
        )

    def response(
        self,
        operation: Operation,
        status: str,
        kind: str | None = None,
        *given: Any,  # noqa: ANN401
        headers: Mapping[str, Any] | None = None,
        member: str | None = None,
    ) -> Response:
        """A response of that status (`200`, `4XX`, `default`) and media type, its body the one given, else a sample.

        `headers` are values it shall have beside those it must have, `member` one that a sample of the body shall.
        Raises NoSampleError.
        """
        use = entries(operation.node.get("responses")).get(status)
        answer = self.document.follow(use) if use is not None else None
        if answer is None:
            raise NoSampleError(f"no response {status}")
        flow = operation.asking.opposite
        wanted = headers or {}
        sent_headers: list[tuple[str, str]] = []
        for name, each in named(answer.get("headers")).items():
            header = self.document.follow(each)
            if header is None or name.lower() == "content-type" or not (true(header, "required") or name in wanted):
                continue
            value = wanted[name] if name in wanted else self._value(header, flow, at_least=True)
            try:
                sent_headers += wire.parameter(header, name, "header", value)
            except wire.UnwritableError as error:
                raise NoSampleError(str(error)) from None
        content = entries(answer.get("content"))
        data = None
        if content:
            kind = kind if kind in content else min(content, key=_preference)
            media = self.document.follow(content[kind])
            sent, data = self._written_body(media, kind, flow, given, member)
            sent_headers.append(("Content-Type", sent))
        return Response(_number(status, entries(operation.node.get("responses"))), tuple(sent_headers), data)

    def several(self, schema: Node, flow: Direction = Direction.REQUEST) -> Any:  # noqa: ANN401
        """A value of a schema that has more than one item or at least one member. Raises NoSampleError."""
        plural = Node(schema.file, schema.pointer, {"allOf": [schema.value, {"minItems": 2, "minProperties": 1}]})
        return self._sampled(plural, flow, at_least=True)

    def _parameter(self, each: Parameter, flow: Direction) -> Any:  # noqa: ANN401
        return self._value(each.node, flow, at_least=True)

    def _value(self, holder: Node | None, flow: Direction, *, at_least: bool = False, member: str | None = None) -> Any:  # noqa: ANN401
        """A value of a parameter, header or body: an example of the document if it gives one that is valid."""
        values = self.values[flow]
        schema = holder.get("schema") if holder is not None else None
        if schema is None and holder is not None:
            content = entries(holder.get("content"))
            media = self.document.follow(next(iter(content.values()))) if content else None
            schema = media.get("schema") if media is not None else None
        for example in values.examples(holder, schema) if holder is not None else ():
            lacks = member is not None and not (isinstance(example, Mapping) and member in example)
            if not lacks and (not at_least or example not in ("", None, [], {})):
                return example
        if schema is None:
            return "x" if at_least else {}
        if member is not None:
            with_it = {"type": "object", "required": [member]}
            schema = Node(schema.file, schema.pointer, {"allOf": [schema.value, with_it]})
        return self._sampled(schema, flow, at_least=at_least)

    def _sampled(self, schema: Node, flow: Direction, *, at_least: bool) -> Any:  # noqa: ANN401
        try:
            return self.values[flow].sample(schema, wire=at_least)
        except NoValueError:
            raise NoSampleError("no valid value was found for a part of it") from None

    def _body(self, operation: Operation, wanted: Wanted) -> tuple[str, bytes] | None:
        use = operation.node.get("requestBody")
        body = self.document.follow(use) if use is not None else None
        content = entries(body.get("content")) if body is not None else {}
        if not content or not (wanted.has_body or wanted.media_type is not None or true(body, "required")):
            return None
        asked = [kind for kind in content if kind == wanted.media_type]
        why = "it has no body"
        for kind in asked or sorted(content, key=_preference):
            media = self.document.follow(content[kind])
            given = (wanted.body,) if wanted.has_body else ()
            try:
                return self._written_body(media, kind, operation.asking, given, wanted.member)
            except NoSampleError as error:
                why = str(error)
        raise NoSampleError(why)

    def _written_body(
        self,
        media: Node | None,
        kind: str,
        flow: Direction,
        given: tuple[Any, ...],
        member: str | None,
    ) -> tuple[str, bytes]:
        """The media type as sent and the body, the one given or a sample. Raises NoSampleError."""
        schema, item = (media.get(word) if media is not None else None for word in ("schema", "itemSchema"))
        try:
            if item is not None:
                return wire.sequence(given[0] if given else [self._sampled(item, flow, at_least=False)], kind)
            value = given[0] if given else self._value(media, flow, member=member)
            if schema is not None and mediatypes.xml(mediatypes.normal(kind)):
                return kind, markup.write(self.document.follow, schema, value)
            return wire.body(value, kind, named(media.get("encoding") if media is not None else None))
        except (wire.UnwritableError, markup.MarkupError) as error:
            raise NoSampleError(str(error)) from None

    def _admitted(
        self,
        operation: Operation,
        way: int,
        headers: list[tuple[str, str]],
        query: list[str],
        cookies: list[tuple[str, str]],
    ) -> tuple[list[tuple[str, str]], list[str], list[tuple[str, str]]]:
        """With the credentials that one alternative of `security` asks for."""
        holder = operation.node.get("security") or self.document.root.get("security")
        ways = list(holder.items()) if holder is not None and not operation.hook else []
        if not ways:
            return headers, query, cookies
        defined = schemes(self.document)
        for name in entries(ways[way] if way < len(ways) else ways[0]):
            scheme = scheme_of(self.document, defined.get(name))
            match text(scheme.get("type")) if scheme is not None else None:
                case "apiKey":
                    key = text(scheme.get("name")) or "key"  # type: ignore[union-attr]
                    match text(scheme.get("in")):  # type: ignore[union-attr]
                        case "query":
                            query = [*query, f"{_quoted(key)}={_TOKEN}"]
                        case "cookie":
                            cookies = [*cookies, (key, _TOKEN)]
                        case _:
                            headers = [*headers, (key, _TOKEN)]
                case "http":
                    kind = (text(scheme.get("scheme")) or "bearer").capitalize()  # type: ignore[union-attr]
                    headers = [*headers, ("Authorization", f"{kind} {_TOKEN}")]
                case "oauth2" | "openIdConnect":
                    headers = [*headers, ("Authorization", f"Bearer {_TOKEN}")]
                case _:
                    raise NoSampleError(f"credentials of the scheme {name} are not made")
        return headers, query, cookies


def answered(request: Request, response: Response, about: str) -> Exchange:
    """An exchange of which the response matters; the request asks for its media type."""
    kind = next((value for name, value in response.headers if name == "Content-Type"), None)
    if kind is not None:
        request = replace(request, headers=(*request.headers, ("Accept", kind.partition(";")[0])))
    return Exchange(request, response, about)


def _written(each: Parameter, value: Any) -> list[tuple[str, str]]:  # noqa: ANN401
    try:
        return wire.parameter(each.node, each.name, each.place, value)
    except wire.UnwritableError as error:
        raise NoSampleError(str(error)) from None


def _quoted(name: str) -> str:
    from urllib.parse import quote

    return quote(name, safe="-._~[]")


def _preference(kind: str) -> tuple[int, str]:
    essence = kind.partition(";")[0].strip().lower()
    return (0 if essence == "application/json" else 1 if essence.endswith("+json") else 2, kind)


def _number(status: str, known: Mapping[str, Node]) -> int:
    """A code of that range that no other response covers: for `default` 500, if that is free."""
    taken = {name.upper() for name in known} - {status.upper()}
    match status.upper():
        case "DEFAULT":
            free = [code for code in (500, 400, 503, 404, 200, 302) if not {str(code), f"{code // 100}XX"} & taken]
        case _ if len(status) == 3 and status[0] in "12345" and status[1:].upper() == "XX":
            free = [code for code in range(int(status[0]) * 100, int(status[0]) * 100 + 100) if str(code) not in taken]
        case _ if len(status) == 3 and status.isdecimal() and status.isascii():
            free = [int(status)]
        case _:
            free = []
    if not free:
        raise NoSampleError(f"{status[:20]} is no status")
    return free[0]


def _server(operation: Operation) -> str:
    """The first server that applies, its variables at their defaults, without the last slash."""
    servers = operation.servers
    first = next(servers.items(), None) if servers is not None else None
    url = (text(first.get("url")) if first is not None else None) or ""
    for name, variable in entries(first.get("variables") if first is not None else None).items():
        url = url.replace("{" + name + "}", text(variable.get("default")) or name)
    return _absolute(url)


def _called(address: str) -> str:
    """Where the server sends a webhook or callback: expressions (OpenAPI 3.1.1 §4.8.20.4) with their last word.

    An expression in front is what a client said: its own address.
    """
    if address.startswith(("{$", "$")):
        whole = address if address.startswith("{") else "{" + address + "}"
        address = CLIENT + whole[whole.find("}") + 1 :]
    said = _NAME.sub(lambda found: re.split(r"[.#/]", found[1])[-1] or "x", address)
    return said if "://" in said else f"{HOST}/{said.removeprefix('/')}"


def _absolute(url: str) -> str:
    try:
        absolute = bool(urlsplit(url).scheme and urlsplit(url).netloc)
    except ValueError:
        return HOST
    url = url if absolute else HOST + ("" if url.startswith("/") or not url else "/") + url
    return url.split("?")[0].split("#")[0].rstrip("/")
