"""A dump of a schema, `structure.sql` or `schema.sql`: what the database is, not how it became so."""

import re
from collections.abc import Iterator
from posixpath import basename

from contractcheck.migrations.recognise import Location
from contractcheck.migrations.sql_files.script import Sending, Way, whole
from contractcheck.migrations.sql_files.tool import Folder, Seen, Tool, Written, line, stem
from contractcheck.migrations.trees import Tree

NAME = re.compile(r"^(?:structure|schema|init_structure)\.sql$")
MARK = re.compile(rb"database dump|^[ \t]*create[ \t]+(?:unlogged[ \t]+)?table\b", re.IGNORECASE | re.MULTILINE)
SENDING = Sending("psql", Way.SINGLE, psql=True)


def find(seen: Seen) -> Iterator[Location]:
    """Every such file is a tree of its own, named after itself."""
    for path in seen.paths:
        if NAME.match(basename(path)) and MARK.search(seen.head(path)):
            yield Location("dump", path, (path,))


def read(folder: Folder) -> Tree:
    """The one file."""
    return line(folder, [Written(stem(p), p, whole(folder, p, SENDING)) for p in folder.location.files], undo=False)


TOOL = Tool("dump", find, read, rank=1)
