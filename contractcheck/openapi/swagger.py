"""Swagger 2.0 in the words of OpenAPI 3: body and form parameters, media types, responses, servers, schemes."""

from collections.abc import Iterator, Mapping
from typing import Final

from contractcheck.model.finding import Json
from contractcheck.openapi.document import Document, Node
from contractcheck.openapi.made import Made, listing, record, said

FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
_STYLES: Final = {
    "csv": ("", False),  # the default style of the place
    "multi": ("form", True),
    "ssv": ("spaceDelimited", False),
    "pipes": ("pipeDelimited", False),
    "tsv": ("tabDelimited", False),
}
"""`collectionFormat` as `style` and `explode`; OpenAPI 3 has no word for tabs."""
_ABOUT: Final = frozenset({"name", "in", "required", "description", "collectionFormat", "allowEmptyValue"})
"""Members of a parameter that are not of its schema."""
_FLOWS: Final = {"accessCode": "authorizationCode", "application": "clientCredentials"}
_METHODS: Final = frozenset({"get", "put", "post", "delete", "options", "head", "patch"})


def members(document: Document, given: Mapping[str, Node]) -> dict[str, Node]:
    """The members of a path item, its operations and parameters in the words of OpenAPI 3."""
    shared = list(_followed(document, given.get("parameters")))
    read: dict[str, Node] = {}
    for name, member in given.items():
        if name == "parameters":
            read[name] = listing(
                member, [_parameter(each) for each in shared if _place(each) not in {"body", "formData"}]
            )
        elif name in _METHODS and isinstance(member.value, Mapping):
            read[name] = _operation(document, member, shared)
        else:
            read[name] = member
    return read


def servers(document: Document, operation: Node | None = None) -> Node | None:
    """The addresses, of `schemes`, `host` and `basePath`; for an operation None unless it has its own schemes."""
    root = document.root
    schemes = (operation if operation is not None else root).get("schemes")
    host, path = _text(root.get("host")), _text(root.get("basePath")) or ""
    if operation is not None and (schemes is None or not host):
        return None
    if not host and not path:
        return None
    at = schemes or root.get("host") or root.get("basePath") or root
    spoken = [(each, f"{each.value}:") for each in schemes.items()] if schemes is not None else [(at, "")]
    urls = [(each, f"{scheme}//{host}{path}" if host else path) for each, scheme in spoken]
    return listing(at, [record(each, {"url": said(each, url.rstrip("/"))}) for each, url in urls])


def scheme(definition: Node) -> Node:
    """A security scheme: `basic` is an HTTP scheme, a flow is one of `flows`."""
    match _text(definition.get("type")):
        case "basic":
            return record(definition, {"type": said(definition, "http"), "scheme": said(definition, "basic")})
        case "oauth2":
            named = _text(definition.get("flow")) or ""
            words = ("authorizationUrl", "tokenUrl", "scopes")
            flow = record(definition, {word: definition.get(word) for word in words})
            flows = record(definition, {_FLOWS.get(named, named): flow})
            return record(definition, {"type": definition.get("type"), "flows": flows})
        case _:
            return definition


def _operation(document: Document, operation: Node, shared: list[Node]) -> Made:
    own = list(_followed(document, operation.get("parameters")))
    named = {(_place(each), _name(each)) for each in own}
    inherited = [each for each in shared if (_place(each), _name(each)) not in named]
    parts: dict[str, Node | None] = dict(operation.members())
    at = operation.get("parameters") or operation
    parts["parameters"] = listing(at, [_parameter(each) for each in own if _place(each) not in {"body", "formData"}])
    # A body of the operation itself goes before one of the path.
    several = [each for each in own if _place(each) in {"body", "formData"}] or inherited
    parts["requestBody"] = _body(document, operation, several)
    parts["responses"] = _responses(document, operation)
    parts["servers"] = servers(document, operation)
    for name in ("consumes", "produces", "schemes"):
        parts.pop(name, None)
    return record(operation, parts)


