"""Which names of libraries a migration may use for real, and how.

A name that is not here is unknown, whatever it does. Nothing here opens files, connections or processes, keeps state
outside its result, or runs for long on short input (so no `re`).
"""

import enum
import sys
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from contractcheck.migrations.alembic import (
    budget,
)
from contractcheck.migrations.alembic.values import (
    ASKED,
    Builtin,
    Connection,
    Environment,
    Inspector,
    Library,
    Manager,
    Unknown,
)

SQLALCHEMY = frozenset(
    [
        "sqlalchemy",
        "sqlalchemy.types",
        "sqlalchemy.schema",
        "sqlalchemy.exc",
        "sqlalchemy.sql",
        "sqlalchemy.sql.expression",
        "sqlalchemy.sql.functions",
        "sqlalchemy.sql.schema",
        "sqlalchemy.sql.elements",
        "sqlalchemy.sql.sqltypes",
        "sqlalchemy.sql.ddl",
        "sqlalchemy.sql.selectable",
        "sqlalchemy.sql.dml",
        "sqlalchemy.sql.type_api",
        "sqlalchemy.dialects",
        "sqlalchemy.dialects.postgresql",
        "sqlalchemy.dialects.mysql",
        "sqlalchemy.dialects.sqlite",
        "sqlalchemy.dialects.mssql",
        "sqlalchemy.dialects.oracle",
        "sqlalchemy.dialects.postgresql.base",
        "sqlalchemy.dialects.postgresql.json",
        "sqlalchemy.dialects.mysql.types",
        "sqlalchemy.dialects.mysql.base",
    ]
)


# Expression functions whose unknown arguments are values of the statement, not parts of its shape.
VALUE_FUNCTIONS = frozenset(
    ["literal", "bindparam", "and_", "or_", "not_", "case", "cast", "coalesce", "type_coerce", "between", "func"]
)


STANDARD = frozenset(sys.stdlib_module_names)


# Modules of widely used packages of which some names are known.
_THIRD = frozenset({"packaging.version", "sqlparse"})

# Functions of `os.path` on paths, and of `itertools` on items that are known.
PATHS = ("dirname", "basename", "join", "abspath", "realpath", "normpath", "splitext")
ITERTOOLS = ("chain", "product", "combinations", "permutations", "islice", "zip_longest", "pairwise", "repeat")


def known(path: str) -> bool:
    """Whether the dotted path is a module of a library whose names are looked up here."""
    top = path.partition(".")[0]
    return (
        path in SQLALCHEMY or top in STANDARD or top in {"alembic", "sqlalchemy", "typing_extensions"} or path in _THIRD
    )


def member(path: str, name: str) -> object:
    """What `name` of the library module `path` is: a value, a guarded callable, a module, or Unknown."""
    dotted = f"{path}.{name}"
    if dotted in {"alembic.__version__", "sqlalchemy.__version__"}:
        # Those that write the SQL here.
        return str(getattr(import_module(path), name))
    if path.partition(".")[0] == "sqlalchemy" and name in {"inspect", "Inspector", "reflection"}:
        return _INSPECTION[name]
    if path in SQLALCHEMY:
        return _sqlalchemy(path, name)
    if path in _OPERATIONS and name in {"Operations", "BatchOperations"}:
        return _REGISTERING
    if path in {"alembic.operations.ops", *_OPERATIONS} and name[:1].isupper():
        found = getattr(import_module("alembic.operations.ops"), name, None)
        return found if isinstance(found, type) else Unknown(f"{dotted} is not read", origin=dotted)
    if dotted in _STANDARD_MEMBERS:
        return _STANDARD_MEMBERS[dotted]
    if path == "math" and not name.startswith("_") and name in {"pi", "e", "inf", "nan", "ceil", "floor"}:
        return _wrapped(dotted, getattr(import_module("math"), name))
    if dotted in {"datetime.datetime", "datetime.date", "datetime.time", "datetime.timedelta", "datetime.timezone"}:
        return getattr(import_module("datetime"), name)
    if dotted in {"decimal.Decimal", "uuid.UUID", "fractions.Fraction"}:
        return getattr(import_module(path), name)
    if dotted == "enum.Enum" or (path == "enum" and name in {"IntEnum", "StrEnum"}):
        return getattr(import_module("enum"), name)
    if path == "string" and name in {"ascii_letters", "ascii_lowercase", "ascii_uppercase", "digits"}:
        return getattr(import_module("string"), name)
    if dotted in SQLALCHEMY or dotted in {
        "collections.abc",
        "os.path",
        "sqlalchemy.orm",
        "urllib.parse",
        "concurrent.futures",
        "alembic.operations",
        "alembic.operations.ops",
        "alembic.operations.base",
    }:
        return Library(dotted)
    return Unknown(f"{dotted} is not read", origin=dotted)


