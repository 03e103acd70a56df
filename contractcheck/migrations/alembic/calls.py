"""Calls: of functions of the snapshot, of library names that are known, and of what is not known."""

import ast
import enum
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from contractcheck.migrations.alembic import blocks, budget, database, expressions, mapped, names, objects
from contractcheck.migrations.alembic.emission import concrete, mystery
from contractcheck.migrations.alembic.machine import EITHER, Frame, Machine, variants
from contractcheck.migrations.alembic.values import (
    ASKED,
    HOLE,
    Bound,
    Builtin,
    Class,
    Connection,
    Environment,
    Function,
    Instance,
    Manager,
    Maybe,
    Operations,
    Raised,
    Return,
    Scope,
    Unknown,
)

Keywords = Mapping[str, object]


def evaluate_call(machine: Machine, node: ast.Call, scope: Scope) -> object:
    """The value of a call expression; what it emits goes to the machine."""
    frame = machine.frames[-1]
    outer, frame.node = frame.node, node
    try:
        function = expressions.evaluate(machine, node.func, scope)
        special = (
            names.SPECIAL.get(function.name)
            if isinstance(function, Builtin) and function.name in names.SPECIAL
            else None
        )
        positional, keywords, unknown = _arguments(machine, node, scope)
        if unknown is not None:
            return _unclear(machine, function, node, unknown, [*positional, *keywords.values()])
        if special is not None:
            return special(machine, positional, keywords, scope, node)
        return call(machine, function, positional, keywords, node)
    finally:
        frame.node = outer


def _arguments(
    machine: Machine, node: ast.Call, scope: Scope
) -> tuple[list[object], dict[str, object], Unknown | None]:
    positional: list[object] = []
    keywords: dict[str, object] = {}
    unknown: Unknown | None = None
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            value = expressions.evaluate(machine, argument.value, scope)
            items = expressions.iterate(machine, value)
            if items is None:
                unknown = value if isinstance(value, Unknown) else Unknown("arguments that are not known")
            else:
                positional.extend(items)
        else:
            positional.append(expressions.evaluate(machine, argument, scope))
    for keyword in node.keywords:
        value = expressions.evaluate(machine, keyword.value, scope)
        if keyword.arg is not None:
            keywords[keyword.arg] = value
        elif isinstance(value, dict) and all(isinstance(key, str) for key in value):
            keywords.update(value)
        else:
            unknown = value if isinstance(value, Unknown) else Unknown("arguments that are not known")
    return positional, keywords, unknown


def _unclear(machine: Machine, function: object, node: ast.Call, unknown: Unknown, arguments: list[object]) -> object:
    """A call whose number of arguments is not known."""
    if isinstance(function, type) and objects.ours(function):
        return Unknown(unknown.reason, origin=function.__name__)
    if _sends(function, arguments):
        machine.opaque(node, f"called with unknown arguments: {unknown.reason}")
    machine.unknown_calls += 1
    return Unknown(unknown.reason, database=unknown.database)


def _sends(function: object, arguments: Sequence[object]) -> bool:
    """Whether a call may send statements: it is, or is given, something that can."""
    if isinstance(function, Unknown):
        return function.database or any(reaches(argument) for argument in arguments)
    if isinstance(function, Builtin):
        return function.database
    if isinstance(function, Bound):
        return True
    return isinstance(function, Function)


def reaches(value: object) -> bool:
    """Whether who is given this value can send statements."""
    if isinstance(value, Unknown):
        return value.database
    if isinstance(value, list | tuple):
        return any(reaches(item) for item in value[:100])
    return isinstance(value, Operations | Connection | Environment)


def call(machine: Machine, function: object, positional: Sequence[object], keywords: Keywords, node: ast.AST) -> object:
    """Call a value. Raises Raised where the code raises."""
    machine.budget.step()
    match function:
        case Function():
            return invoke(machine, function, positional, keywords, node)
        case Bound():
            return call(
                machine, function.function, [*function.arguments, *positional], {**function.keywords, **keywords}, node
            )
        case Builtin():
            return _builtin(machine, function, positional, keywords, node)
        case Class():
            return _instantiate(machine, function, positional, keywords, node)
        case Unknown() if EITHER in function.parts:
            results = [call(machine, each, positional, keywords, node) for each in variants(function)]
            return Unknown(function.reason, parts={EITHER: tuple(results)})
        case Unknown():
            return _foreign(machine, function, positional, keywords, node)
        case type():
            return _construct(machine, function, positional, keywords)
    if objects.ours(function) and callable(function):
        return _builtin(machine, Builtin(type(function).__name__, function, values=True), positional, keywords, node)
    machine.unknown_calls += 1
    return Unknown("calls an object that is not read")


