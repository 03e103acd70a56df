"""Types: from their names to what the server makes of them, back to the words of reports, and what a change costs."""

from collections.abc import Mapping

from msgspec import Struct

from contractcheck.migrations.catalog import Catalog, Type, UserType
from contractcheck.migrations.effects import Server
from contractcheck.migrations.operations import Node, TypeRef
from contractcheck.migrations.postgresql import facts
from contractcheck.migrations.postgresql.nodes import only, strings, type_ref

SERIAL = {
    "smallserial": "int2",
    "serial2": "int2",
    "serial": "int4",
    "serial4": "int4",
    "bigserial": "int8",
    "serial8": "int8",
}

# format_type(): the words for the internal names
WORDS = {
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "bool": "boolean",
    "varchar": "character varying",
    "bpchar": "character",
    "varbit": "bit varying",
    "timestamptz": "timestamp with time zone",
    "timestamp": "timestamp without time zone",
    "timetz": "time with time zone",
    "time": "time without time zone",
    "char": '"char"',
}

# bits of an interval's fields (src/include/utils/datetime.h): MONTH 1, YEAR 2, DAY 3, HOUR 10, MINUTE 11, SECOND 12
INTERVAL_FIELDS = {
    4: "year",
    2: "month",
    8: "day",
    1024: "hour",
    2048: "minute",
    4096: "second",
    6: "year to month",
    1032: "day to hour",
    3080: "day to minute",
    7176: "day to second",
    3072: "hour to minute",
    7168: "hour to second",
    6144: "minute to second",
}
FULL_RANGE = 32767

UTC = frozenset(
    area + name
    for area in ("", "etc/")
    for name in ("utc", "gmt", "uct", "zulu", "universal", "greenwich", "gmt0", "gmt+0", "gmt-0")
)


def resolve(found: TypeRef, catalog: Catalog, path: tuple[str, ...]) -> Type | None:
    """The type a name stands for; None if it is not known. serial becomes its integer."""
    array = found.dimensions > 0
    name = found.name
    if found.schema in {None, "pg_catalog"}:
        if found.schema is None and name in SERIAL:
            return Type(SERIAL[name], (), array)
        if found.schema is None:
            user = catalog.lookup_type(name, None, path)
            if user is not None and not facts.is_type(name):
                return Type(user.number, (), array)
        if facts.is_type(name):
            if name.startswith("_") and facts.category(name) == "A":
                return Type(name[1:], found.modifiers, array=True)
            return Type(name, modifiers(name, found.modifiers), array)
    user = catalog.lookup_type(name, found.schema, path)
    if user is None and name.startswith("_"):
        user = catalog.lookup_type(name[1:], found.schema, path)
        array = True
    return Type(user.number, tuple(found.modifiers), array) if user is not None else None


def spelled(wanted: TypeRef, found: Type | None) -> str:
    """What the text calls a type that is not known; "" for one that is."""
    if found is not None:
        return ""
    name = ".".join(part for part in (wanted.schema, wanted.name.removeprefix("?")) if part)
    inside = f"({','.join(str(m) for m in wanted.modifiers)})" if wanted.modifiers else ""
    return name + inside + "[]" * wanted.dimensions


