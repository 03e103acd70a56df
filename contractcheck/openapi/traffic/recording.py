"""Recorded exchanges of a file, one by one: HAR 1.2 or JSON lines, whatever the size of the whole."""

import binascii
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import IO, Any
from urllib.parse import urlencode

from msgspec import Struct

from contractcheck.errors import UnreadableError
from contractcheck.model.exchange import Exchange, Request, Response, header
from contractcheck.openapi.traffic.stream import Stream

HINT = "docs/traffic.md describes both formats"


class Recorded(Struct, frozen=True):
    """One exchange, the line it begins at, and whether the body of its response was recorded."""

    exchange: Exchange
    line: int
    answered_in_full: bool = True


def read(file: IO[bytes], name: str) -> Iterator[Recorded]:
    """Every exchange of a recording. Raises UnreadableError with the line where something cannot be read."""
    stream = Stream(file, name)
    for number, (line, entry) in enumerate(stream.entries(), start=1):
        try:
            yield _har(entry, line) if stream.is_har else _own(entry, line)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            what = f"entry {number} is no exchange: {_why(error)}"
            raise UnreadableError(what, where=f"{name}:{line}", next_step=HINT) from None


def _why(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"it has no {error}"
    return str(error) if isinstance(error, _Wrong) else "a member is not of the type it should be"


class _Wrong(ValueError):  # noqa: N818 - never leaves this module
    """What is wrong, in words."""


def _har(entry: Mapping[str, Any], line: int) -> Recorded:
    """An entry of HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/#entries)."""
    asked, answered = entry["request"], entry.get("response")
    headers = _headers(asked.get("headers", ()))
    posted = asked.get("postData")
    body = _posted(posted) if isinstance(posted, Mapping) else None
    kind = posted.get("mimeType") if isinstance(posted, Mapping) else None
    if body is not None and isinstance(kind, str) and kind and header(headers, "Content-Type") is None:
        headers = (*headers, ("Content-Type", kind))
    cookies = asked.get("cookies")
    if cookies and header(headers, "Cookie") is None:
        pairs = "; ".join(f"{_text(each['name'])}={_text(each['value'])}" for each in cookies)
        headers = (*headers, ("Cookie", pairs))
    request = Request(_method(asked["method"]), _text(asked["url"]), headers, body)
    if not isinstance(answered, Mapping) or not answered.get("status"):  # blocked or failed: browsers say 0
        return Recorded(Exchange(request), line)
    content = answered.get("content") or {}
    text = content.get("text")
    kind = content.get("mimeType")
    back = _headers(answered.get("headers", ()))
    if isinstance(kind, str) and kind and kind != "x-unknown" and header(back, "Content-Type") is None:
        back = (*back, ("Content-Type", kind))
    data = _decoded(text, content.get("encoding")) if text is not None else None
    full = text is not None or not content.get("size")
    return Recorded(Exchange(request, Response(_status(answered["status"]), back, data)), line, full)


def _posted(posted: Mapping[str, Any]) -> bytes | None:
    text, params = posted.get("text"), posted.get("params")
    if isinstance(text, str) and (text or not params):
        return _decoded(text, posted.get("encoding"))
    if params and str(posted.get("mimeType", "")).startswith("application/x-www-form-urlencoded"):
        return urlencode([(_text(each["name"]), _text(each.get("value", ""))) for each in params]).encode()
    return None


def _own(entry: Mapping[str, Any], line: int) -> Recorded:
    """A line of our own format: the JSON of `proof.exchange`."""
    asked, answered = entry["request"], entry.get("response")
    headers = _headers(asked.get("headers", ()))
    body, headers = _body(asked, headers)
    request = Request(_method(asked["method"]), _text(asked["url"]), headers, body)
    if answered is None:
        return Recorded(Exchange(request), line)
    back = _headers(answered.get("headers", ()))
    data, back = _body(answered, back)
    return Recorded(Exchange(request, Response(_status(answered["status"]), back, data)), line, "body" in answered)


def _body(message: Mapping[str, Any], headers: tuple[tuple[str, str], ...]) -> tuple[bytes | None, Any]:
    """The body: text, in base64 if `encoding` says so, or any other JSON value, which is JSON on the wire too."""
    import json

    body = message.get("body")
    if body is None:
        return None, headers
    if isinstance(body, str):
        return _decoded(body, message.get("encoding")), headers
    if header(headers, "Content-Type") is None:
        headers = (*headers, ("Content-Type", "application/json"))
    return json.dumps(body, ensure_ascii=False).encode(errors="surrogatepass"), headers


def _headers(given: Any) -> tuple[tuple[str, str], ...]:  # noqa: ANN401
    """Headers as HAR has them, as pairs, or as an object; those of HTTP/2 that begin with `:` are no headers."""
    if isinstance(given, Mapping):
        pairs = [
            (name, one) for name, value in given.items() for one in (value if isinstance(value, list) else [value])
        ]
    else:
        pairs = [(each["name"], each["value"]) if isinstance(each, Mapping) else (each[0], each[1]) for each in given]
    return tuple((_text(name), _text(value)) for name, value in pairs if not _text(name).startswith(":"))


def _text(value: Any) -> str:  # noqa: ANN401
    if not isinstance(value, str):
        raise _Wrong(f"{type(value).__name__} where a text should be")
    return value


def _method(value: Any) -> str:  # noqa: ANN401
    method = _text(value)
    if not method.isascii() or not method.replace("-", "").replace("_", "").isalnum() or len(method) > 40:
        raise _Wrong("its method is none")
    return method.upper()


def _status(value: Any) -> int:  # noqa: ANN401
    if not isinstance(value, int) or isinstance(value, bool) or not 100 <= value <= 599:
        raise _Wrong("its status is none")
    return value


def _decoded(text: Any, encoding: Any) -> bytes:  # noqa: ANN401
    if encoding == "base64":
        try:
            return b64decode(_text(text), validate=False)
        except binascii.Error:
            raise _Wrong("its body is not in base64") from None
    return _text(text).encode(errors="surrogatepass")
