"""Frozen, slotted data classes as `dataclasses` has them, but cheap to declare, to make and to change.

A run declares two hundred and makes a hundred thousand instances. `dataclasses` compiles six functions for each class,
and a frozen instance sets every field through `object.__setattr__`. Here hash and representation are shared, what else
a class needs is compiled when it is first asked for, and an instance is filled as one of an open twin of its class.
`fields`, `asdict`, `match` and serialisers see an ordinary data class.
"""

import dataclasses
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

_Record = TypeVar("_Record")

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:

    def dataclass(cls: type | None = None, /, **options: bool) -> Any:  # noqa: ANN401 - a class, or what makes it one
        """As `dataclasses.dataclass`, which gets what is not just frozen and slotted, or has a base or such methods."""

        def wrap(cls: type) -> type:
            plain = options == _PLAIN and cls.__bases__ == (object,) and _OWN.isdisjoint(vars(cls))
            return _declared(cls) if plain else dataclasses.dataclass(cls, **options)

        return wrap if cls is None else wrap(cls)

    def replace(record: _Record, /, **changes: object) -> _Record:
        """As `dataclasses.replace`."""
        kind = type(record)
        copy = _COPIES.get(kind)
        if copy is None:
            if kind not in _RECORDS:
                return dataclasses.replace(record, **changes)
            copy = _COPIES[kind] = _copy(kind)
        return copy(record, changes)


_PLAIN = {"frozen": True, "slots": True}
_OWN = frozenset(
    {"__init__", "__post_init__", "__eq__", "__hash__", "__repr__", "__setattr__", "__delattr__", "__reduce__"}
)
_FEW = 3  # fields that are quicker set one by one than as those of an open instance
_BECOME = vars(object)["__class__"].__set__
_GIVEN = object()  # the default of a field that has a factory
_RECORDS: set[type] = set()
_COPIES: dict[type, Callable[[Any, dict[str, Any]], Any]] = {}


def _declared(cls: type) -> type:
    """The class with slots, and everything that needs no look at its fields."""
    made: Any = dataclasses.dataclass(cls, init=False, repr=False, eq=False, slots=True)
    found = dataclasses.fields(made)
    if any(field.kw_only or not field.init for field in found):
        raise TypeError(f"{cls.__name__}: all fields of a record are given, in their order")
    parameters = made.__dataclass_params__
    parameters.init = parameters.repr = parameters.eq = parameters.frozen = True
    every = tuple([field.name for field in found])
    compared = tuple([field.name for field in found if field.compare])
    shown = tuple([field.name for field in found if field.repr])
    hashed = tuple([field.name for field in found if (field.compare if field.hash is None else field.hash)])

    def first(self: object, *values: object, **named: object) -> None:
        made.__init__ = _init(made)
        made.__init__(self, *values, **named)

    def equal(self: object, other: object) -> bool:
        made.__eq__ = _equal(compared)
        same: bool = made.__eq__(self, other)
        return same

    def hashing(self: object) -> int:
        made.__hash__ = _hash(hashed)
        return hash(self)

    def text(self: object) -> str:
        return f"{self.__class__.__qualname__}({', '.join([f'{name}={getattr(self, name)!r}' for name in shown])})"

    made.__init__ = first
    made.__eq__ = equal
    made.__hash__ = hashing
    made.__repr__ = text
    made.__setattr__ = _refused
    made.__delattr__ = _undeleted
    made.__reduce__ = lambda self: (made, tuple([getattr(self, name) for name in every]))
    _RECORDS.add(made)
    return made  # type: ignore[no-any-return]


def _init(made: Any) -> Callable[..., None]:  # noqa: ANN401 - any data class
    found = dataclasses.fields(made)
    opened = len(found) > _FEW
    known: dict[str, Any] = {"_given": _GIVEN, "_made": made, "_become": _BECOME}
    if opened:
        known["_open"] = _open(made)
    parameters, lines = [], [" _become(_self, _open)"] if opened else []
    for field in found:
        name = value = field.name
        if not opened:
            known[f"_set_{name}"] = vars(made)[name].__set__
        if field.default is not dataclasses.MISSING:
            known[f"_default_{name}"] = field.default
            parameters.append(f"{name}=_default_{name}")
        elif field.default_factory is not dataclasses.MISSING:
            known[f"_factory_{name}"] = field.default_factory
            parameters.append(f"{name}=_given")
            value = f"_factory_{name}() if {name} is _given else {name}"
        else:
            parameters.append(name)
        lines.append(f" _self.{name} = {value}" if opened else f" _set_{name}(_self, {value})")
    if opened:
        lines.append(" _self.__class__ = _made")
    return _compiled("__init__", ["_self", "/", *parameters], lines or [" pass"], known)


def _equal(names: tuple[str, ...]) -> Callable[[Any, object], Any]:
    one, other = ("".join([f"{side}.{name}, " for name in names]) for side in ("_self", "_other"))
    lines = [f" return ({one}) == ({other}) if _other.__class__ is _self.__class__ else NotImplemented"]
    return _compiled("__eq__", ["_self", "_other"], lines, {})


def _hash(names: tuple[str, ...]) -> Callable[[Any], int]:
    values = "".join([f"_self.{name}, " for name in names])
    return _compiled("__hash__", ["_self"], [f" return _hash(({values}))"], {"_hash": hash})


@cache
def _open(made: type) -> type:
    """A class of the same slots that lets them be set: an instance is filled as one of it."""
    return type(made.__name__, (), {"__slots__": tuple([field.name for field in dataclasses.fields(made)])})


def _copy(made: type) -> Callable[[Any, dict[str, Any]], Any]:
    """What makes an instance out of another and changes."""
    names = [field.name for field in dataclasses.fields(made)]
    known = {"_made": made, "_open": _open(made), "_set": setattr}
    lines = [
        " _self = _open()",
        *[f" _self.{name} = _other.{name}" for name in names],
        " for _name in _changes:",
        "  _set(_self, _name, _changes[_name])",
        " _self.__class__ = _made",
        " return _self",
    ]
    return _compiled("__replace__", ["_other", "_changes"], lines, known)


def _compiled(name: str, parameters: list[str], lines: list[str], known: dict[str, Any]) -> Callable[..., Any]:
    exec("\n".join([f"def {name}({', '.join(parameters)}):", *lines]), known)  # noqa: S102 - as `dataclasses`: names of fields
    return known[name]  # type: ignore[no-any-return]


def _refused(_self: object, name: str, _value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _undeleted(_self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


__all__ = ["dataclass", "replace"]
