"""Numbered files of no known tool: `0001_name.sql`, with `0001_name.down.sql` or `.undo.sql` beside it."""

import re
from collections.abc import Iterator, Mapping
from posixpath import basename, dirname

from contractcheck.migrations import defects
from contractcheck.migrations.recognise import Location
from contractcheck.migrations.sql_files.script import Sending, Way, whole
from contractcheck.migrations.sql_files.tool import Folder, Seen, Tool, Written, line, stem
from contractcheck.migrations.trees import Tree
from contractcheck.model.finding import Finding

NAME = re.compile(
    r"^[vV]?(?P<number>\d+(?:[._]\d+)*)(?P<name>[-_. ].*?)?"
    r"(?:[.](?P<side>up|do|apply|deploy|down|undo|rollback|revert)|[-_](?P<tail>up|down|undo|rollback|revert))?\.sql$",
    re.IGNORECASE,
)
BACK = frozenset({"down", "undo", "rollback", "revert"})
PLACE = re.compile(
    r"migrat|schema[-_]?(?:change|update|version)|evolution|(?:^|/)db/(?:change|update|patch|version)", re.IGNORECASE
)
# Nobody says what runs them: as psql would, each statement on its own but for their own BEGIN and COMMIT.
SENDING = Sending("psql", Way.SINGLE, psql=True)


def find(seen: Seen) -> Iterator[Location]:
    """Folders of migrations by their name, or named by somebody, in which every SQL file is numbered."""
    for folder, paths in seen.by_folder().items():
        numbered = [path for path in paths if NAME.match(basename(path))]
        wanted = PLACE.search(folder) is not None or folder in seen.named
        if wanted and len(numbered) > 1 and len(numbered) == len(paths):
            yield Location("numbered", folder, tuple(numbered))


def read(folder: Folder) -> Tree:
    """Files in the order of their numbers; a way back belongs to the file of its number and name."""
    forward: dict[tuple[tuple[int, ...], str], str] = {}
    back: dict[tuple[tuple[int, ...], str], str] = {}
    for path in folder.location.files:
        match = NAME.match(basename(path))
        if match is None:
            continue
        side, stump = _side(match, folder.location.files, path)
        key = (_number(match), stump)
        (back if side in BACK else forward)[key] = path
    wrong: list[Finding] = []
    for key, path in sorted(back.items()):
        if key not in forward:
            wrong.append(defects.unpaired(path, f"{key[1]}.sql"))
    written = [
        Written(
            stem(path),
            path,
            whole(folder, path, SENDING),
            whole(folder, back[key], SENDING) if key in back else None,
            number=".".join(map(str, key[0])),
        )
        for key, path in sorted(forward.items())
    ]
    return line(folder, written, wrong, undo=bool(back))


def _side(match: re.Match[str], files: tuple[str, ...], path: str) -> tuple[str, str]:
    """Which way a file goes, and its name without that word. `_down` in a name counts where there is a `_up`."""
    name = basename(path)
    if match["side"]:
        return match["side"].lower(), name[: match.start("side") - 1]
    if match["tail"]:
        stump = name[: match.start("tail") - 1]
        others: Mapping[str, str] = {basename(each): each for each in files if dirname(each) == dirname(path)}
        partners = [f"{stump}{mark}{word}.sql" for mark in "-_" for word in ("up", "UP")]
        if match["tail"].lower() == "up" or any(each in others for each in (*partners, f"{stump}.sql")):
            return match["tail"].lower(), stump
    return "up", name.removesuffix(".sql")


def _number(match: re.Match[str]) -> tuple[int, ...]:
    return tuple(int(part) for part in re.split(r"[._]", match["number"]))


TOOL = Tool("numbered", find, read, rank=2)
