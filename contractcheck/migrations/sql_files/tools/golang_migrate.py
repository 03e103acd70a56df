"""golang-migrate: pairs `NUMBER_name.up.sql` and `NUMBER_name.down.sql`."""

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

NAME = re.compile(r"^(?P<number>\d+)_(?P<name>.*)\.(?P<side>up|down)\.(?:pg)?sql$")
# A file is sent as one simple query (`database/postgres/postgres.go`, Run): several statements are one implicit
# transaction, and after a COMMIT in the text the next ones are another.
SENDING = Sending("golang-migrate", Way.BATCH)


def find(seen: Seen) -> Iterator[Location]:
    """Every folder with such names, of which one goes up, is a tree."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in seen.paths:
        if path.endswith("sql") and NAME.match(basename(path)):
            found[dirname(path) or "."].append(path)
    for folder, paths in found.items():
        if any(".up." in basename(path) for path in paths):
            yield Location("golang-migrate", folder, tuple(paths))


def read(folder: Folder) -> Tree:
    """Pairs in the order of their numbers, which are unsigned integers (`source/parse.go`)."""
    sides: dict[tuple[int, str], dict[str, str]] = defaultdict(dict)
    for path in folder.location.files:
        match = NAME.match(basename(path))
        if match is not None:
            sides[int(match["number"]), match["number"] + "_" + match["name"]][match["side"]] = path
    wrong: list[Finding] = []
    written: list[Written] = []
    for (number, name), files in sorted(sides.items()):
        if "up" not in files:
            # The tool pairs by number, whatever the names.
            if not any(n == number and "up" in each and "down" not in each for (n, _), each in sides.items()):
                wrong.append(defects.unpaired(files["down"], basename(files["down"]).replace(".down.", ".up.")))
            continue
        down = files.get("down") or next(
            (each["down"] for (n, _), each in sides.items() if n == number and "up" not in each), None
        )
        written.append(
            Written(
                name,
                files["up"],
                whole(folder, files["up"], SENDING),
                whole(folder, down, SENDING) if down is not None else None,
                number=str(number),
            )
        )
    return line(folder, written, wrong)


TOOL = Tool("golang-migrate", find, read)
