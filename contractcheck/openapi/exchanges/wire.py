"""Values written the way they travel: parameters by their style, bodies by their media type."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote, urlencode

from contractcheck.openapi.changes import text
from contractcheck.openapi.document import Node

_STYLES: Final = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}
_SAFE: Final = "-._~"
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


def body(value: Any, kind: str) -> tuple[str, bytes]:  # noqa: ANN401
    """The media type as sent, and the body. Raises UnwritableError for media types that are not written here."""
    essence = kind.partition(";")[0].strip().lower()
    if essence in {"application/json", "*/*", "application/*"} or essence.endswith("+json"):
        return (kind if "*" not in essence else "application/json"), dumps(value).encode()
    if essence == "application/x-www-form-urlencoded" and isinstance(value, Mapping):
        pairs = []
        for name, member in value.items():
            pairs += [(name, scalar(item)) for item in (member if isinstance(member, list) else [member])]
        return kind, urlencode(pairs).encode()
    if essence == "multipart/form-data" and isinstance(value, Mapping):
        return f"{essence}; boundary=sample", _multipart(value)
    if essence.startswith("text/") or (isinstance(value, str) and "*" not in essence):
        return (kind if "*" not in essence else "text/plain"), scalar(value).encode()
    raise UnwritableError(f"bodies of {kind} are not made")


def _multipart(value: Mapping[str, Any]) -> bytes:
    parts = []
    for name, member in value.items():
        if any(mark in name for mark in '"\r\n'):
            raise UnwritableError("the name of a part")
        for item in member if isinstance(member, list) else [member]:
            said = dumps(item) if isinstance(item, Mapping | list) else scalar(item)
            parts.append(f'--sample\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{said}\r\n')
    return ("".join(parts) + "--sample--\r\n").encode()


def dumps(value: Any) -> str:  # noqa: ANN401
    """JSON text; a Decimal as the number it is."""
    return json.dumps(value, ensure_ascii=False, default=_number)


def _number(value: object) -> int | float:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise UnwritableError(type(value).__name__)
