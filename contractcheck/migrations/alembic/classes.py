"""Classes of the snapshot: plain ones, data classes, enums, and types of columns that stand on a library's."""

import ast
import enum
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from contractcheck.migrations.alembic import annotations, blocks, calls, expressions, knowledge, mapped, objects
from contractcheck.migrations.alembic.machine import Machine
from contractcheck.migrations.alembic.modules import Modules
from contractcheck.migrations.alembic.values import (
    OWN,
    Bound,
    Builtin,
    Class,
    Field,
    Function,
    Instance,
    Keywords,
    Raised,
    Scope,
    Signal,
    Unknown,
)

_ROWS = frozenset({"typing.NamedTuple", "typing_extensions.NamedTuple"})
_DATA = frozenset({"dataclasses.dataclass"})
# Decorators that leave a class as it is.
_KEEPING = frozenset(
    {"enum.unique", "functools.total_ordering", "typing.final", "typing.runtime_checkable", "typing_extensions.final"}
)
_DECLARATIVE = "sqlalchemy.orm.DeclarativeBase"
# Bases that add nothing an object of a migration would show.
_BARE = frozenset({"abc.ABC", "typing.Protocol", "typing.Generic", "typing_extensions.Protocol"})
_OPERATION = "alembic.operations.ops"  # the module of what a plug-in's operations stand on


def define(machine: Machine, node: ast.ClassDef, scope: Scope) -> Signal:
    """Run the body of a class in a scope of its own and bind what it is."""
    bases = tuple(base for each in node.bases if not _bare(base := expressions.evaluate(machine, each, scope)))
    inner = Scope({}, scope)
    machine.frames[-1].scope, outer = inner, machine.frames[-1].scope
    try:
        blocks.run(machine, node.body, inner)
        if any(isinstance(each, ast.AnnAssign) and "Mapped" in ast.unparse(each.annotation) for each in node.body):
            annotations.annotate(machine, node.body, inner)
    finally:
        machine.frames[-1].scope = outer
    for value in inner.names.values():
        # Methods see the names around the class, not those of its body.
        if isinstance(value, Function) and value.scope is inner:
            value.scope = scope
    row = any(isinstance(base, Unknown) and base.origin in _ROWS for base in bases)
    if row:
        bases = ()
    scope.names[node.name] = _decorated(machine, node, _made(machine, node, bases, inner, row=row), scope)
    return None


def _bare(base: object) -> bool:
    if isinstance(base, type):
        return base.__module__ == _OPERATION and base.__name__ == "MigrateOperation"
    return isinstance(base, Unknown) and base.origin in _BARE


def _made(machine: Machine, node: ast.ClassDef, bases: tuple[object, ...], inner: Scope, *, row: bool) -> object:
    real = tuple(base for base in bases if isinstance(base, type) and base is not object)
    if any(not _plain(machine, keyword, inner) for keyword in node.keywords):
        return Unknown(f"{node.name} is a class that is not read", origin=node.name)
    if real and len(real) == len(bases):
        return _real(machine.modules, node.name, real, inner.names)
    made = Class(node.name, bases, inner.names, row=row)
    if row:
        made.fields = _fields(machine, node, made)
    for value in inner.names.values():
        if isinstance(value, Function):
            value.owner = made
    if not row and bases:
        declarative = any(isinstance(base, Unknown) and base.origin == _DECLARATIVE for base in bases)
        if declarative or isinstance(mapped.found(made, "__tablename__"), str):
            mapped.register(machine, made, declarative=declarative)
    return made


def _plain(machine: Machine, keyword: ast.keyword, scope: Scope) -> bool:
    """Whether an argument of a class leaves it as it is."""
    value = expressions.evaluate(machine, keyword.value, scope)
    return keyword.arg == "metaclass" and isinstance(value, Unknown) and value.origin == "abc.ABCMeta"


def _decorated(machine: Machine, node: ast.ClassDef, made: object, scope: Scope) -> object:
    for decorator in reversed(node.decorator_list):
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        value = expressions.evaluate(machine, called, scope)
        origin = value.origin if isinstance(value, Unknown) else ""
        if origin in _DATA and isinstance(made, Class):
            made.fields = _fields(machine, node, made)
        elif isinstance(value, Function | Bound):
            if isinstance(decorator, ast.Call):
                value = expressions.evaluate(machine, decorator, scope)
            made = calls.call(machine, value, [made], {}, decorator)
        elif isinstance(value, Builtin) and value.name == "alembic.register_operation":
            value = expressions.evaluate(machine, decorator, scope)
            made = calls.call(machine, value, [made], {}, decorator)
        elif origin not in _KEEPING:
            return Unknown(f"{node.name} is a class that is not read", origin=node.name)
    return made


