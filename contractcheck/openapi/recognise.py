"""Which files of a snapshot are contracts, by the key at the top of each, wherever in the file it stands."""

import re
from collections.abc import Sequence

from contractcheck.errors import UnreadableError
from contractcheck.model.globs import matcher
from contractcheck.model.report import Skipped
from contractcheck.model.snapshot import Entry, EntryKind, Snapshot
from contractcheck.openapi.parsing.scan import NotJsonError, members, skip, space
from contractcheck.openapi.parsing.text import encoding

SUFFIXES = (".yaml", ".yml", ".json")
# Folders of other people's files and of input to tests: contracts there are nobody's promise.
EXCLUDED = (
    *(".git/", ".nox/", ".tox/", ".venv/", "venv/", "site-packages/", "node_modules/", "bower_components/"),
    *(
        "vendor/",
        "third_party/",
        "testdata/",
        "test-data/",
        "fixtures/",
        "__fixtures__/",
        "__snapshots__/",
        "examples/",
    ),
    *("*.golden", "*.golden.*"),
)

_VERSION = r"[0-9]+(?:\.[0-9]+)+[A-Za-z0-9.+-]*|[23]"
_VALUE = re.compile(_VERSION)
_BEGIN = re.compile(r"^([ ]*)(?!---|\.\.\.)[^\s#%]", re.MULTILINE)
_PROPERTIES = r"(?:[&!]\S*[ \t]+)*"
_BLOCK = re.compile(
    rf"""^([ ]*)(["']?)(?:openapi|swagger)\2[ \t]*:\s+{_PROPERTIES}(["']?)({_VERSION})\3[ \t]*(?:\#.*)?$""",
    re.MULTILINE,
)
_FLOW = re.compile(rf"""[{{,]\s*(["']?)(?:openapi|swagger)\1\s*:\s*(["']?)({_VERSION})\2\s*[,}}]""")


class _FoundError(Exception):
    """Ends a walk: the version was met."""


def version(data: bytes, path: str) -> str | None:
    """The version that the file claims with `openapi` or `swagger` at its top; None if it claims none.

    Cheap: the text is searched, not parsed. A text that looks like a contract and is broken has a version too, so that
    loading it can say what is wrong.
    """
    name, skipped = encoding(data)
    if name == "utf-8" and b"openapi" not in data and b"swagger" not in data:
        return None
    text = data[skipped:].decode(name, errors="replace")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    start = space(text, 0)
    if text[start : start + 1] in {"{", "["} or path.lower().endswith(".json"):
        try:
            return _first(text, start)
        except NotJsonError:
            flow = _FLOW.search(text)
            if flow:
                return flow[3]
    begin = _BEGIN.search(text)
    indent = len(begin[1]) if begin else 0
    return next((found[4] for found in _BLOCK.finditer(text) if len(found[1]) == indent), None)


def _first(text: str, index: int) -> str | None:
    """The version at the first level of a JSON text."""

    def visit(name: str, _start: int, value: int) -> None:
        if name in {"openapi", "swagger"}:
            found = _VALUE.fullmatch(text[value : skip(text, value)].strip('"'))
            if found:
                raise _FoundError(found[0])

    try:
        members(text, index, visit)
    except _FoundError as error:
        return str(error)
    return None


def find(
    snapshot: Snapshot, *, include: Sequence[str], exclude: Sequence[str]
) -> tuple[tuple[str, ...], tuple[Skipped, ...]]:
    """The contracts of a snapshot, and what was left out and why; both sorted by path.

    Patterns are those of `globs`. With `include` only what matches is looked at, in the folders of EXCLUDED too;
    without, all of SUFFIXES elsewhere. What matches `exclude` is left out in either case. A folder left
    out is named once.
    """
    included, excluded, usual = matcher(include), matcher(exclude), matcher(EXCLUDED)
    found: list[str] = []
    skipped: set[Skipped] = set()
    for path, entry in snapshot.entries().items():
        if entry.kind is not EntryKind.SUBMODULE and not path.lower().endswith(SUFFIXES):
            continue
        if include and not included(path):
            continue
        pattern = excluded(path)
        why = f"excluded by {pattern}"
        if pattern is None and not include:
            pattern = usual(path)
            why = f"excluded by default ({pattern})"
        if pattern is not None:
            skipped.add(Skipped(_outermost(path, pattern), why))
            continue
        reason = _refused(snapshot, entry, named=bool(include))
        if reason is None:
            found.append(path)
        elif reason:
            skipped.add(Skipped(path, reason))
    return tuple(sorted(found)), tuple(sorted(skipped))


def _refused(snapshot: Snapshot, entry: Entry, *, named: bool) -> str | None:
    """Why an entry is no contract: None if it is one, "" if that is not worth a word."""
    match entry.kind:
        case EntryKind.SYMLINK:
            return "symbolic link: not followed"
        case EntryKind.SUBMODULE:
            return "submodule: not followed"
        case EntryKind.FILE:
            try:
                data = snapshot.read(entry.path)
            except UnreadableError as error:
                return error.what
    if version(data, entry.path) is not None:
        return None
    return "it has neither openapi nor swagger at the top" if named else ""


def _outermost(path: str, pattern: str) -> str:
    """The outermost folder that a pattern matches, ending in `/`, or the path itself."""
    match = matcher((pattern,))
    parts = path.split("/")
    folders = ("/".join(parts[:count]) + "/" for count in range(1, len(parts)))
    return next((folder for folder in folders if match(folder) or match(folder.rstrip("/"))), path)
