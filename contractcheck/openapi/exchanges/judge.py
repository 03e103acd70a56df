"""What openapi-core says of an exchange under one contract, and which words of the contract it refuses it by.

openapi-core is a second opinion, with an optional install (`contractcheck[exchanges]`). It runs in this process, on an
excerpt of the contract (see `excerpt`), with guards: patterns are decided by our automata, never by a backtracking
engine; following references is counted; XML is not read; what cannot be judged is `undecided`, with the reason.
"""

import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from contractcheck.errors import UsageError
from contractcheck.model.exchange import Exchange, Headers, Request, Response, header
from contractcheck.model.place import escape, split
from contractcheck.openapi.exchanges.excerpt import PATH, Excerpt

if TYPE_CHECKING:
    from openapi_core.protocols import Request as CoreRequest


class Answer(StrEnum):
    """What is said of a request or a response under one contract."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNDECIDED = "undecided"


class Kind(StrEnum):
    """What of an exchange is refused."""

    OPERATION = "no such operation"
    SECURITY = "credentials"
    PARAMETER_MISSING = "parameter missing"
    PARAMETER = "parameter"
    BODY_MISSING = "body missing"
    BODY = "body"
    MEDIA_TYPE = "media type"
    STATUS = "status"
    HEADER_MISSING = "header missing"
    HEADER = "header"
    OTHER = "other"


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One reason to refuse: what, its name (`query limit`), the keyword, the path in the value, and where it stands.

    No value of the exchange is in it: it may be a secret. `place` is the file and the pointer of the contract.
    """

    kind: Kind
    name: str = ""
    keyword: str = ""
    path: str = ""
    place: tuple[str, str] = ("", "")

    def __str__(self) -> str:
        """Return it in words: `body $.items[].id: type`."""
        said = f"{self.kind} {self.name}".strip()
        said = f"{said} {self.path}".strip() if self.path else said
        return f"{said}: {self.keyword}" if self.keyword else said


@dataclass(frozen=True, slots=True)
class Ruling:
    """The answer; faults if it is refused, the reason if it is undecided."""

    answer: Answer
    faults: tuple[Fault, ...] = ()
    why: str = ""


ACCEPTED: Final = Ruling(Answer.ACCEPTED)
NO_OPERATION: Final = Ruling(Answer.REFUSED, (Fault(Kind.OPERATION),))

_NEUTRAL = "http://localhost"
_FAULTS = 40
_KNOWN = 2_000  # answers kept for each operation
_MEDIA_TYPE = re.compile(r"[a-z]{1,20}/[A-Za-z0-9.+-]{1,60}")


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
        self._known: dict[object, Ruling] = {}
        said = requests.content["paths"][PATH][requests.method]
        headers = {each["name"].lower() for each in said["parameters"] if each["in"] == "header"}
        headers |= {
            each["name"].lower() for each in requests.content["components"]["securitySchemes"].values() if "in" in each
        }
        answers = responses.content["paths"][PATH][responses.method]["responses"].values()
        self._heard = (
            frozenset({"content-type", "authorization", "cookie", *headers}),
            frozenset({"content-type", *(name.lower() for answer in answers for name in answer.get("headers", {}))}),
        )

    def alike(self, other: "Judge") -> bool:
        """Whether both read every exchange the same way: their contracts say the same of the operation."""
        mine, theirs = (
            [(each.version, each.method, each.content) for each in judge.excerpts] for judge in (self, other)
        )
        return mine == theirs

    def request(self, request: Request, path: Mapping[str, str]) -> Ruling:
        """Whether the contract accepts a request; `path` holds the values of the path's parameters, decoded."""
        heard = tuple(each for each in request.headers if each[0].lower() in self._heard[0])
        query = request.url.partition("?")[2]
        return self._once((tuple(path.items()), query, heard, request.body), lambda: self._request(request, path))

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
        ruling = self._rule(0, lambda validator: validator.iter_errors(asked))
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
        key = (response.status, heard, response.body, bodiless)
        return self._once(key, lambda: self._response(exchange.request, response, bodiless=bodiless))

    def _response(self, request: Request, response: Response, *, bodiless: bool) -> Ruling:
        asked = _request(request, {}, self.excerpts[1].method)
        bodiless = bodiless or response.status in {204, 304} or response.status < 200
        return self._rule(1, lambda validator: validator.iter_errors(asked, _Response(response)), bodiless=bodiless)

    def _rule(self, side: int, errors: Any, *, bodiless: bool = False) -> Ruling:  # noqa: ANN401
        from openapi_core.exceptions import OpenAPIError

        from contractcheck.openapi.exchanges.guards import FAILURES, UnsureError, start

        excerpt = self.excerpts[side]
        if excerpt.doubts:
            return Ruling(Answer.UNDECIDED, why="; ".join(excerpt.doubts))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about deprecated parameters
                start()
                if self._validators[side] is None:
                    self._validators[side] = _validator(excerpt, requests=side == 0)
                found = [error for error in errors(self._validators[side]) if isinstance(error, Exception)]
                faults = [
                    fault
                    for error in found
                    for fault in list(_faults(error, excerpt, requests=side == 0)) or [Fault(Kind.OTHER)]
                ]
        except UnsureError as error:
            return Ruling(Answer.UNDECIDED, why=str(error))
        except (OpenAPIError, *FAILURES) as error:
            return Ruling(Answer.UNDECIDED, why=f"openapi-core fails: {type(error).__name__}")
        if bodiless:  # openapi-core asks for the body that such a response never has
            faults = [fault for fault in faults if fault.kind not in {Kind.BODY_MISSING, Kind.MEDIA_TYPE}]
        if not faults:
            return ACCEPTED
        return Ruling(Answer.REFUSED, tuple(sorted(set(faults)))[:_FAULTS])


