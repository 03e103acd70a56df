"""Results of earlier runs, kept outside of any repository, by the hash of everything they were made of.

What a tree says is a function of the files its reader looked at, of the paths that were there, of the configuration and
of this program. All of it is in the key or compared before a result is believed, so nothing has to be cleared by hand.
Results are JSON of known shapes; a file that is none, or of another shape, is as good as no file.
"""

import hashlib
import os
import stat
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TypeVar

from msgspec import Raw, Struct, json

from contractcheck.errors import UnreadableError
from contractcheck.model.snapshot import Entry, Snapshot

FORMAT = "2"
VARIABLE = "CONTRACTCHECK_CACHE"
LARGEST = 64_000_000  # bytes of one result
KEPT = 64  # results; when there are more the oldest go

_MISSING = "missing"
T = TypeVar("T")


class Watched:
    """A snapshot that notes what was read of it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.read_hashes: dict[str, str] = {}

    @property
    def label(self) -> str:
        """The name of the snapshot."""
        return self._snapshot.label

    def entries(self) -> Mapping[str, Entry]:
        """Every path of the snapshot."""
        return self._snapshot.entries()

    def read(self, path: str) -> bytes:
        """The content of a file. Raises UnreadableError as the snapshot does."""
        try:
            content = self._snapshot.read(path)
        except UnreadableError:
            self.read_hashes[path] = _MISSING
            raise
        self.read_hashes[path] = hashlib.sha256(content).hexdigest()
        return content


class _Held(Struct):
    """What a file holds: the hashes of what the answer was made of, and the answer with its own hash.

    Of an answer that lacks fields the rest could be believed to be all: the shape alone says too little.
    """

    files: dict[str, str]
    hash: str
    answer: Raw


class Memory(Struct, frozen=True):
    """A folder of results."""

    folder: Path

    def recall(self, kind: type[T], snapshot: Snapshot, question: str, answer: Callable[[Snapshot], T]) -> T:
        """The answer to a question about a snapshot, from memory if all that it was made of is as it was.

        `question` holds everything else that the answer depends on; `kind` is the type of the answer.
        """
        name = hashlib.sha256("\0".join((FORMAT, _program(), _paths(snapshot), question)).encode()).hexdigest()
        known = self._load(kind, snapshot, self.folder / f"{name}.json")
        if known is not None:
            return known
        watched = Watched(snapshot)
        found = answer(watched)
        self._store(self.folder / f"{name}.json", watched.read_hashes, found)
        return found

    def _load(self, kind: type[T], snapshot: Snapshot, path: Path) -> T | None:
        try:
            held = json.decode(path.read_bytes(), type=_Held)
            whole = hashlib.sha256(held.answer).hexdigest() == held.hash
            if whole and all(_hash(snapshot, file) == wanted for file, wanted in held.files.items()):
                return json.decode(held.answer, type=kind)
        except (OSError, ValueError):
            # Not there, not ours, or of an older shape: it is made anew.
            return None
        return None

    def _store(self, path: Path, files: Mapping[str, str], answer: object) -> None:
        try:
            said = json.encode(answer)
            data = json.encode(_Held(dict(files), hashlib.sha256(said).hexdigest(), Raw(said)))
            if len(data) > LARGEST:
                return
            part = path.with_suffix(f".{os.getpid()}")
            part.write_bytes(data)
            part.replace(path)
            self._forget()
        except (OSError, ValueError):
            # A full disk, a folder that is gone, a text that JSON cannot hold: the run does not need it.
            return

    def _forget(self) -> None:
        held = sorted(self.folder.glob("*"), key=lambda each: (each.stat().st_mtime_ns, each.name))
        for each in held[: max(len(held) - KEPT, 0)]:
            each.unlink(missing_ok=True)


def memory(environment: Mapping[str, str]) -> Memory | None:
    """The folder of this user: `CONTRACTCHECK_CACHE`, else below the cache folder of the system; None if it is `off`.

    None too where the folder cannot be made, or where others could write to it: what they put there would be believed.
    """
    wanted = environment.get(VARIABLE, "")
    if wanted.lower() in {"off", "0", "no", "false"}:
        return None
    if wanted:
        folder = Path(wanted)
    else:
        base = environment.get("XDG_CACHE_HOME") or environment.get("LOCALAPPDATA")
        home = environment.get("HOME") or environment.get("USERPROFILE")
        if not base and not home:
            return None
        folder = Path(base) / "contractcheck" if base else Path(str(home)) / ".cache" / "contractcheck"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = folder.lstat()
    except OSError:
        return None
    mine = not hasattr(os, "geteuid") or (state.st_uid == os.geteuid() and not state.st_mode & 0o022)
    return Memory(folder) if folder.is_absolute() and stat.S_ISDIR(state.st_mode) and mine else None


def _hash(snapshot: Snapshot, path: str) -> str:
    try:
        return hashlib.sha256(snapshot.read(path)).hexdigest()
    except UnreadableError:
        return _MISSING


def _paths(snapshot: Snapshot) -> str:
    """A hash of every path there is, and of what kind it is: readers ask whether files exist."""
    lines = "\n".join(f"{entry.kind} {path}" for path, entry in snapshot.entries().items())
    return hashlib.sha256(lines.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _program() -> str:
    """This program as installed: its files by size and time, and those of the libraries whose answers it passes on."""
    from importlib.util import find_spec

    from contractcheck import __version__

    root = Path(__file__).resolve().parent.parent
    parts = [sys.version, __version__]
    for name in ("pglast", "sqlalchemy", "alembic"):
        spec = find_spec(name)
        if spec is not None and spec.origin is not None:
            state = os.stat(spec.origin)  # noqa: PTH116
            parts.append(f"{spec.origin} {state.st_size} {state.st_mtime_ns}")
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            if name.endswith((".py", ".json")):
                state = os.stat(f"{folder}/{name}")  # noqa: PTH116 - three hundred of them, each run
                parts.append(f"{folder}/{name} {state.st_size} {state.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
