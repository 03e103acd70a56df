"""Versions of a contract besides `info.version`: in its paths and servers, a header, its media types."""

import re
from collections.abc import Iterator

from contractcheck.openapi.document import Document, Node
from contractcheck.openapi.surface import members, offered, parameters, responses, text

# A whole segment of a path: v1, v2.1, v1beta1, or a day.
_SEGMENT = re.compile(r"(?:^|/)(v\d+(?:\.\d+)*(?:(?:alpha|beta|rc)\d*)?|\d{4}-\d{2}-\d{2})(?=/|$|\?)", re.IGNORECASE)
# application/vnd.acme.v2+json, application/vnd.acme-v2+json, application/json;version=2
_MEDIA = re.compile(r"[.-](v\d+(?:\.\d+)*)(?=[+;.-]|$)|;\s*v(?:ersion)?=\"?([^\s;\"]+)", re.IGNORECASE)


def of_path(path: str) -> str | None:
    """The version in a path or an address: `/v1/users` is `v1`; None if it has none."""
    found = _SEGMENT.search(path)
    return found[1] if found else None


def of_media_type(name: str) -> str | None:
    """The version in a media type; None if it has none."""
    found = _MEDIA.search(name)
    return (found[1] or found[2]) if found else None


def in_paths(document: Document) -> tuple[str, ...]:
    """The versions of the paths, and of the servers where paths have none, in the order of the text."""
    found = [of_path(path) for path in members(document.root.get("paths"))]
    if not any(found):
        servers = document.root.get("servers")
        found = [of_path(text(each, "url") or "") for each in servers.items()] if servers is not None else []
        found.append(of_path(text(document.root, "basePath") or ""))
    return tuple(dict.fromkeys(version for version in found if version))


def in_header(document: Document, name: str) -> tuple[str, ...]:
    """The values that a request header of that name may have: its `enum`, `const`, `default` or `example`."""
    found: dict[str, None] = {}
    for operation in offered(document):
        parameter = parameters(document, operation).get(("header", name.lower()))
        if parameter is not None:
            found |= dict.fromkeys(_values(document, parameter))
    return tuple(found)


def in_media_types(document: Document) -> tuple[str, ...]:
    """The versions of the media types of requests and responses."""
    found = in_media_types_by_operation(document)
    return tuple(dict.fromkeys(version for versions in found.values() for version in versions))


def in_media_types_by_operation(document: Document) -> dict[str, tuple[str, ...]]:
    """The versions of the media types of each operation that has any, by its name for people."""
    found: dict[str, tuple[str, ...]] = {}
    for operation in offered(document):
        body = operation.node.get("requestBody")
        holders = [document.follow(body) if body is not None else None]
        holders += [response for _, response in responses(document, operation).values()]
        names = [name for holder in holders if holder is not None for name in members(holder.get("content"))]
        versions = (of_media_type(name) for name in (*names, *_of_swagger(document, operation.node)))
        told = tuple(dict.fromkeys(version for version in versions if version))
        if told:
            found[operation.label] = told
    return found


def _of_swagger(document: Document, operation: Node) -> Iterator[str]:
    """The media types of an operation in Swagger 2.0: its own lists, else those of the document."""
    for key in ("consumes", "produces"):
        listed = operation.get(key) or document.root.get(key)
        yield from (str(each.value) for each in listed.items()) if listed is not None else ()


def _values(document: Document, parameter: Node) -> Iterator[str]:
    schema = parameter.get("schema")
    schema = document.follow(schema) if schema is not None else None
    for holder in (schema, parameter):
        listed = holder.get("enum") if holder is not None else None
        if listed is not None:
            yield from (str(item.value) for item in listed.items())
            return
        for key in ("const", "default", "example"):
            value = holder.get(key) if holder is not None else None
            if value is not None:
                yield str(value.value)
                return
