"""Where the migration trees of a snapshot are, and whose."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from posixpath import basename, dirname, join, normpath

from contractcheck.errors import UndecidableError, UnreadableError
from contractcheck.model.report import Skipped
from contractcheck.model.snapshot import EntryKind, Snapshot


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """One tree: its tool, its folder, and the files that hold its migrations (sorted paths of the snapshot).

    `asked` are those of the files that somebody named; () when the tree was found or its folder was named.
    """

    tool: str
    folder: str
    files: tuple[str, ...]
    asked: tuple[str, ...] = ()


GOLANG = re.compile(r"^(?P<number>\d+)_(?P<name>.*)\.(?P<side>up|down)\.(?:pg)?sql$")
FLYWAY = re.compile(r"^(?:(?P<kind>[VUB])(?P<version>\d+(?:[._]\d+)*)|(?P<repeatable>R))__(?P<name>.*)\.sql$")
REVISION = re.compile(rb"^revision\b\s*(?::[^=\n]+)?=", re.MULTILINE)
DOWN_REVISION = re.compile(rb"^down_revision\b\s*(?::[^=\n]+)?=", re.MULTILINE)

# Trees of other tools: a pattern of paths, what the first bytes must hold, and the tool's name.
OTHERS: tuple[tuple[re.Pattern[str], bytes, str], ...] = (
    (re.compile(r"^(?P<folder>(?:.*/)?migrations)/\d{4}_\w+\.py$"), b"migrations.Migration", "Django"),
    (re.compile(r"^(?P<folder>(?:.*/)?db/migrate)/\d+_\w+\.rb$"), b"ActiveRecord::Migration", "Rails"),
    (re.compile(r"^(?P<folder>(?:.*/)?migrations)/\d{14}_\w+/migration\.sql$"), b"", "Prisma"),
    (re.compile(r"^(?P<folder>(?:.*/)?migrations)/[\w-]+/up\.sql$"), b"", "Diesel"),
    (re.compile(r"^(?P<folder>.*)/\w+\.sql$"), b"-- +goose Up", "goose"),
    (re.compile(r"^(?P<folder>.*)/\w+\.sql$"), b"-- migrate:up", "dbmate"),
    (re.compile(r"^(?P<folder>.*)/[\w.-]+\.sql$"), b"--liquibase formatted sql", "Liquibase"),
    (re.compile(r"^(?:(?P<folder>.*)/)?sqitch\.plan$"), b"", "sqitch"),
    (re.compile(r"^(?P<folder>(?:.*/)?migrations)/\d{13,}-?\w+\.[jt]s$"), b"MigrationInterface", "TypeORM"),
    (re.compile(r"^(?P<folder>(?:.*/)?migrations)/\d+_\w+\.[jt]s$"), b"knex", "knex"),
    (re.compile(r"^(?P<folder>(?:.*/)?Migrations)/\d{14}_\w+\.cs$"), b"Migration", "Entity Framework"),
)


def find(
    snapshot: Snapshot,
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    tools: dict[str, str] | None = None,
) -> tuple[tuple[Location, ...], tuple[Skipped, ...]]:
    """Every tree of a snapshot, sorted, and the trees of tools that are not read, with their names.

    `include` names folders (a tree's, or that of its versions) or single files; () looks everywhere. `exclude` are
    globs over paths. `tools` says for a folder whose it is. Raises UndecidableError where two tools claim one folder,
    or where something that was named holds no migrations.
    """
    files = [
        path
        for path, entry in snapshot.entries().items()
        if entry.kind is EntryKind.FILE and not any(_fits(path, pattern) for pattern in exclude)
    ]
    named = [normpath(path) for path in include]
    found = [*_alembic(snapshot, files, named), *_sql(files, named)]
    claims: dict[str, set[str]] = defaultdict(set)
    for location in found:
        for folder in {dirname(path) or "." for path in location.files}:
            claims[folder].add(location.tool)
    for folder, claiming in sorted(claims.items()):
        if len(claiming) > 1 and (tools or {}).get(folder) not in claiming:
            raise UndecidableError(
                f"{' and '.join(sorted(claiming))} both claim this folder",
                where=folder,
                next_step='say whose it is: [migrations.tools] "FOLDER" = "TOOL" in the configuration',
            )
    kept = [each for each in found if (tools or {}).get(each.folder, each.tool) == each.tool]
    if named:
        kept = _named(kept, named, files, snapshot.label)
    return tuple(sorted(kept)), _others(snapshot, files, {path for each in kept for path in each.files}, named)


def _fits(path: str, pattern: str) -> bool:
    stem = pattern.rstrip("/")
    return fnmatchcase(path, pattern) or path == stem or path.startswith(f"{stem}/")


def _within(path: str, folder: str) -> bool:
    return folder in {".", path} or path.startswith(f"{folder}/")


def _reach(path: str, named: Sequence[str]) -> bool:
    """Whether a path may belong to something that was named: inside it, or beside a named file."""
    if not named:
        return True
    return any(
        _within(path, each) or dirname(path) == dirname(each) or _within(each, dirname(path) or ".") for each in named
    )


def _named(found: Iterable[Location], named: Sequence[str], files: Collection[str], label: str) -> list[Location]:
    """The trees that hold what was named; single SQL files of no tool are trees of their own."""
    kept: dict[Location, set[str]] = {}
    known = list(found)
    for name in named:
        holding = [each for each in known if name in each.files]
        inside = [
            each for each in known if _within(each.folder, name) or any(_within(path, name) for path in each.files)
        ]
        beside = [each for each in known if name == each.folder]
        if holding:
            kept.setdefault(holding[0], set()).add(name)
        elif inside or beside:
            for each in (*beside, *inside):
                kept.setdefault(each, set())
        elif name in files and name.endswith(".sql"):
            kept.setdefault(Location("sql", dirname(name) or ".", (name,)), set()).add(name)
        else:
            texts = tuple(sorted(path for path in files if path.endswith(".sql") and _within(path, name)))
            if not texts:
                raise UndecidableError(
                    "no migrations here that are read",
                    where=label if name == "." else name,
                    next_step="name a tree's folder, its versions, or SQL files",
                )
            kept.setdefault(Location("sql", name, texts), set())
    return [replace(each, asked=tuple(sorted(asked))) for each, asked in kept.items()]


# Alembic


def _alembic(snapshot: Snapshot, files: Sequence[str], named: Sequence[str]) -> list[Location]:
    """Trees by their versions: those an alembic.ini names, folders called `versions`, folders that were named."""
    by_folder: dict[str, list[str]] = defaultdict(list)
    for path in files:
        if path.endswith(".py"):
            by_folder[dirname(path) or "."].append(path)
    known = set(files)
    trees: dict[str, list[str]] = {}
    taken: set[str] = set()
    replaced: set[str] = set()
    for path in files:
        if basename(path) == "alembic.ini" and _reach(path, named):
            for folder, versions, recursive in _configured(snapshot, path):
                held = [
                    each
                    for place, paths in by_folder.items()
                    if place in versions or (recursive and any(_within(place, version) for version in versions))
                    for each in paths
                ]
                revisions = [each for each in held if _is_revision(snapshot, each)]
                if revisions:
                    trees[folder] = revisions
                    taken.update(revisions)
                    # `version_locations` takes the place of the folder `versions`.
                    replaced.update({normpath(join(folder, "versions"))} - set(versions))
    for folder, paths in by_folder.items():
        candidates = [path for path in paths if path not in taken]
        wanted = basename(folder) == "versions" or join(dirname(folder), "env.py") in known or folder in named
        wanted = wanted or any(path in named for path in candidates)
        if not candidates or not wanted or folder in replaced or not _reach(folder + "/x", named):
            continue
        revisions = [path for path in candidates if _is_revision(snapshot, path)]
        if revisions:
            trees.setdefault(dirname(folder) or "." if basename(folder) == "versions" else folder, []).extend(revisions)
    return [Location("alembic", folder, tuple(sorted(paths))) for folder, paths in trees.items()]


def _is_revision(snapshot: Snapshot, path: str) -> bool:
    """Whether a Python file says it is a revision; a look at its text, so that a broken one is still found."""
    try:
        content = snapshot.read(path)
    except UnreadableError:
        return False
    return REVISION.search(content) is not None and DOWN_REVISION.search(content) is not None


def _configured(snapshot: Snapshot, path: str) -> list[tuple[str, list[str], bool]]:
    """Script folder, folders of versions and whether their subfolders count, of each section of an alembic.ini."""
    from configparser import ConfigParser, Error

    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(snapshot.read(path).decode("utf-8", errors="replace"))
    except (Error, UnreadableError):
        return []
    here = dirname(path)
    found = []
    for section in parser.sections():
        script = parser.get(section, "script_location", fallback="")
        if not script:
            continue
        folder = _place(script, here)
        texts = re.split(r"[\s,;:]+(?!/)", parser.get(section, "version_locations", fallback="").strip())
        versions = [_place(text.replace("%(script_location)s", script), here) for text in texts if text]
        recursive = parser.get(section, "recursive_version_locations", fallback="false").strip().lower() in {
            "true",
            "1",
            "yes",
            "on",
        }
        found.append((folder, versions or [normpath(join(folder, "versions"))], recursive))
    return found


def _place(text: str, here: str) -> str:
    """A folder as alembic.ini writes it: relative to the file, maybe with `%(here)s` or as `package:folder`."""
    text = text.strip().replace("%(here)s", ".")
    if ":" in text:
        package, _, rest = text.partition(":")
        text = f"{package.replace('.', '/')}/{rest}"
    return normpath(join(here, text))


# SQL


def _sql(files: Sequence[str], named: Sequence[str]) -> list[Location]:
    """golang-migrate pairs and Flyway names, by folder; Flyway's folder is the topmost that holds its names."""
    golang: dict[str, list[str]] = defaultdict(list)
    flyway: dict[str, list[str]] = defaultdict(list)
    for path in files:
        if not path.endswith("sql") or not _reach(path, named):
            continue
        folder, name = dirname(path) or ".", basename(path)
        if GOLANG.match(name):
            golang[folder].append(path)
        elif FLYWAY.match(name):
            flyway[folder].append(path)
    roots: dict[str, list[str]] = defaultdict(list)
    for folder, paths in flyway.items():
        root = min((each for each in flyway if _within(folder, each)), key=len)
        roots[root].extend(paths)
    return [
        *(Location("golang-migrate", folder, tuple(sorted(paths))) for folder, paths in golang.items()),
        *(Location("flyway", folder, tuple(sorted(paths))) for folder, paths in roots.items()),
    ]


def _others(
    snapshot: Snapshot, files: Sequence[str], taken: Collection[str], named: Sequence[str]
) -> tuple[Skipped, ...]:
    """Folders of migrations whose tool is known and not read."""
    found: dict[str, Skipped] = {}
    for path in files:
        if path in taken or not _reach(path, named):
            continue
        for pattern, mark, tool in OTHERS:
            match = pattern.match(path)
            if match is None:
                continue
            folder = match["folder"] or "."
            if folder in found or (mark and mark not in _head(snapshot, path)):
                continue
            found[folder] = Skipped(folder, f"migrations of {tool} are not read")
    return tuple(sorted(found.values()))


def _head(snapshot: Snapshot, path: str) -> bytes:
    try:
        return snapshot.read(path)[:4096]
    except UnreadableError:
        return b""