_OPERATIONS = frozenset({"alembic.operations", "alembic.operations.base"})
_REGISTERING = Unknown(
    "the class of Alembic's operations",
    parts={
        "register_operation": Builtin("alembic.register_operation", lambda: None),
        "implementation_for": Builtin("alembic.implementation_for", lambda: None),
    },
)


def _wrapped(name: str, value: object) -> object:
    return Builtin(name, value) if callable(value) else value


@cache
def _sqlalchemy(path: str, name: str) -> object:
    from sqlalchemy.engine import Dialect
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.schema import MetaData, SchemaItem
    from sqlalchemy.sql.elements import ClauseElement
    from sqlalchemy.sql.functions import _FunctionGenerator
    from sqlalchemy.sql.visitors import Visitable
    from sqlalchemy.types import TypeEngine

    dotted = f"{path}.{name}"
    if dotted in SQLALCHEMY or dotted.startswith(("sqlalchemy.orm", "sqlalchemy.ext", "sqlalchemy.engine")):
        return Library(dotted)
    value = getattr(import_module(path), name, None)
    if name.startswith("_") or value is None:
        return Unknown(f"{dotted} is not read", origin=dotted)
    if isinstance(value, type):
        if issubclass(
            value, TypeEngine | SchemaItem | MetaData | ClauseElement | Visitable | SQLAlchemyError | Dialect | str
        ):
            return value
        return Unknown(f"{dotted} is not read", origin=dotted)
    if isinstance(value, ClauseElement | TypeEngine | _FunctionGenerator):
        return value
    home = getattr(value, "__module__", "") or ""
    if callable(value) and home.startswith(("sqlalchemy.sql.", "sqlalchemy.dialects.")):
        return Builtin(dotted, value, values=name in VALUE_FUNCTIONS)
    return Unknown(f"{dotted} is not read", origin=dotted)


def orm(path: str, name: str) -> str | None:
    """What a name of `sqlalchemy.orm` and its kin is: `session`, `maker`, `base`, `class`, `registry`, or None."""
    if not path.startswith(("sqlalchemy.orm", "sqlalchemy.ext.declarative", "sqlalchemy")):
        return None
    roles = {
        "Session": "session",
        "AsyncSession": "session",
        "async_sessionmaker": "maker",
        "sessionmaker": "maker",
        "scoped_session": "maker",
        "declarative_base": "base",
        "DeclarativeBase": "class",
        "DeclarativeBaseNoMeta": "class",
        "mapped_column": "column",
        "registry": "registry",
    }
    return roles.get(name)


def _inspect(first: object = None, *_positional: object, **keywords: object) -> object:
    value = keywords.get("bind", keywords.get("subject", first))
    return Inspector() if isinstance(value, Connection) else Unknown(ASKED)


_ENGINE = Builtin("from_engine", _inspect, raw=True)
_CLASS = Builtin("sqlalchemy.Inspector", _inspect, raw=True, parts={"from_engine": _ENGINE})
_INSPECTION: Mapping[str, object] = {
    "inspect": Builtin("sqlalchemy.inspect", _inspect, raw=True),
    "Inspector": _CLASS,
    "reflection": Library("sqlalchemy.engine.reflection"),
}


def _dedent(value: str) -> str:
    import textwrap

    return textwrap.dedent(value)


