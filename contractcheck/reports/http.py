"""Exchanges as people try them: a request as a `curl` command, a response as its head and body."""

import re
import shlex
from typing import Any

from contractcheck.model.exchange import Exchange, Request, Response
from contractcheck.reports.escaping import printable

_BODY = 2_000  # characters of a body that are shown; the JSON report has all


def curl(request: Request) -> str:
    """One `curl` command for a POSIX shell, safe to paste: everything untrusted is quoted."""
    parts = ["curl"]
    if request.method != ("GET" if request.body is None else "POST"):
        parts += ["-X", quoted(request.method)]
    parts.append(quoted(request.url))
    for name, value in request.headers:
        parts += ["-H", quoted(f"{name}: {value}")]
    if request.body is not None:
        parts += ["--data-binary", quoted(_text(request.body))]
    return " ".join(parts)


def quoted(text: str) -> str:
    r"""One word of a POSIX shell; with control or invisible characters in it as `$'...'` of ksh and bash."""
    if printable(text) == text:
        return shlex.quote(text)
    shown = printable(text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r"))
    return f"$'{shown}'"


def shown(exchange: Exchange) -> list[str]:
    """The exchange as lines: a command, or what was asked for and the response."""
    if exchange.response is None:
        return [curl(exchange.request)]
    return [f"{exchange.request.method} {printable(exchange.request.url)}", *response_lines(exchange.response)]


def response_lines(response: Response) -> list[str]:
    """Status, headers, an empty line and the body, every line printable."""
    head = [f"HTTP {response.status}", *(printable(f"{name}: {value}") for name, value in response.headers)]
    if response.body is None:
        return head
    return [*head, "", *(printable(line) for line in _text(response.body).splitlines())]


def document(exchange: Exchange) -> dict[str, Any]:
    """The exchange as plain JSON; bodies are text, in base64 where they are none."""
    request, response = exchange.request, exchange.response
    return {
        "request": {
            "method": request.method,
            "url": request.url,
            "headers": [list(pair) for pair in request.headers],
            **_body(request.body),
        },
        "response": None
        if response is None
        else {
            "status": response.status,
            "headers": [list(pair) for pair in response.headers],
            **_body(response.body),
        },
        "about": exchange.about,
        "curl": curl(request),
        "checked": exchange.checked or None,
    }


def _body(body: bytes | None) -> dict[str, str | None]:
    if body is None:
        return {"body": None, "encoding": None}
    try:
        return {"body": body.decode(), "encoding": None}
    except UnicodeDecodeError:
        from base64 import b64encode

        return {"body": b64encode(body).decode(), "encoding": "base64"}


def _text(body: bytes) -> str:
    text = body.decode(errors="replace")
    return text if len(text) <= _BODY else text[:_BODY] + "…"


def one_line(exchange: Exchange) -> str:
    """The exchange in one line."""
    return re.sub(r"\s*\n\s*", " ", " | ".join(line for line in shown(exchange) if line))
