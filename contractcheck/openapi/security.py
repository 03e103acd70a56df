"""Security as sets of alternatives: each names the schemes, with scopes, that a caller must satisfy together."""

from collections.abc import Mapping
from dataclasses import dataclass

from contractcheck.openapi.changes import Exchange, Ground, entries, text
from contractcheck.openapi.document import Document, Node

RULES = (
    "security-narrowed",
    "security-widened",
    "security-scope-added",
    "security-scope-removed",
    "security-scheme-changed",
)


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to be let in: the wire fields of each scheme, and the scopes asked for; `names` as written."""

    schemes: Mapping[str, frozenset[str]]
    names: str
    node: Node

    def within(self, other: "Alternative", *, scopes: bool) -> bool:
        """Whether who satisfies `other` satisfies this too."""
        return all(
            scheme in other.schemes and (not scopes or asked <= other.schemes[scheme])
            for scheme, asked in self.schemes.items()
        )


def alike(ground: Ground) -> bool:
    """Whether what operations inherit is the same on both sides."""
    base, revision = ground.base.root, ground.revision.root
    return ground.same(base.get("security"), revision.get("security")) and ground.same(
        _definitions(base), _definitions(revision)
    )


def compare(ground: Ground, exchange: Exchange, base: Node, revision: Node) -> None:
    """Compare who is let in; an operation without `security` inherits that of the root."""
    holders = [
        side.get("security") or document.root.get("security")
        for side, document in ((base, ground.base), (revision, ground.revision))
    ]
    if ground.same(*holders) and ground.same(_definitions(ground.base.root), _definitions(ground.revision.root)):
        return
    renamed = _schemes(ground, exchange, holders)
    old, new = read(ground.base, holders[0], base, {}), read(ground.revision, holders[1], revision, renamed)
    affected = exchange.request
    at = holders[0] or base, holders[1] or revision
    shut = [way for way in old if not any(other.within(way, scopes=True) for other in new)]
    if shut:
        scoped = [way for way in shut if any(other.within(way, scopes=False) for other in new)]
        rule = "security-narrowed" if len(scoped) < len(shut) else "security-scope-added"
        first = (scoped if rule == "security-scope-added" else [way for way in shut if way not in scoped])[0]
        said = ", ".join(way.names for way in new) or "nothing"
        ground.say(rule, first.node, at[1], affected, before=first.names, after=said)
        return
    opened = [way for way in new if not any(other.within(way, scopes=True) for other in old)]
    if opened:
        loose = [way for way in opened if any(other.within(way, scopes=False) for other in old)]
        rule = "security-widened" if len(loose) < len(opened) else "security-scope-removed"
        said = ", ".join(way.names for way in old) or "nothing"
        ground.say(rule, at[0], opened[0].node, affected, before=said, after=opened[0].names)


def read(document: Document, holder: Node | None, operation: Node, renamed: Mapping[str, str]) -> list[Alternative]:
    """The alternatives of an operation; none at all lets everyone in. `renamed` gives schemes another identity."""
    definitions = _definitions(document.root)
    found = []
    for node in holder.items() if holder is not None else ():
        schemes: dict[str, frozenset[str]] = {}
        names = []
        for name, scopes in entries(node).items():
            definition = definitions.get(name) if definitions is not None else None
            definition = document.follow(definition) if definition is not None else None
            wire = renamed.get(name) or wire_fields(name, definition)
            asked = frozenset(str(scope.value) for scope in scopes.items())
            schemes[wire] = schemes.get(wire, frozenset()) | asked
            names.append(f"{name} ({', '.join(sorted(asked))})" if asked else name)
        found.append(Alternative(schemes, " and ".join(names) or "everyone", node))
    return found or [Alternative({}, "everyone", holder if holder is not None else operation)]


def wire_fields(name: str, definition: Node | None) -> str:
    """What of a scheme a caller must know: kind and where the secret goes. Token URLs do not travel."""
    kind = text(definition.get("type")) if definition is not None else None
    if definition is None or kind is None:
        return f"scheme {name}"
    match kind:
        case "apiKey":
            place, key = text(definition.get("in")) or "", text(definition.get("name")) or ""
            return f"apiKey {place} {key.lower() if place == 'header' else key}"
        case "http":
            return f"http {(text(definition.get('scheme')) or '').lower()}"
        case "openIdConnect":
            return f"openIdConnect {text(definition.get('openIdConnectUrl')) or ''}"
        case "oauth2":
            return f"oauth2 {name}"
        case _:
            return kind


def _definitions(root: Node) -> Node | None:
    components = root.get("components")
    return components.get("securitySchemes") if components is not None else root.get("securityDefinitions")


def _schemes(ground: Ground, exchange: Exchange, holders: list[Node | None]) -> dict[str, str]:
    """Say which schemes changed under the same name; the answer gives them their old identity: it is said once."""
    renamed: dict[str, str] = {}
    definitions = [_definitions(side.root) for side in (ground.base, ground.revision)]
    if definitions[0] is None or definitions[1] is None or ground.same(definitions[0], definitions[1]):
        return renamed
    used = [
        {name for way in holder.items() for name in entries(way)} if holder is not None else set() for holder in holders
    ]
    for name in sorted(used[0] & used[1]):
        left, right = definitions[0].get(name), definitions[1].get(name)
        left = ground.base.follow(left) if left is not None else None
        right = ground.revision.follow(right) if right is not None else None
        if left is None or right is None:
            continue
        before, after = wire_fields(name, left), wire_fields(name, right)
        if before != after:
            ground.say("security-scheme-changed", left, right, exchange.request, before=before, after=after)
            renamed[name] = before
    return renamed
