"""Expressions and queries as the server keeps them: one form for what comes to the same, however it is written.

The server resolves names, types and casts when it stores an expression, and shows that form (ruleutils.c): `price > 0`
of a numeric column is `price > (0)::numeric`, `IN ('a', 'b')` is `= ANY (ARRAY['a'::text, 'b'::text])`. A downgrade
that was copied from a dump is written so.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, field

from contractcheck.migrations.catalog import Catalog, Name, Table, Type
from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql import resolution, types
from contractcheck.migrations.postgresql.expressions import (
    POSITIONS,
    UNKNOWN,
    Scope,
    infer,
    is_null_constant,
    strip,
    user_functions,
)
from contractcheck.migrations.postgresql.nodes import Fields, constant, only, strings, type_ref
from contractcheck.migrations.postgresql.values import RefusedError, coerce, evaluate, known

_NEWEST = 18  # what is stored was taken by some server: whatever function it names was there
_LIKE = {"AEXPR_LIKE", "AEXPR_ILIKE", "AEXPR_OP"}
_PATHS = ("public",)


class Written:
    """An expression: equal to another one that is written the same or that the server keeps in the same form.

    `gist` is the form without casts and qualification: where it differs two expressions are not the same; where only
    the form differs they may be.
    """

    __slots__ = ("_form", "_make", "node")

    def __init__(self, node: Node, make: Callable[[], object]) -> None:
        self.node = node
        self._make = make
        self._form: tuple[object, ...] = ()

    @property
    def form(self) -> object:
        """What the server makes of it; made when it is asked for."""
        if not self._form:
            try:
                self._form = (self._make(),)
            except RecursionError:
                self._form = (strip(self.node),)
        return self._form[0]

    @property
    def gist(self) -> object:
        """What is left of the form without casts and qualification."""
        return _gist(self.form)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Written):
            return False
        return strip(self.node) == strip(other.node) or self.form == other.form

    __hash__ = None  # type: ignore[assignment] # equal in more than one way


def written(
    node: Node | None, catalog: Catalog, table: Table | None = None, value: Type | None = None
) -> Written | None:
    """An expression over the columns of a table, or over the VALUE of a domain; a query where it is one.

    Of a query `table` is the view that it makes.
    """
    if node is None:
        return None

    def make() -> object:
        form = _Form(_scope(catalog, table, value))
        return form.query(only(node)[1], table) if "SelectStmt" in node else form.of(node)

    return Written(node, make)


def _scope(catalog: Catalog, table: Table | None, value: Type | None) -> Scope:
    def column(parts: tuple[str, ...]) -> Type | None:
        if value is not None and parts == ("value",):
            return types.base_type(value, catalog)
        found = table.column(parts[-1]) if table is not None else None
        return found.type if found is not None else None

    return Scope(catalog, _paths(catalog), _NEWEST, column)


def _paths(catalog: Catalog) -> tuple[str, ...]:
    return (*_PATHS, *(schema for schema in catalog.schemas if schema not in _PATHS))


def renamed(form: object, names: Mapping[str, str]) -> object:
    """A form with sequences and other relations that are named by a text under other names."""
    match form:
        case ("lit", "regclass", str(name)):
            return ("lit", "regclass", names.get(name, name))
        case tuple():
            return tuple(renamed(each, names) for each in form)
        case _:
            return form


def _gist(form: object) -> object:
    match form:
        case ("cast", _, inner):
            return _gist(inner)
        case ("lit", _, value):
            return ("lit", str(value).lower() if isinstance(value, bool) else str(value))
        case ("column", *_, name):
            return ("column", name)
        case ("relation", *_, name):
            return ("relation", name)
        case ("call", arguments, rest, _, name):
            return ("call", name, _gist(arguments), _gist(rest))
        case tuple():
            return tuple(_gist(each) for each in form)
        case _:
            return form


class _Form(Struct, frozen=True):
    scope: Scope
    sources: Mapping[str, Table] = field(default_factory=dict)

    def of(self, node: Any) -> object:  # noqa: ANN401 - any part of a tree
        """The form of any part of a tree."""
        if isinstance(node, list):
            return tuple(self.of(each) for each in node)
        if not isinstance(node, dict):
            return node
        kind, fields = only(node)
        if len(node) == 1 and isinstance(fields, dict):
            match kind:
                case "A_Const":
                    return self.literal(node, None)
                case "TypeCast":
                    return self.cast(node, fields)
                case "ColumnRef":
                    return self.column(fields)
                case "FuncCall":
                    return self.call(fields)
                case "A_Expr":
                    return self.operation(fields)
                case "CoalesceExpr" | "MinMaxExpr":
                    return (kind, fields.get("op"), *self.alike(fields.get("args", [])))
                case "A_ArrayExpr":
                    return ("array", *self.alike(fields.get("elements", [])))
                case "CaseExpr":
                    return self.case(fields)
                case "SelectStmt":
                    return self.query(fields, None)
                case "RangeVar":
                    return ("relation", *self.relation(fields))
                case _:
                    pass
        return tuple(
            sorted((key, self.of(value)) for key, value in node.items() if key not in POSITIONS and value != {})
        )

    def type(self, node: Node) -> Type | None:
        return infer(node, self.scope)

    def bare(self, node: Node) -> Type | None:
        """The type of an operand as operators see it: without modifiers, of a domain what it is over."""
        found = self.type(node)
        if found is None or found == UNKNOWN:
            return found
        under = types.base_type(found, self.scope.catalog)
        return Type(under.base, (), under.array)

    def literal(self, node: Node, wanted: Type | None) -> object:
        """A constant, as a value of the wanted type where there is one."""
        fields = only(node)[1]
        own = self.type(node)
        target = wanted or (own if own != UNKNOWN else None)
        if fields.get("isnull"):
            return ("lit", self.words(target), None)
        text = constant(node)
        if target is None:
            return ("lit", "", text)
        if target.base in {"regclass", "regproc"}:
            return ("lit", "regclass", self.named(str(text)))
        try:
            value = coerce(evaluate(node, {}, self.scope.catalog), target, self.scope.catalog)
        except RefusedError:
            value = None
        return ("lit", self.words(target), value if value is not None and known(value) else str(text))

    def words(self, found: Type | None) -> str:
        return types.words(found, self.scope.catalog) if found is not None else ""

    def named(self, text: str) -> str:
        """A relation that a text names, resolved."""
        parts = [part.strip('"') for part in text.split(".")]
        found = self.scope.catalog.lookup(parts[-1], parts[-2] if len(parts) > 1 else None, self.scope.path)
        return str(found.key) if found is not None else str(Name(parts[-2] if len(parts) > 1 else "public", parts[-1]))

    def cast(self, node: Node, fields: Fields) -> object:
        target = self.type(node)
        arg = fields["arg"]
        kind, inner = only(arg)
        if target is None:
            return ("cast", type_ref(fields["typeName"]).name, self.of(arg))
        if kind == "A_Const" and (self.type(arg) == UNKNOWN or inner.get("isnull")):
            return self.literal(arg, target)
        if kind == "A_ArrayExpr" and target.array:
            element = Type(target.base, target.modifiers)
            return ("array", *(self.coerced(item, element) for item in inner.get("elements", [])))
        return self.coerced(arg, target)

    def coerced(self, node: Node, target: Type | None) -> object:
        """An operand as a value of the type that is wanted there: with the cast that the server puts in."""
        mine = self.type(node)
        if target is None:
            return self.of(node)
        if only(node)[0] == "A_Const" and mine == UNKNOWN:
            return self.literal(node, target)
        if mine is not None and (mine.base, mine.array) == (target.base, target.array) and not target.modifiers:
            return self.of(node)
        found = self.of(node)
        if isinstance(found, tuple) and found and found[0] == "array" and target.array:
            return ("array", *(("cast", self.words(Type(target.base)), each) for each in found[1:]))
        return ("cast", self.words(target), found)

    def column(self, fields: Fields) -> object:
        parts = tuple("*" if "A_Star" in f else f["String"].get("sval", "") for f in fields["fields"])
        if parts[0] in {"new", "old"} and len(parts) > 1:
            return ("column", parts[0], parts[-1])
        if not self.sources:
            return ("column", parts[-1])
        owners = [alias for alias, table in self.sources.items() if table.column(parts[-1]) is not None]
        if len(parts) == 1 and len(owners) == 1:
            return ("column", owners[0], parts[-1])
        return ("column", *parts[-2:])

    def call(self, fields: Fields) -> object:
        parts = strings(fields["funcname"])
        args = list(fields.get("args", []))
        mine = user_functions(parts, self.scope)
        name: tuple[str, ...] = ("", parts[-1])
        wanted: list[Type | None] = [None] * len(args)
        if mine:
            name = (mine[0].schema, mine[0].name)
            fitting = [each for each in mine if len(each.arguments) == len(args)]
            if len(fitting) == 1:
                wanted = list(fitting[0].arguments)
        elif parts[:-1] not in {(), ("pg_catalog",)}:
            name = (parts[-2], parts[-1])
        else:
            chosen = resolution.function(parts[-1], [self.type(each) for each in args], _NEWEST, self.scope.catalog)
            if len(chosen.arguments) == len(args):
                wanted = [resolution.type_of(each) for each in chosen.arguments]
        rest = {
            key: value for key, value in fields.items() if key not in {"funcname", "args", "funcformat", *POSITIONS}
        }
        return ("call", tuple(map(self.coerced, args, wanted)), self.of(rest) if rest else (), *name)

    def operation(self, fields: Fields) -> object:
        kind, name = fields.get("kind", "AEXPR_OP"), strings(fields.get("name"))
        left, right = fields.get("lexpr"), fields.get("rexpr")
        match kind:
            case "AEXPR_BETWEEN" | "AEXPR_NOT_BETWEEN" if left is not None and right is not None:
                low, high = right["List"]["items"]
                words, ops = ("AND_EXPR", (">=", "<=")) if kind == "AEXPR_BETWEEN" else ("OR_EXPR", ("<", ">"))
                sides = tuple(
                    self.operation({"name": [{"String": {"sval": sign}}], "lexpr": left, "rexpr": bound})
                    for sign, bound in zip(ops, (low, high), strict=True)
                )
                return (("BoolExpr", (("args", sides), ("boolop", words))),)
            case "AEXPR_IN" if left is not None and right is not None and "List" in right:
                return self.member(
                    name[-1], left, right["List"]["items"], "AEXPR_OP_ANY" if name == ("=",) else "AEXPR_OP_ALL"
                )
            case "AEXPR_OP_ANY" | "AEXPR_OP_ALL" if left is not None and right is not None:
                return self.array(kind, name[-1], left, right)
            case _ if kind in _LIKE and right is not None:
                return ("op", name[-1], *self.sides(name[-1], left, right))
            case _:
                rest = tuple(
                    sorted((k, self.of(v)) for k, v in fields.items() if k not in {*POSITIONS, "name", "kind"})
                )
                return (kind, name[-1:], rest)

    def sides(self, name: str, left: Node | None, right: Node) -> tuple[object, ...]:
        """The operands with the casts that the chosen operator asks for."""
        given = [each for each in (left, right) if each is not None]
        bare = [self.bare(each) for each in given]
        chosen = resolution.operator(name, bare[0] if left is not None else None, bare[-1], self.scope.catalog)
        wanted: list[Type | None] = [resolution.type_of(each) for each in chosen.arguments] or [None] * len(given)
        other = next((each for each in bare if each not in {None, UNKNOWN}), None)
        return tuple(
            self.coerced(each, want or (other if mine == UNKNOWN else None))
            for each, want, mine in zip(given, wanted, bare, strict=False)
        )

    def member(self, name: str, left: Node, items: list[Node], kind: str) -> object:
        if len(items) == 1:
            return ("op", name, *self.sides(name, left, items[0]))
        element = self.bare(left)
        mine = [self.bare(item) for item in items]
        if element == UNKNOWN or any(each not in {UNKNOWN, element} for each in mine):
            element = None
        listed = ("array", *(self.coerced(item, Type(element.base) if element else None) for item in items))
        return self.any(kind, name, left, element, listed)

    def array(self, kind: str, name: str, left: Node, right: Node) -> object:
        found = self.type(right)
        element = Type(found.base) if found is not None and found.array else None
        listed = self.of(right)
        return self.any(kind, name, left, element, listed if isinstance(listed, tuple) else (listed,))

    def any(self, kind: str, name: str, left: Node, element: Type | None, listed: tuple[object, ...]) -> object:
        bare = self.bare(left)
        chosen = (
            resolution.operator(name, bare, element, self.scope.catalog) if bare and element else resolution.UNDECIDED
        )
        wanted = [resolution.type_of(each) for each in chosen.arguments] or [None, None]
        if (
            wanted[1] is not None
            and element is not None
            and wanted[1].base != element.base
            and listed[:1] == ("array",)
        ):
            listed = ("array", *(("cast", self.words(wanted[1]), each) for each in listed[1:]))
        return (kind, name, self.coerced(left, wanted[0]), listed)

    def alike(self, items: list[Node]) -> tuple[object, ...]:
        """Operands that become one type."""
        found = {each for each in map(self.type, items) if each != UNKNOWN}
        target = found.pop() if len(found) == 1 else None
        if not found and target is None:
            target = Type("text")
        bare = Type(target.base, (), target.array) if target is not None else None
        return tuple(self.coerced(each, bare) for each in items)

    def case(self, fields: Fields) -> object:
        whens = [only(each)[1] for each in fields.get("args", [])]
        results = [each["result"] for each in whens]
        default = fields.get("defresult", {"A_Const": {"isnull": True}})
        shown = self.alike([*results, *([] if is_null_constant(default) else [default])])
        conditions = tuple(self.of(each["expr"]) for each in whens)
        last = None if is_null_constant(default) else shown[-1]
        return ("case", self.of(fields.get("arg")), tuple(zip(conditions, shown, strict=False)), last)

    def relation(self, fields: Fields) -> tuple[str, ...]:
        catalog = self.scope.catalog
        found = catalog.lookup(fields["relname"], fields.get("schemaname"), self.scope.path)
        key = found.key if found is not None else Name(fields.get("schemaname", ""), fields["relname"])
        alias = fields.get("alias", {}).get("aliasname", "")
        return ("" if alias == key.name else alias, *key)

    def query(self, fields: Fields, made: Table | None) -> object:
        """A SELECT: columns by the source they come from, `*` written out where it still means what it meant."""
        sources = dict(self.sources)
        plain = all(self.source(each, sources) for each in fields.get("fromClause", []))
        inner = _Form(_over(self.scope, sources), sources) if plain else self
        rest = {k: v for k, v in fields.items() if k not in {"targetList", *POSITIONS}}
        targets = inner.targets(fields.get("targetList", []), made)
        return ("select", targets, tuple(sorted((k, inner.of(v)) for k, v in rest.items() if v != {})))

    def source(self, node: Node, found: dict[str, Table]) -> bool:
        """Note the tables that a FROM names; False where there is something else in it."""
        kind, fields = only(node)
        if kind == "JoinExpr":
            return self.source(fields["larg"], found) and self.source(fields["rarg"], found)
        if kind != "RangeVar":
            return False
        table = self.scope.catalog.lookup(fields["relname"], fields.get("schemaname"), self.scope.path)
        if not isinstance(table, Table) or not table.known:
            return False
        found[fields.get("alias", {}).get("aliasname", table.name)] = table
        return True

    def targets(self, items: list[Node], made: Table | None) -> tuple[object, ...]:
        found: list[object] = []
        for at, item in enumerate(items):
            fields = only(item)[1]
            value = fields["val"]
            parts = list(value.get("ColumnRef", {}).get("fields", []))
            if parts and "A_Star" in parts[-1] and self.sources:
                named = [strings(parts[:1])[0]] if len(parts) > 1 else list(self.sources)
                found += [
                    (c.name, ("column", alias, c.name))
                    for alias in named
                    if alias in self.sources
                    for c in self.sources[alias].columns
                ]
                continue
            own = (
                constant(value).rpartition(".")[2]
                if "ColumnRef" in value
                else strings(only(value)[1].get("funcname"))[-1:] or ("",)
            )
            name = fields.get("name") or (own if isinstance(own, str) else own[0])
            if made is not None and at < len(made.columns) and len(items) == len(made.columns):
                name = made.columns[at].name
            found.append((name, self.of(value)))
        return tuple(found)


def _over(scope: Scope, sources: Mapping[str, Table]) -> Scope:
    def column(parts: tuple[str, ...]) -> Type | None:
        tables = [sources[parts[-2]]] if len(parts) > 1 and parts[-2] in sources else list(sources.values())
        found = [column for table in tables if (column := table.column(parts[-1])) is not None]
        return found[0].type if len(found) == 1 else None

    return Scope(scope.catalog, scope.path, scope.version, column)