def modifiers(name: str, given: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Modifiers in one form: numeric(10) is numeric(10,0), interval its field bits and precision, char is char(1)."""
    if name == "interval" and given:
        bits = given[0] if isinstance(given[0], int) else FULL_RANGE
        if len(given) > 1:
            return (bits, given[1])
        return () if bits == FULL_RANGE else (bits,)
    if name in {"numeric", "decimal"} and len(given) == 1:
        return (given[0], 0)
    return given


def words(found: Type | None, catalog: Catalog) -> str:
    """The words of format_type: `character varying(20)`, `timestamp(3) with time zone`, `app.mood[]`."""
    if found is None:
        return "unknown"
    suffix = "[]" if found.array else ""
    if isinstance(found.base, int):
        user = catalog.types.get(found.base)
        return (str(user.key) if user else "unknown") + suffix
    name = WORDS.get(found.base, found.base)
    if found.base == "interval" and found.modifiers:
        bits = found.modifiers[0]
        fields = f" {INTERVAL_FIELDS[bits]}" if isinstance(bits, int) and bits in INTERVAL_FIELDS else ""
        precision = f"({found.modifiers[1]})" if len(found.modifiers) > 1 else ""
        return f"interval{fields}{precision}{suffix}"
    if not found.modifiers:
        return ("bpchar" if found.base == "bpchar" else name) + suffix  # bpchar without a length is no character(1)
    inside = f"({','.join(str(m) for m in found.modifiers)})"
    for zone in (" with time zone", " without time zone"):
        if name.endswith(zone):
            return name.removesuffix(zone) + inside + zone + suffix
    return name + inside + suffix


def user_type(found: Type | None, catalog: Catalog) -> UserType | None:
    """The user's type behind a type, arrays aside."""
    return catalog.types.get(found.base) if found is not None and isinstance(found.base, int) else None


def base_type(found: Type, catalog: Catalog) -> Type:
    """The type under a domain, and domains under it."""
    seen = 0
    while (user := user_type(found, catalog)) is not None and user.kind == "domain" and not found.array and user.base:
        found = user.base
        seen += 1
        if seen > 50:
            break
    return found


def has_constraints(found: Type | None, catalog: Catalog) -> bool:
    """Whether a type is a domain with constraints, its own or of a domain under it (DomainHasConstraints)."""
    seen = 0
    while found is not None and not found.array and (user := user_type(found, catalog)) and user.kind == "domain":
        if user.not_null or user.constraints:
            return True
        found = user.base
        seen += 1
        if seen > 50:
            return True
    return False


def category(found: Type, catalog: Catalog) -> str:
    """The category of a type, as pg_type has it."""
    if found.array:
        return "A"
    if isinstance(found.base, str):
        return facts.category(found.base)
    user = catalog.types.get(found.base)
    if user is None:
        return "U"
    if user.kind == "domain" and user.base is not None:
        return category(user.base, catalog)
    if user.extension == "citext":
        return "S"
    return {"enum": "E", "range": "R", "composite": "C"}.get(user.kind, "U")


def pathway(source: Type, target: Type, catalog: Catalog, context: str) -> str | None:
    """How values get from one type to another: `same`, `binary`, `function`, `io`, `array`, `zone`; None: not at all.

    `context` is `i`, `a` or `e`: how loudly it is asked for (find_coercion_pathway). Modifiers are no matter here;
    domains are those of the caller.
    """
    source, target = base_type(source, catalog), base_type(target, catalog)
    if (source.base, source.array) == (target.base, target.array):
        return "same"
    if source.array != target.array or source.array:
        if source.array and target.array:
            inner = pathway(Type(source.base), Type(target.base), catalog, context)
            return "array" if inner else None
        if category(target, catalog) == "S" and context in "ae":
            return "io"
        return "io" if category(source, catalog) == "S" and context == "e" else None
    found = _cast(source, target, catalog)
    order = "iae"
    if found is not None and order.index(found[0]) <= order.index(context):
        if {source.base, target.base} == {"timestamp", "timestamptz"}:
            return "zone"
        return {"b": "binary", "f": "function", "i": "io"}[found[1]]
    if found is None:
        if category(target, catalog) == "S" and context in "ae":
            return "io"
        if category(source, catalog) == "S" and context == "e":
            return "io"
    return None


def way(source: Type, target: Type, catalog: Catalog, context: str, version: int) -> str | None:
    """As `pathway`, on a server of that version: up to 14 `"char"` counted among the types of text."""
    found = pathway(source, target, catalog, context)
    if found is None and version < 15 and _cast(source, target, catalog) is None:
        if target == Type("char") and context in "ae":
            return "io"
        if source == Type("char") and context == "e":
            return "io"
    return found


def _cast(source: Type, target: Type, catalog: Catalog) -> tuple[str, str] | None:
    if isinstance(source.base, str) and isinstance(target.base, str):
        found = facts.cast(source.base, target.base)
        return (found[0], found[1]) if found else None
    for side, other in ((source, target), (target, source)):
        user = user_type(side, catalog)
        if user is not None and user.extension == "citext" and user.name == "citext" and isinstance(other.base, str):
            out = side is source
            # citext--1.4.sql: implicit to text and varchar, assignment to bpchar; assignment from text, varchar, bpchar
            if other.base in {"text", "varchar"}:
                return ("i" if out else "a"), "b"
            if other.base == "bpchar":
                return ("a", "b") if out else ("a", "f")
            if not out and other.base in {"bool", "inet"}:
                return "a", "f"
    names = (_type_name(source, catalog), _type_name(target, catalog))
    node = catalog.objects.get(("cast", *names))
    if node is not None:
        how = {"COERCION_IMPLICIT": "i", "COERCION_ASSIGNMENT": "a"}.get(node.get("context", ""), "e")
        return how, ("f" if "func" in node else "i" if node.get("inout") else "b")
    return None


def too_young(source: Type, target: Type, version: int, catalog: Catalog) -> bool:
    """Whether the cast between two types is younger than the server: integers and bytea, from 18 (release notes)."""
    names = {base_type(source, catalog).base, base_type(target, catalog).base}
    return version < 18 and "bytea" in names and bool(names & {"int2", "int4", "int8"})


def _type_name(found: Type, catalog: Catalog) -> str:
    if isinstance(found.base, str):
        return found.base
    user = catalog.types.get(found.base)
    return user.name if user else ""


def widens(name: str, old: tuple[int | str, ...], new: tuple[int | str, ...]) -> bool:
    """Whether giving a type new modifiers can change no value.

    The planner support functions decide: varchar_support, numeric_support, varbit_support, timestamp_support,
    time_support, interval_support. Other types (bpchar, bit) have none: only equal modifiers are free.
    """
    if old == new or not new:
        return True
    numbers = [m for m in (*old, *new) if isinstance(m, int)]
    if len(numbers) != len(old) + len(new):
        return False
    before = [m for m in old if isinstance(m, int)]
    after = [m for m in new if isinstance(m, int)]
    match name:
        case "varchar" | "varbit":
            return bool(before) and before[0] <= after[0]
        case "numeric":
            return bool(before) and before[0] <= after[0] and before[1] == after[1]
        case "timestamp" | "timestamptz" | "time" | "timetz":
            return after[0] >= 6 or (bool(before) and before[0] <= after[0])
        case "interval":
            return _interval_widens(before, after)
        case _:
            return False


def _least(bits: int) -> int:
    """The least field of an interval's range: second 0, minute 1, hour 2, day 3, month 4, year 5."""
    for order, bit in enumerate((4096, 2048, 1024, 8, 2, 4)):
        if bits & bit:
            return order
    return 0


def _interval_widens(old: list[int], new: list[int]) -> bool:
    full = 7
    old_bits = old[0] if old else FULL_RANGE
    old_precision = old[1] if len(old) > 1 else full
    new_precision = new[1] if len(new) > 1 else full
    old_least, new_least = _least(old_bits), _least(new[0])
    return new_least <= old_least and (old_least > 0 or new_precision >= 6 or new_precision >= old_precision)


class Conversion(Struct, frozen=True):
    """What a change of a column's type comes to.

    `possible` is False where the server refuses; `rewrite` None where it is not known. `computed` says that values pass
    through a function, so that some may be refused. `why` is a few words.
    """

    possible: bool | None
    rewrite: bool | None
    why: str
    computed: bool = False


def convert(old: Type, new: Type, using: Node | None, column: str, catalog: Catalog, server: Server) -> Conversion:
    """Whether ALTER COLUMN TYPE can be done and must rewrite the table (ATColumnChangeRequiresRewrite)."""
    chain = _chain(using, column) if using is not None else []
    if chain is None:
        return Conversion(None, rewrite=True, why="the values are computed by USING", computed=True)
    current, known = old, old.modifiers
    computed: Conversion | None = None
    for step in chain:
        target = resolve(step, catalog, server_path(server))
        if target is None:
            return Conversion(None, rewrite=None, why=f"type {step.name} is not known")
        verdict, known = _coerce(current, target, known, catalog, server, "e")
        if verdict.possible is False:
            return verdict
        if verdict.rewrite or verdict.rewrite is None:
            computed = computed or verdict
        current = target
    last = _coerce(current, new, known, catalog, server, "a")[0]
    return computed if computed is not None and last.possible is not False else last


def server_path(server: Server) -> tuple[str, ...]:
    """The schemas that unqualified names are looked up in."""
    given = server.settings.get("search_path")
    if given is None:
        return ("pg_temp", "public")
    names = [part.strip().strip('"') for part in given.split(",")]
    return ("pg_temp", *(name for name in names if name and name != "$user"))


def _chain(node: Node, column: str) -> list[TypeRef] | None:
    """The types a USING casts the column to, innermost first; None for anything but casts of the column."""
    found: list[TypeRef] = []
    while True:
        kind, fields = only(node)
        if kind == "TypeCast":
            found.append(type_ref(fields["typeName"]))
            node = fields["arg"]
        elif kind == "CollateClause":
            node = fields["arg"]
        elif kind == "ColumnRef" and strings(fields.get("fields"))[-1:] == (column,):
            return found[::-1]
        else:
            return None


Modifiers = tuple[int | str, ...]


def _coerce(
    source: Type, target: Type, known: Modifiers, catalog: Catalog, server: Server, context: str
) -> tuple[Conversion, Modifiers]:
    """One coercion with its length and domain steps. `known` are the modifiers the expression is known to keep."""
    if source == target and known == target.modifiers:
        return Conversion(possible=True, rewrite=False, why="the type stays as it is"), known
    inner = base_type(target, catalog)
    domain = user_type(target, catalog)
    is_domain = domain is not None and domain.kind == "domain" and not target.array
    from_domain = base_type(source, catalog) != source
    how = way(source, target, catalog, context, server.version)
    if how is None or too_young(source, target, server.version, catalog):
        why = f"{words(source, catalog)} cannot be cast automatically to {words(target, catalog)}"
        return Conversion(possible=False, rewrite=None, why=why), ()
    if is_domain and source.base == target.base and source.array == target.array:
        return Conversion(possible=True, rewrite=False, why="the type stays as it is"), known
    if how in {"function", "io", "array"}:
        return Conversion(possible=True, rewrite=True, why="every value is computed anew", computed=True), ()
    if how == "zone":
        zone = server.settings.get("timezone", "utc").lower()
        if zone not in UTC:
            return Conversion(possible=True, rewrite=True, why=f"the session's time zone is {zone}", computed=True), ()
        if "timezone" not in server.settings:
            why = "free only if the session's time zone is UTC"
            return Conversion(possible=True, rewrite=None, why=why, computed=True), ()
    if how == "binary" or from_domain:  # a relabelled value has no modifiers the planner knows of
        known = ()
        if not isinstance(inner.base, str):
            known = inner.modifiers
    elif how == "zone":
        known = ()
    if is_domain and has_constraints(target, catalog):
        why = "the domain's constraints are checked for every value"
        return Conversion(possible=True, rewrite=True, why=why, computed=True), ()
    name = inner.base if isinstance(inner.base, str) else ""
    if inner.array and inner.modifiers and inner.modifiers != known:
        return Conversion(possible=True, rewrite=True, why="every element is computed anew", computed=True), ()
    if name and not inner.array and not widens(name, known, inner.modifiers):
        why = f"{words(target, catalog)} may not hold every value as it is"
        return Conversion(possible=True, rewrite=True, why=why, computed=True), inner.modifiers
    return Conversion(possible=True, rewrite=False, why="every value stays as it is"), inner.modifiers


def sequence_bounds(name: str) -> Mapping[str, int]:
    """The greatest value of an integer type."""
    return {"int2": {"max": 32767}, "int4": {"max": 2147483647}}.get(name, {"max": 9223372036854775807})


# The longest text of a type's values, in characters.
_LONGEST = {"int2": 6, "int4": 11, "int8": 20, "uuid": 36, "bool": 5, "macaddr": 17, "macaddr8": 23, "oid": 10}


def fits(old: Type, new: Type, using: Node | None, column: str, catalog: Catalog) -> bool:
    """Whether every value of a type has an equal one in another, or USING computes what its author wants.

    That is so for text without a limit, and for implicit casts (int to bigint, date to timestamptz) where the
    modifiers of the new type leave no less room.
    """
    if using is not None and _chain(using, column) is None:
        return True
    before, after = base_type(old, catalog), base_type(new, catalog)
    if has_constraints(new, catalog) and old != new:
        return False
    if after.array or before.array or not isinstance(after.base, str) or not isinstance(before.base, str):
        return before.array == after.array and before.base == after.base
    if category(after, catalog) == "S" and not after.modifiers and after.base not in {"name", "char"}:
        return True
    if category(after, catalog) == "S" and before.base in _LONGEST:
        limit = after.modifiers[0] if after.modifiers else {"name": 63, "char": 1}.get(after.base, 1_000)
        return isinstance(limit, int) and limit >= _LONGEST[before.base]
    if before.base != after.base and not {before.base, after.base} <= {"varchar", "bpchar", "text"}:
        found = facts.cast(before.base, after.base)
        return found is not None and found[0] == "i" and not after.modifiers
    sizes = [[m for m in found.modifiers if isinstance(m, int)] for found in (before, after)]
    if not sizes[1]:
        return True
    if not sizes[0]:
        return False
    if after.base == "numeric":
        whole = [size[0] - (size[1] if len(size) > 1 else 0) for size in sizes]
        return whole[1] >= whole[0] and sizes[1][-1] >= sizes[0][-1]
    return sizes[1][0] >= sizes[0][0]
