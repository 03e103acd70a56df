"""What refuses an exchange: the errors of openapi-core as kind, keyword, path and place in the contract."""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import pairwise
from typing import Any
from urllib.parse import unquote

from msgspec import Struct

from contractcheck.model.place import escape, split
from contractcheck.openapi.exchanges.excerpt import PATH, Excerpt

_MEDIA_TYPE = re.compile(r"[a-z]{1,20}/[A-Za-z0-9.+-]{1,60}")


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


class Fault(Struct, frozen=True, order=True):
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


def faults(error: Exception, excerpt: Excerpt, body: str) -> Iterator[Fault]:
    """What an error of openapi-core means, and where it stands; `body` is the pointer of the body's schema."""
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
                yield from _detailed(Kind.BODY, "", causes, excerpt, "", body)
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
    kind: Kind, name: str, causes: Iterable[BaseException], excerpt: Excerpt, place: str, schema: str
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
    todo = list(broken.schema_errors)
    while todo:
        error: Any = todo.pop()
        todo.extend(error.context or ())
        tokens = tuple(error.absolute_schema_path)
        where = "$" + "".join(_step(token, tokens) for token in error.absolute_path)
        if error.validator == "required":
            where += _missing(error)
        end = _lead(excerpt.content, schema, tokens)
        yield Fault(kind, name, str(error.validator), where, (excerpt.origin(end) if end else None) or ("", ""))


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
