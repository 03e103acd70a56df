"""Prisma: `migrations/TIMESTAMP_name/migration.sql`; there is no way back but another migration."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator
from posixpath import basename, dirname

from contractcheck.errors import UnreadableError
from contractcheck.migrations.recognise import Location
from contractcheck.migrations.sql_files.script import Sending, Way, whole
from contractcheck.migrations.sql_files.tool import Folder, Seen, Tool, Written, line
from contractcheck.migrations.trees import Tree

FILE = re.compile(r"^(?:(?P<tree>.*)/)?(?P<name>[^/]+)/migration\.sql$")
STAMP = re.compile(r"\d{14}_")
PROVIDER = re.compile(r"^[ \t]*provider[ \t]*=[ \t]*\"(?P<name>\w+)\"", re.MULTILINE)
# The schema engine sends a script as one simple query (`raw_cmd`): several statements are one implicit transaction.
SENDING = Sending("Prisma", Way.BATCH)


def find(seen: Seen) -> Iterator[Location]:
    """A folder of such folders, with a timestamp in their names or beside a `migration_lock.toml`."""
    found: dict[str, list[str]] = defaultdict(list)
    known = set(seen.paths)
    for path in seen.paths:
        match = FILE.match(path)
        if match is None:
            continue
        tree = match["tree"] or "."
        lock = "migration_lock.toml" if tree == "." else f"{tree}/migration_lock.toml"
        if STAMP.match(match["name"]) or lock in known:
            found[tree].append(path)
    for tree, paths in found.items():
        said = PROVIDER.search(seen.text("migration_lock.toml" if tree == "." else f"{tree}/migration_lock.toml"))
        yield Location("prisma", tree, tuple(paths), dialect=said["name"] if said is not None else None)


def read(folder: Folder) -> Tree:
    """Folders in the order of their names. Prisma compares a SHA-256 of each script with what was applied."""
    written = []
    for path in sorted(folder.location.files, key=lambda path: basename(dirname(path))):
        try:
            checksum = hashlib.sha256(folder.snapshot.read(path)).hexdigest()
        except UnreadableError:
            checksum = None
        written.append(Written(basename(dirname(path)), path, whole(folder, path, SENDING), checksum=checksum))
    return line(folder, written, undo=False)


TOOL = Tool("prisma", find, read)
