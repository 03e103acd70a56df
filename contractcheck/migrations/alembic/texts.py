"""Texts put together from values, known or not, and guards against those that would grow too long."""

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from contractcheck.migrations.alembic import (
    budget,
    expressions,
    knowledge,
    objects,
)
from contractcheck.migrations.alembic.machine import Machine
from contractcheck.migrations.alembic.values import (
    HOLE,
    Keywords,
    Scope,
    Unknown,
)

PARTLY = "text with an unknown part"


def partial(parts: Sequence[str]) -> Unknown:
    """The parts of a text one after the other, some of them holes."""
    budget.text(sum(len(part) for part in parts))
    return Unknown(PARTLY, template="".join(parts))


def _shown(value: object) -> object:
    """The value, or for an unknown one what is known of its text."""
    return (value.template or HOLE) if isinstance(value, Unknown) else value


def percent(form: str, right: object) -> Unknown:
    """`form % right` with unknown values in `right`."""
    values: object = _shown(right)
    if isinstance(right, dict):
        values = {key: _shown(value) for key, value in right.items()}
    elif isinstance(right, tuple):
        values = tuple(_shown(value) for value in right)
    # A hole is no number: it stands where `%d` would print one.
    softened = re.sub(r"%(\(\w{1,60}\))?[dif]", lambda match: f"%{match.group(1) or ''}s", form)
    try:
        return Unknown(PARTLY, template=softened % values)
    except (TypeError, ValueError, KeyError):
        return Unknown(PARTLY)


def joined(separator: str, positional: Sequence[object]) -> Unknown:
    """`separator.join(items)` with unknown items."""
    items = positional[0] if positional else None
    if isinstance(items, list | tuple) and all(isinstance(item, str | Unknown) for item in items):
        parts = [str(_shown(item)) for item in items]
        budget.text(len(separator) * len(parts))
        return partial([part for item in parts for part in (separator, item)][1:])
    return Unknown(PARTLY)


def formatted(form: str, positional: Sequence[object], keywords: Keywords) -> Unknown:
    """`form.format(...)` with unknown arguments."""
    check_format(form)
    try:
        template = form.format(*map(_shown, positional), **{key: _shown(value) for key, value in keywords.items()})
    except (KeyError, IndexError, ValueError, TypeError, AttributeError):
        return Unknown(PARTLY)
    return Unknown(PARTLY, template=template)


def _fstring(machine: Machine, node: ast.JoinedStr, scope: Scope) -> object:
    parts = [expressions.evaluate(machine, value, scope) for value in node.values]
    text = partial([str(_shown(part)) for part in parts])
    return text if knowledge.unknown_of(*parts) else text.template


def _field(machine: Machine, node: ast.FormattedValue, scope: Scope) -> object:
    value = expressions.evaluate(machine, node.value, scope)
    form = expressions.evaluate(machine, node.format_spec, scope) if node.format_spec else ""
    unknown = knowledge.unknown_of(value, form)
    if unknown is not None:
        return unknown if node.conversion in {-1, ord("s")} and form == "" else Unknown(unknown.reason)
    text = objects.text(value)
    if text is None:
        return Unknown("prints an object")
    if node.conversion in {ord("r"), ord("a")}:
        if objects.ours(value):
            return Unknown("prints an object")
        budget.weigh(value)
        value = repr(value) if node.conversion == ord("r") else ascii(value)
    elif node.conversion == ord("s") or not form:
        value = text
    check_format("{:" + str(form) + "}")
    return knowledge.guarded(lambda: format(value, str(form)))


def check_method(value: str, name: str, arguments: tuple[object, ...]) -> None:
    """Refuse a call of a string's method whose result would be too long. Raises Exhausted."""
    budget.weigh(*arguments)
    for argument in arguments:
        if isinstance(argument, int) and name in {"center", "ljust", "rjust", "zfill", "expandtabs"}:
            budget.text(argument * (1 + value.count("\t") if name == "expandtabs" else 1))
    if name == "replace" and len(arguments) >= 2 and isinstance(arguments[1], str):
        budget.text(
            len(value)
            + (value.count(str(arguments[0])) + (len(value) if arguments[0] == "" else 0)) * len(arguments[1])
        )
    if name == "join" and arguments and isinstance(arguments[0], list | tuple | set | dict):
        budget.text(sum(len(item) + len(value) for item in arguments[0] if isinstance(item, str)))
    if name == "format":
        check_format(value)


def check_format(value: str) -> None:
    """Refuse a format string with widths of five digits or private attributes. Raises Exhausted."""
    digits = 0
    for character in value:
        digits = digits + 1 if character.isdigit() else 0
        if digits > 4:
            # Long numbers may stand in plain text; only then is the closer look worth it.
            _fields(value)
            break
    if "{" in value and "._" in value:
        raise budget.Exhausted("reaches for private attributes in a format string")


def _fields(value: str) -> None:
    from string import Formatter

    for _literal, name, specification, _conversion in Formatter().parse(value):
        if name is not None and any(len(part) > 4 and part.isdigit() for part in _numbers(f"{name} {specification}")):
            raise budget.Exhausted("formats with a width of five digits")


def check_percent(value: str) -> None:
    """Refuse a `%` format with a width of five digits or taken from the arguments. Raises Exhausted."""
    for part in value.split("%")[1:]:
        head = ""
        for character in part:
            if character.isalpha() or character == "(":
                break
            head += character
        if "*" in head or any(len(number) > 4 for number in _numbers(head)):
            raise budget.Exhausted("formats with a large width")


def _numbers(value: str) -> list[str]:
    return "".join(character if character.isdigit() else " " for character in value).split()


HANDLERS: Mapping[type[ast.expr], Callable[[Machine, Any, Scope], object]] = {
    ast.JoinedStr: _fstring,
    ast.FormattedValue: _field,
}