def _validator(excerpt: Excerpt, *, requests: bool) -> Any:  # noqa: ANN401 - one of six classes of openapi-core
    from jsonschema_path import SchemaPath
    from openapi_core import (
        V30RequestValidator,
        V30ResponseValidator,
        V31RequestValidator,
        V31ResponseValidator,
        V32RequestValidator,
        V32ResponseValidator,
    )

    from contractcheck.openapi.exchanges.guards import READERS, schemas

    kinds = {
        "3.0": (V30RequestValidator, V30ResponseValidator),
        "3.1": (V31RequestValidator, V31ResponseValidator),
        "3.2": (V32RequestValidator, V32ResponseValidator),
    }[excerpt.version]
    return kinds[0 if requests else 1](
        SchemaPath.from_dict(excerpt.content, handlers={}),
        schema_validators_factory=schemas(excerpt.version, requests=requests),
        extra_media_type_deserializers=READERS,
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


def _clean(headers: Headers) -> list[tuple[str, str]]:
    return [(name, value.replace("\r", " ").replace("\n", " ")) for name, value in headers]


def _styled(path: Mapping[str, str]) -> dict[str, str]:
    """Values of the path under every key by which openapi-core looks for them (`.name` for the style `label`, ...)."""
    return {
        key: value for name, value in path.items() for key in (name, f".{name}", f".{name}*", f";{name}", f";{name}*")
    }


def _faults(error: Exception, excerpt: Excerpt, *, requests: bool) -> Iterator[Fault]:
    """What an error of openapi-core means, and where it stands."""
    from openapi_core.templating.media_types.exceptions import MediaTypeNotFound
    from openapi_core.templating.responses.exceptions import ResponseNotFound
    from openapi_core.validation.request.exceptions import (
        MissingRequiredParameter,
        MissingRequiredRequestBody,
        ParameterValidationError,
        RequestBodyValidationError,
        SecurityValidationError,
    )
    from openapi_core.validation.response.exceptions import (
        DataValidationError,
        HeaderValidationError,
        MissingData,
        MissingRequiredHeader,
    )

    at = f"/paths/{escape(PATH)}/{excerpt.method}"
    causes = list(_causes(error))
    match error:
        case SecurityValidationError():
            yield Fault(Kind.SECURITY)
        case ResponseNotFound():
            yield Fault(Kind.STATUS, str(error.http_status))
        case MissingRequiredParameter() | ParameterValidationError():
            said = excerpt.content["paths"][PATH][excerpt.method]["parameters"]
            index = next((n for n, p in enumerate(said) if (p["name"], p["in"]) == (error.name, error.location)), None)
            kind = Kind.PARAMETER_MISSING if isinstance(error, MissingRequiredParameter) else Kind.PARAMETER
            place = f"{at}/parameters/{index}"
            yield from _detailed(kind, f"{error.location} {error.name}", causes, excerpt, place, f"{place}/schema")
        case MissingRequiredRequestBody() | MissingData():
            yield Fault(Kind.BODY_MISSING)
        case MissingRequiredHeader():
            yield Fault(Kind.HEADER_MISSING, error.name, place=_header_place(excerpt, at, error.name))
        case HeaderValidationError():
            name = str(getattr(error, "name", ""))
            yield Fault(Kind.HEADER, name, place=_header_place(excerpt, at, name))
        case RequestBodyValidationError() | DataValidationError():
            wrong = next((cause for cause in causes if isinstance(cause, MediaTypeNotFound)), None)
            if wrong is not None:
                named = str(wrong.mimetype).partition(";")[0].strip()
                yield Fault(Kind.MEDIA_TYPE, named if _MEDIA_TYPE.fullmatch(named) else "")
            else:
                yield from _detailed(Kind.BODY, "", causes, excerpt, "", "", requests=requests)
        case _:
            yield Fault(Kind.OTHER, type(error).__name__)


def _header_place(excerpt: Excerpt, at: str, name: str) -> tuple[str, str]:
    for status, response in excerpt.content["paths"][PATH][excerpt.method]["responses"].items():
        if name in response.get("headers", {}):
            return excerpt.origin(f"{at}/responses/{status}/headers/{escape(name)}") or ("", "")
    return "", ""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    hops = 0
    while error is not None and hops < 10:
        yield error
        error, hops = error.__cause__, hops + 1


def _detailed(
    kind: Kind,
    name: str,
    causes: Iterable[BaseException],
    excerpt: Excerpt,
    place: str,
    schema: str,
    *,
    requests: bool = True,
) -> Iterator[Fault]:
    """The errors of schemas behind an error, one by one."""
    from openapi_core.validation.schemas.exceptions import InvalidSchemaValue

    broken = next((cause for cause in causes if isinstance(cause, InvalidSchemaValue)), None)
    if broken is None:
        keyword = (
            "" if kind is Kind.PARAMETER_MISSING else "cannot be read" if kind is Kind.BODY else "not as its style says"
        )
        yield Fault(kind, name, keyword, place=excerpt.origin(place) or ("", "") if place else ("", ""))
        return
    starts = [schema] if schema else _bodies(excerpt, requests=requests)
    todo = list(broken.schema_errors)
    while todo:
        error: Any = todo.pop()
        todo.extend(error.context or ())
        tokens = tuple(error.absolute_schema_path)
        where = "$" + "".join(_step(token, tokens) for token in error.absolute_path)
        if error.validator == "required":
            where += _missing(error)
        ends = [end for start in starts if (end := _lead(excerpt.content, start, tokens)) is not None]
        for end in ends or [""]:
            yield Fault(kind, name, str(error.validator), where, (excerpt.origin(end) if end else None) or ("", ""))


def _bodies(excerpt: Excerpt, *, requests: bool) -> list[str]:
    """The schemas of all bodies of one direction: the error does not say which, its path does."""
    at = f"/paths/{escape(PATH)}/{excerpt.method}"
    said = excerpt.content["paths"][PATH][excerpt.method]
    if requests:
        return [
            f"{at}/requestBody/content/{escape(key)}/schema" for key in said.get("requestBody", {}).get("content", {})
        ]
    return [
        f"{at}/responses/{status}/content/{escape(key)}/schema"
        for status, response in said["responses"].items()
        for key in response.get("content", {})
    ]


def _lead(content: Any, start: str, tokens: tuple[str | int, ...]) -> str | None:  # noqa: ANN401
    """Where a path of keywords leads to; jsonschema leaves references out of it. None if there is nothing."""
    pointer, value = start, _at(content, start)
    for token in tokens:
        hops = 0
        while isinstance(value, dict) and token not in value and isinstance(value.get("$ref"), str) and hops < 100:
            pointer = unquote(value["$ref"][1:])
            value, hops = _at(content, pointer), hops + 1
        below = _at(value, f"/{escape(str(token))}")
        if below is None:
            return None
        pointer, value = f"{pointer}/{escape(str(token))}", below
    return pointer


def _at(content: Any, pointer: str) -> Any:  # noqa: ANN401
    for token in split(pointer):
        if isinstance(content, dict):
            content = content.get(token)
        elif isinstance(content, list) and token.isdecimal() and int(token) < len(content):
            content = content[int(token)]
        else:
            return None
    return content


def _step(token: str | int, keywords: tuple[str | int, ...]) -> str:
    """A step in a value. Names that the contract does not declare may be a secret."""
    if isinstance(token, int):
        return "[]"
    declared = any(before == "properties" and after == token for before, after in pairwise(keywords))
    return f".{token}" if declared else ".*"


def _missing(error: Any) -> str:  # noqa: ANN401
    """The step to the member that is required and not there: of those the schema names, the first that is missing."""
    names = error.validator_value if isinstance(error.validator_value, list) else []
    told = str(error.message)
    return next((f".{name}" for name in names if told.startswith(repr(name))), "")
