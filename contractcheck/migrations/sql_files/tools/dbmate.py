"""dbmate: `VERSION_name.sql` with `-- migrate:up` and `-- migrate:down`."""

import re
from collections.abc import Iterator
from posixpath import basename

from contractcheck.migrations import defects
from contractcheck.migrations.recognise import Location
from contractcheck.migrations.sql_files.lexing import leading
from contractcheck.migrations.sql_files.script import Read, Section, Sending, Source, Way, load, script
from contractcheck.migrations.sql_files.tool import Folder, Seen, Tool, Written, line, stem
from contractcheck.migrations.trees import Tree
from contractcheck.model.finding import Finding
from contractcheck.model.place import Place

NAME = re.compile(r"^(?P<version>\d+).*\.sql$")
# pkg/dbmate/migration.go: upRegExp and downRegExp; options are words with a colon.
UP = re.compile(r"^--\s*migrate:up(?P<options>[ \t]*$|[ \t]+\S.*$)", re.MULTILINE)
DOWN = re.compile(r"^--\s*migrate:down(?P<options>[ \t]*$|[ \t]+\S.*$)", re.MULTILINE)
MARK = re.compile(rb"^--\s*migrate:up\b", re.MULTILINE)


def find(seen: Seen) -> Iterator[Location]:
    """A folder with at least one file that says it."""
    for folder, paths in seen.by_folder().items():
        found = [path for path in paths if NAME.match(basename(path)) and MARK.search(seen.head(path))]
        if found:
            yield Location("dbmate", folder, tuple(found))


def read(folder: Folder) -> Tree:
    """Files in the order of their names; the version is the number in front, and must be unique."""
    written = []
    for path in sorted(folder.location.files, key=basename):
        match = NAME.match(basename(path))
        if match is not None:
            written.append(_written(folder, path, match["version"]))
    return line(folder, written)


def _written(folder: Folder, path: str, version: str) -> Written:
    source = load(folder, path)
    if isinstance(source, Read):
        return Written(stem(path), path, source, number=version)
    up, down = UP.search(source.text.replace("\r", " ")), DOWN.search(source.text.replace("\r", " "))
    if up is None:
        return Written(stem(path), path, _side(folder, source, None, 0), number=version)
    first = min(match.start() for match in (up, down) if match is not None)
    end = down.start() if down is not None and down.start() > up.start() else len(source.text)
    wrong: list[Finding] = []
    if leading(source.text, 0, first) < first:
        why = "dbmate refuses statements before -- migrate:up"
        wrong.append(defects.unreadable(path, source.place(leading(source.text, 0, first)), why))
    if down is not None and down.start() < up.start():
        why = "-- migrate:up must come before -- migrate:down"
        wrong.append(defects.unreadable(path, source.place(down.start()), why))
    back = None
    if down is not None:
        stop = up.start() if up.start() > down.start() else len(source.text)
        back = _side(folder, source, down, stop)
    return Written(stem(path), path, _side(folder, source, up, end), back, number=version, defects=tuple(wrong))


def _side(folder: Folder, source: Source, mark: re.Match[str] | None, end: int) -> Read:
    """A block is sent as one message, in a transaction unless it says `transaction:false`."""
    if mark is None:
        return script(folder, source, (), Sending("dbmate", Way.WRAPPED))
    options = dict(word.split(":", 1) for word in mark["options"].split() if ":" in word)
    way = Way.BATCH if options.get("transaction") == "false" else Way.WRAPPED
    place = source.place(mark.start()) if mark.start() else Place(source.path, 1, 1)
    return script(folder, source, (Section(mark.end(), end),), Sending("dbmate", way), place=place)


TOOL = Tool("dbmate", find, read, rank=1)
