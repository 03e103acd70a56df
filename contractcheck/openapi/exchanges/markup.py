"""Values as XML and back, by what the XML Objects of a contract say (OpenAPI 3.1.1 §4.8.26, 3.2.0 §4.26)."""

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from html import escape
from typing import Any, Final

from msgspec import Struct, field

from contractcheck.openapi.changes import named, text
from contractcheck.openapi.document import Node

Follow = Callable[[Node], Node | None]
"""Where the reference of a schema leads; a schema without one leads to itself."""

DEPTH: Final = 100
_PARTS: Final = 200  # schemas that speak of one value
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_BARRED: Final = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


class MarkupError(ValueError):
    """The value cannot be written, or the text cannot be read, as the contract says; the text says why."""


class BeyondError(Exception):
    """The document is one that is not read here: nothing follows for the contract."""


class Element(Struct):
    """An element: its name as `{namespace}local`, attributes named so too, its text, and the elements in it."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: list["Element"] = field(default_factory=list)


class _Form(Struct, frozen=True):
    """What the schemas of one value say: its XML Object, its types, its members and items, each with their schemas."""

    said: Mapping[str, Any]
    types: frozenset[str]
    members: Mapping[str, tuple[Node, ...]]
    items: tuple[Node, ...]

    @property
    def kind(self) -> str:
        """`element`, `attribute`, `text`, `cdata` or `none` (3.2 `nodeType`)."""
        return str(self.said.get("nodeType") or ("attribute" if self.said.get("attribute") is True else "element"))

    @property
    def wrapped(self) -> bool:
        """Whether a list stands in an element of its own."""
        return self.said.get("wrapped") is True or self.said.get("nodeType") == "element"

    def name(self, otherwise: str) -> str:
        """Its name as `{namespace}local`."""
        local = self.said.get("name")
        space = self.said.get("namespace")
        plain = local if isinstance(local, str) else otherwise
        return f"{{{space}}}{plain}" if isinstance(space, str) and space else plain


def _form(follow: Follow, schemas: tuple[Node, ...]) -> _Form:
    said: dict[str, Any] = {}
    types: set[str] = set()
    members: dict[str, tuple[Node, ...]] = {}
    items: list[Node] = []
    todo, seen = list(schemas), set(schemas)
    for node in todo:  # grows
        own = node.get("xml")
        if own is not None and isinstance(own.value, Mapping):
            said = {**own.value, **said}
        kind = node.get("type")
        types |= (
            {str(each) for each in (kind.value if isinstance(kind.value, list) else [kind.value])} if kind else set()
        )
        for name, member in named(node.get("properties")).items():
            members[name] = (*members.get(name, ()), member)
        if (item := node.get("items")) is not None:
            items.append(item)
        several = [each for word in ("allOf", "anyOf", "oneOf") if (each := node.get(word)) is not None]
        target = follow(node)
        for further in (*(branch for each in several for branch in each.items()), *((target,) if target else ())):
            if further not in seen and len(seen) < _PARTS:
                seen.add(further)
                todo.append(further)
    return _Form(said, frozenset(types), members, tuple(items))


def write(follow: Follow, schema: Node, value: Any) -> bytes:  # noqa: ANN401 - plain JSON
    """A document for a value of a schema. The root is named by the schema, else by its component.

    Raises MarkupError.
    """
    reference = text(schema.get("$ref")) or ""
    form = _form(follow, (schema,))
    element = Element(form.name(reference.rsplit("/", 1)[-1] or "root"))
    if isinstance(value, list):
        for item in value:
            inner = _form(follow, form.items)
            element.children.append(_element(follow, inner, inner.name(element.name), item, 1))
    else:
        _fill(follow, form, element, value, 0)
    return _text(element).encode()


def _element(follow: Follow, form: _Form, name: str, value: Any, depth: int) -> Element:  # noqa: ANN401
    element = Element(name)
    _fill(follow, form, element, value, depth)
    return element


def _fill(follow: Follow, form: _Form, element: Element, value: Any, depth: int) -> None:  # noqa: ANN401
    """Put a value, which is no list, into its element."""
    if depth > DEPTH:
        raise MarkupError("nested too deeply")
    if not isinstance(value, Mapping):
        element.text += _plain(value)
        return
    for name, member in value.items():
        own = _form(follow, form.members.get(name, ()))
        match own.kind:
            case "attribute":
                element.attributes[own.name(name)] = _plain(member)
            case "text" | "cdata":
                element.text += _plain(member)
            case _ if isinstance(member, list):
                inner = _form(follow, own.items)
                items = [_element(follow, inner, inner.name(own.name(name)), item, depth + 1) for item in member]
                element.children += [Element(own.name(name), children=items)] if own.wrapped else items
            case _:
                element.children.append(_element(follow, own, own.name(name), member, depth + 1))


def _plain(value: Any) -> str:  # noqa: ANN401
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float() | Decimal():
            return str(value)
        case None:
            return ""
        case _:
            raise MarkupError("a list or an object where a text must stand")


def _text(element: Element) -> str:
    spaces: dict[str, str] = {}
    attributes = "".join(f' {_short(name, spaces)}="{_safe(value)}"' for name, value in element.attributes.items())
    name = _short(element.name, spaces)
    declared = "".join(f' xmlns:{short}="{_safe(space)}"' for space, short in spaces.items())
    inner = _safe(element.text) + "".join(_text(child) for child in element.children)
    return f"<{name}{declared}{attributes}>{inner}</{name}>" if inner else f"<{name}{declared}{attributes}/>"


def _short(name: str, spaces: dict[str, str]) -> str:
    space, _, local = name.rpartition("}")
    if not _NAME.fullmatch(local):
        raise MarkupError(f"{local[:40]!r} is no name in XML")
    return f"{spaces.setdefault(space[1:], f'n{len(spaces)}')}:{local}" if space else local


def _safe(said: str) -> str:
    if _BARRED.search(said):
        raise MarkupError("a character that XML does not have")
    return escape(said)


def read(follow: Follow, schema: Node, body: bytes) -> Any:  # noqa: ANN401
    """The value that a document stands for. Elements and attributes that the schema does not name are kept as members.

    Raises MarkupError where it is no XML, or its root has another name; BeyondError as `parse` does.
    """
    element = parse(body)
    form = _form(follow, (schema,))
    if isinstance(form.said.get("name"), str) and element.name != form.name(""):
        raise MarkupError("the root has another name")
    if form.types == {"array"}:
        inner = _form(follow, form.items)
        return [_value(follow, inner, child) for child in element.children]
    return _value(follow, form, element)


def parse(body: bytes) -> Element:
    """The elements of a document. Raises MarkupError for what is no XML.

    Raises BeyondError for a document type, which may define entities without end, and for more than DEPTH elements
    within each other.
    """
    from xml.parsers import expat

    parser = expat.ParserCreate(namespace_separator="}")
    root = Element("")
    open_ = [root]

    def begin(name: str, attributes: dict[str, str]) -> None:
        if len(open_) > DEPTH:
            raise BeyondError("XML that is nested too deeply")
        element = Element(_spaced(name), {_spaced(each): value for each, value in attributes.items()})
        open_[-1].children.append(element)
        open_.append(element)

    def typed(*_declared: object) -> None:
        raise BeyondError("XML with a document type")

    def said(data: str) -> None:
        open_[-1].text += data

    parser.StartElementHandler = begin
    parser.EndElementHandler = lambda _name: open_.pop()
    parser.CharacterDataHandler = said
    parser.StartDoctypeDeclHandler = typed
    try:
        parser.Parse(body, True)  # noqa: FBT003 - positional in C
    except expat.ExpatError as error:
        raise MarkupError(f"no XML: {expat.errors.messages[error.code]}") from None
    return root.children[0]


def _spaced(name: str) -> str:
    return "{" + name if "}" in name else name


def _value(follow: Follow, form: _Form, element: Element) -> Any:  # noqa: ANN401
    if not ("object" in form.types or form.members or element.children or element.attributes):
        return _scalar(form, element.text)
    found: dict[str, Any] = {}
    attributes, children = dict(element.attributes), list(element.children)
    for name, schemas in form.members.items():
        own = _form(follow, schemas)
        known = own.name(name)
        if own.kind == "attribute":
            if known in attributes:
                found[name] = _scalar(own, attributes.pop(known))
        elif own.kind in {"text", "cdata"}:
            found[name] = _scalar(own, element.text)
        elif own.types == {"array"}:
            inner = _form(follow, own.items)
            holders = [each for each in children if each.name == known] if own.wrapped else [element]
            here = children if not own.wrapped else [child for holder in holders for child in holder.children]
            items = [each for each in here if each.name == inner.name(known)]
            if items or (own.wrapped and holders):
                found[name] = [_value(follow, inner, each) for each in items]
            children = [each for each in children if each not in (holders if own.wrapped else items)]
        else:
            mine = [each for each in children if each.name == known]
            if mine:
                found[name] = _value(follow, own, mine[0])
                children = [each for each in children if each is not mine[0]]
    rest = {name: value for name, value in attributes.items() if name not in found}
    extra = _form(follow, ())
    return {**rest, **{each.name: _value(follow, extra, each) for each in children}, **found}


def _scalar(form: _Form, said: str) -> Any:  # noqa: ANN401
    """The value of a text: of the type that the schema asks for, else the text."""
    bare = said.strip()
    if {"integer", "number"} & form.types and _NUMBER.fullmatch(bare):
        return json.loads(bare)
    if "boolean" in form.types and bare in {"true", "false"}:
        return bare == "true"
    return None if not said and "null" in form.types and "string" not in form.types else said
