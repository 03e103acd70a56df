"""Small readings of the parser's JSON: names, types, lists, constants."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from contractcheck.migrations.operations import Node, Ref, TypeRef

Fields = Mapping[str, Any]


def only(node: Node) -> tuple[str, Fields]:
    """The kind of a node and its fields."""
    for kind, fields in node.items():
        return kind, fields
    return "", {}


def string(node: Node) -> str:
    """The text of a String node."""
    text = node["String"].get("sval", "")
    return str(text)


def strings(nodes: Sequence[Node] | None) -> tuple[str, ...]:
    """The texts of a list of String nodes."""
    return tuple(string(node) for node in nodes or () if "String" in node)


def parts(node: Node) -> tuple[str, ...]:
    """The parts of a name given as List, String, TypeName, ObjectWithArgs or RangeVar."""
    kind, fields = only(node)
    match kind:
        case "List":
            items = fields.get("items", ())
            return tuple(part for item in items for part in parts(item))
        case "String":
            return (str(fields.get("sval", "")),)
        case "TypeName":
            return strings(fields.get("names"))
        case "ObjectWithArgs":
            return strings(fields.get("objname"))
        case "RangeVar":
            return (fields["schemaname"], fields["relname"]) if fields.get("schemaname") else (fields["relname"],)
        case "RoleSpec":
            return (role({"RoleSpec": fields}),)
        case _:
            return ()


def role(node: Node) -> str:
    """The name of a role, or its word (`current_user`, `public`)."""
    fields = node["RoleSpec"]
    kind = fields.get("roletype", "ROLESPEC_CSTRING")
    return str(fields.get("rolename", "")) if kind == "ROLESPEC_CSTRING" else kind.removeprefix("ROLESPEC_").lower()


def ref(fields: Fields) -> Ref:
    """The relation a RangeVar names."""
    return Ref(
        name=fields["relname"],
        schema=fields.get("schemaname"),
        only=not fields.get("inh", False),
        persistence=fields.get("relpersistence", "p"),
    )


def named(names: Sequence[str]) -> Ref:
    """A relation or type named by its parts."""
    return Ref(name=names[-1], schema=names[-2] if len(names) > 1 else None)


def type_ref(fields: Fields) -> TypeRef:
    """The type a TypeName names. Modifiers are integers, or texts where they are no integers."""
    names = strings(fields.get("names"))
    if fields.get("pct_type"):
        return TypeRef(name=".".join(names) + "%type", setof=bool(fields.get("setof")))
    modifiers = tuple(constant(node) for node in fields.get("typmods", ()))
    if "pg_catalog" in names[:-1] and names[-1] == "interval":
        modifiers = modifiers or ()
    return TypeRef(
        name=names[-1],
        schema=names[-2] if len(names) > 1 else None,
        modifiers=tuple(m if isinstance(m, int) else str(m) for m in modifiers),
        dimensions=len(fields.get("arrayBounds", ())),
        setof=bool(fields.get("setof")),
    )


def constant(node: Node) -> Any:  # noqa: ANN401 - a literal of any type
    """The value of a literal: int, float text, str, bool or None; a name for what is no literal."""
    kind, fields = only(node)
    if kind == "A_Const":
        if fields.get("isnull"):
            return None
        if "ival" in fields:
            return fields["ival"].get("ival", 0)
        if "fval" in fields:
            return fields["fval"].get("fval", "0")
        if "boolval" in fields:
            return fields["boolval"].get("boolval", False)
        if "sval" in fields:
            return fields["sval"].get("sval", "")
        return fields.get("bsval", {}).get("bsval", "")
    if kind in {"Integer", "Float", "Boolean", "String"}:
        key = {"Integer": "ival", "Float": "fval", "Boolean": "boolval", "String": "sval"}[kind]
        return fields.get(key, {"Integer": 0, "Boolean": False}.get(kind, ""))
    if kind == "TypeName":
        return ".".join(strings(fields.get("names")))
    if kind == "ColumnRef":
        return ".".join(strings(fields.get("fields")))
    if kind == "A_Expr" and fields.get("name") and strings(fields["name"]) == ("-",) and "lexpr" not in fields:
        inner = constant(fields["rexpr"])
        return -inner if isinstance(inner, int) else f"-{inner}"
    if kind == "TypeCast":
        return constant(fields["arg"])
    if kind == "List":
        return tuple(constant(item) for item in fields.get("items", ()))
    if kind == "AccessPriv":
        return str(fields.get("priv_name", ""))
    return None


def options(nodes: Sequence[Node] | None) -> tuple[tuple[str, Any], ...]:
    """A list of DefElem as (name, value); a namespace is prefixed (`toast.autovacuum_enabled`)."""
    found: list[tuple[str, Any]] = []
    for node in nodes or ():
        fields = node["DefElem"]
        name = fields.get("defname", "")
        if fields.get("defnamespace"):
            name = f"{fields['defnamespace']}.{name}"
        value = fields.get("arg")
        kind = only(value)[0] if value is not None else ""
        if value is None:
            found.append((name, None))
        elif kind in {"List", "TypeName"} and name in {"owned_by", "as", "sequence_name"}:
            found.append((name, type_ref(value["TypeName"]) if kind == "TypeName" else parts(value)))
        else:
            found.append((name, constant(value)))
    return tuple(found)


def texts(nodes: Sequence[Node] | None) -> tuple[tuple[str, str], ...]:
    """A list of DefElem as texts, as reloptions keep them."""
    return tuple((name, "true" if value is None else str(value).lower()) for name, value in options(nodes))


def walk(node: object) -> Iterator[tuple[str, Fields]]:
    """Every node of a tree, outermost first, without recursion."""
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, dict):
            for kind, fields in current.items():
                if isinstance(fields, dict):
                    if kind[:1].isupper():
                        yield kind, fields
                    stack.append(fields)
                elif isinstance(fields, list):
                    stack.extend(reversed(fields))
        elif isinstance(current, list):
            stack.extend(reversed(current))


def nested(fields: object) -> Iterator[Node]:
    """The nodes right below the fields of one."""
    stack = [fields]
    while stack:
        current = stack.pop()
        if isinstance(current, dict):
            for kind, inner in current.items():
                if isinstance(inner, dict) and kind[:1].isupper():
                    yield {kind: inner}
                elif isinstance(inner, dict | list):
                    stack.append(inner)
        elif isinstance(current, list):
            stack.extend(current)
