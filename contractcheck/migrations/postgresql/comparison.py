"""Two catalogs compared by names, in words a person would use: what is missing, what is left over, what changed."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal

from contractcheck.migrations.catalog import Catalog, Relation, Table
from contractcheck.migrations.operations import Node
from contractcheck.migrations.postgresql.canonical import Written, renamed
from contractcheck.migrations.postgresql.description import (
    NOT_NULL,
    UNKNOWN,
    Attributes,
    Changes,
    Described,
    Literal,
    Ordered,
    Unknown,
    describe,
    own,
)
from contractcheck.migrations.postgresql.nodes import constant, only, strings, type_ref

ORDER = "order of columns"
NAMES = "name of"

_LONG = 80  # characters; what is longer is only said to have changed


def differences(before: Catalog, after: Catalog) -> tuple[str, ...]:
    """What the second catalog lacks, has too much or has otherwise, sorted; () when they are equal.

    A part of what is missing or left over as a whole is not repeated: a table stands for its columns.
    A difference only in the order of a table's columns begins with `order of columns`; a constraint, index or sequence
    that only has another name, with `name of`; a difference in what only a run knows, so that it may be none, with
    `not known`.
    """
    if before is after:
        return ()
    left, come = own(before, after), own(after, before)
    one, other = describe(before, after, left), describe(after, before, come)
    found = [name for name in {**one, **other} if name.startswith(UNKNOWN) and one.get(name) != other.get(name)]
    named = _named(one, other)
    found += [f"{NAMES} {was} became {_bare(now)}" for was, now in named.items()]
    found += _absent(one, other, "is missing", named.keys())
    found += _absent(other, one, "is left over", {*named.values()})
    for name in one:
        if name in other and not name.startswith(UNKNOWN):
            found += _changes(name, one[name], other[name], _followers(one[name], one, other, named))
    found += _orders(before, come)
    return tuple(sorted(found))


def _within(attributes: Attributes, here: Described, there: Described) -> bool:
    """Whether what the object is a part of is itself missing on the other side."""
    owner = attributes.get("of")
    if isinstance(owner, str) and owner.startswith(("function ", "procedure ")):  # said without arguments
        owner = next((name for name in here if name.startswith(f"{owner}(") and name not in there), owner)
    return isinstance(owner, str) and owner in here and owner not in there


_NAMED = ("constraint", "index", "sequence")


def _named(one: Described, other: Described) -> dict[str, str]:
    """What is on both sides but for its name: the one before and the one after."""
    gone = [name for name in one if name not in other and name.startswith(_NAMED)]
    come = [name for name in other if name not in one and name.startswith(_NAMED)]
    found: dict[str, str] = {}
    for name in gone:
        kind = name.partition(" ")[0]
        for candidate in come:
            same = candidate.partition(" ")[0] == kind and one[name] == other[candidate]
            if same and candidate not in found.values():
                found[name] = candidate
                break
    return found


def _bare(name: str) -> str:
    """The name of what `constraint c of t` or `index i` is said of."""
    kind, _, rest = name.partition(" ")
    return rest.rpartition(" of ")[0] if kind == "constraint" else rest


def _absent(here: Described, there: Described, how: str, named: Collection[str]) -> Iterator[str]:
    for name, attributes in here.items():
        if name in named or attributes.get("of") in named:
            continue
        if name not in there and not name.startswith(UNKNOWN) and not _within(attributes, here, there):
            yield f"{name} {how}"


def _followers(attributes: Attributes, one: Described, other: Described, named: Mapping[str, str]) -> Collection[str]:
    """The attributes that only follow from something that is told by itself: another name, another parent."""
    owner = attributes.get("of")
    found = []
    if (
        isinstance(owner, str)
        and owner in one
        and owner in other
        and one[owner].get("parents") != other[owner].get("parents")
    ):
        found.append("declared here")
    if named and isinstance(attributes.get("default"), Written):
        names = {_bare(was): _bare(now) for was, now in named.items()}
        mine = next(
            (other[name].get("default") for name, each in one.items() if each is attributes and name in other), None
        )
        if isinstance(mine, Written) and renamed(attributes["default"].form, names) == mine.form:  # type: ignore[attr-defined]
            found.append("default")
    if named and attributes.get("clustered on"):
        found += [
            each for each in ("clustered on", "replica identity") if _bare(str(attributes[each])) in map(_bare, named)
        ]
    return found


def _changes(name: str, one: Attributes, other: Attributes, follows: Collection[str]) -> Iterator[str]:
    for attribute in one:
        if attribute == "of" or attribute in follows or one[attribute] == other[attribute]:
            continue
        was, now = _shown(one[attribute]), _shown(other[attribute])
        if attribute == NOT_NULL:
            # From 18 NOT NULL has a name; that there is one more or less is said of the column.
            if one[attribute] is not None and other[attribute] is not None:
                yield f"{NAMES} constraint {was} of {name.partition(' ')[2].rpartition('.')[0]} became {now}"
            continue
        if isinstance(one[attribute], Changes):
            yield f"{UNKNOWN} whether {name} has its {attribute}: ALTER is not modelled"
        elif attribute == "owner" and None in {one[attribute], other[attribute]}:
            # Whoever runs the migrations is the first owner; whether that is the role which is named only they know.
            was, now = (each if each != "none" else "whoever runs the migrations" for each in (was, now))
            yield f"{UNKNOWN} whether {name} has its {attribute}: {was} became {now}"
        elif _perhaps(one[attribute], other[attribute]):
            yield f"{UNKNOWN} whether {name} has its {attribute}: it is written otherwise"
        elif isinstance(one[attribute], Unknown) or isinstance(other[attribute], Unknown):
            yield f"{UNKNOWN} whether {name} has its {attribute}: {was} became {now}"
        elif was == now or max(len(was), len(now)) > _LONG or "\n" in was + now:
            yield f"{name}: {attribute} changed"
        else:
            yield f"{name}: {attribute} {was} became {now}"


def _perhaps(one: object, other: object) -> bool:
    """Whether two attributes differ in nothing but how expressions are written, so that they may be the same."""
    if isinstance(one, Written) and isinstance(other, Written):
        return one.gist == other.gist
    if isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        return all(here == there or _perhaps(here, there) for here, there in zip(one, other, strict=True))
    return False


def _orders(before: Catalog, come: Iterable[Relation]) -> Iterator[str]:
    for table in come:
        if not isinstance(table, Table):
            continue
        then = before.relations.get(before.names.get(table.key, -1))
        if not isinstance(then, Table) or not then.known:
            continue
        old, new = ([column.name for column in each.columns] for each in (then, table))
        if old != new and sorted(old) == sorted(new):
            yield f"{ORDER} of {table.key}: {', '.join(old)} became {', '.join(new)}"


def _shown(value: object) -> str:
    match value:
        case None | "" | ():
            return "none"
        case Literal(None):
            return "NULL"
        case Literal(literal):
            return f"'{literal}'" if not isinstance(literal, bool | int | float | Decimal) else str(literal).lower()
        case Unknown(name):
            return f"unknown ({name})" if name else "unknown"
        case Ordered():
            return _ordered(value)
        case bool():
            return "yes" if value else "no"
        case Written():
            return _text(value.node)
        case dict():
            return _text(value)
        case tuple() | list():
            return f"({', '.join(_shown(item) for item in value)})"
        case _:
            return str(value)


def _ordered(key: Ordered) -> str:
    """A key of an index as CREATE INDEX writes it."""
    text = [_shown(key.key)]
    if key.collation is not None:
        text.append(f"COLLATE {key.collation}")
    if key.opclass is not None:
        text.append(key.opclass)
    if key.descending:
        text.append("DESC")
    if key.nulls_first is not key.descending:
        text.append("NULLS FIRST" if key.nulls_first else "NULLS LAST")
    if key.operator is not None:
        text.append(f"WITH {key.operator}")
    return " ".join(text)


def _text(node: Node) -> str:
    """A short text for an expression: literals, casts, calls, operators; anything else is `an expression`."""
    kind, fields = only(node)
    match kind:
        case "A_Const":
            value = constant(node)
            if value is None:
                return "NULL"
            return f"'{value}'" if "sval" in fields else str(value).lower()
        case "TypeCast":
            return f"{_text(fields['arg'])}::{type_ref(fields['typeName']).name}"
        case "FuncCall":
            return f"{'.'.join(strings(fields['funcname']))}({', '.join(_text(arg) for arg in fields.get('args', ()))})"
        case "ColumnRef":
            return ".".join(strings(fields["fields"])) or "*"
        case "SQLValueFunction":
            return str(fields.get("op", "SVFOP_CURRENT_DATE")).removeprefix("SVFOP_")
        case "NullTest":
            return f"{_text(fields['arg'])} {'IS NULL' if fields['nulltesttype'] == 'IS_NULL' else 'IS NOT NULL'}"
        case "BoolExpr" if fields["boolop"] == "NOT_EXPR":
            return f"NOT ({_text(fields['args'][0])})"
        case "BoolExpr":
            word = " AND " if fields["boolop"] == "AND_EXPR" else " OR "
            return word.join(f"({_text(arg)})" for arg in fields["args"])
        case "A_Expr" if fields["kind"] == "AEXPR_OP":
            sides = [_text(fields[side]) for side in ("lexpr", "rexpr") if side in fields]
            return f" {strings(fields['name'])[-1]} ".join(sides) if len(sides) == 2 else _prefixed(fields, sides[0])
        case _:
            return "an expression"


def _prefixed(fields: Node, operand: str) -> str:
    return f"{strings(fields['name'])[-1]}{operand}"
