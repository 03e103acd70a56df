"""Security as sets of alternatives: each names the schemes, with scopes, that a caller must satisfy together."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from contractcheck.openapi import swagger
from contractcheck.openapi.changes import Exchange, Ground, named, text
from contractcheck.openapi.document import Dialect, Document, Node

RULES = (
    "security-narrowed",
    "security-widened",
    "security-scope-added",
    "security-scope-removed",
    "security-scheme-changed",
    "security-scheme-address-changed",
    "security-flow-added",
    "security-flow-removed",
    "security-flow-scope-added",
    "security-flow-scope-removed",
    "security-scheme-deprecated",
)
_ADDRESSES = ("authorizationUrl", "tokenUrl", "refreshUrl", "deviceAuthorizationUrl")


class Alternative(Struct, frozen=True):
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
    found = []
    for node in holder.items() if holder is not None else ():
        schemes: dict[str, frozenset[str]] = {}
        names = []
        for name, scopes in named(node).items():
            wire = renamed.get(name) or wire_fields(name, scheme(document, name))
            asked = frozenset(str(scope.value) for scope in scopes.items())
            schemes[wire] = schemes.get(wire, frozenset()) | asked
            names.append(f"{name} ({', '.join(sorted(asked))})" if asked else name)
        found.append(Alternative(schemes, " and ".join(names) or "everyone", node))
    return found or [Alternative({}, "everyone", holder if holder is not None else operation)]


def scheme(document: Document, name: str) -> Node | None:
    """The definition of a scheme in the words of OpenAPI 3; since 3.2 the name may be a reference to it."""
    definitions = _definitions(document.root)
    definition = definitions.get(name) if definitions is not None else None
    if definition is None and document.dialect is Dialect.OPENAPI_3_2:
        definition = document.resolve(document.root, name)
    definition = document.follow(definition) if definition is not None else None
    if definition is not None and document.dialect is Dialect.SWAGGER_2_0:
        return swagger.scheme(definition)
    return definition


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
        case "openIdConnect" | "oauth2":
            return f"{kind} {name}"
        case _:
            return kind


def _definitions(root: Node) -> Node | None:
    components = root.get("components")
    return components.get("securitySchemes") if components is not None else root.get("securityDefinitions")


def _schemes(ground: Ground, exchange: Exchange, holders: list[Node | None]) -> dict[str, str]:
    """Say what of the schemes changed; the answer gives those of the revision their old identity: it is said once."""
    renamed: dict[str, str] = {}
    if ground.same(_definitions(ground.base.root), _definitions(ground.revision.root)):
        return renamed
    used = [
        {name for way in holder.items() for name in named(way)} if holder is not None else set() for holder in holders
    ]
    for name in sorted(used[0] & used[1]):
        left, right = scheme(ground.base, name), scheme(ground.revision, name)
        if left is None or right is None:
            continue
        before, after = wire_fields(name, left), wire_fields(name, right)
        if before != after:
            ground.say("security-scheme-changed", left, right, exchange.request, before=before, after=after)
            renamed[name] = before
        else:
            _addresses(ground, exchange, left, right)
            _deprecated(ground, exchange, left, right)
    # Tokens of one issuer are the same tokens, whatever the scheme is called.
    issuers = {issuer: name for name in sorted(used[0] - used[1]) if (issuer := _issuer(scheme(ground.base, name)))}
    for name in sorted(used[1] - used[0]):
        former = issuers.get(_issuer(scheme(ground.revision, name)) or "")
        if former is not None:
            renamed[name] = wire_fields(former, scheme(ground.base, former))
    return renamed


def _issuer(definition: Node | None) -> str | None:
    """What tells the tokens of OAuth and OpenID Connect apart: where they come from."""
    if definition is None or text(definition.get("type")) not in {"oauth2", "openIdConnect"}:
        return None
    return " ".join(sorted({url for _, _, url in _urls(definition)})) or None


def _addresses(ground: Ground, exchange: Exchange, old: Node, new: Node) -> None:
    before = {(flow, word): url for flow, word, url in _urls(old)}
    after = {(flow, word): url for flow, word, url in _urls(new)}
    flows = [{flow for flow, _ in each} for each in (before, after)]
    at = old.get("flows") or old, new.get("flows") or new
    for flow in sorted(flows[0] - flows[1]):
        ground.note("security-flow-removed", *at, exchange.request, member=flow, flow=flow)
    for flow in sorted(flows[1] - flows[0]):
        ground.note("security-flow-added", *at, exchange.request, member=flow, flow=flow)
    _scopes(ground, exchange, old, new, flows[0] & flows[1])
    for key in sorted(before | after):
        if key[0] in flows[0] & flows[1] and before.get(key) != after.get(key):
            said = before.get(key, "none"), after.get(key, "none")
            name = " ".join(part for part in key if part)
            ground.note(
                "security-scheme-address-changed",
                old,
                new,
                exchange.request,
                member=name,
                name=name,
                before=said[0],
                after=said[1],
            )


def _scopes(ground: Ground, exchange: Exchange, old: Node, new: Node, flows: set[str]) -> None:
    """Compare the scopes that flows offer; those that operations ask for are compared with the operations."""
    for flow in sorted(flows - {""}):
        at = [named(side.get("flows")).get(flow) or side for side in (old, new)]
        before, after = (set(named(each.get("scopes"))) for each in at)
        for rule, scopes in (("removed", before - after), ("added", after - before)):
            for scope in sorted(scopes):
                member = f"{flow} {scope}"
                told = f"security-flow-scope-{rule}"
                ground.note(told, at[0], at[1], exchange.request, member=member, flow=flow, scope=scope)


def _deprecated(ground: Ground, exchange: Exchange, old: Node, new: Node) -> None:
    flags = [flag.value is True if (flag := side.get("deprecated")) is not None else False for side in (old, new)]
    if flags[1] and not flags[0]:
        ground.say("security-scheme-deprecated", old, new.get("deprecated"), exchange.request)


def _urls(definition: Node) -> Iterator[tuple[str, str, str]]:
    """Where tokens come from: flow, word and address."""
    for word in ("openIdConnectUrl", "oauth2MetadataUrl"):
        url = text(definition.get(word))
        if url is not None:
            yield "", word, url
    for name, flow in named(definition.get("flows")).items():
        for word in _ADDRESSES:
            url = text(flow.get(word))
            if url is not None:
                yield name, word, url
