"""What an expression of a migration may evaluate to, besides plain Python values and SQLAlchemy objects."""

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from msgspec import Struct

ASKED = "what the database holds"  # in the reason of every value that comes from looking at the schema
ADDRESS = re.compile(r" at 0x[0-9a-f]+")  # in what Python prints of an object: another one each time
OWN = "_of_the_snapshot"  # marks a real class whose methods are read, not run
HOLE = "\ue000"  # stands for an unknown part inside a string that is otherwise known
Keywords = Mapping[str, object]  # the named arguments of a call


class Named:
    """What a library prints when it is handed one of these: its kind, never the code and the scopes it holds."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__.lower()}>"


@dataclass(frozen=True, slots=True, repr=False)
class Unknown(Named):
    """A value only a run knows.

    `origin` is the dotted name it was imported under, where it was. `database`: it may send statements (a session, a
    foreign function that was given one). `template` is the text, with HOLE for each unknown part, where it is a string
    of which parts are known. `parts` are attributes that are known all the same.
    """

    reason: str
    origin: str = ""
    database: bool = False
    template: str | None = None
    parts: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}), compare=False)


@dataclass(slots=True, eq=False, repr=False)
class Import(Named):
    """A name that a module imports from a file, which is read when the name is first used: most never are."""

    name: str
    read: "Callable[[], object] | None"
    found: object = None

    def value(self) -> object:
        """What the name stands for; Unknown where reading it raises or comes back to itself."""
        if self.read is not None:
            read, self.read = self.read, None
            self.found = Unknown(f"{self.name} is imported in a circle", origin=self.name)
            try:
                self.found = read()
            except Raised as error:
                self.found = Unknown(f"{self.name}: {error}", origin=self.name)
            except BaseException:
                self.read = read
                raise
        return self.found


@dataclass(slots=True, eq=False, repr=False)
class Scope(Named):
    """Names of a module or of one call, and where to look further."""

    names: dict[str, object]
    parent: "Scope | None" = None
    module: "Module | None" = None
    shared: frozenset[str] = frozenset()  # names declared `global` or `nonlocal`

    def get(self, name: str) -> object:
        """What this scope binds the name to; None if it does not."""
        value = self.names.get(name)
        return value.value() if isinstance(value, Import) else value

    def find(self, name: str) -> "Scope | None":
        """The nearest scope that binds the name."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names and name not in scope.shared:
                return scope
            scope = scope.parent
        return None


@dataclass(slots=True, eq=False, repr=False)
class Module(Named):
    """A file of the snapshot, read as a module. `dotted` is the name it was imported under, where it was."""

    path: str
    dotted: str
    tree: ast.Module
    lines: list[str]
    scope: Scope
    own: bool = False  # the migration itself, not something it imports
    yields: bool = False  # whether any function of it may be a generator


@dataclass(slots=True, eq=False, repr=False)
class Function(Named):
    """A function, method or lambda of the snapshot with the scope it closes over."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    scope: Scope
    defaults: tuple[object, ...] = ()
    keyword_defaults: Mapping[str, object] = field(default_factory=dict)
    manager: bool = False  # decorated with contextlib.contextmanager
    generator: bool = False
    owner: "Class | type | None" = None
    kind: str = ""  # "property", "staticmethod" or "classmethod"

    @property
    def name(self) -> str:
        return "lambda" if isinstance(self.node, ast.Lambda) else self.node.name


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Field(Named):
    """A field of a data class: its default, or what makes one."""

    name: str
    required: bool = True
    default: object = None
    factory: object = None
    init: bool = True


@dataclass(slots=True, eq=False, repr=False)
class Class(Named):
    """A class of the snapshot that stands on no library class: its bases and what its body binds."""

    name: str
    bases: tuple[object, ...]
    names: dict[str, object]
    fields: tuple["Field", ...] | None = None  # of a data class or a named tuple: what its objects are made from
    row: bool = False  # a named tuple: its objects are also tuples of their fields

    def find(self, name: str) -> object:
        """The attribute, through the bases. Raises KeyError."""
        if name in self.names:
            return self.names[name]
        for base in self.bases:
            if isinstance(base, Class):
                try:
                    return base.find(name)
                except KeyError:
                    continue
        raise KeyError(name)

    @property
    def whole(self) -> bool:
        """Whether everything it inherits is known."""
        return all((isinstance(base, Class) and base.whole) or base is object for base in self.bases)

    @property
    def items(self) -> tuple["Field", ...] | None:
        """The fields of its objects, its own or inherited; None if it has none."""
        if self.fields is not None:
            return self.fields
        return next((base.items for base in self.bases if isinstance(base, Class) and base.items is not None), None)


@dataclass(slots=True, eq=False, repr=False)
class Instance(Named):
    """An object of such a class."""

    kind: Class
    names: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Bound(Named):
    """A method of an object, or a function with its first arguments."""

    function: object
    arguments: tuple[object, ...]
    keywords: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Coroutine(Named):
    """What the call of an asynchronous function gives: it runs when it is awaited, once."""

    function: Function
    arguments: tuple[object, ...]
    keywords: Keywords


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Builtin(Named):
    """A callable of the language or of a library that is carried out for real, behind a guard."""

    name: str
    run: Callable[..., object]
    values: bool = False  # unknown arguments become `$1` in the SQL
    raw: bool = False  # gets unknown arguments as they are
    database: bool = False  # emits statements itself
    parts: Mapping[str, object] = field(default_factory=dict)  # attributes that are known


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Library(Named):
    """A module of a library on the list of those that are known."""

    path: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Connection(Named):
    """What `op.get_bind()` returns, what is opened on it, or an ORM session on it."""

    session: bool = False
    autocommit: bool = False
    savepoint: tuple[int, int] | None = None  # one set by `begin_nested`: in which list of steps, behind how many


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Inspector(Named):
    """What `sa.inspect(connection)` returns."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Environment(Named):
    """`alembic.context`, or the migration context behind `op.get_context()`."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Operations(Named):
    """`alembic.op`, or the object of a batch; `target` is alembic's real one."""

    target: object
    batch: bool = False


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Manager(Named):
    """A context manager: which kind, and what it works on."""

    kind: str  # "batch", "autocommit", "quiet", "suppress", "function"
    value: object = None
    arguments: tuple[object, ...] = ()
    keywords: Mapping[str, object] = field(default_factory=dict)


class Raised(Exception):  # noqa: N818 - an exception of the code that is read
    """The code that is read raises; `value` is the exception, an instance of a class of the snapshot, or Unknown."""

    def __init__(self, value: object) -> None:
        super().__init__(value)
        self.value = value

    def __str__(self) -> str:
        if isinstance(self.value, BaseException):
            text = ADDRESS.sub("", " ".join(str(self.value).split()))
            return f"{type(self.value).__name__}: {text[:200]}" if text else type(self.value).__name__
        if isinstance(self.value, Instance):
            return self.value.kind.name
        return "an exception"


# How a block ended: None when it ran to its end.


class Return(Struct, frozen=True, eq=False):
    value: object


class Break(Struct, frozen=True, eq=False):
    pass


class Continue(Struct, frozen=True, eq=False):
    pass


class Maybe(Struct, frozen=True, eq=False):
    """Some ways through the block left it so, others ran to its end."""

    signals: tuple[Return | Break | Continue, ...]
    reason: str = ""


Signal = None | Return | Break | Continue | Maybe
