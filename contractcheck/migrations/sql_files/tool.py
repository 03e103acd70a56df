"""What is known of a migration tool: which files are its, in which order it runs them, and how it sends them."""

import importlib
import pkgutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from posixpath import basename, dirname

from msgspec import Struct, field

from contractcheck.errors import UnreadableError
from contractcheck.migrations import defects
from contractcheck.migrations.recognise import Location
from contractcheck.migrations.sql_files.script import MISSING, Folder, Read
from contractcheck.migrations.trees import Migration, Tree
from contractcheck.model.finding import Finding
from contractcheck.model.place import Place
from contractcheck.model.snapshot import Snapshot

HEAD = 4096  # bytes of a file that are looked at to tell whose it is


class Seen(Struct, frozen=True):
    """What recognition may look at: the files of a snapshot that nobody has claimed yet, sorted.

    `named` are the folders and files that somebody asked for.
    """

    snapshot: Snapshot
    paths: Sequence[str]
    named: Sequence[str] = ()
    heads: dict[str, bytes] = field(default_factory=dict)  # those that were read, for whoever looks next

    def by_folder(self, ending: str = ".sql") -> Mapping[str, list[str]]:
        """The files with that ending by their folder (`.` for the root)."""
        found: dict[str, list[str]] = defaultdict(list)
        for path in self.paths:
            if path.endswith(ending):
                found[dirname(path) or "."].append(path)
        return found

    def head(self, path: str) -> bytes:
        """The first bytes of a file; none where it cannot be read."""
        if path not in self.heads:
            try:
                self.heads[path] = self.snapshot.read(path)[:HEAD]
            except UnreadableError:
                self.heads[path] = b""
        return self.heads[path]

    def text(self, path: str) -> str:
        """The text of a file, "" where there is none; bytes that are no text are replaced."""
        try:
            return self.snapshot.read(path).decode("utf-8-sig", errors="replace")
        except UnreadableError:
            return ""


class Tool(Struct, frozen=True):
    """A migration tool.

    `find` gives its trees among the files that no tool of a lower `rank` has claimed: 0 tells by names and layout, 1
    by a look into files, 2 takes what is left. `read` reads one of them.
    """

    name: str
    find: Callable[[Seen], Iterable[Location]]
    read: Callable[[Folder], Tree]
    rank: int = 0


@cache
def tools() -> Mapping[str, Tool]:
    """Every tool by name, in the order they are asked."""
    from contractcheck.migrations.sql_files import tools as package

    found: list[Tool] = [
        importlib.import_module(f"{package.__name__}.{module.name}").TOOL
        for module in pkgutil.iter_modules(package.__path__)
    ]
    return {tool.name: tool for tool in sorted(found, key=lambda tool: (tool.rank, tool.name))}


class Written(Struct, frozen=True):
    """One migration as its tool's files say it, before its place in the order is known.

    `number` is what must be unique in the tree (None: nothing), `checksum` what the tool compares with the text that
    was applied (None: it compares nothing).
    """

    id: str
    path: str
    up: Read
    down: Read | None = None
    labels: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    number: str | None = None
    checksum: str | None = None
    defects: tuple[Finding, ...] = ()


def line(folder: Folder, written: Sequence[Written], wrong: Sequence[Finding] = (), *, undo: bool = True) -> Tree:
    """The tree of migrations that run one after another as they are listed.

    Without `undo` the tool, or this tree of it, has no way back at all: `forward-only`.
    """
    tool = folder.location.tool
    numbers: dict[str, list[Written]] = defaultdict(list)
    migrations: list[Migration] = []
    for each in written:
        if each.number is not None:
            numbers[each.number].append(each)
        back = each.down
        labels = each.labels if undo or back is not None else (*each.labels, "forward-only")
        migrations.append(
            Migration(
                id=each.id,
                path=each.path,
                tool=tool,
                parents=(migrations[-1].id,) if migrations else (),
                depends_on=each.depends_on,
                labels=labels,
                up=each.up.script,
                down=back.script if back is not None else MISSING,
                defects=(*each.up.defects, *(back.defects if back is not None else ()), *each.defects),
                checksum=each.checksum,
            )
        )
    twice = [
        defects.duplicate(number, [each.path for each in same], Place(same[1].path, 1, 1))
        for number, same in sorted(numbers.items())
        if len(same) > 1
    ]
    heads = (migrations[-1].id,) if migrations else ()
    return Tree(tool, folder.location.folder, tuple(migrations), heads, (*wrong, *twice))


def stem(path: str) -> str:
    """The name of a file without `.sql`."""
    return basename(path).removesuffix(".sql")


__all__ = ["Folder", "Seen", "Tool", "Written", "line", "stem", "tools"]
