"""What a user types to name one side of a comparison: `-`, a file, a folder, `REV:path`."""

import os
import sys
from pathlib import Path

from contractcheck.errors import UnreadableError
from contractcheck.model.snapshot import Snapshot
from contractcheck.sources.folder import file, folder
from contractcheck.sources.listing import find
from contractcheck.sources.paths import inside, shown
from contractcheck.sources.repository import Repository
from contractcheck.sources.standard_input import PATH, standard_input


def side(argument: str, cwd: Path, *, repository: Repository | None = None) -> tuple[Snapshot, str | None]:
    """The snapshot that holds what `argument` names, and its path there; None for a folder, which then is the root.

    `-` is standard input. A file or folder on disk goes before `REV:path`, in which the path counts from the top of the
    repository, or from `cwd` if it begins with `./` or `../`; an empty path is the whole tree, an empty REV the index.
    The references of a file reach what is inside the git working tree around it, else inside `cwd`, else its folder.
    Raises UnreadableError or UndecidableError if there is no such thing or it cannot be read.
    """
    label = shown(os.fsencode(argument))
    if argument == PATH:
        return standard_input(sys.stdin.buffer), PATH
    if not argument or "\0" in argument:
        raise UnreadableError("names no file", where=label)
    path = cwd / argument
    if path.is_dir():
        return folder(path, label=label), None
    if os.path.lexists(path):
        return file(path, root=cwd, label=label)
    revision, colon, name = argument.partition(":")
    if not colon:
        raise UnreadableError(
            "no such file or folder", where=label, next_step="to name a file of a revision write REVISION:path"
        )
    return _revision_side(repository or Repository.open(cwd), revision, name, cwd)


def _revision_side(repository: Repository, revision: str, name: str, cwd: Path) -> tuple[Snapshot, str | None]:
    if name.startswith(("./", "../")):
        name = os.path.normpath(os.path.join(os.path.relpath(cwd.resolve(), repository.top), name))
    path = inside(shown(os.fsencode(name or ".")))
    snapshot = repository.tree(revision) if revision else repository.index()
    if path == ".":
        return snapshot, None
    entries = snapshot.entries()
    if path not in entries and any(other.startswith(f"{path}/") for other in entries):
        if not revision:
            raise UnreadableError("is a folder in the index", where=path, next_step="name a file of it")
        return repository.tree(revision, folder=path), None
    find(entries, path, snapshot.label)
    return snapshot, path