def _fields(machine: Machine, node: ast.ClassDef, made: Class) -> tuple[Field, ...]:
    """The fields that annotations name, after those of the bases."""
    found = {field.name: field for base in made.bases if isinstance(base, Class) for field in base.items or ()}
    for each in node.body:
        if not isinstance(each, ast.AnnAssign) or not isinstance(each.target, ast.Name):
            continue
        if "ClassVar" in ast.unparse(each.annotation):
            continue
        name = each.target.id
        if each.value is None:
            found[name] = Field(name)
            continue
        default = made.names.get(name)
        if isinstance(default, Field):
            found[name] = Field(name, default.required, default.default, default.factory, default.init)
            made.names.pop(name)
            if default.factory is None and not default.required:
                made.names[name] = default.default
        else:
            found[name] = Field(name, required=False, default=default)
    _ = machine
    return tuple(found.values())


def field(**keywords: object) -> Field:
    """`dataclasses.field`."""
    return Field(
        "",
        required="default" not in keywords and "default_factory" not in keywords,
        default=keywords.get("default"),
        factory=keywords.get("default_factory"),
        init=keywords.get("init", True) is not False,
    )


def named_tuple(name: object, names: object, **keywords: object) -> object:
    """`collections.namedtuple` and `typing.NamedTuple` as a call."""
    if isinstance(names, str):
        names = names.replace(",", " ").split()
    if not isinstance(name, str) or not isinstance(names, list | tuple):
        return Unknown("a tuple whose fields are not known")
    fields = [each[0] if isinstance(each, tuple) and each else each for each in names]
    given = keywords.get("defaults", ())
    if not all(isinstance(each, str) for each in fields) or not isinstance(given, list | tuple):
        return Unknown("a tuple whose fields are not known")
    first = len(fields) - len(given)
    made = tuple(
        Field(str(each), required=index < first, default=given[index - first] if index >= first else None)
        for index, each in enumerate(fields)
    )
    return Class(name, (), {}, made, row=True)


def fill(machine: Machine, instance: Instance, positional: Sequence[object], keywords: Keywords, node: ast.AST) -> None:
    """Give an object of a data class or a named tuple its fields. Raises Raised(TypeError) as its `__init__` would."""
    name, fields = instance.kind.name, instance.kind.items or ()
    open_ones = [each for each in fields if each.init]
    if len(positional) > len(open_ones):
        raise Raised(TypeError(f"{name}() takes {len(open_ones)} arguments but {len(positional)} were given"))
    given = dict(zip((each.name for each in open_ones), positional, strict=False))
    for key, value in keywords.items():
        if key in given or all(each.name != key for each in open_ones):
            raise Raised(TypeError(f"{name}() got an unexpected argument {key!r}"))
        given[key] = value
    for each in fields:
        if each.name in given:
            value = given[each.name]
        elif each.factory is not None:
            value = calls.call(machine, each.factory, [], {}, node)
        elif each.required:
            raise Raised(TypeError(f"{name}() missing required argument {each.name!r}"))
        else:
            value = each.default
        instance.names[each.name] = value
    try:
        after = instance.kind.find("__post_init__")
    except KeyError:
        return
    calls.call(machine, after, [instance], {}, node)


def _real(modules: Modules, name: str, bases: tuple[type, ...], names: Mapping[str, object]) -> object:
    """A class on library classes, such as a type of the project: its methods are read when the library calls them."""
    if any(issubclass(base, enum.Enum) for base in bases):
        return _enum(modules, name, bases, names)
    if not all(objects.ours(base) or issubclass(base, BaseException) for base in bases):
        return Unknown(f"{name} is a class that is not read", origin=name)
    body: dict[str, object] = {OWN: True}
    functions: list[Function] = []
    for key, value in names.items():
        if isinstance(value, Function) and (key == "__init__" or not key.startswith("__")):
            functions.append(value)
            body[key] = method(modules, value)
        elif not key.startswith("__") and not isinstance(value, Unknown | Function | Class):
            body[key] = value
        elif isinstance(value, Unknown) and key == "impl":
            return Unknown(f"{name} stands on a type that is not read", origin=name)
    body.setdefault("cache_ok", True)
    made = knowledge.guarded(lambda: type(bases[0])(name, bases, body))
    for function in functions:
        function.owner = made if isinstance(made, type) else None
    return made


