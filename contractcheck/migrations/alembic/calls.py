"""Calls: of functions of the snapshot, of library names that are known, and of what is not known."""

import ast
import inspect
from collections.abc import Callable, Sequence

from contractcheck.migrations.alembic import (
    blocks,
    budget,
    classes,
    construction,
    containers,
    expressions,
    knowledge,
    mapped,
    names,
    objects,
    sending,
    texts,
)
from contractcheck.migrations.alembic.emission import concrete
from contractcheck.migrations.alembic.machine import EITHER, Frame, Machine, agreed, variants
from contractcheck.migrations.alembic.values import (
    Bound,
    Builtin,
    Class,
    Connection,
    Coroutine,
    Environment,
    Function,
    Instance,
    Keywords,
    Manager,
    Maybe,
    Operations,
    Raised,
    Return,
    Scope,
    Unknown,
)


def evaluate(machine: Machine, node: ast.Call, scope: Scope) -> object:
    """The value of a call expression; what it emits goes to the machine."""
    frame = machine.frames[-1]
    outer, frame.node = frame.node, node
    try:
        function = expressions.evaluate(machine, node.func, scope)
        positional, keywords, unknown = _arguments(machine, node, scope)
        if unknown is not None:
            return _unclear(machine, function, node, unknown, [*positional, *keywords.values()])
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
            items = knowledge.iterate(machine, value)
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
        return construction.unclear(function, unknown.reason)
    if isinstance(function, Builtin) and function.values and function.name.rpartition(".")[2] == "values":
        return sending.unvalued(function)
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
    if isinstance(value, Function):
        names_used = {inner.id for inner in ast.walk(value.node) if isinstance(inner, ast.Name)}
        found = [(name, value.scope.find(name)) for name in sorted(names_used)]
        bound = [scope.get(name) for name, scope in found if scope is not None]
        return any(reaches(each) for each in bound if not isinstance(each, Function))
    if isinstance(value, Bound | Coroutine):
        return any(reaches(each) for each in (value.function, *value.arguments))
    if isinstance(value, Manager):
        return value.kind == "batch" or any(reaches(each) for each in (value.value, *value.arguments))
    return isinstance(value, Operations | Connection | Environment) or (isinstance(value, Builtin) and value.database)


def call(machine: Machine, function: object, positional: Sequence[object], keywords: Keywords, node: ast.AST) -> object:
    """Call a value. Raises Raised where the code raises."""
    machine.budget.step()
    match function:
        case Function(node=ast.AsyncFunctionDef()):
            return Coroutine(function, tuple(positional), dict(keywords))
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
            return construction.construct(machine, function, positional, keywords)
        case Instance():
            return call(machine, objects.attribute(machine, function, "__call__", node), positional, keywords, node)
    if objects.ours(function) and callable(function):
        return _builtin(machine, Builtin(type(function).__name__, function, values=True), positional, keywords, node)
    machine.unknown_calls += 1
    return Unknown("calls an object that is not read")


def awaited(machine: Machine, value: object, node: ast.AST) -> object:
    """What awaiting a value gives: anything that is no coroutine of the snapshot has been carried out already."""
    if not isinstance(value, Coroutine):
        return value
    return invoke(machine, value.function, value.arguments, value.keywords, node)


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
        reason = "a function that calls itself as often as the data says"
        if reaches(function):
            machine.opaque(node, reason)
        return Unknown(reason)
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
        return agreed(
            [None, *(each.value for each in signal.signals if isinstance(each, Return))],
            signal.reason or knowledge.CONDITION,
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
    if function.name in names.SPECIAL and not function.raw:
        return names.SPECIAL[function.name](machine, positional, keywords, node)
    if not function.raw and any(isinstance(value, Class) for value in positional):
        # Where SQLAlchemy is given a mapped class it takes its table.
        positional = [mapped.selectable(value) for value in positional]
    if function.raw:
        try:
            inspect.signature(function.run).bind(*positional, **keywords)
        except TypeError as error:
            raise Raised(error) from error
        return function.run(*positional, **keywords)
    target = getattr(function.run, "value", None)
    if isinstance(function.run, objects.Method) and isinstance(target, list | tuple | dict | set | frozenset):
        return containers.method(machine, function.run, positional, keywords, node)
    if function.name in construction.COLUMNS:
        return construction.column(function.run, positional, keywords)
    if function.values:
        if function.name.rpartition(".")[2] in _SHAPES and any(isinstance(value, Unknown) for value in positional):
            return Unknown("a statement with an unknown part", template=template(positional))
        if function.name.rpartition(".")[2] == "with_variant":
            positional = [construction.instance_of(machine, value) for value in positional]
        if any(isinstance(value, Function | Class | Operations | Connection | Environment) for value in positional):
            return Unknown("an expression with parts that are not read")
        return sending.expression(
            machine,
            function,
            [concrete(value) for value in positional],
            {key: concrete(value) for key, value in keywords.items()},
            unknown=knowledge.unknown_in(*positional, *keywords.values()) is not None,
        )
    unknown = knowledge.unknown_in(*positional, *keywords.values())
    if unknown is not None:
        if function.name == "str.join" and isinstance(target, str):
            return texts.joined(target, positional)
        if function.name == "str.format" and isinstance(target, str):
            return texts.formatted(target, positional, keywords)
        return Unknown(
            unknown.reason,
            database=unknown.database,
            template=template(positional)
            if function.name.endswith(".text") or function.name == "textwrap.dedent"
            else None,
        )
    if any(isinstance(value, Function | Bound) for value in (*positional, *keywords.values())):
        return Unknown("a function as an argument of one that is not read")
    budget.weigh(*positional, *keywords.values())
    return knowledge.guarded(lambda: function.run(*positional, **keywords))


# Calls whose unknown argument is no value but a table, a column, or a text: nothing is known of the result.
_SHAPES = frozenset(
    {"text", "table", "select", "select_from", "join", "outerjoin", "from_select", "with_only_columns", "columns"}
)


def template(positional: Sequence[object]) -> str | None:
    first = positional[0] if positional else None
    return first.template if isinstance(first, Unknown) else None


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
        if kind.items is not None:
            classes.fill(machine, instance, positional, keywords, node)
            return instance
        if positional or keywords:
            raise Raised(TypeError(f"{kind.name}() takes no arguments")) from None
        return instance
    call(machine, maker, [instance, *positional], keywords, node)
    return instance


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
