"""Bodies: whether a request has one, in which media types, and what they hold."""

from contractcheck.model.finding import Affected, Direction
from contractcheck.openapi.changes import Exchange, Ground, entries, true
from contractcheck.openapi.document import Node

RULES = (
    "request-body-added",
    "request-required-body-added",
    "request-body-removed",
    "request-body-became-required",
    "request-body-became-optional",
    "response-body-became-optional",
    "response-body-became-required",
    "request-media-type-added",
    "request-media-type-removed",
    "response-media-type-added",
    "response-media-type-removed",
    "request-encoding-changed",
    "response-encoding-changed",
)


def compare(ground: Ground, exchange: Exchange, base: Node, revision: Node) -> None:
    """Compare the request body of an operation."""
    uses = base.get("requestBody"), revision.get("requestBody")
    if ground.same(*uses):
        return
    old = ground.base.follow(uses[0]) if uses[0] is not None else None
    new = ground.revision.follow(uses[1]) if uses[1] is not None else None
    if (uses[0] is not None and old is None) or (uses[1] is not None and new is None):
        return  # a broken reference is a defect of the document, which says so itself
    affected = exchange.request
    if old is not None and new is not None:
        _required(ground, exchange, old, new)
        content(ground, exchange, old.get("content"), new.get("content"), affected.direction, (old, new))
    elif new is not None and not exchange.swapped:
        rule = "request-required-body-added" if true(new, "required") else "request-body-added"
        ground.say(rule, base, uses[1], affected, only="revision")
    elif old is not None and not exchange.swapped:
        ground.say("request-body-removed", uses[0], revision, affected, only="base")
    else:
        content(
            ground,
            exchange,
            old.get("content") if old else None,
            new.get("content") if new else None,
            affected.direction,
            (old or base, new or revision),
        )


def _required(ground: Ground, exchange: Exchange, old: Node, new: Node) -> None:
    before, after = true(old, "required"), true(new, "required")
    if before != after:
        rule = f"{exchange.request.direction}-body-became-{'required' if after else 'optional'}"
        ground.say(rule, old.get("required") or old, new.get("required") or new, exchange.request)


def content(
    ground: Ground,
    exchange: Exchange,
    base: Node | None,
    revision: Node | None,
    direction: Direction,
    holders: tuple[Node, Node],
) -> None:
    """Compare the media types of a body; `holders` are what holds `content` on either side."""
    if ground.same(base, revision):
        return
    affected = exchange.request if direction is exchange.request.direction else exchange.response
    old, new = _media_types(base), _media_types(revision)
    paired, removed, added = _match(old, new, direction)
    for left, right in paired:
        _media_type(ground, old[left], new[right], left, direction, affected)
    for name in removed:
        at = revision or holders[1]
        ground.say(f"{direction}-media-type-removed", old[name], at, affected, only="base", name=name)
    for name in added:
        at = base or holders[0]
        ground.say(f"{direction}-media-type-added", at, new[name], affected, only="revision", name=name)


def _media_type(ground: Ground, old: Node, new: Node, name: str, direction: Direction, affected: Affected) -> None:
    if ground.same(old, new):
        return
    left, right = ground.base.follow(old), ground.revision.follow(new)  # 3.2 allows a `$ref` here
    if left is None or right is None:
        return
    if not ground.same(left.get("encoding"), right.get("encoding")):
        at = left.get("encoding") or left, right.get("encoding") or right
        ground.say(f"{direction}-encoding-changed", at[0], at[1], affected, name=name)
    for keyword in ("schema", "itemSchema"):
        schemas = [tuple(node for node in (side.get(keyword),) if node is not None) for side in (left, right)]
        ground.walk.root(schemas[0], schemas[1], direction, affected, textual=_textual(name))


def _textual(name: str) -> bool:
    """Whether the values of that media type travel as text, so that a number may be read as a string."""
    return name.startswith(("text/", "multipart/", "application/x-www-form-urlencoded"))


def _media_types(content: Node | None) -> dict[str, Node]:
    """Media types by normal name: lower case, no blanks, parameters sorted."""
    return {normal(name): node for name, node in entries(content).items()}


def normal(name: str) -> str:
    """The media type in lower case, its parameters without blanks and sorted (RFC 9110 §8.3.1)."""
    essence, *parameters = (part.strip() for part in name.split(";"))
    return ";".join((essence.lower(), *sorted(_parameter(part) for part in parameters if part)))


def _parameter(part: str) -> str:
    name, _, value = part.partition("=")
    return f"{name.strip().lower()}={value.strip().strip(chr(34))}"


def _match(
    old: dict[str, Node], new: dict[str, Node], direction: Direction
) -> tuple[list[tuple[str, str]], list[str], list[str]]:
    """Pair media types: by name, then where only the charset differs, then by ranges of the receiving side."""
    paired = [(name, name) for name in old if name in new]
    removed, added = [name for name in old if name not in new], [name for name in new if name not in old]
    for left in list(removed):
        for right in list(added):
            if _essence(left) == _essence(right):
                paired.append((left, right))
                removed.remove(left)
                added.remove(right)
                break
    if direction is Direction.REQUEST:
        for left in list(removed):
            wide = next((name for name in sorted(new, key=_width) if _covers(name, left)), None)
            if wide is not None:
                paired.append((left, wide))
                removed.remove(left)
    else:
        for right in list(added):
            wide = next((name for name in sorted(old, key=_width) if _covers(name, right)), None)
            if wide is not None:
                paired.append((wide, right))
                added.remove(right)
                if wide in removed and all(_covers(wide, name) for name in new if "*" not in name):
                    removed.remove(wide)
    return paired, removed, added


def _essence(name: str) -> str:
    """The media type without its charset."""
    return ";".join(part for part in name.split(";") if not part.startswith("charset="))


def _width(name: str) -> int:
    return name.count("*")


def _covers(wide: str, name: str) -> bool:
    """Whether a media range covers a media type: `*/*`, `text/*`."""
    if wide == name or "*" not in wide:
        return False
    return wide == "*/*" or (wide.endswith("/*") and name.startswith(wide[:-1]))
