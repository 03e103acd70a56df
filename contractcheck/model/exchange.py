"""An HTTP exchange: what one side sends and the other answers; a witness, or one that was recorded."""

from msgspec import Struct

Headers = tuple[tuple[str, str], ...]


class Request(Struct, frozen=True):
    """A request: method in upper case, absolute or relative URL with its query, headers in order, and a body."""

    method: str
    url: str
    headers: Headers = ()
    body: bytes | None = None


class Response(Struct, frozen=True):
    """A response: status code, headers in order, and a body."""

    status: int
    headers: Headers = ()
    body: bytes | None = None


class Exchange(Struct, frozen=True):
    """A request, and the response where that is what breaks.

    `about` says what becomes of it, in a clause. `checked` is what openapi-core said under both contracts: empty if it
    was not asked, else `verified`, `disagreement: ...` or `undecided: ...`.
    """

    request: Request
    response: Response | None = None
    about: str = ""
    checked: str = ""


def header(headers: Headers, name: str) -> str | None:
    """The first header of that name, whatever its case (RFC 9110 §5.1); None if there is none."""
    wanted = name.lower()
    return next((value for known, value in headers if known.lower() == wanted), None)