def invoke(
    machine: Machine,
    function: Function,
    positional: Sequence[object],
    keywords: Keywords,
    node: ast.AST,
    body: Callable[[object], object] | None = None,
) -> object:
    """Call a function of the snapshot. `body` takes what it yields, when it is used as a context manager."""
    if function.manager and body is None:
        return Manager("function", function, tuple(positional), dict(keywords))
    if machine.uncertain and any(frame.function is function for frame in machine.frames):
        # Its first call is being explored both ways: another one would send nothing else.
        return Unknown("a function that calls itself as often as the data says")
    scope = Scope(_bind(function, positional, keywords), function.scope)
    module = machine.frames[-1].module
    owner: Scope | None = function.scope
    while owner is not None:
        module = owner.module or module
        owner = owner.parent
    yielded: list[object] = []
    receive = body if body is not None else (yielded.append if function.generator else None)
    with machine.frame(Frame(module, scope, node, receive, function)):
        if function.owner is not None:
            scope.names["__class__"] = function.owner
        if isinstance(function.node, ast.Lambda):
            return expressions.evaluate(machine, function.node.body, scope)
        signal = blocks.run(machine, function.node.body, scope)
    if function.generator:
        return yielded
    if isinstance(signal, Return):
        return signal.value
    if isinstance(signal, Maybe):
        from contractcheck.migrations.alembic.machine import agreed

        return agreed(
            [None, *(each.value for each in signal.signals if isinstance(each, Return))],
            signal.reason or expressions.CONDITION,
        )
    return None


def _bind(function: Function, positional: Sequence[object], keywords: Keywords) -> dict[str, object]:
    """The names of the parameters with their arguments, as Python binds them. Raises Raised(TypeError)."""
    arguments = function.node.args
    names: dict[str, object] = {}
    parameters = [parameter.arg for parameter in (*arguments.posonlyargs, *arguments.args)]
    names.update(zip(parameters, positional, strict=False))
    rest = list(positional[len(parameters) :])
    if arguments.vararg is not None:
        names[arguments.vararg.arg] = tuple(rest)
    elif rest:
        raise Raised(
            TypeError(
                f"{function.name}() takes {len(parameters)} positional arguments but {len(positional)} were given"
            )
        )
    allowed = {parameter.arg for parameter in (*arguments.args, *arguments.kwonlyargs)}
    more: dict[str, object] = {}
    for key, value in keywords.items():
        if key in allowed and key in names:
            raise Raised(TypeError(f"{function.name}() got multiple values for argument {key!r}"))
        if key in allowed:
            names[key] = value
        elif arguments.kwarg is not None:
            more[key] = value
        else:
            raise Raised(TypeError(f"{function.name}() got an unexpected keyword argument {key!r}"))
    if arguments.kwarg is not None:
        names[arguments.kwarg.arg] = more
    if function.defaults:
        for parameter, default in zip(parameters[-len(function.defaults) :], function.defaults, strict=True):
            names.setdefault(parameter, default)
    for parameter in (parameter.arg for parameter in arguments.kwonlyargs):
        if parameter in function.keyword_defaults:
            names.setdefault(parameter, function.keyword_defaults[parameter])
    missing = [
        parameter for parameter in (*parameters, *(p.arg for p in arguments.kwonlyargs)) if parameter not in names
    ]
    if missing:
        raise Raised(TypeError(f"{function.name}() missing required argument {missing[0]!r}"))
    return names


