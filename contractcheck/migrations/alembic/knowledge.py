"""What is known of a value without running anything: its truth, its items, and why not."""

import ast
from collections.abc import Callable, Iterable

from contractcheck.migrations.alembic import budget, objects
from contractcheck.migrations.alembic.machine import Machine
from contractcheck.migrations.alembic.values import HOLE, Raised, Unknown

CONDITION = "a condition only a run knows"


def truth(value: object) -> bool | None:
    """Whether a value counts as true; None if that is not known."""
    if isinstance(value, Unknown):
        if value.template and value.template.replace(HOLE, ""):
            return True
        return None
    if value is None or isinstance(
        value, bool | int | float | str | bytes | list | tuple | dict | set | frozenset | range
    ):
        return bool(value)
    return objects.truth(value)


def iterate(machine: Machine, value: object) -> list[object] | None:
    """The items of an iterable, paid for one by one; None if they are not known."""
    if isinstance(value, Unknown):
        return None
    from contractcheck.migrations.alembic import mapped

    if isinstance(value, mapped.Query):
        mapped.read(machine, value)
        return None
    if isinstance(value, list | tuple | dict | set | frozenset | str | bytes | range):
        if len(value) > budget.ITEMS:
            raise budget.Exhausted(f"loops over {len(value)} items")
        ordered: Iterable[object] = value
        if isinstance(value, set | frozenset):
            found = objects.ordered(value)
            if found is None:
                return None  # nobody knows in which order
            ordered = found
        machine.budget.step(len(value))
        return list(ordered)
    return objects.items(value)


def each(value: object, reason: str) -> Unknown:
    """An item of what is not known: what is known of it all the same."""
    from contractcheck.migrations.alembic import mapped

    if isinstance(value, mapped.Query) and value.entity is not None:
        return mapped.fetched(value.entity, reason)
    item = value.parts.get(mapped.ITEM) if isinstance(value, Unknown) else None
    return item if isinstance(item, Unknown) else Unknown(reason)


def guarded(run: Callable[[], object]) -> object:
    """Carry out something for real; what it raises is what the code raises."""
    try:
        return run()
    except (Raised, budget.Exhausted):
        raise
    except RecursionError as error:
        raise budget.Exhausted("is nested too deeply") from error
    except MemoryError as error:
        raise budget.Exhausted("needs too much memory") from error
    except Exception as error:
        raise Raised(error) from error


def because(value: object) -> str:
    """Why something that follows from the value is not known."""
    return value.reason if isinstance(value, Unknown) else CONDITION


def unknown_of(*values: object) -> Unknown | None:
    """The first unknown among values."""
    return next((value for value in values if isinstance(value, Unknown)), None)


def unknown_in(*values: object) -> Unknown | None:
    """The first unknown among values and what they hold."""
    for value in values:
        if isinstance(value, Unknown):
            return value
        if isinstance(value, list | tuple | dict):
            budget.weigh(value)
            inner = unknown_in(*(value.values() if isinstance(value, dict) else value))
            if inner is not None:
                return inner
    return None


def perhaps(machine: Machine, value: Callable[[], object], node: ast.AST, reason: str) -> object:
    """The value of something that may not be evaluated at all; what it sends is sent on that way only."""
    found: list[object] = [Unknown(reason)]
    ways = machine.explore([lambda: None, lambda: found.append(value())])
    machine.join(ways, node, reason)
    return found[-1]
