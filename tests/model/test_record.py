"""Records behave as the data classes of the standard library do."""

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from typing import Any

import orjson
import pytest

from contractcheck.migrations.catalog import Table
from contractcheck.model import record
from contractcheck.model.record import dataclass, replace


@dataclass(frozen=True, slots=True)
class Point:
    """Two numbers and what is said of them."""

    x: int
    y: int = 0
    notes: list[str] = field(default_factory=list)
    cause: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Empty:
    """Nothing."""


@dataclass(frozen=True, slots=True)
class One:
    """A single value."""

    value: float


@dataclass(frozen=True, slots=True)
class Far(One):
    """A record with a base is a plain data class."""

    away: int = 1


def _standard(made: type) -> Any:
    names = [
        (
            each.name,
            each.type,
            dataclasses.field(
                default=each.default, default_factory=each.default_factory, compare=each.compare, repr=each.repr
            ),
        )
        for each in dataclasses.fields(made)
    ]
    return dataclasses.make_dataclass(made.__name__, names, frozen=True, slots=True)


@pytest.mark.parametrize(
    ("made", "values"),
    [(Point, (1,)), (Point, (1, 2, ["a"], "b")), (Empty, ()), (One, (1.5,)), (Table, (1, "public", "orders"))],
)
def test_a_record_is_the_data_class_of_its_fields(made: Any, values: tuple[object, ...]) -> None:
    other = _standard(made)
    mine, theirs = made(*values), other(*values)
    assert repr(mine) == repr(theirs)
    assert dataclasses.asdict(mine) == dataclasses.asdict(theirs)
    assert orjson.dumps(mine, default=list) == orjson.dumps(theirs, default=list)
    assert made.__match_args__ == other.__match_args__
    assert made.__slots__ == other.__slots__
    assert {name: getattr(made.__dataclass_params__, name) for name in ("init", "repr", "eq", "order", "frozen")} == {
        name: getattr(other.__dataclass_params__, name) for name in ("init", "repr", "eq", "order", "frozen")
    }
    assert mine == made(*values) != theirs


def test_equality_and_hash_look_at_what_is_compared() -> None:
    assert Point(1, cause="a") == Point(1, cause="b") != Point(2)
    assert hash(One(2.0)) == hash(One(2)) == hash((2.0,))
    assert hash(Empty()) == hash(())
    nan = float("nan")
    assert One(nan) == One(nan)
    with pytest.raises(TypeError, match="unhashable type: 'list'"):
        hash(Point(1))


def test_each_instance_gets_what_the_factory_makes() -> None:
    assert Point(1).notes is not Point(1).notes


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (Point, "missing 1 required positional argument: 'x'"),
        (lambda: Point(1, 2, [], "", 5), "takes from 2 to 5 positional arguments but 6 were given"),  # type: ignore[call-arg]
        (lambda: Point(1, z=2), "unexpected keyword argument 'z'"),  # type: ignore[call-arg]
    ],
)
def test_wrong_values_are_refused(act: Callable[[], object], error: str) -> None:
    with pytest.raises(TypeError, match=error):
        act()


def test_nothing_of_it_can_be_changed() -> None:
    point = Point(1)
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'x'"):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'x'"):
        del point.x
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'other'"):
        point.other = 2  # type: ignore[attr-defined]


def test_a_changed_copy_leaves_the_first_alone() -> None:
    point = Point(1, 2, ["a"], "b")
    moved = replace(point, x=5, cause="c")
    assert (moved.x, moved.y, moved.notes, moved.cause, type(moved)) == (5, 2, ["a"], "c", Point)
    assert point == Point(1, 2, ["a"])
    assert moved.notes is point.notes
    assert dataclasses.replace(point, x=5) == moved
    assert replace(Far(1.0, 2), away=3) == Far(1.0, 3)
    with pytest.raises(FrozenInstanceError):
        moved.x = 1  # type: ignore[misc]
    with pytest.raises(AttributeError):
        replace(point, z=1)  # type: ignore[call-arg]


def test_it_can_be_copied_and_pickled() -> None:
    point = Point(1, 2, ["a"], "b")
    for other in (copy.copy(point), copy.deepcopy(point), pickle.loads(pickle.dumps(point))):  # noqa: S301 - ours
        assert (other, other.cause) == (point, "b")


def test_it_can_be_matched() -> None:
    match Point(1, 2):
        case Point(x, y=2):
            assert x == 1
        case _:
            pytest.fail("a record is matched by position and by name")


def test_what_a_class_says_of_itself_is_kept() -> None:
    @dataclass(frozen=True, slots=True)
    class Told:
        value: int

        def __repr__(self) -> str:
            return "told"

    @dataclass(frozen=True, slots=True, order=True)
    class Ordered:
        value: int

    assert repr(Told(1)) == "told"
    assert Ordered(1) < Ordered(2)
    assert Told not in record._RECORDS


def test_fields_that_are_not_given_in_order_are_refused() -> None:
    with pytest.raises(TypeError, match="Odd: all fields of a record are given, in their order"):

        @dataclass(frozen=True, slots=True)
        class Odd:
            value: int = field(kw_only=True)
