"""What openapi-core says of an exchange under one contract, and which words of the contract it refuses it by.

openapi-core is a second opinion, with an optional install (`contractcheck[exchanges]`). It runs in this process, on an
excerpt of the contract (see `excerpt`), with guards: patterns are decided by our automata, never by a backtracking
engine; following references is counted; XML is read by what the XML Objects say, without entities; what cannot be
judged is `undecided`, with the reason.
"""

import hashlib
import warnings
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from msgspec import Struct

from contractcheck.errors import UsageError
from contractcheck.model.exchange import Exchange, Headers, Request, Response, header
from contractcheck.model.finding import Direction
from contractcheck.model.place import escape
from contractcheck.openapi.exchanges.excerpt import PATH, Excerpt, media_type
from contractcheck.openapi.exchanges.faults import Fault, Kind, faults
from contractcheck.openapi.mediatypes import decodes, normal

if TYPE_CHECKING:
    from openapi_core.protocols import Request as CoreRequest


class Answer(StrEnum):
    """What is said of a request or a response under one contract."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNDECIDED = "undecided"


class Ruling(Struct, frozen=True):
    """The answer; faults if it is refused, the reason if it is undecided."""

    answer: Answer
    faults: tuple[Fault, ...] = ()
    why: str = ""


ACCEPTED: Final = Ruling(Answer.ACCEPTED)
NO_OPERATION: Final = Ruling(Answer.REFUSED, (Fault(Kind.OPERATION),))

_NEUTRAL = "http://localhost"
_FAULTS = 40
_KNOWN = 2_000  # answers kept for each operation
_PLAIN = frozenset({"string", "integer", "number", "boolean", "null", "array"})  # objects have members in a query
_MEANING = ("version", "method", "direction", "content", "names", "listed")


def missing() -> None:
    """Raise UsageError if openapi-core is not installed."""
    from importlib.util import find_spec

    if find_spec("openapi_core") is None:
        raise UsageError(
            "exchanges are judged by openapi-core, which is not installed",
            next_step="pip install 'contractcheck[exchanges]'",
        )


class Judge:
    """Judges exchanges with one operation. Made once for many of them: setting up costs some milliseconds.

    `excerpts` are the operation as read for requests and for responses.
    """

    def __init__(self, requests: Excerpt, responses: Excerpt) -> None:
        self.excerpts = requests, responses
        self._validators: list[Any] = [None, None]
        self._readers: list[Any] = [None, None]
        self._known: dict[object, Ruling] = {}
        said = requests.content["paths"][PATH][requests.method]
        headers = {each["name"].lower() for each in said["parameters"] if each["in"] == "header"}
        headers |= {
            each["name"].lower() for each in requests.content["components"]["securitySchemes"].values() if "in" in each
        }
        queried = [each for each in said["parameters"] if each["in"] in {"query", "querystring"}]
        plain = all(_kinds(each.get("schema")) and _kinds(each.get("schema")) <= _PLAIN for each in queried)
        secret = {each.get("name") for each in requests.content["components"]["securitySchemes"].values()}
        self._asked = frozenset({each["name"] for each in queried} | secret) if plain else None
        answers = responses.content["paths"][PATH][responses.method]["responses"].values()
        self._heard = (
            frozenset({"content-type", "authorization", "cookie", *headers}),
            frozenset({"content-type", *(name.lower() for answer in answers for name in answer.get("headers", {}))}),
        )

    def alike(self, other: "Judge") -> tuple[bool, bool]:
        """Whether both read every request the same way, and every response: their contracts say the same of those."""
        requests, responses = (
            all(getattr(mine, word) == getattr(theirs, word) for word in _MEANING)
            for mine, theirs in zip(self.excerpts, other.excerpts, strict=True)
        )
        return requests, responses

    def request(self, request: Request, path: Mapping[str, str]) -> Ruling:
        """Whether the contract accepts a request; `path` holds the values of the path's parameters, decoded."""
        heard = tuple(each for each in request.headers if each[0].lower() in self._heard[0])
        query = request.url.partition("?")[2]
        if self._asked is not None:  # what the contract does not declare says nothing
            query = "&".join(each for each in query.split("&") if unquote_plus(each.partition("=")[0]) in self._asked)
        key = (tuple(path.items()), query, heard, _digest(request.body))
        return self._once(key, lambda: self._request(request, path))

    def _once(self, key: object, ask: Callable[[], Ruling]) -> Ruling:
        """The answer to a question that may have been asked before: polling fills recordings."""
        known = self._known.get(key)
        if known is None:
            known = ask()
            if len(self._known) < _KNOWN:
                self._known[key] = known
        return known

    def _request(self, request: Request, path: Mapping[str, str]) -> Ruling:
        asked = _request(request, path, self.excerpts[0].method)
        body = self._body(0, ("requestBody",), request.headers)
        ruling = self._rule(0, lambda validator: validator.iter_errors(asked), body, request.headers)
        said = self.excerpts[0].content["paths"][PATH][self.excerpts[0].method]["parameters"]
        empty = {f"{each['in']} {each['name']}" for each in said if each.get("allowEmptyValue")}
        if any(fault.name in empty and asked.parameters.query.get(fault.name[6:]) == "" for fault in ruling.faults):
            return Ruling(Answer.UNDECIDED, why="openapi-core does not read empty values of every type")
        return ruling

    def response(self, exchange: Exchange) -> Ruling:
        """Whether the contract promises a response."""
        response = exchange.response
        if response is None:
            return Ruling(Answer.UNDECIDED, why="no response was recorded")
        heard = tuple(each for each in response.headers if each[0].lower() in self._heard[1])
        bodiless = exchange.request.method.upper() == "HEAD"
        key = (response.status, heard, _digest(response.body), bodiless)
        return self._once(key, lambda: self._response(exchange.request, response, bodiless=bodiless))

    def _response(self, request: Request, response: Response, *, bodiless: bool) -> Ruling:
        asked = _request(request, {}, self.excerpts[1].method)
        bodiless = bodiless or response.status in {204, 304} or response.status < 200
        known = self.excerpts[1].content["paths"][PATH][self.excerpts[1].method]["responses"]
        several = (str(response.status), f"{response.status // 100}XX")
        status = next((each for each in several if each in known), "default")
        body = self._body(1, ("responses", status), response.headers)
        answer, headers = _Response(response), response.headers
        return self._rule(1, lambda validator: validator.iter_errors(asked, answer), body, headers, bodiless=bodiless)

    def _rule(
        self,
        side: int,
        errors: Any,  # noqa: ANN401
        body: str,
        headers: Headers,
        *,
        bodiless: bool = False,
    ) -> Ruling:
        from contractcheck.openapi.exchanges.guards import Readers, UnsureError, failures, start

        excerpt = self.excerpts[side]
        if excerpt.doubts:
            return Ruling(Answer.UNDECIDED, why="; ".join(excerpt.doubts))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about deprecated parameters
                start()
                if self._validators[side] is None:
                    self._readers[side] = Readers(excerpt.content)
                    self._validators[side] = _validator(excerpt, self._readers[side], requests=side == 0)
                self._readers[side].schema = body
                self._readers[side].listed = body.removesuffix("/schema") in excerpt.listed
                found = [error for error in errors(self._validators[side]) if isinstance(error, Exception)]
                told = [fault for error in found for fault in list(faults(error, excerpt, body)) or [Fault(Kind.OTHER)]]
        except UnsureError as error:
            return Ruling(Answer.UNDECIDED, why=str(error))
        except failures() as error:
            return Ruling(Answer.UNDECIDED, why=f"openapi-core fails: {type(error).__name__}")
        if bodiless:  # openapi-core asks for the body that such a response never has
            told = [fault for fault in told if fault.kind not in {Kind.BODY_MISSING, Kind.MEDIA_TYPE}]
        sent, known = header(headers, "Content-Type"), excerpt.names.get(body.removesuffix("/schema"))
        if sent is not None and known is not None and not any(decodes(each, normal(sent)) for each in known):
            told.append(Fault(Kind.MEDIA_TYPE, "charset"))
        if not told:
            return ACCEPTED
        return Ruling(Answer.REFUSED, tuple(sorted(set(told)))[:_FAULTS])

    def _body(self, side: int, holder: tuple[str, ...], headers: Headers) -> str:
        """The pointer of the schema of a body of that media type, in the excerpt of a side."""
        excerpt = self.excerpts[side]
        place, said = ["paths", PATH, excerpt.method, *holder, "content"], excerpt.content
        for token in place:
            said = said.get(token, {})
        kind = media_type(said, header(headers, "Content-Type") or "")
        return "".join(f"/{escape(token)}" for token in (*place, kind or "", "schema"))


