"""What people call a place in a contract: `GET /users 200 application/json $.items[].name`, `schemas.User $.name`."""

import re
from posixpath import basename

from contractcheck.model.place import join, split
from contractcheck.openapi.document import Document, Node
from contractcheck.openapi.matching import METHODS

_SECTIONS = frozenset({"components", "schemas", "definitions", "$defs", "requestBodies", "paths", "parameters"})
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


class Names:
    """The names of places in one document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._files: dict[str, Node | None] = {}

    def name(self, node: Node, member: str | None = None) -> str:
        """The subject for a node; `member` is what it is about if the node only holds, or held, that."""
        tokens = split(node.pointer)
        words, rest = self._outer(node, tokens)
        if rest is None:
            return " ".join((*words, member)) if member is not None else " ".join(words)
        path, tail = self._inner(node.file, tokens, rest)
        if member is not None and (tail or not path.endswith(_step(member))):
            path += _step(member)
        return " ".join((*words, path))

    def _outer(self, node: Node, tokens: tuple[str, ...]) -> tuple[list[str], int | None]:
        """The words before the schema, and the index of the token where the schema begins, if there is one."""
        words: list[str] = []
        index = 0
        match tokens:
            case ("paths" | "webhooks" | "x-webhooks" as kind, path, "additionalOperations", method, *_):
                words.append(f"{method} {'' if kind == 'paths' else 'webhooks.'}{path}")
                index = 4
            case ("paths", path, *_):
                method = tokens[2] if len(tokens) > 2 and tokens[2] in METHODS else ""
                words.append(f"{method.upper()} {path}" if method else path)
                index = 3 if method else 2
            case ("webhooks" | "x-webhooks", name, *_):
                method = tokens[2] if len(tokens) > 2 and tokens[2] in METHODS else ""
                words.append(f"{method.upper()} webhooks.{name}" if method else f"webhooks.{name}")
                index = 3 if method else 2
            case ("components", section, name, *_):
                words.append(f"{section}.{name}")
                if section == "schemas":
                    return words, 3
                index = 3
            case ("definitions", name, *_):
                return [f"schemas.{name}"], 2
            case ("parameters" | "responses" as section, name, *_) if node.file == self._document.path:
                words.append(f"{section}.{name}")
                index = 2
            case ("info", *_) if node.file == self._document.path:
                return ["info"], None
            case ("tags", index_, *_) if node.file == self._document.path:
                value = self._value(node.file, ("tags", index_, "name"))
                return [f"tags.{value if isinstance(value, str) else index_}"], None
            case ("securityDefinitions", name, *_):
                return [f"securitySchemes.{name}"], None
            case _:
                if node.file != self._document.path:
                    words.append(basename(node.file).rsplit(".", 1)[0])
        while index < len(tokens):
            token, following = tokens[index], tokens[index + 1] if index + 1 < len(tokens) else None
            match token:
                case "schema" | "itemSchema":
                    return words, index + 1
                case "parameters" if following is not None:
                    words.append(self._parameter(node.file, tokens[: index + 2]))
                    index += 2
                case "requestBody":
                    words.append("request")
                    index += 1
                case "responses" | "content" | "callbacks" | "headers" if following is not None:
                    words.append({"callbacks": "callback ", "headers": "header "}.get(token, "") + following)
                    index += 2
                case _ if token in METHODS:
                    words.append(token.upper())
                    index += 1
                case "security":
                    return [*words, token], None
                case "servers" | "schemes" | "host" | "basePath":
                    return [*words, "servers"], None
                case "properties" | "items" | "allOf" | "anyOf" | "oneOf" | "additionalProperties" if (
                    node.file != self._document.path
                ):
                    return words, index
                case _:
                    if node.file != self._document.path and token not in _SECTIONS and not token.isdigit():
                        words.append(token)  # a name in a file of parts
                    index += 1
        return words, None

    def _parameter(self, file: str, tokens: tuple[str, ...]) -> str:
        value = self._value(file, tokens)
        if isinstance(value, dict) and isinstance(value.get("$ref"), str):
            found = self._document.follow(Node(file, join("", *tokens), value))
            value = found.value if found is not None else value
        if isinstance(value, dict) and isinstance(value.get("name"), str):
            return f"{value.get('in', 'parameter')} {value['name']}"
        return f"parameter {tokens[-1]}"

    def _inner(self, file: str, tokens: tuple[str, ...], index: int) -> tuple[str, bool]:
        """The path inside a schema, and whether the pointer goes on into a keyword."""
        path = "$"
        while index < len(tokens):
            token, following = tokens[index], tokens[index + 1] if index + 1 < len(tokens) else None
            match token:
                case "properties" if following is not None:
                    path += _step(following)
                    index += 2
                case "items":
                    path += "[]"
                    index += 1
                case "prefixItems" if following is not None:
                    path += f"[{following}]"
                    index += 2
                case "additionalProperties":
                    if following is None and isinstance(self._value(file, tokens), bool):
                        return path, True
                    path += ".*"
                    index += 1
                case "allOf" if following is not None:
                    index += 2
                case "anyOf" | "oneOf" if following is not None:
                    path += f"({self._branch(file, tokens[: index + 2])})"
                    index += 2
                case "$defs" | "definitions" if following is not None:
                    path = f"{token}.{following} $"
                    index += 2
                case _:
                    return path, True
        return path, False

    def _branch(self, file: str, tokens: tuple[str, ...]) -> str:
        """A branch by its title, else by its position."""
        value = self._value(file, tokens)
        title = value.get("title") if isinstance(value, dict) else None
        return title if isinstance(title, str) else f"{tokens[-2]} {tokens[-1]}"

    def _value(self, file: str, tokens: tuple[str, ...]) -> object:
        if file not in self._files:
            self._files[file] = self._document.resolve(Node(file, "", None), "#")
        root = self._files[file]
        value: object = root.value if root is not None else None
        for token in tokens:
            if isinstance(value, dict):
                value = value.get(token)
            elif isinstance(value, list) and token.isdigit() and int(token) < len(value):
                value = value[int(token)]
            else:
                return None
        return value


def _step(name: str) -> str:
    return f".{name}" if _PLAIN.fullmatch(name) else f"[{name!r}]"
