"""Files that a migration reads, such as SQL that lies beside it: those of the snapshot, never of the disk."""

import posixpath
from collections.abc import Callable, Mapping, Sequence

from contractcheck.errors import UnreadableError
from contractcheck.migrations.alembic import budget
from contractcheck.migrations.alembic.machine import Machine
from contractcheck.migrations.alembic.values import Builtin, Manager, Named, Unknown


class Path(Named):
    """A `pathlib.Path`: relative to the snapshot, as `__file__` is."""

    def __init__(self, text: str) -> None:
        self.text = posixpath.normpath(text)


class File(Named):
    """An open file of the snapshot."""

    def __init__(self, content: str) -> None:
        self.content = content


def path(positional: Sequence[object]) -> object:
    """`Path(...)`."""
    parts = [text(each) for each in positional]
    known = [part for part in parts if part is not None]
    return Path(posixpath.join(*known)) if known and len(known) == len(parts) else Unknown("a path only a run knows")


def text(value: object) -> str | None:
    """A path as a text; None for what is none."""
    return value.text if isinstance(value, Path) else value if isinstance(value, str) else None


def read(machine: Machine, name: object) -> object:
    """The text of a file; Unknown for one that the snapshot does not hold."""
    wanted = text(name)
    if wanted is None:
        return Unknown("a file only a run knows")
    inside = posixpath.normpath(wanted)
    try:
        content = machine.modules.snapshot.read(inside)
    except UnreadableError:
        return Unknown(f"the file {inside} is not in this repository")
    budget.text(len(content))
    return content.decode("utf-8", errors="replace").replace("\r\n", "\n")


def open_(machine: Machine, positional: Sequence[object], keywords: Mapping[str, object]) -> object:
    """`open(name)`, for reading."""
    mode = positional[1] if len(positional) > 1 else keywords.get("mode", "r")
    if mode not in {"r", "rt", "tr"} or not positional:
        return Unknown("a file that is not read as text")
    content = read(machine, positional[0])
    return Manager("quiet", File(content)) if isinstance(content, str) else content


def attribute(machine: Machine, value: Path | File, name: str) -> object:
    """An attribute of a path or of an open file."""
    if isinstance(value, File):
        makes: Mapping[str, Callable[[], object]] = {
            "read": lambda: value.content,
            "readlines": lambda: value.content.splitlines(keepends=True),
            "close": lambda: None,
        }
        return Builtin(name, makes[name], raw=True) if name in makes else Unknown(f"{name} of a file")
    here = value.text
    match name:
        case "parent":
            return Path(posixpath.dirname(here) or ".")
        case "parents":
            found: list[object] = []
            while here not in {"", ".", "/"}:
                here = posixpath.dirname(here) or "."
                found.append(Path(here))
            return found
        case "name":
            return posixpath.basename(here)
        case "stem" | "suffix":
            return posixpath.splitext(posixpath.basename(here))[0 if name == "stem" else 1]
        case "resolve" | "absolute" | "expanduser":
            return Builtin(name, lambda **_options: value, raw=True)
        case "joinpath":
            return Builtin(name, lambda *parts: path([value, *parts]), raw=True)
        case "with_suffix":
            return Builtin(name, lambda end: path([posixpath.splitext(here)[0] + str(end)]), raw=True)
        case "with_name":
            return Builtin(name, lambda end: path([posixpath.dirname(here), end]), raw=True)
        case "read_text":
            return Builtin(name, lambda *_p, **_k: read(machine, value), raw=True)
        case "open":
            return Builtin(name, lambda *p, **k: open_(machine, [value, *p], k), raw=True)
    return Unknown(f"{name} of a path")


def of_texts(name: str, positional: Sequence[object]) -> object:
    """A function of `os.path`: paths are relative to the snapshot."""
    parts = [text(each) for each in positional]
    known = [part for part in parts if part is not None]
    if not known or len(known) != len(parts):
        return Unknown("a path only a run knows")
    match name:
        case "dirname":
            return posixpath.dirname(known[0])
        case "basename":
            return posixpath.basename(known[0])
        case "splitext":
            return posixpath.splitext(known[0])
        case "join":
            return posixpath.join(*known)
    return posixpath.normpath(known[0])
