"""Servers: the addresses that stand in front of paths, with variables expanded, and what changed of them."""

import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Final

from contractcheck.model.finding import Affected
from contractcheck.openapi import swagger
from contractcheck.openapi.changes import Ground, named, text
from contractcheck.openapi.document import Dialect, Document, Node
from contractcheck.openapi.templates import erase, unversioned

RULES = ("server-added", "server-removed")
MOST: Final = 64
"""How many addresses one server with variables is written out as; past it variables stand for themselves."""
_VARIABLE = re.compile(r"\{([^{}]*)\}")
_ORIGIN = re.compile(r"^(?:[A-Za-z{][A-Za-z0-9+._{}-]*:)?//[^/?#]*")


def holder(document: Document, item: Mapping[str, Node], operation: Node) -> Node | None:
    """The `servers` that count for an operation: its own, those of its path, those of the document."""
    for servers in (operation.get("servers"), item.get("servers")):
        if servers is not None and servers.value:
            return servers
    return root(document)


def root(document: Document) -> Node | None:
    """The `servers` of the document."""
    if document.dialect is Dialect.SWAGGER_2_0:
        return swagger.servers(document)
    return document.root.get("servers")


def prefixes(servers: Node | None) -> frozenset[str]:
    """The paths of the addresses, without the slash at the end."""
    return frozenset(path(url) for url, _ in addresses(servers)) or frozenset({""})


def path(url: str) -> str:
    """The path of an address: `/v1` of `https://api.example.com/v1/`."""
    return _ORIGIN.sub("", url).partition("?")[0].partition("#")[0].rstrip("/").removeprefix(".")


def addresses(servers: Node | None) -> Iterator[tuple[str, Node]]:
    """Every address, and the server that names it; a variable with an `enum` is written out."""
    for server in servers.items() if servers is not None else ():
        url = text(server.get("url"))
        if url is not None:
            for written in _expand(url, named(server.get("variables"))):
                yield written.rstrip("/"), server


def _expand(url: str, variables: Mapping[str, Node]) -> list[str]:
    named = list(dict.fromkeys(_VARIABLE.findall(url)))
    choices: list[list[str]] = []
    many = 1
    for name in named:
        listed = variables[name].get("enum") if name in variables else None
        values = [str(each.value) for each in listed.items()] if listed is not None else []
        many *= max(len(values), 1)
        choices.append(values if values and many <= MOST else [f"{{{name}}}"])
    found = []
    for chosen in product(*choices):
        said = dict(zip(named, chosen, strict=True))
        found.append(_VARIABLE.sub(lambda each, said=said: said[each[1]], url))  # type: ignore[misc]
    return found


def compare(
    ground: Ground,
    base: Node | None,
    revision: Node | None,
    moved: frozenset[tuple[str, str]],
    affected: Affected | None = None,
    *,
    versions: bool = False,
) -> None:
    """Compare two lists of servers; `moved` are pairs of server paths between which the rest went to the items' paths.

    A document without servers says nothing of where it is served: it loses and gains none. With `versions` a segment
    like `/v2` says nothing.
    """
    if ground.same(base, revision):
        return
    old, new = dict(_named(base)), dict(_named(revision))
    kept = [{unversioned(url) if versions else url for url in each} for each in (old, new)]
    gone = {url: node for url, node in old.items() if (unversioned(url) if versions else url) not in kept[1]}
    come = {url: node for url, node in new.items() if (unversioned(url) if versions else url) not in kept[0]}
    for before, after in moved:
        for url in [url for url in gone if erase(path(url)) == before]:
            shifted = url.removesuffix(path(url)), after
            for other in [other for other in come if (other.removesuffix(path(other)), erase(path(other))) == shifted]:
                gone.pop(url, None)
                come.pop(other, None)
    if revision is None:
        gone.pop("", None)
    if base is None:
        come.pop("", None)
    for url, node in gone.items():
        at = revision or ground.revision.root
        ground.note("server-removed", node, at, affected, only="base", member=url or "/", url=url or "/")
    for url, node in come.items():
        at = base or ground.base.root
        ground.note("server-added", at, node, affected, only="revision", member=url or "/", url=url or "/")


def _named(servers: Node | None) -> Iterator[tuple[str, Node]]:
    """Addresses by what they are to a client; host names do not know case."""
    for url, node in addresses(servers):
        origin = _ORIGIN.match(url)
        yield (origin[0].lower() + url[origin.end() :] if origin else url), node