def _enum(modules: Modules, name: str, bases: tuple[type, ...], names: Mapping[str, object]) -> object:
    """An enum of plain values. Its methods are kept beside it; what says how it prints is read when it does."""
    methods = {key: value for key, value in names.items() if isinstance(value, Function)}
    members = {key: value for key, value in names.items() if key not in methods}
    own = any(key.startswith("_") for key in members if key not in {"__module__", "__doc__", "__str__"})
    mixed = [base for base in bases[:-1] if base in {str, int, float}]
    if own or not members or not all(objects.plain(each) or type(each) is enum.auto for each in members.values()):
        return Unknown(f"{name} is an enum that is not read", origin=name)
    if "_generate_next_value_" in methods or "__new__" in methods or "__init__" in methods:
        return Unknown(f"{name} is an enum that is not read", origin=name)
    if len(mixed) != len(bases) - 1 or len(mixed) > 1:
        return Unknown(f"{name} is an enum that is not read", origin=name)
    kind: Any = bases[-1]
    options = {"type": mixed[0]} if mixed else {}
    made: Any = knowledge.guarded(lambda: kind(name, list(members.items()), **options))
    for function in methods.values():
        function.owner = made
    made._read_ = methods
    if "__str__" in methods:
        made.__str__ = method(modules, methods["__str__"])
    return made


def methods(kind: type) -> Mapping[str, Function]:
    """The methods that the snapshot gives an enum."""
    found = kind.__dict__.get("_read_")
    return found if isinstance(found, dict) else {}


def bind(machine: Machine, found: object, owner: object, kind: object, node: ast.AST) -> object:
    """What an attribute of an object is whose class has it: a method of the object, or what a property gives."""
    if not isinstance(found, Function):
        return found
    match found.kind:
        case "staticmethod":
            return found
        case "classmethod":
            return Bound(found, (kind,))
        case "property" if owner is not None:
            return calls.call(machine, found, [owner], {}, node)
    return found if owner is None else Bound(found, (owner,))


def method(modules: Modules, function: Function) -> object:
    """A method that a library may call: it is read when it does."""

    def run(*positional: object, **keywords: object) -> object:
        machine: Machine = modules.machine
        value = calls.invoke(machine, function, positional, keywords, machine.node)
        if isinstance(value, Unknown):
            raise Raised(TypeError(f"{function.name}: {value.reason}"))
        return value

    wrap: Mapping[str, Callable[..., object]] = {
        "property": property,
        "staticmethod": staticmethod,
        "classmethod": classmethod,
    }
    return wrap[function.kind](run) if function.kind else _shaped(function, run)


def _shaped(function: Function, run: Callable[..., object]) -> Callable[..., object]:
    """The function with the parameters of the one that is read: SQLAlchemy looks at them when it copies a type."""
    given = function.node.args
    plain = [each.arg for each in (*given.posonlyargs, *given.args)]
    named = [each.arg for each in given.kwonlyargs]
    if {"locals", "_call", "_missing", "_rest", "_more"} & {*plain, *named}:
        return run
    missing = object()
    parameters = ast.arguments(
        posonlyargs=[],
        args=[ast.arg(name) for name in plain],
        vararg=ast.arg("_rest") if given.vararg else None,
        kwonlyargs=[ast.arg(name) for name in named],
        kw_defaults=[ast.Name("_missing", ast.Load()) for _ in named],
        kwarg=ast.arg("_more") if given.kwarg else None,
        defaults=[ast.Name("_missing", ast.Load()) for _ in plain[1:]],
    )
    body = ast.parse("_call(locals())").body[0]
    assert isinstance(body, ast.Expr)  # noqa: S101 - just parsed
    shell = ast.FunctionDef(function.name, parameters, [ast.Return(body.value)], [])

    def call(found: dict[str, Any]) -> object:
        rest, more = found.pop("_rest", ()), found.pop("_more", {})
        known = {name: value for name, value in found.items() if value is not missing}
        head = [known.pop(name) for name in plain if name in known] if rest else [known.pop(name) for name in plain[:1]]
        return run(*head, *rest, **known, **more)

    names: dict[str, Any] = {"_missing": missing, "_call": call}
    module = ast.fix_missing_locations(ast.Module([shell], []))
    # Only the names of its parameters come from the code that is read.
    exec(compile(module, "<read>", "exec"), names)  # noqa: S102 - nothing of the repository runs
    made: Callable[..., object] = names[function.name]
    return made
