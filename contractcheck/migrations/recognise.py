"""Where the migration trees of a snapshot are, and whose."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from fnmatch import fnmatchcase
from posixpath import basename, dirname, join, normpath

from msgspec import Struct
from msgspec.structs import replace

from contractcheck.errors import UndecidableError, UnreadableError
from contractcheck.model.report import Skipped
from contractcheck.model.snapshot import EntryKind, Snapshot


class Location(Struct, frozen=True, order=True):
    """One tree: its tool, its folder, and the files that hold its migrations (sorted paths of the snapshot).

    `asked` are those of the files that somebody named; () when the tree was found or its folder was named. `dialect` is
    what the tree says it is written for; None where it does not say.
    """

    tool: str
    folder: str
    files: tuple[str, ...]
    asked: tuple[str, ...] = ()
    dialect: str | None = None


REVISION = re.compile(rb"^revision\b\s*(?::[^=\n]+)?=", re.MULTILINE)
DOWN_REVISION = re.compile(rb"^down_revision\b\s*(?::[^=\n]+)?=", re.MULTILINE)

# Trees of tools that are not read: a pattern of paths, what the first bytes must hold, and the tool's name.
OTHERS: tuple[tuple[re.Pattern[str], bytes, str], ...] = (
    (re.compile(r"^(?P<folder>(?:.*/)?migrations)/\d{4}_\w+\.py$"), b"migrations.Migration", "Django"),
    (re.compile(r"^(?P<folder>(?:.*/)?db/\w*migrate)/\d+_\w+\.rb$"), b"ActiveRecord::Migration", "Rails"),
    (re.compile(r"^(?P<folder>.*migrations?)/\d{13,}-?[\w-]+\.[jt]s$"), b"MigrationInterface", "TypeORM"),
    (re.compile(r"^(?P<folder>.*migrations?)/\d+[\w-]+\.[cm]?[jt]s$"), b"queryInterface", "Sequelize"),
    (re.compile(r"^(?P<folder>.*migrations?)/\d+[\w-]+\.[cm]?[jt]s$"), b"pgm", "node-pg-migrate"),
    (re.compile(r"^(?P<folder>.*migrations?)/\d+[\w-]+\.[cm]?[jt]s$"), b"knex", "knex"),
    (re.compile(r"^(?P<folder>(?:.*/)?Migrations)/\d{14}_\w+\.cs$"), b"Migration", "Entity Framework"),
    (re.compile(r"^(?P<folder>(?:.*/)?database/migrations)/\d{4}_\d\d_\d\d_\d{6}_\w+\.php$"), b"Migration", "Laravel"),
    (re.compile(r"^(?P<folder>.*migrations)/Version\d+\.php$"), b"AbstractMigration", "Doctrine"),
    (re.compile(r"^(?P<folder>.*migrations)/\d+_\w+\.php$"), b"AbstractMigration", "Phinx"),
    (re.compile(r"^(?P<folder>(?:.*/)?priv/\w+/migrations)/\d+_\w+\.exs$"), b"Ecto.Migration", "Ecto"),
    (
        re.compile(r"^(?P<folder>(?=.*(?:change-?log|liquibase)).*)/[\w.-]+\.xml$"),
        b"<databaseChangeLog",
        "Liquibase in XML",
    ),
    (
        re.compile(r"^(?P<folder>(?=.*(?:change-?log|liquibase)).*)/[\w.-]+\.(?:ya?ml|json)$"),
        b"databaseChangeLog",
        "Liquibase in YAML or JSON",
    ),
    (re.compile(r"^(?P<folder>.*)/V\d+__\w+\.(?:java|kt)$"), b"BaseJavaMigration", "Flyway in Java"),
    (re.compile(r"^(?P<folder>.*)/\d+_\w+\.go$"), b"goose.AddMigration", "goose in Go"),
)


def find(
    snapshot: Snapshot,
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    tools: dict[str, str] | None = None,
    dialect: str | None = None,
) -> tuple[tuple[Location, ...], tuple[Skipped, ...]]:
    """Every tree of a snapshot, sorted, and the trees of tools that are not read, with their names.

    `include` names folders (a tree's, or that of its versions) or single files; () looks everywhere. `exclude` are
    globs over paths. `tools` says for a folder whose it is. A tree that says it is written for another `dialect` than
    the one given is not read. Raises UndecidableError where two tools claim one folder,
    or where something that was named holds no migrations.
    """
    files = [
        path
        for path, entry in snapshot.entries().items()
        if entry.kind is EntryKind.FILE and not any(_fits(path, pattern) for pattern in exclude)
    ]
    named = [normpath(path) for path in include]
    found = [*_alembic(snapshot, files, named), *_sql(snapshot, files, named)]
    foreign = [each for each in found if each.dialect and dialect and _family(each.dialect) != _family(dialect)]
    unread = {Skipped(each.folder, f"{each.tool} says it is for {each.dialect}, the server is not") for each in foreign}
    found = [each for each in found if each not in foreign]
    claims: dict[str, set[str]] = defaultdict(set)
    for location in found:
        # A dump may lie beside the migrations that make it.
        for folder in () if location.tool == "dump" else {dirname(path) or "." for path in location.files}:
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
    taken = {path for each in kept for path in each.files}
    return tuple(sorted(kept)), tuple(sorted({*_others(snapshot, files, taken, named), *unread}))


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


def _sql(snapshot: Snapshot, files: Sequence[str], named: Sequence[str]) -> list[Location]:
    """The trees of every tool that writes SQL; what one has claimed by names is not looked into by the next."""
    from contractcheck.migrations.sql_files.tool import Seen, tools

    left = [path for path in files if _reach(path, named)]
    found: list[Location] = []
    heads: dict[str, bytes] = {}
    rank = 0
    for tool in tools().values():
        if tool.rank != rank:
            taken = {path for each in found for path in each.files}
            # What is numbered and nothing more is a tree only where no tool is at home.
            homes = {dirname(path) for path in taken} if tool.rank > 1 else set()
            left, rank = [path for path in left if path not in taken and dirname(path) not in homes], tool.rank
        found += tool.find(Seen(snapshot, left, named, heads))
    return found


def _family(dialect: str) -> str:
    """Dialects that run each other's migrations."""
    return {"mariadb": "mysql", "cockroachdb": "postgresql", "postgres": "postgresql"}.get(dialect, dialect)


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