def _validator(excerpt: Excerpt, readers: Any, *, requests: bool) -> Any:  # noqa: ANN401 - one of six classes of openapi-core
    from jsonschema_path import SchemaPath
    from openapi_core import (
        V30RequestValidator,
        V30ResponseValidator,
        V31RequestValidator,
        V31ResponseValidator,
        V32RequestValidator,
        V32ResponseValidator,
    )

    from contractcheck.openapi.exchanges.guards import schemas

    kinds = {
        "3.0": (V30RequestValidator, V30ResponseValidator),
        "3.1": (V31RequestValidator, V31ResponseValidator),
        "3.2": (V32RequestValidator, V32ResponseValidator),
    }[excerpt.version]
    return kinds[0 if requests else 1](
        SchemaPath.from_dict(excerpt.content, handlers={}),
        schema_validators_factory=schemas(excerpt.version, requests=excerpt.direction is Direction.REQUEST),
        extra_media_type_deserializers=readers,
    )


class _Response:
    """A response in the words of openapi-core."""

    def __init__(self, response: Response) -> None:
        from werkzeug.datastructures import Headers as Many

        self.status_code = response.status
        self.headers = Many(_clean(response.headers))
        self.content_type = header(response.headers, "Content-Type") or ""
        self.data = response.body


class _Request:
    """A request in the words of openapi-core: `path_pattern` says which operation, so that it need not look."""

    host_url = _NEUTRAL
    path = PATH
    path_pattern = PATH

    def __init__(self, request: Request, path: Mapping[str, str], method: str) -> None:
        from openapi_core.datatypes import RequestParameters
        from werkzeug.datastructures import Headers as Many
        from werkzeug.datastructures import ImmutableMultiDict

        query = parse_qsl(urlsplit(request.url).query, keep_blank_values=True, max_num_fields=2_000)
        cookies = [pair.strip().partition("=")[::2] for pair in (header(request.headers, "Cookie") or "").split(";")]
        self.parameters = RequestParameters(
            path=_styled(path),
            query=ImmutableMultiDict(query),
            header=Many(_clean(request.headers)),
            cookie=ImmutableMultiDict([pair for pair in cookies if pair[0]]),
        )
        self.method = method
        self.content_type = header(request.headers, "Content-Type") or ""
        self.body = request.body or None


def _request(request: Request, path: Mapping[str, str], method: str) -> "CoreRequest":
    return _Request(request, path, method)


def _kinds(schema: Any) -> set[str]:  # noqa: ANN401
    """The types that a schema names; none where it names none."""
    said = schema.get("type", []) if isinstance(schema, dict) else []
    return {str(each) for each in (said if isinstance(said, list) else [said])}


def _digest(body: bytes | None) -> bytes | None:
    """What tells bodies apart, in few bytes: recordings are larger than memory."""
    return body if body is None or len(body) <= 64 else hashlib.sha256(body).digest()


def _clean(headers: Headers) -> list[tuple[str, str]]:
    return [(name, value.replace("\r", " ").replace("\n", " ")) for name, value in headers]


def _styled(path: Mapping[str, str]) -> dict[str, str]:
    """Values of the path under every key by which openapi-core looks for them (`.name` for the style `label`, ...)."""
    return {
        key: value for name, value in path.items() for key in (name, f".{name}", f".{name}*", f";{name}", f";{name}*")
    }
