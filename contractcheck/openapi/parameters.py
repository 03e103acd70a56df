"""Parameters of operations, paired by place and name; those of the path by position."""

from collections.abc import Mapping

from msgspec import Struct

from contractcheck.openapi import values
from contractcheck.openapi.changes import Exchange, Ground, named, text, true
from contractcheck.openapi.document import Document, Node
from contractcheck.openapi.made import record, said
from contractcheck.openapi.matching import Item
from contractcheck.openapi.templates import erase, names

RULES = (
    "request-parameter-added",
    "request-required-parameter-added",
    "request-parameter-removed",
    "request-parameter-became-required",
    "request-parameter-became-optional",
    "request-parameter-deprecated",
    "request-parameter-undeprecated",
    "request-parameter-empty-narrowed",
    "request-parameter-empty-widened",
    "request-parameter-reserved-changed",
    *values.RULES,
)

IGNORED = frozenset({"accept", "content-type", "authorization"})
"""Header parameters without effect: media types and `security` describe them (OpenAPI 3.0.4, Parameter Object)."""

Key = tuple[str, str]


class Parameter(Struct, frozen=True):
    """A parameter: where it is used, the object itself, its place (`query`, ...) and name."""

    use: Node
    node: Node
    place: str
    name: str

    @property
    def required(self) -> bool:
        """Whether a request must carry it: what is in the path always."""
        return self.place == "path" or true(self.node, "required")


def compare(ground: Ground, exchange: Exchange, old: tuple[Item, Node], new: tuple[Item, Node]) -> None:
    """Compare the parameters of an operation, those of its path item included."""
    lists = [(item.members.get("parameters"), operation.get("parameters")) for item, operation in (old, new)]
    if old[0].path == new[0].path and all(ground.same(*both) for both in zip(*lists, strict=True)):
        return
    before, after = read(ground.base, *old), read(ground.revision, *new)
    _unfold(ground, before, after)
    holders = old[1].get("parameters") or old[1], new[1].get("parameters") or new[1]
    counted = min(len(names(old[0].path)), len(names(new[0].path)))
    if not _suffixed(old[0].path, new[0].path):
        before, after = _kept(before, after), _kept(after, before)
    for key in before | after:
        left, right = before.get(key), after.get(key)
        if key[0] == "path" and key[1].isdigit():
            if int(key[1]) > counted:
                continue  # it belongs to a prefix that the other side has in its servers
            left, right = left or _undeclared(right, old[0]), right or _undeclared(left, new[0])
        if left is None and right is not None:
            _added(ground, exchange, right, holders[0])
        elif right is None and left is not None:
            _removed(ground, exchange, left, holders[1])
        elif (
            left is not None
            and right is not None
            and not (left.name == right.name and ground.same(left.use, right.use))
        ):
            _both(ground, exchange, left, right)


def read(document: Document, item: Item, operation: Node) -> dict[Key, Parameter]:
    """The parameters that apply, by place and name: headers in lower case, those of the path by position from the end.

    What is said to be in the path and has no place in the template is nowhere.
    """
    positions = {name: str(index) for index, name in enumerate(reversed(names(item.path)), start=1)}
    found: dict[Key, Parameter] = {}
    for holder in (item.members.get("parameters"), operation.get("parameters")):
        for use in holder.items() if holder is not None else ():
            node = document.follow(use)
            place, name = (text(node.get("in")), text(node.get("name"))) if node is not None else (None, None)
            if node is None or place is None or name is None:
                continue  # a broken reference is a defect of the document, which says so itself
            match place:
                case "header":
                    key = name.lower()
                    if key in IGNORED:
                        continue
                case "path":
                    if name not in positions:
                        continue
                    key = positions[name]
                case "querystring":
                    key = ""  # the whole query: its name does not travel
                case _:
                    key = name
            found[place, key] = Parameter(use, node, place, name)
    return found


def _suffixed(old: str, new: str) -> bool:
    """Whether the parameters of two paths belong together by position: the shorter is the end of the longer."""
    before, after = names(old), names(new)
    return len(before) == len(after) or erase(old).endswith(erase(new)) or erase(new).endswith(erase(old))


def _kept(own: dict[Key, Parameter], other: dict[Key, Parameter]) -> dict[Key, Parameter]:
    """The parameters of an operation that moved, those of its path by name: the address says which came and went."""
    there = {each.name for (place, _), each in other.items() if place == "path"}
    found = {(key[0], f"{{{each.name}}}" if key[0] == "path" else key[1]): each for key, each in own.items()}
    return {key: each for key, each in found.items() if key[0] != "path" or each.name in there}