def _builtin(
    machine: Machine, function: Builtin, positional: Sequence[object], keywords: Keywords, node: ast.AST
) -> object:
    if function.name in names.SPECIAL:
        return names.SPECIAL[function.name](machine, positional, keywords, machine.frames[-1].scope, node)
    if function.raw:
        return expressions.guarded(lambda: function.run(*positional, **keywords))
    target = getattr(function.run, "value", None)
    if isinstance(target, list | set | dict):
        machine.touch(target)
        return expressions.guarded(lambda: function.run(*positional, **keywords))
    if function.name in _COLUMNS:
        return _column(function.run, positional, keywords)
    if function.values:
        if function.name.rpartition(".")[2] in _SHAPES and any(isinstance(value, Unknown) for value in positional):
            return Unknown("a statement with an unknown part", template=_template(positional))
        if any(isinstance(value, Function | Class | Operations | Connection | Environment) for value in positional):
            return Unknown("an expression with parts that are not read")
        return database.expression(
            machine,
            function,
            [concrete(value) for value in positional],
            {key: concrete(value) for key, value in keywords.items()},
            unknown=unknown_in(positional, keywords) is not None,
        )
    unknown = unknown_in(positional, keywords)
    if unknown is not None:
        if function.name == "str.join" and isinstance(target, str):
            return _joined(target, positional)
        if function.name == "str.format" and isinstance(target, str):
            return _formatted(target, positional, keywords)
        return Unknown(
            unknown.reason,
            database=unknown.database,
            template=_template(positional)
            if function.name.endswith(".text") or function.name == "textwrap.dedent"
            else None,
        )
    budget.weigh(*positional, *keywords.values())
    return expressions.guarded(lambda: function.run(*[called(machine, value) for value in positional], **keywords))


# Calls whose unknown argument is no value but a table, a column, or a text: nothing is known of the result.
_SHAPES = frozenset(
    {"text", "table", "select", "select_from", "join", "outerjoin", "from_select", "with_only_columns", "columns"}
)
_COLUMNS = frozenset({"sqlalchemy.column", "sqlalchemy.sql.column", "sqlalchemy.sql.expression.column"})


def called(machine: Machine, value: object) -> object:
    """A function of the snapshot as something a library may call."""
    if isinstance(value, Function | Bound):
        return lambda *positional, **keywords: call(machine, value, positional, keywords, machine.node)
    return value


def _template(positional: Sequence[object]) -> str | None:
    first = positional[0] if positional else None
    return first.template if isinstance(first, Unknown) else None


def _joined(separator: str, positional: Sequence[object]) -> Unknown:
    items = positional[0] if positional else None
    if isinstance(items, list | tuple):
        parts = [
            item if isinstance(item, str) else (item.template or HOLE)
            for item in items
            if isinstance(item, str | Unknown)
        ]
        budget.text(sum(len(part) + len(separator) for part in parts))
        return Unknown("text with an unknown part", template=separator.join(parts))
    return Unknown("text with an unknown part")


def _formatted(form: str, positional: Sequence[object], keywords: Keywords) -> Unknown:
    def shown(value: object) -> object:
        return (value.template or HOLE) if isinstance(value, Unknown) else value

    from contractcheck.migrations.alembic import library

    library.text_method(form, "format", ())
    try:
        template = form.format(*map(shown, positional), **{key: shown(value) for key, value in keywords.items()})
    except (KeyError, IndexError, ValueError, TypeError, AttributeError):
        return Unknown("text with an unknown part")
    return Unknown("text with an unknown part", template=template)


def unknown_in(positional: Sequence[object], keywords: Keywords) -> Unknown | None:
    for value in (*positional, *keywords.values()):
        if isinstance(value, Unknown):
            return value
        if isinstance(value, list | tuple | dict):
            budget.weigh(value)
            inner = unknown_in(list(value.values()) if isinstance(value, dict) else value, {})
            if inner is not None:
                return inner
    return None


def _instantiate(
    machine: Machine, kind: Class, positional: Sequence[object], keywords: Keywords, node: ast.AST
) -> object:
    if not kind.whole:
        machine.unknown_calls += 1
        if _sends(Unknown(""), [*positional, *keywords.values()]):
            machine.opaque(node, f"{kind.name} stands on a class that is not read and is given the database")
        return Unknown(f"{kind.name} stands on a class that is not read", origin=kind.name, parts={"<class>": kind})
    instance = Instance(kind)
    try:
        maker = kind.find("__init__")
    except KeyError:
        if positional or keywords:
            raise Raised(TypeError(f"{kind.name}() takes no arguments")) from None
        return instance
    call(machine, maker, [instance, *positional], keywords, node)
    return instance


# Arguments of columns and operations that change no SQL of the dialects read here.
_SILENT = frozenset({"default", "onupdate", "info", "doc", "insert_default", "key"})


