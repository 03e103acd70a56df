"""A small valid request or response of an operation: only what must be there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlsplit

from contractcheck.model.exchange import Exchange, Request, Response
from contractcheck.model.finding import Direction
from contractcheck.openapi.changes import entries, text, true
from contractcheck.openapi.document import Document, Node
from contractcheck.openapi.exchanges import wire
from contractcheck.openapi.exchanges.excerpt import scheme_of, schemes
from contractcheck.openapi.exchanges.operation import Operation
from contractcheck.openapi.exchanges.values import NoValueError, Values
from contractcheck.openapi.parameters import Parameter, read

HOST: Final = "https://api.example.com"
"""Where a contract without absolute servers is served."""

_NAME: Final = re.compile(r"\{([^{}]*)\}")
_TOKEN: Final = "TOKEN"  # noqa: S105 - what the reader puts his own in place of


class NoSampleError(Exception):
    """No valid request or response can be made; the text says why."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request shall hold beside the least: a body of a media type, values of parameters by (place, name)."""

    media_type: str | None = None
    body: Any = None
    has_body: bool = False
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
            value = said if said is not None else self._parameter(each)
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
        url = HOST + "/" + operation.item.path if operation.hook else _server(operation) + path
        if any(mark in text for _, text in headers for mark in "\r\n"):
            raise NoSampleError("a header would hold a line break")
        return Request(
            operation.method,
            url + ("?" + "&".join(query) if query else ""),
            tuple(headers),
            body[1] if body is not None else None,
        )

    def response(self, operation: Operation, status: str, kind: str | None = None, *given: Any) -> Response:  # noqa: ANN401
        """A response of that status (`200`, `4XX`, `default`) and media type, its body the one given, else a sample.

        Raises NoSampleError.
        """
        use = entries(operation.node.get("responses")).get(status)
        answer = self.document.follow(use) if use is not None else None
        if answer is None:
            raise NoSampleError(f"no response {status}")
        headers = []
        for name, each in entries(answer.get("headers")).items():
            header = self.document.follow(each)
            if header is not None and true(header, "required") and name.lower() != "content-type":
                value = self._value(header, header.get("schema"), Direction.RESPONSE, at_least=True)
                try:
                    headers += wire.parameter(header, name, "header", value)
                except wire.UnwritableError as error:
                    raise NoSampleError(str(error)) from None
        content = entries(answer.get("content"))
        data = None
        if content:
            kind = kind if kind in content else next(iter(content))
            media = self.document.follow(content[kind])
            schema = media.get("schema") if media is not None else None
            body = given[0] if given else self._value(media, schema, Direction.RESPONSE)
            try:
                sent, data = wire.body(body, kind)
            except wire.UnwritableError as error:
                raise NoSampleError(str(error)) from None
            headers.append(("Content-Type", sent))
        return Response(_number(status, entries(operation.node.get("responses"))), tuple(headers), data)

    def several(self, schema: Node) -> Any:  # noqa: ANN401
        """A value of a schema that has more than one item or at least one member. Raises NoSampleError."""
        return self._value(None, schema, Direction.REQUEST, at_least=True)

    def _parameter(self, each: Parameter) -> Any:  # noqa: ANN401
        return self._value(each.node, each.node.get("schema"), Direction.REQUEST, at_least=True)

    def _value(self, holder: Node | None, schema: Node | None, direction: Direction, *, at_least: bool = False) -> Any:  # noqa: ANN401
        """A value of a parameter, header or body: an example of the document if it gives one that is valid."""
        values = self.values[direction]
        if schema is None and holder is not None:
            content = entries(holder.get("content"))
            media = self.document.follow(next(iter(content.values()))) if content else None
            schema = media.get("schema") if media is not None else None
        if holder is not None:
            for example in values.examples(holder, schema):
                if not at_least or example not in ("", None, [], {}):
                    return example
        if schema is None:
            return "x" if at_least else {}
        try:
            return values.sample(schema, wire=at_least)
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
            if media is None:
                continue
            try:
                value = wanted.body if wanted.has_body else self._value(media, media.get("schema"), Direction.REQUEST)
                return wire.body(value, kind)
            except (wire.UnwritableError, NoSampleError) as error:
                why = str(error)
        raise NoSampleError(why)

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


def _absolute(url: str) -> str:
    try:
        absolute = bool(urlsplit(url).scheme and urlsplit(url).netloc)
    except ValueError:
        return HOST
    url = url if absolute else HOST + ("" if url.startswith("/") or not url else "/") + url
    return url.split("?")[0].split("#")[0].rstrip("/")
