"""Parameters of operations, paired by place and name; those of the path by position."""

from dataclasses import dataclass

from contractcheck.model.finding import Direction
from contractcheck.openapi import bodies
from contractcheck.openapi.changes import Exchange, Ground, text, true
from contractcheck.openapi.document import Document, Node
from contractcheck.openapi.matching import Item, names

RULES = (
    "request-parameter-added",
    "request-required-parameter-added",
    "request-parameter-removed",
    "request-parameter-became-required",
    "request-parameter-became-optional",
    "request-parameter-deprecated",
    "request-parameter-style-changed",
)

IGNORED = frozenset({"accept", "content-type", "authorization"})
"""Header parameters without effect: media types and `security` describe them (OpenAPI 3.0.4, Parameter Object)."""

_STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple", "querystring": "form"}


@dataclass(frozen=True, slots=True)
class Parameter:
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
    before, after = read(ground.base, *old), read(ground.revision, *new)
    for key in before | after:
        left, right = before.get(key), after.get(key)
        if left is None and right is not None:
            _added(ground, exchange, right, old[1].get("parameters") or old[1])
        elif right is None and left is not None:
            _removed(ground, exchange, left, new[1].get("parameters") or new[1])
        elif (
            left is not None
            and right is not None
            and not (left.name == right.name and ground.same(left.use, right.use))
        ):
            _both(ground, exchange, left, right)


def read(document: Document, item: Item, operation: Node) -> dict[tuple[str, str], Parameter]:
    """The parameters that apply, by place and name (headers in lower case, those of the path by position)."""
    positions = {name: str(index) for index, name in enumerate(names(item.path))}
    found: dict[tuple[str, str], Parameter] = {}
    for holder in (item.members.get("parameters"), operation.get("parameters")):
        for use in holder.items() if holder is not None else ():
            node = document.follow(use)
            place, name = (text(node.get("in")), text(node.get("name"))) if node is not None else (None, None)
            if node is None or place is None or name is None:
                continue  # a broken reference is a defect of the document, which says so itself
            if place == "header" and name.lower() in IGNORED:
                continue
            key = positions.get(name, name) if place == "path" else name.lower() if place == "header" else name
            found[place, key] = Parameter(use, node, place, name)
    return found


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
    if true(new.node, "deprecated") and not true(old.node, "deprecated") and not exchange.swapped:
        ground.say("request-parameter-deprecated", old.node, new.node.get("deprecated"), exchange.request, **details)
    value(
        ground,
        exchange,
        old.node,
        new.node,
        exchange.request.direction,
        details,
        defaults=not (old.required and new.required),
    )


def value(
    ground: Ground,
    exchange: Exchange,
    old: Node,
    new: Node,
    direction: Direction,
    details: dict[str, str],
    *,
    defaults: bool = True,
) -> None:
    """Compare what a parameter or header holds: a `schema`, written as its style says, or a `content`."""
    affected = exchange.request if direction is exchange.request.direction else exchange.response
    schemas, contents = (old.get("schema"), new.get("schema")), (old.get("content"), new.get("content"))
    if contents[0] is not None and contents[1] is not None:
        bodies.content(ground, exchange, contents[0], contents[1], direction, (old, new))
        return
    if (contents[0] is None) != (contents[1] is None):
        texts = ["a schema" if content is None else "a media type" for content in contents]
        rule = "request-parameter-style-changed" if details["where"] != "header" else "response-header-style-changed"
        ground.say(rule, contents[0] or old, contents[1] or new, affected, before=texts[0], after=texts[1], **details)
        return
    base, revision = (tuple(node for node in (schema,) if node is not None) for schema in schemas)
    styles = [_style(node, details["where"]) for node in (old, new)]
    if styles[0] != styles[1]:
        plural = ground.walk.types(base, revision)
        if any(types & {"array", "object"} for types in plural):
            rule = (
                "response-header-style-changed"
                if direction is Direction.RESPONSE
                else "request-parameter-style-changed"
            )
            texts = [f"{style}, {'' if explode else 'not '}exploded" for style, explode in styles]
            at = [node.get("style") or node.get("explode") or node for node in (old, new)]
            ground.say(rule, at[0], at[1], affected, before=texts[0], after=texts[1], **details)
    ground.walk.root(base, revision, direction, affected, textual=True, defaults=defaults)


def _style(node: Node, place: str) -> tuple[str, bool]:
    """How lists and objects are written, by the defaults of the Parameter Object."""
    style = text(node.get("style")) or _STYLES.get(place, "simple")
    explode = node.get("explode")
    return style, explode.value is True if explode is not None else style == "form"