def _construct(machine: Machine, kind: type, positional: Sequence[object], keywords: Keywords) -> object:
    """Make a real object: of a plain type, a SQLAlchemy class, an exception, an enum."""
    if objects.ours(kind) and not issubclass(kind, enum.Enum):
        return _library_object(machine, kind, positional, keywords)
    if kind is object or kind is type:
        return Unknown("a bare object") if kind is object else _kind(positional)
    unknown = unknown_in(positional, keywords)
    if issubclass(kind, BaseException):
        return expressions.guarded(
            lambda: kind(*[value if isinstance(value, str | int) else "..." for value in positional])
        )
    if kind in {list, tuple, dict} and positional:
        if kind is dict and isinstance(positional[0], dict):
            return {**positional[0], **keywords}
        items = expressions.iterate(machine, positional[0])
        if items is None:
            return Unknown(unknown.reason if unknown else "items that are not known")
        build: Any = kind
        return expressions.guarded(lambda: build(items, **keywords))
    if kind is dict:
        return dict(keywords)
    if unknown is not None:
        return unknown if kind is str else Unknown(unknown.reason)
    if kind is str and positional and not isinstance(positional[0], str | bytes):
        text = objects.text(positional[0])
        return Unknown("prints an object") if text is None else text
    if kind is bool and positional:
        known = expressions.truth(machine, positional[0])
        return Unknown(expressions.CONDITION) if known is None else known
    if kind is bytes and positional and isinstance(positional[0], int):
        budget.text(positional[0])
    budget.weigh(*positional, *keywords.values())
    for value in positional:
        if isinstance(value, range):
            expressions.iterate(machine, value)
    return expressions.guarded(lambda: kind(*positional, **keywords))


def _kind(positional: Sequence[object]) -> object:
    value = positional[0] if len(positional) == 1 else None
    return type(value) if objects.plain(value) and value is not None else Unknown("the type of an object")


def _library_object(machine: Machine, kind: type, positional: Sequence[object], keywords: Keywords) -> object:
    from sqlalchemy import Column
    from sqlalchemy.types import SchemaType, TypeEngine

    if issubclass(kind, Column):
        return _column(kind, positional, keywords)
    if any(reaches(value) for value in (*positional, *keywords.values())):
        if kind.__name__ == "Table":
            return mapped.reflected(machine, positional)
        return Unknown(ASKED)
    unknown = unknown_in(positional, keywords)
    if unknown is not None:
        if issubclass(kind, TypeEngine) and not issubclass(kind, SchemaType):
            # An array of an unknown type, a string of unknown length: still a type, but nobody knows which.
            return Unknown(unknown.reason, origin=kind.__name__)
        if issubclass(kind, BaseException):
            return Raised(unknown)
        if kind.__name__ in {"BindParameter", "Case", "Cast", "Function", "BooleanClauseList"}:
            return expressions.guarded(
                lambda: kind(*[concrete(v) for v in positional], **{k: concrete(v) for k, v in keywords.items()})
            )
        return Unknown(unknown.reason, template=_template(positional) if kind.__name__ == "TextClause" else None)
    budget.weigh(*positional, *keywords.values())
    return expressions.guarded(lambda: kind(*[called(machine, value) for value in positional], **keywords))


def _column(make: Callable[..., object], positional: Sequence[object], keywords: Keywords) -> object:
    """A column: an unknown type keeps its place under a name of its own, unknown client-side settings do not matter."""
    values = list(positional)
    named = {key: value for key, value in keywords.items() if key not in _SILENT}
    for index in range(min(2, len(values))):
        value = values[index]
        if isinstance(value, Unknown) and value.origin and (index == 1 or "name" in named):
            values[index] = mystery(value)
    for key in ("type_",):
        value = named.get(key)
        if isinstance(value, Unknown) and value.origin:
            named[key] = mystery(value)
    values = [_type_of(value) for value in values]
    unknown = unknown_in(values, named)
    if unknown is not None:
        return Unknown(unknown.reason)
    return expressions.guarded(lambda: make(*values, **named))


def _type_of(value: object) -> object:
    return (
        mystery(Unknown("", origin=value.name))
        if isinstance(value, Function | Class | Instance) and hasattr(value, "name")
        else value
    )


def _foreign(
    machine: Machine, function: Unknown, positional: Sequence[object], keywords: Keywords, node: ast.AST
) -> object:
    """A call of something unknown: it may send statements if it was given what it needs for that, or has it."""
    machine.unknown_calls += 1
    given = any(reaches(value) for value in (*positional, *keywords.values()))
    if function.database or given:
        machine.opaque(
            node,
            f"calls {function.origin or 'something'} that is not read" if not function.database else function.reason,
        )
        return Unknown(function.reason, origin=function.origin, database=True)
    parts = {key: value for key, value in keywords.items() if key == "metadata" and value is not None}
    return Unknown(function.reason, origin=function.origin, parts=parts)
