"""Diesel: `migrations/VERSION_name/up.sql` and `down.sql`, with `metadata.toml` where it runs without a transaction."""

import re
from collections import defaultdict
from collections.abc import Iterator
from posixpath import basename, dirname

from contractcheck.migrations import defects
from contractcheck.migrations.recognise import Location
from contractcheck.migrations.sql_files.script import Sending, Way, whole
from contractcheck.migrations.sql_files.tool import Folder, Seen, Tool, Written, line
from contractcheck.migrations.trees import Tree
from contractcheck.model.finding import Finding
from contractcheck.model.place import Place

FILE = re.compile(r"^(?:(?P<tree>.*)/)?(?P<name>[^/]+)/(?P<side>up|down)\.sql$")
BARE = re.compile(r"^[ \t]*run_in_transaction[ \t]*=[ \t]*false\b", re.MULTILINE)


def find(seen: Seen) -> Iterator[Location]:
    """A folder called `migrations`, or one whose folders begin with a number, that holds folders with `up.sql`."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in seen.paths:
        match = FILE.match(path)
        if match is not None and ("migration" in (match["tree"] or "") or match["name"][0].isdigit()):
            found[match["tree"] or "."].append(path)
    for tree, paths in found.items():
        if any(path.endswith("up.sql") for path in paths):
            yield Location("diesel", tree, tuple(sorted(paths)))


def read(folder: Folder) -> Tree:
    """Folders in the order of their versions: the name before the first `_`, without hyphens."""
    sides: dict[str, dict[str, str]] = defaultdict(dict)
    for path in folder.location.files:
        match = FILE.match(path)
        if match is not None:
            sides[dirname(path)][match["side"]] = path
    wrong: list[Finding] = []
    written = []
    for place in sorted(sides, key=lambda place: (_version(basename(place)), basename(place))):
        files = sides[place]
        if "up" not in files:
            wrong.append(defects.unpaired(files["down"], "up.sql"))
            continue
        bare = BARE.search(folder.text(f"{place}/metadata.toml") or "") is not None
        # Each side is one call of batch_execute: a simple query.
        sending = Sending("Diesel", Way.BATCH if bare else Way.WRAPPED)
        up = whole(folder, files["up"], sending)
        empty = _empty(folder, files["up"])
        down = whole(folder, files["down"], sending) if "down" in files else None
        written.append(Written(basename(place), files["up"], up, down, number=_version(basename(place)), defects=empty))
    return line(folder, written, wrong)


def _version(name: str) -> str:
    return name.partition("_")[0].replace("-", "")


def _empty(folder: Folder, path: str) -> tuple[Finding, ...]:
    """Diesel refuses a script of no characters (RunMigrationsError::EmptyMigration)."""
    if folder.text(path) != "":
        return ()
    return (defects.unreadable(path, Place(path, 1, 1), "Diesel refuses a migration that is empty"),)


TOOL = Tool("diesel", find, read)
