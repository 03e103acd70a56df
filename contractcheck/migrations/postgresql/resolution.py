"""Which operator or function the server chooses for arguments of given types (parse_oper.c, parse_func.c)."""

from collections.abc import Sequence

from msgspec import Struct

from contractcheck.migrations.catalog import Catalog, Type
from contractcheck.migrations.postgresql import facts, types

UNKNOWN = Type("unknown")
_ELEMENTS = frozenset({"any", "anyelement", "anycompatible"})
_ARRAYS = frozenset({"anyarray", "anycompatiblearray"})
_SCALARS = frozenset({"anynonarray", "anycompatiblenonarray"})
_VECTORS = frozenset({"int2vector", "oidvector"})
_MULTIRANGES = frozenset({"anymultirange", "anycompatiblemultirange"})


class Choice(Struct, frozen=True):
    """What a name with given arguments comes to.

    `missing` says that there certainly is nothing of the kind; `arguments` are the names of the types it takes and
    `returns` that of its result, where one is chosen (both may be polymorphic, like `anyarray`).
    """

    missing: bool = False
    arguments: tuple[str, ...] = ()
    returns: str = ""


UNDECIDED = Choice()
MISSING = Choice(missing=True)
Given = Sequence[Type | None]


def type_of(name: str) -> Type | None:
    """The type of an internal name; None for a polymorphic or pseudo type."""
    if name.startswith("_") and facts.category(name) == "A":
        return Type(name[1:], (), array=True)
    return None if facts.category(name) == "P" or name.startswith("any") else Type(name)


def acceptable(given: Type, wanted: str, catalog: Catalog) -> bool:
    """Whether an argument of a type is taken without being asked (can_coerce_type)."""
    if given == UNKNOWN or wanted in _ELEMENTS:
        return True
    given = types.base_type(given, catalog)
    user = types.user_type(given, catalog) if not given.array else None
    array = given.array or given.base in _VECTORS
    if wanted in _ARRAYS:
        return array
    if wanted in _SCALARS:
        return not array
    if wanted == "anyenum":
        return user is not None and user.kind == "enum"
    if wanted == "record":
        return given.base == "record" or (user is not None and user.kind in {"composite", "table"})
    if wanted in _MULTIRANGES:
        return isinstance(given.base, str) and given.base.endswith("multirange")
    if wanted in {"anyrange", "anycompatiblerange"}:
        return types.category(given, catalog) == "R" and not str(given.base).endswith("multirange")
    target = type_of(wanted)
    return target is not None and types.pathway(given, target, catalog, "i") is not None


def _name(given: Type | None, catalog: Catalog) -> str:
    """The internal name of a type; "" for an unknown literal and for a user's."""
    if given is None or given == UNKNOWN:
        return ""
    given = types.base_type(given, catalog)
    if not isinstance(given.base, str):
        return ""
    return f"_{given.base}" if given.array else given.base


def select(given: Given, found: Sequence[tuple[str, ...]], catalog: Catalog) -> int | None:
    """The best of several that take the arguments, by number; None if none is best (func_select_candidate)."""
    names = [_name(each, catalog) for each in given]
    left = list(range(len(found)))

    def best(score: Sequence[int]) -> list[int]:
        top = max(score)
        return [which for which, points in zip(left, score, strict=True) if points == top]

    left = best([sum(1 for mine, n in zip(found[w], names, strict=True) if n and mine == n) for w in left])
    if len(left) == 1:
        return left[0]
    kinds = [types.category(types.base_type(g, catalog), catalog) if g and g != UNKNOWN else "" for g in given]

    def liked(wanted: str, name: str, kind: str) -> bool:
        return wanted == name or (facts.preferred(wanted) and facts.category(wanted) == kind)

    left = best([
        sum(1 for mine, n, k in zip(found[w], names, kinds, strict=True) if k and liked(mine, n, k)) for w in left
    ])  # fmt: skip
    if len(left) == 1:
        return left[0]
    open_ = [at for at, each in enumerate(given) if each == UNKNOWN]
    if not open_:
        return None
    for at in open_:
        wanted = [found[w][at] for w in left]
        groups = {facts.category(name) if type_of(name) else "X" for name in wanted}
        kind = "S" if "S" in groups else groups.pop() if len(groups) == 1 else ""
        if not kind:
            break
        left = [w for w in left if facts.category(found[w][at]) == kind] or left
        preferred = [w for w in left if facts.preferred(found[w][at])]
        left = preferred or left
    if len(left) == 1:
        return left[0]
    known = {n for n in names if n}
    if len(known) == 1:
        name = known.pop()
        same = [w for w in left if all(facts.binary(name, mine) or mine == name for mine in found[w])]
        return same[0] if len(same) == 1 else None
    return None


def operator(name: str, left: Type | None, right: Type | None, catalog: Catalog) -> Choice:
    """The built-in operator of a name for its sides; `left` is None for a prefix operator (oper, left_oper)."""
    given = [right] if left is None else [left, right]
    rows = [row for row in facts.operators(name) if bool(row[0]) == (left is not None)]
    if not rows:
        return MISSING
    wanted = [tuple(row[:2]) if left is not None else (row[1],) for row in rows]
    names = [_name(each, catalog) for each in given]
    if left is not None and "" in names and (UNKNOWN in given) and any(names):
        names = [n or next(m for m in names if m) for n in names]  # a bare literal is taken for what stands beside it
    for mine, row in zip(wanted, rows, strict=True):
        if list(mine) == names and all(names):
            return Choice(arguments=mine, returns=row[2])
    return _choose(given, [(mine, row[2]) for mine, row in zip(wanted, rows, strict=True)], catalog)


def function(name: str, given: Given, version: int, catalog: Catalog) -> Choice:
    """The built-in function of a name for its arguments (func_get_detail); user's functions are the caller's."""
    count = len(given)
    found: list[tuple[tuple[str, ...], str]] = []
    for each in facts.functions(name):
        if each.since > version:
            continue
        arguments = each.arguments
        if each.variadic and count >= len(arguments):
            element = arguments[-1][1:] if arguments[-1].startswith("_") else "any"
            arguments = (*arguments[:-1], *[element] * (count - len(arguments) + 1))
        if len(arguments) - each.defaults <= count <= len(arguments):
            found.append((arguments[:count], each.returns))
    names = [_name(each, catalog) for each in given]
    for mine, returns in found:
        if list(mine) == names:
            return Choice(arguments=mine, returns=returns)
    return _choose(given, found, catalog) if found else MISSING


def _choose(given: Given, found: Sequence[tuple[tuple[str, ...], str]], catalog: Catalog) -> Choice:
    if any(each is None for each in given):
        return UNDECIDED
    fitting = [
        (mine, returns)
        for mine, returns in found
        if all(each is not None and acceptable(each, name, catalog) for each, name in zip(given, mine, strict=True))
    ]
    if not fitting:
        return MISSING
    best = 0 if len(fitting) == 1 else select(given, [mine for mine, _ in fitting], catalog)
    return UNDECIDED if best is None else Choice(arguments=fitting[best][0], returns=fitting[best][1])