def _dumps(value: object, **options: object) -> object:
    import json

    budget.weigh(value)
    allowed = {key: option for key, option in options.items() if key in {"sort_keys", "ensure_ascii", "separators"}}
    if options.keys() - allowed.keys() - {"indent"} or not isinstance(options.get("indent"), int | None):
        return Unknown("an option of json.dumps that is not read")
    indent = options.get("indent")
    chosen: dict[str, Any] = {**allowed, "indent": min(indent, 8) if isinstance(indent, int) else None}
    return json.dumps(value, **chosen)


def _named_tuple(*positional: object, **keywords: object) -> object:
    from contractcheck.migrations.alembic import classes

    return classes.named_tuple(*positional, **keywords)


def _field(**keywords: object) -> object:
    from contractcheck.migrations.alembic import classes

    return classes.field(**keywords)


def _counter(*items: Any) -> object:  # noqa: ANN401 - anything that can be counted
    from collections import Counter

    budget.weigh(*items)
    return Counter(*items)


def _defaultdict(make: object = None, items: object = ()) -> object:
    from collections import defaultdict

    if make not in {list, dict, set, int, str, None} or not isinstance(items, dict | tuple):
        return Unknown("a dictionary whose values only a run makes")
    factory: Any = make
    return defaultdict(factory, dict(items))


def _copied(value: object) -> object:
    return value.copy() if isinstance(value, list | dict | set) else value


