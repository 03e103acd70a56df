"""What is looked at only when a policy asks: texts for people, names of schemas, the order of parameters."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from contractcheck.model.finding import Affected, Direction, Finding, Proof, ProofKind
from contractcheck.model.place import Place
from contractcheck.model.rule import rule
from contractcheck.openapi.changes import named
from contractcheck.openapi.document import Dialect, Document, Node
from contractcheck.openapi.matching import Operation, items, match, operations
from contractcheck.openapi.naming import Names
from contractcheck.openapi.parameters import read
from contractcheck.schemas.edits.values import canonical

RULES: Final = ("description-changed", "schema-renamed", "schema-removed", "parameter-order-changed")
_TEXTS: Final = ("title", "summary", "description")
_DATA: Final = frozenset({"default", "enum", "const", "example", "examples", "value"})
_MOST: Final = 10_000
"""So many findings are made of one rule."""

_Told = tuple[Node, Node, str, tuple[Affected, ...], Mapping[str, object]]


def findings(
    base: Document, revision: Document, asked: Collection[str], *, versions: bool = False
) -> tuple[Finding, ...]:
    """The findings of the rules that are asked for, by rule, then in the order of the base."""
    sides = base, revision
    pairs = match(
        *(operations(each, items(each, each.root.get("paths")).values()) for each in sides), versions=versions
    ).pairs
    ways = {
        "description-changed": lambda: _texts(sides, pairs),
        "schema-renamed": lambda: _renamed(sides),
        "schema-removed": lambda: _removed(sides),
        "parameter-order-changed": lambda: _orders(sides, pairs),
    }
    names = Names(base), Names(revision)
    found: dict[tuple[str, str], Finding] = {}
    for name in RULES:
        told: Iterable[_Told] = ways[name]() if name in asked else ()
        for count, (old, new, about, affects, details) in enumerate(told):
            if count == _MOST:
                break
            subject = f"{names[1].name(new)} {about}".strip()
            finding = rule(name).finding(
                subject=subject,
                place=_place(new),
                base_place=_place(old),
                proof=Proof(ProofKind.STRUCTURAL, "both documents say so at the places shown"),
                affects=affects,
                **details,  # type: ignore[arg-type]
            )
            found.setdefault((name, subject), finding)
    return tuple(found.values())


def _place(node: Node) -> Place:
    return Place(node.file, pointer=node.pointer)


def _label(operation: Operation) -> tuple[Affected, ...]:
    return (Affected(f"{operation.method} {operation.path}", Direction.REQUEST),)


def _schemas(document: Document) -> dict[str, Node]:
    if document.dialect is Dialect.SWAGGER_2_0:
        return named(document.root.get("definitions"))
    components = document.root.get("components")
    return named(components.get("schemas")) if components is not None else {}


def _texts(sides: tuple[Document, Document], pairs: Iterable[tuple[Operation, Operation]]) -> Iterator[_Told]:
    """Texts at places that both sides have: of the document, of operations, and of everything shared by name."""
    for word in ("info", "tags"):
        old, new = (each.root.get(word) for each in sides)
        if old is not None and new is not None:
            yield from _below(old, new, ())
    for before, after in pairs:
        yield from _below(before.node, after.node, _label(after))
    shared = [_shared(each) for each in sides]
    for key in shared[0]:
        if key in shared[1]:
            yield from _below(shared[0][key], shared[1][key], ())


def _shared(document: Document) -> dict[tuple[str, str], Node]:
    found = {("schemas", name): node for name, node in _schemas(document).items()}
    components = document.root.get("components")
    for section, holder in named(components).items():
        found |= {(section, name): node for name, node in named(holder).items()}
    return found


def _below(base: Node, revision: Node, affects: tuple[Affected, ...]) -> Iterator[_Told]:
    todo = [(base, revision, False)]
    while todo:
        old, new, names = todo.pop()
        if isinstance(old.value, list) and isinstance(new.value, list):
            todo += [(*both, False) for both in reversed(list(zip(old.items(), new.items(), strict=False)))]
            continue
        if not isinstance(old.value, Mapping) or not isinstance(new.value, Mapping) or old.value == new.value:
            continue
        if not names:
            for word in _TEXTS:
                before, after = old.value.get(word), new.value.get(word)
                if before != after and all(each is None or isinstance(each, str) for each in (before, after)):
                    at = old.get(word) or old, new.get(word) or new
                    yield *at, word, affects, {"what": word, "before": _short(before), "after": _short(after)}
        inner = [(name, part, new.get(name)) for name, part in old.members() if names or name not in _DATA]
        below = [(part, other, name in _MAPS and not names) for name, part, other in inner if other is not None]
        todo += reversed(below)


_MAPS: Final = frozenset({"properties", "headers", "content", "responses", "schemas", "callbacks", "links"})


def _short(text: object) -> str:
    if not isinstance(text, str):
        return "none"
    line = " ".join(text.split())
    return f'"{line[:80]}…"' if len(line) > 80 else f'"{line}"'


def _renamed(sides: tuple[Document, Document]) -> Iterator[_Told]:
    """Schemas that only one side has by that name, and that are the same but for it."""
    old, new = (_schemas(each) for each in sides)
    for before, after in _renames(old, new).items():
        yield old[before], new[after], "", (), {"before": before, "after": after}


def _removed(sides: tuple[Document, Document]) -> Iterator[_Told]:
    old, new = (_schemas(each) for each in sides)
    renamed = _renames(old, new)
    for name, node in old.items():
        if name not in new and name not in renamed:
            yield node, sides[1].root, f"schemas.{name}", (), {"name": name}


def _renames(old: Mapping[str, Node], new: Mapping[str, Node]) -> dict[str, str]:
    fresh: dict[str, list[str]] = {}
    for name, node in new.items():
        if name not in old:
            fresh.setdefault(canonical(node.value), []).append(name)
    found = {}
    for name, node in old.items():
        if name not in new and (candidates := fresh.get(canonical(node.value))):
            found[name] = candidates.pop(0)
    return found


def _orders(sides: tuple[Document, Document], pairs: Iterable[tuple[Operation, Operation]]) -> Iterator[_Told]:
    """Generators make arguments of parameters, in their order: those that must be there first, in most."""
    for before, after in pairs:
        old, new = (read(side, each.item, each.node) for side, each in zip(sides, (before, after), strict=True))
        kept = [[key for key in each if key in old and key in new] for each in (old, new)]
        if kept[0] != kept[1]:
            said = [", ".join(each[key].name for key in order) for each, order in zip((old, new), kept, strict=True)]
            at = [each.node.get("parameters") or each.node for each in (before, after)]
            yield at[0], at[1], "parameters", _label(after), {"before": said[0], "after": said[1]}