def _undeclared(other: Parameter | None, item: Item) -> Parameter | None:
    """A parameter that stands in the template only: any text."""
    if other is None:
        return None
    node = record(item.use, {"schema": said(item.use, {"type": "string"})})
    return Parameter(node, node, "path", other.name)


def _unfold(ground: Ground, before: dict[Key, Parameter], after: dict[Key, Parameter]) -> None:
    """An object in the query, exploded, is one parameter per member: taken apart where the other side has those."""
    for views, own, other in ((ground.views[0], before, after), (ground.views[1], after, before)):
        for key, each in [(key, each) for key, each in own.items() if key[0] == "query" and key not in other]:
            schema = each.node.get("schema")
            if schema is None or values.style(each.node, "query") != ("form", True):
                continue
            view = views.view((schema,))
            if view.types != {"object"}:
                continue
            members = {
                name: member
                for node in view.of(view.types)
                for name, member in named(node.get("properties")).items()  # type: ignore[arg-type]
            }
            needed = {name for node in view.of(view.types) for name in node.value.get("required", ()) if each.required}
            if not any(("query", name) in other and ("query", name) not in own for name in members):
                continue
            del own[key]
            for name, member in members.items():
                made = record(each.node, {"required": said(each.node, name in needed), "schema": member})
                own.setdefault(("query", name), Parameter(made, made, "query", name))


def _added(ground: Ground, exchange: Exchange, new: Parameter, holder: Node) -> None:
    details = {"name": new.name, "where": new.place}
    if exchange.swapped:
        ground.say("response-header-added", holder, new.use, exchange.request, only="revision", **details)
    else:
        rule = "request-required-parameter-added" if new.required else "request-parameter-added"
        ground.say(rule, holder, new.use, exchange.request, only="revision", **details)


def _removed(ground: Ground, exchange: Exchange, old: Parameter, holder: Node) -> None:
    details = {"name": old.name, "where": old.place}
    if exchange.swapped:
        rule = "response-required-header-removed" if old.required else "response-header-removed"
        ground.say(rule, old.use, holder, exchange.request, only="base", **details)
    else:
        ground.say("request-parameter-removed", old.use, holder, exchange.request, only="base", **details)


def _both(ground: Ground, exchange: Exchange, old: Parameter, new: Parameter) -> None:
    details = {"name": new.name, "where": new.place}
    kind = "response-header" if exchange.swapped else "request-parameter"
    if old.required != new.required:
        rule = f"{kind}-became-{'required' if new.required else 'optional'}"
        base, revision = old.node.get("required") or old.node, new.node.get("required") or new.node
        ground.say(rule, base, revision, exchange.request, **details)
    before, after = true(old.node, "deprecated"), true(new.node, "deprecated")
    if before != after and not exchange.swapped:
        rule = "request-parameter-deprecated" if after else "request-parameter-undeprecated"
        base, revision = old.node.get("deprecated") or old.node, new.node.get("deprecated") or new.node
        ground.say(rule, base, revision, exchange.request, **details)
    if not exchange.swapped:
        _spelling(ground, exchange, old, new, details)
    needed = not (old.required and new.required)
    values.compare(ground, exchange, old.node, new.node, exchange.request, details, defaults=needed)


def _spelling(ground: Ground, exchange: Exchange, old: Parameter, new: Parameter, details: Mapping[str, str]) -> None:
    """Compare what may be left empty, and which characters stand for themselves."""
    if new.place == "query":
        before, after = true(old.node, "allowEmptyValue"), true(new.node, "allowEmptyValue")
        if before != after and not values.reads(ground, old.node, new.node, "", old=after):
            rule = f"request-parameter-empty-{'widened' if after else 'narrowed'}"
            base, revision = (each.node.get("allowEmptyValue") or each.node for each in (old, new))
            ground.say(rule, base, revision, exchange.request, **details)
    before, after = true(old.node, "allowReserved"), true(new.node, "allowReserved")
    if before != after:
        base, revision = (each.node.get("allowReserved") or each.node for each in (old, new))
        texts = ["as they are" if each else "percent-encoded" for each in (before, after)]
        ground.say(
            "request-parameter-reserved-changed",
            base,
            revision,
            exchange.request,
            before=texts[0],
            after=texts[1],
            **details,
        )