def _body(document: Document, operation: Node, parameters: list[Node]) -> Node | None:
    consumed = _types(document, operation, "consumes")
    body = next((each for each in parameters if _place(each) == "body"), None)
    if body is not None:
        types = consumed or [said(body, "application/json")]
        content = {str(each.value): record(body, {"schema": body.get("schema")}) for each in types}
        required, described = body.get("required"), body.get("description")
        return record(body, {"required": required, "description": described, "content": record(body, {**content})})
    form = [each for each in parameters if _place(each) == "formData"]
    if not form:
        return None
    files = any(_text(each.get("type")) == "file" for each in form)
    types = [each for each in consumed if each.value in FORMS] or [said(operation, FORMS[files])]
    members: dict[str, Node | None] = {_name(each): _schema(each) for each in form}
    needed: list[Node] = [said(each, _name(each)) for each in form if _true(each.get("required"))]
    words: dict[str, Node | None] = {"type": said(operation, "object"), "properties": record(operation, members)}
    words["required"] = listing(operation, needed) if needed else None
    schema, encoding = record(operation, words), _encoding(operation, form)
    made = {str(each.value): record(operation, {"schema": schema, "encoding": encoding}) for each in types}
    return record(operation, {"required": said(operation, bool(needed)), "content": record(operation, {**made})})


def _encoding(operation: Node, form: list[Node]) -> Node | None:
    """How lists in a form are written, where that is not the default of OpenAPI 3."""
    parts: dict[str, Node | None] = {}
    for each in form:
        if _text(each.get("type")) == "array":
            style, explode = _STYLES.get(_text(each.get("collectionFormat")) or "csv", ("", False))
            at = each.get("collectionFormat") or each
            parts[_name(each)] = record(each, {"style": said(at, style or "form"), "explode": said(at, explode)})
    return record(operation, parts) if parts else None


def _responses(document: Document, operation: Node) -> Node | None:
    holder = operation.get("responses")
    if holder is None:
        return None
    produced = _types(document, operation, "produces")
    parts: dict[str, Node | None] = {}
    for status, use in holder.members():
        node = document.follow(use)
        parts[status] = _response(node, produced) if node is not None and not status.startswith("x-") else use
    return record(holder, parts)


def _response(node: Node, produced: list[Node]) -> Node:
    headers = node.get("headers")
    read = {name: _header(each) for name, each in headers.members()} if headers is not None else {}
    parts: dict[str, Node | None] = dict(node.members())
    parts["headers"] = record(headers, {**read}) if headers is not None else None
    schema, examples = parts.pop("schema", None), parts.pop("examples", None)
    if schema is not None:
        schema = said(schema, filed) if (filed := _filed(schema.value)) is not schema.value else schema
        types = produced or [said(node, "*/*")]
        shown = {str(each.value): examples.get(str(each.value)) if examples is not None else None for each in types}
        content = {name: record(node, {"schema": schema, "example": example}) for name, example in shown.items()}
        parts["content"] = record(node, {**content})
    return record(node, parts)


def _header(header: Node) -> Node:
    style = _style(header)
    return record(header, {"description": header.get("description"), "schema": _schema(header), **style})


def _parameter(parameter: Node) -> Node:
    kept = {name: part for name, part in parameter.members() if name in _ABOUT or name.startswith("x-")}
    return record(parameter, {**kept, "schema": _schema(parameter), **_style(parameter)})


def _style(holder: Node) -> dict[str, Node | None]:
    if _text(holder.get("type")) != "array":
        return {}
    style, explode = _STYLES.get(_text(holder.get("collectionFormat")) or "csv", ("", False))
    at = holder.get("collectionFormat") or holder
    return {"style": said(at, style) if style else None, "explode": said(at, explode)}


def _schema(holder: Node) -> Node:
    """The keywords of a schema that stand in a parameter or header itself."""
    value = holder.value if isinstance(holder.value, Mapping) else {}
    return said(holder, _filed({name: member for name, member in value.items() if name not in _ABOUT}))


def _filed(schema: Json) -> Json:
    """The schema, a `type: file` as the text of bytes that it is in OpenAPI 3."""
    if isinstance(schema, Mapping) and schema.get("type") == "file":
        return {**schema, "type": "string", "format": "binary"}
    return schema


def _types(document: Document, operation: Node, word: str) -> list[Node]:
    holder = operation.get(word) or document.root.get(word)
    return [each for each in holder.items() if isinstance(each.value, str)] if holder is not None else []


def _followed(document: Document, holder: Node | None) -> Iterator[Node]:
    for use in holder.items() if holder is not None else ():
        node = document.follow(use)
        if node is not None and isinstance(node.value, Mapping):
            yield node


def _place(parameter: Node) -> str:
    return _text(parameter.get("in")) or ""


def _name(parameter: Node) -> str:
    return _text(parameter.get("name")) or ""


def _true(node: Node | None) -> bool:
    return node is not None and node.value is True


def _text(node: Node | None) -> str | None:
    return node.value if node is not None and isinstance(node.value, str) else None
