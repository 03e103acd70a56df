"""Imports of a migration, resolved to files of the snapshot and read there, never imported."""

import ast
import warnings
from collections import defaultdict
from collections.abc import Callable
from posixpath import dirname, join, normpath
from typing import Any

from msgspec import Struct, field

from contractcheck.errors import UnreadableError
from contractcheck.migrations.alembic.budget import MODULES, Budget
from contractcheck.migrations.alembic.values import Module, Scope
from contractcheck.model.place import Place
from contractcheck.model.snapshot import EntryKind, Snapshot

LARGEST = 2_000_000  # bytes of one Python file


class Broken(Exception):  # noqa: N818 - becomes a finding
    """A file that is no Python; `place` is where the parser gave up."""

    def __init__(self, what: str, place: Place) -> None:
        super().__init__(what)
        self.what = what
        self.place = place


def parse(content: bytes, path: str) -> ast.Module:
    """The syntax tree of a file. Raises Broken for whatever the parser does not take."""
    if len(content) > LARGEST:
        raise Broken(f"larger than {LARGEST} bytes", Place(path, 1, 1))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as invalid escapes, which are the author's business
            return ast.parse(content, filename=path)
    except SyntaxError as error:
        place = Place(path, error.lineno or 1, max(error.offset or 1, 1))
        raise Broken(str(error.msg), place) from error
    except (ValueError, MemoryError, RecursionError) as error:
        what = {"ValueError": str(error)}.get(type(error).__name__, "nested too deeply")
        raise Broken(what, Place(path, 1, 1)) from error


class Modules(Struct):
    """The Python files of a snapshot, found by the dotted names migrations use for them."""

    snapshot: Snapshot
    folder: str
    budget: Budget = field(default_factory=lambda: Budget(steps=MODULES))
    loaded: dict[str, Module | None] = field(default_factory=dict)
    ran: set[str] = field(default_factory=set)  # files whose body has been run
    plugins: Any = None  # the operations that the tree registers
    revisions: Callable[[str], str | None] = field(default=lambda _revision: None)  # the file of a revision
    machine: Any = None  # the one that reads right now: methods of the project's types run on it
    _index: dict[str, list[str]] = field(default_factory=dict)

    def find(self, dotted: str, importer: str, level: int = 0) -> str | None:
        """The file of a module, or None if the snapshot holds none that is certainly meant.

        `level` counts the dots of a relative import. A file fits an absolute name if one of the two paths ends in the
        other: the snapshot may start above or inside the package. Of several the nearest to the importer is taken.
        """
        parts = dotted.split(".") if dotted else []
        if level:
            base = importer
            for _ in range(level):
                base = dirname(base)
            return self._existing(normpath(join(base, *parts)) if parts else base or ".")
        if not parts:
            return None
        candidates = []
        for path in self._named(parts[-1]):
            stem = path.removesuffix("/__init__.py").removesuffix(".py").split("/")
            length = min(len(stem), len(parts))
            if stem[-length:] == parts[-length:] and (len(stem) >= len(parts) or self._near(path, importer)):
                common = len(_shared(path, importer))
                candidates.append((-length, -common, len(path), path))
        return min(candidates)[3] if candidates else None

    def inside(self, package: str, name: str) -> str | None:
        """The module of that name in a package, given the path of its `__init__.py`; None for any other file."""
        return self._existing(join(dirname(package), name)) if package.endswith("__init__.py") else None

    def _near(self, path: str, importer: str) -> bool:
        """Whether a file may be meant by a longer name, as the snapshot starts inside the package.

        It lies in the tree or right beside it, or within the folder at the top that the importer is in.
        """
        roots = {self.folder, dirname(self.folder), dirname(dirname(self.folder)), "."}
        folder = dirname(path) or "."
        return folder in roots or ("/" in path and path.partition("/")[0] == importer.partition("/")[0])

    def _existing(self, stem: str) -> str | None:
        stem = stem.removeprefix("./")
        for path in (f"{stem}.py", f"{stem}/__init__.py" if stem != "." else "__init__.py"):
            entry = self.snapshot.entries().get(path)
            if entry is not None and entry.kind is EntryKind.FILE:
                return path
        return None

    def _named(self, name: str) -> list[str]:
        if not self._index:
            index: dict[str, list[str]] = defaultdict(list)
            for path, entry in self.snapshot.entries().items():
                if entry.kind is EntryKind.FILE and path.endswith(".py"):
                    folder, _, file = path.rpartition("/")
                    index[folder.rpartition("/")[2] if file == "__init__.py" else file.removesuffix(".py")].append(path)
            self._index = dict(index) or {"": []}
        return self._index.get(name, [])

    def python(self) -> list[str]:
        """Every Python file."""
        return [
            path
            for path, entry in self.snapshot.entries().items()
            if entry.kind is EntryKind.FILE and path.endswith(".py")
        ]

    def holds(self, path: str, word: bytes) -> bool:
        """Whether a file has a word in it."""
        try:
            return word in self.snapshot.read(path)
        except UnreadableError:
            return False

    def open(self, path: str, dotted: str = "") -> Module | None:
        """The parsed file with an empty scope, made once; None if it cannot be read."""
        if path not in self.loaded:
            try:
                content = self.snapshot.read(path)
                tree = parse(content, path)
            except (UnreadableError, Broken):
                self.loaded[path] = None
            else:
                self.loaded[path] = module(path, tree, content, dotted)
        return self.loaded[path]


def module(path: str, tree: ast.Module, content: bytes, dotted: str = "", *, own: bool = False) -> Module:
    """A module whose body has not been run."""
    scope = Scope({})
    lines = content.decode("utf-8", errors="replace").split("\n")
    made = Module(path, dotted, tree, lines, scope, own, b"yield" in content)
    scope.module = made
    return made


def _shared(one: str, other: str) -> list[str]:
    shared = []
    for a, b in zip(one.split("/"), other.split("/"), strict=False):
        if a != b:
            break
        shared.append(a)
    return shared
