"""What a contract offers, operation by operation, as one document says it: no comparison."""

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from contractcheck.openapi.document import Document, Node

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_NAME = re.compile(r"\{[^{}]*\}")


class Offered(Struct, frozen=True):
    """An operation: its name for people (`GET /users/{id}`), its path and method, and where it stands.

    `items` are its path item and what that refers to by `$ref`, nearest first.
    """

    label: str
    path: str
    method: str
    node: Node
    items: tuple[Node, ...]

    @property
    def tags(self) -> tuple[str, ...]:
        """Its tags, as written."""
        tags = self.node.get("tags")
        return tuple(str(tag.value) for tag in tags.items()) if tags is not None else ()


def offered(document: Document) -> Iterator[Offered]:
    """The operations below `paths`, in the order of the text; then those of webhooks."""
    for holder, prefix in (("paths", ""), ("webhooks", "webhooks."), ("x-webhooks", "webhooks.")):
        at = document.root.get(holder)
        for path, use in members(at).items():
            items = tuple(_chain(document, use))
            for method in METHODS:
                node = next((found for item in items if (found := item.get(method)) is not None), None)
                if node is not None and isinstance(node.value, Mapping):
                    yield Offered(f"{method.upper()} {prefix}{path}", prefix + path, method, node, items)


def parameters(document: Document, operation: Offered) -> dict[tuple[str, str], Node]:
    """The parameters that apply to an operation, by place and name, headers in lower case; the operation's own win."""
    found: dict[tuple[str, str], Node] = {}
    for holder in (*reversed(operation.items), operation.node):
        at = holder.get("parameters")
        for use in at.items() if at is not None else ():
            node = document.follow(use)
            place, name = (text(node, "in"), text(node, "name")) if node is not None else (None, None)
            if node is not None and place is not None and name is not None:
                found[place, name.lower() if place == "header" else name] = node
    return found


def responses(document: Document, operation: Offered) -> dict[str, tuple[Node, Node]]:
    """The responses by status (`404`, `4XX`, `default`): where each is used, and what it is with `$ref` followed."""
    found = {}
    for status, use in members(operation.node.get("responses")).items():
        end = document.follow(use)
        if end is not None:
            found[status.upper() if status.lower() != "default" else "default"] = (use, end)
    return found


def members(node: Node | None) -> dict[str, Node]:
    """The members of an object by name, without extensions; empty for anything else."""
    return {name: member for name, member in node.members() if not name.startswith("x-")} if node is not None else {}


def text(node: Node | None, key: str) -> str | None:
    """The text of a member; None for anything else."""
    found = node.value.get(key) if node is not None and isinstance(node.value, Mapping) else None
    return found if isinstance(found, str) else None


def media_type(name: str) -> str:
    """The media type in lower case, its parameters without blanks and sorted (RFC 9110 §8.3.1)."""
    essence, *rest = (part.strip() for part in name.split(";"))
    return ";".join((essence.lower(), *sorted(re.sub(r"\s*=\s*", "=", part).lower() for part in rest if part)))


def erased(path: str) -> str:
    """The path without the names of its parameters: `/pet/{id}` and `/pet/{petId}` are one."""
    return _NAME.sub("{}", path)


def _chain(document: Document, use: Node) -> Iterator[Node]:
    node: Node | None = use
    seen: set[Node] = set()
    while node is not None and node not in seen:
        seen.add(node)
        yield node
        node = document.reference(node) if isinstance(node.value, Mapping) and "$ref" in node.value else None
