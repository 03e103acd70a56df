"""Files of SQL that belong to no tool: each stands on its own."""

from collections.abc import Iterator

from contractcheck.migrations.recognise import Location
from contractcheck.migrations.sql_files.script import Sending, Way, whole
from contractcheck.migrations.sql_files.tool import Folder, Seen, Tool, Written, line, stem
from contractcheck.migrations.trees import Tree

# Nobody says what runs them; psql is what such files are made for.
SENDING = Sending("psql", Way.SINGLE, psql=True)


def find(seen: Seen) -> Iterator[Location]:
    """Nothing: such files count where somebody names them."""
    del seen
    yield from ()


def read(folder: Folder) -> Tree:
    """The files in the order of their names, none after another."""
    from msgspec.structs import replace

    written = [Written(stem(path), path, whole(folder, path, SENDING)) for path in folder.location.files]
    tree = line(folder, written, undo=False)
    alone = tuple(replace(each, parents=()) for each in tree.migrations)
    return replace(tree, migrations=alone, heads=tuple(each.id for each in alone))


TOOL = Tool("sql", find, read, rank=3)