def _deeply(value: object) -> object:
    budget.weigh(value)
    if isinstance(value, dict):
        return {key: _deeply(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_deeply(each) for each in value]
    if isinstance(value, tuple):
        return tuple(_deeply(each) for each in value)
    return set(value) if isinstance(value, set) else value


def _cleandoc(value: str) -> str:
    import inspect

    return inspect.cleandoc(value)


def _version(text: str) -> tuple[int, ...]:
    """A released version as a tuple that compares as it does: `1.7.0` equals `1.7`."""
    parts = text.split(".")
    numbers = [int(part) for part in parts]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _loads(value: str | bytes) -> object:
    import json

    return json.loads(value)


_LOOP = Unknown(
    "an event loop",
    parts={"run_until_complete": Builtin("asyncio.run", lambda: None)},
)

_STANDARD_MEMBERS: Mapping[str, object] = {
    "textwrap.dedent": Builtin("textwrap.dedent", _dedent),
    "json.dumps": Builtin("json.dumps", _dumps),
    "json.loads": Builtin("json.loads", _loads),
    "contextlib.nullcontext": Builtin("nullcontext", lambda value=None: Manager("quiet", value), raw=True),
    "contextlib.suppress": Builtin("suppress", lambda *kinds: Manager("suppress", kinds), raw=True),
    "contextlib.contextmanager": Builtin("contextmanager", lambda function: function, raw=True),
    "functools.partial": Builtin("functools.partial", dict),
    "asyncio.run": Builtin("asyncio.run", lambda: None),
    "asyncio.get_event_loop": Builtin("asyncio.get_event_loop", lambda: _LOOP, raw=True),
    "asyncio.new_event_loop": Builtin("asyncio.new_event_loop", lambda: _LOOP, raw=True),
    "typing.TYPE_CHECKING": False,
    "alembic.context": Environment(),
    "collections.OrderedDict": dict,
    "importlib.import_module": Builtin("importlib.import_module", lambda: None),
    "sqlalchemy.ext.compiler.compiles": Builtin("sqlalchemy.ext.compiler.compiles", lambda: None),
    "pathlib.Path": Builtin("pathlib.Path", lambda: None),
    "pathlib.PurePath": Builtin("pathlib.PurePath", lambda: None),
    "sqlparse.split": Builtin("sqlparse.split", lambda: None),
    **{f"os.path.{name}": Builtin(f"os.path.{name}", lambda: None) for name in PATHS},
    **{f"itertools.{name}": Builtin(f"itertools.{name}", lambda: None) for name in ITERTOOLS},
    "string.Template": Builtin("string.Template", lambda: None),
    "collections.namedtuple": Builtin("namedtuple", _named_tuple, raw=True),
    "dataclasses.field": Builtin("field", _field, raw=True),
    "enum.auto": enum.auto,
    "collections.Counter": Builtin("collections.Counter", _counter),
    "collections.defaultdict": Builtin("collections.defaultdict", _defaultdict, raw=True),
    "collections.deque": list,
    "copy.copy": Builtin("copy.copy", _copied, raw=True),
    "copy.deepcopy": Builtin("copy.deepcopy", _deeply, raw=True),
    "inspect.cleandoc": Builtin("inspect.cleandoc", _cleandoc),
    "os.environ": Unknown("the environment of the run"),
    "sys.version_info": Unknown("the version of Python"),
    "packaging.version.Version": Builtin("Version", _version),
    "packaging.version.parse": Builtin("Version", _version),
    "distutils.version.LooseVersion": Builtin("Version", _version),
    "distutils.version.StrictVersion": Builtin("Version", _version),
}


# Methods that change nothing and take no longer than their result is large.
METHODS: Mapping[type, frozenset[str]] = {
    str: frozenset(
        [
            "capitalize",
            "casefold",
            "center",
            "count",
            "encode",
            "endswith",
            "expandtabs",
            "find",
            "format",
            "index",
            "isalnum",
            "isalpha",
            "isascii",
            "isdigit",
            "isidentifier",
            "islower",
            "isspace",
            "istitle",
            "isupper",
            "join",
            "ljust",
            "lower",
            "lstrip",
            "partition",
            "removeprefix",
            "removesuffix",
            "replace",
            "rfind",
            "rindex",
            "rjust",
            "rpartition",
            "rsplit",
            "rstrip",
            "split",
            "splitlines",
            "startswith",
            "strip",
            "swapcase",
            "title",
            "upper",
            "zfill",
        ]
    ),
    bytes: frozenset(["decode", "hex", "startswith", "endswith", "strip", "split", "join"]),
    list: frozenset(
        ["append", "extend", "insert", "remove", "pop", "clear", "index", "count", "sort", "reverse", "copy"]
    ),
    tuple: frozenset(("index", "count")),
    dict: frozenset(["get", "items", "keys", "values", "pop", "popitem", "setdefault", "update", "clear", "copy"]),
    set: frozenset(
        [
            "add",
            "discard",
            "remove",
            "pop",
            "clear",
            "update",
            "union",
            "intersection",
            "difference",
            "symmetric_difference",
            "issubset",
            "issuperset",
            "isdisjoint",
            "copy",
        ]
    ),
    frozenset: frozenset(["union", "intersection", "difference", "issubset", "issuperset", "isdisjoint", "copy"]),
    int: frozenset(("bit_length",)),
}


CHANGING = frozenset(
    [
        "append",
        "extend",
        "insert",
        "remove",
        "pop",
        "clear",
        "sort",
        "reverse",
        "popitem",
        "setdefault",
        "update",
        "add",
        "discard",
        "appendleft",
    ]
)


def _weighed(make: Callable[..., object]) -> Callable[..., object]:
    def run(*arguments: object) -> object:
        budget.weigh(*arguments)
        return make(*arguments)

    return run


_EXCEPTIONS = (
    Exception, BaseException, ValueError, TypeError, KeyError, IndexError, AttributeError, RuntimeError, ImportError,
    ModuleNotFoundError, NotImplementedError, ArithmeticError, ZeroDivisionError, LookupError, NameError, OSError,
    StopIteration, AssertionError, SystemExit, UnicodeError, PermissionError, Warning, UserWarning, DeprecationWarning,
)  # fmt: skip


BUILTINS: Mapping[str, object] = {
    **{kind.__name__: kind for kind in _EXCEPTIONS},
    **{kind.__name__: kind for kind in (str, int, float, bool, bytes, list, dict, set, tuple, frozenset, object, type)},
    **{
        function.__name__: Builtin(function.__name__, _weighed(function))
        for function in (abs, round, divmod, ord, chr, hex, oct, bin)
    },
    "range": range,
    "print": Builtin("print", lambda *_a, **_k: None, raw=True),
    "True": True,
    "False": False,
    "None": None,
    "NotImplemented": NotImplemented,
    "Ellipsis": ...,
    "__name__": "migration",
}
