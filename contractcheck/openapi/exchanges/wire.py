"""Values written the way they travel: parameters by their style, bodies by their media type."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote, urlencode

from contractcheck.openapi.changes import text
from contractcheck.openapi.document import Node

_STYLES: Final = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}
_SAFE: Final = "-._~"
_LISTS: Final = ("style", "explode", "allowReserved")
_DELIMITERS: Final = {"spaceDelimited": "%20", "pipeDelimited": "|"}


class UnwritableError(Exception):
    """The value cannot be written in that way."""


def parameter(node: Node, name: str, place: str, value: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - plain JSON
    """A parameter as pairs of name and text, percent-encoded for `path` and `query` (OpenAPI 3.1 §4.8.12, styles).

    The text of a path parameter holds its prefix (`.`, `;name=`). Raises UnwritableError.
    """
    plain = place in {"header", "cookie"}
    if node.get("content") is not None:
        return [(name, dumps(value) if plain else quote(dumps(value), safe=_SAFE))]
    style, explode = styled(node, place)
    items = value if isinstance(value, list) else None
    members = value if isinstance(value, Mapping) else None

    def write(one: Any) -> str:  # noqa: ANN401
        said = scalar(one)
        return said if plain else quote(said, safe=_SAFE)

    match style:
        case "form" | "spaceDelimited" | "pipeDelimited":
            if items is not None and explode:
                return [(name, write(item)) for item in items]
            if members is not None and explode:
                return [(key, write(member)) for key, member in members.items()]
            between = _DELIMITERS.get(style, ",")
            return [(name, between.join(_flat(value, write)))]
        case "deepObject" if members is not None:
            return [(f"{name}[{key}]", write(member)) for key, member in members.items()]
        case "simple":
            if members is not None and explode:
                return [(name, ",".join(f"{write(key)}={write(member)}" for key, member in members.items()))]
            return [(name, ",".join(_flat(value, write)))]
        case "label":
            between = "." if explode else ","
            if members is not None and explode:
                return [(name, "." + ".".join(f"{write(k)}={write(m)}" for k, m in members.items()))]
            return [(name, "." + between.join(_flat(value, write)))]
        case "matrix":
            if items is not None and explode:
                return [(name, "".join(f";{name}={write(item)}" for item in items))]
            if members is not None and explode:
                return [(name, "".join(f";{write(k)}={write(m)}" for k, m in members.items()))]
            return [(name, f";{name}=" + ",".join(_flat(value, write)))]
        case _:
            raise UnwritableError(f"style {style}")


def styled(node: Node, place: str) -> tuple[str, bool]:
    """Style and explode, by the defaults of the Parameter Object."""
    style = text(node.get("style")) or _STYLES.get(place, "simple")
    explode = node.get("explode")
    return style, explode.value is True if explode is not None else style == "form"


def _flat(value: Any, write: Any) -> list[str]:  # noqa: ANN401
    if isinstance(value, list):
        return [write(item) for item in value]
    if isinstance(value, Mapping):
        return [part for key, member in value.items() for part in (write(key), write(member))]
    return [write(value)]


def scalar(value: Any) -> str:  # noqa: ANN401
    """The text of a value that is no list and no object. Raises UnwritableError for those."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return str(value)
    if value is None:
        return ""
    raise UnwritableError("nested too deeply for a text")


def body(value: Any, kind: str, encoding: Mapping[str, Node] | None = None) -> tuple[str, bytes]:  # noqa: ANN401
    """The media type as sent, and the body; `encoding` says of the parts of forms how they are written.

    Raises UnwritableError for media types that are not written here.
    """
    essence = kind.partition(";")[0].strip().lower()
    encoding = encoding or {}
    if essence in {"*/*", "application/*"} or is_json(essence):
        return (kind if "*" not in essence else "application/json"), dumps(value).encode()
    if essence == "application/x-www-form-urlencoded" and isinstance(value, Mapping):
        return kind, "&".join(_pairs(value, encoding)).encode()
    if essence.startswith("multipart/") and isinstance(value, Mapping):
        return f"{essence}; boundary=sample", _multipart(value, encoding)
    if essence.startswith("text/") or (isinstance(value, str) and "*" not in essence):
        return (kind if "*" not in essence else "text/plain"), scalar(value).encode()
    raise UnwritableError(f"bodies of {kind} are not made")


def is_json(essence: str) -> bool:
    """Whether a media type is JSON: its suffix (RFC 6839), or a word of its name, as in `application/json+sarif`."""
    return "json" in re.split("[/+.]", essence)


def sequence(items: Any, kind: str) -> tuple[str, bytes]:  # noqa: ANN401
    """Several values one after the other (OpenAPI 3.2 §4.14.3, sequential media types). Raises UnwritableError."""
    essence = kind.partition(";")[0].strip().lower()
    match essence:
        case "application/jsonl" | "application/x-ndjson":
            return kind, "".join(f"{dumps(item)}\n" for item in items).encode()
        case "application/json-seq" | "application/geo+json-seq":
            return kind, "".join(f"\x1e{dumps(item)}\n" for item in items).encode()
        case "text/event-stream":
            return kind, "".join(_event(item) for item in items).encode()
        case _:
            raise UnwritableError(f"sequences in {kind} are not made")


def _event(item: Any) -> str:  # noqa: ANN401
    """One event (HTML Living Standard §9.2.6)."""
    if not isinstance(item, Mapping) or any("\n" in scalar(item[name]) for name in item if name != "data"):
        raise UnwritableError("an event is an object of texts")
    lines = [f"{name}: {line}" for name, said in item.items() for line in scalar(said).split("\n")]
    return "".join(f"{line}\n" for line in lines) + "\n"


def _pairs(value: Mapping[str, Any], encoding: Mapping[str, Node]) -> list[str]:
    """The members of a form in the query's way of writing; styles are those of parameters in the query."""
    pairs = []
    for name, member in value.items():
        node = encoding.get(name)
        styled_ = node is not None and any(node.get(word) is not None for word in _LISTS)
        if node is not None and styled_:
            pairs += [f"{quote(key, safe='[]')}={said}" for key, said in parameter(node, name, "query", member)]
        else:
            pairs += [urlencode([(name, scalar(item))]) for item in (member if isinstance(member, list) else [member])]
    return pairs


def _multipart(value: Mapping[str, Any], encoding: Mapping[str, Node]) -> bytes:
    parts = []
    for name, member in value.items():
        if any(mark in name for mark in '"\r\n'):
            raise UnwritableError("the name of a part")
        node = encoding.get(name)
        kind = (text(node.get("contentType")) if node is not None else None) or ""
        kind = kind.split(",")[0].strip()
        head = f"\r\nContent-Type: {kind}" if kind and "*" not in kind and kind.isprintable() else ""
        if "xml" in kind:
            raise UnwritableError("XML in a part of a form is not made")
        for item in member if isinstance(member, list) else [member]:
            said = dumps(item) if isinstance(item, Mapping | list) or kind.endswith("json") else scalar(item)
            parts.append(f'--sample\r\nContent-Disposition: form-data; name="{name}"{head}\r\n\r\n{said}\r\n')
    return ("".join(parts) + "--sample--\r\n").encode()


def dumps(value: Any) -> str:  # noqa: ANN401
    """JSON text; a Decimal as the number it is."""
    return json.dumps(value, ensure_ascii=False, default=_number)


def _number(value: object) -> int | float:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise UnwritableError(type(value).__name__)
