"""Every revision of an Alembic tree."""

import ast
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from contractcheck.errors import UnreadableError
from contractcheck.migrations import chain, defects
from contractcheck.migrations.alembic import budget
from contractcheck.migrations.recognise import Location
from contractcheck.migrations.trees import Migration, Tree
from contractcheck.model.finding import Finding
from contractcheck.model.place import Place
from contractcheck.model.snapshot import Snapshot

if TYPE_CHECKING:
    from contractcheck.migrations.alembic.modules import Modules


def read(snapshot: Snapshot, location: Location, *, dialect: str = "postgresql") -> Tree:
    """Read the revisions among the files of a tree. Files without `revision` are no migrations and are passed over."""
    from contractcheck.migrations.alembic.emission import emitter, quiet
    from contractcheck.migrations.alembic.modules import Broken, Modules, parse
    from contractcheck.migrations.alembic.script import identity, scripts

    found: list[Migration] = []
    broken: list[Finding] = []
    modules = Modules(snapshot, location.folder)
    modules.revisions = partial(_path, snapshot, location)
    split = splitter(dialect)
    with quiet():
        emit = emitter(dialect, naming(snapshot, location, modules, dialect))
        for path in location.files:
            try:
                content = snapshot.read(path)
                tree = parse(content, path)
            except UnreadableError as error:
                broken.append(defects.unreadable(path, Place(path, 1, 1), error.what))
                continue
            except Broken as error:
                broken.append(defects.unreadable(path, error.place, error.what))
                continue
            said = identity(tree, path)
            if said is None:
                continue
            own = tuple(
                defects.unreadable(path, said.place, f"`{name}` is not written as a literal") for name in said.unknown
            )
            up, down = scripts(emit, modules, split, path, tree, content)
            name = said.revision or path.rpartition("/")[2].removesuffix(".py")
            found.append(Migration(name, path, "alembic", said.parents, said.depends_on, said.labels, up, down, own))
    migrations, heads, wrong = chain.order(found)
    return Tree("alembic", location.folder, migrations, heads, (*broken, *wrong))


def _path(snapshot: Snapshot, location: Location, revision: str) -> str | None:
    """The file of a revision, named by its id or the beginning of it."""
    from contractcheck.migrations.alembic.modules import Broken, parse
    from contractcheck.migrations.alembic.script import identity

    for path in location.files:
        try:
            said = identity(parse(snapshot.read(path), path), path)
        except (UnreadableError, Broken):
            continue
        if said is not None and said.revision is not None and said.revision.startswith(revision):
            return path
    return None


def splitter(dialect: str) -> Callable[[str], Sequence[str]]:
    """What cuts a text of SQL into statements."""

    def split(sql: str) -> Sequence[str]:
        text = sql.strip()
        bare = text.rstrip("; \n\t")
        # One statement is the rule: pay for the parser only where a text may hold several.
        if dialect != "postgresql" or (";" not in bare and "--" not in bare and "/*" not in bare):
            return [bare] if bare else []
        from contractcheck.migrations.sql_files.split import pieces

        return [piece.sql for piece in pieces(text)]

    return split


def naming(snapshot: Snapshot, location: Location, modules: "Modules", dialect: str) -> Mapping[str, str] | None:
    """The naming convention of the metadata that env.py hands to alembic, where it can be read; else None."""
    from contractcheck.migrations.alembic import definitions
    from contractcheck.migrations.alembic.emission import emitter
    from contractcheck.migrations.alembic.machine import Frame, Machine
    from contractcheck.migrations.alembic.modules import Broken, module, parse
    from contractcheck.migrations.alembic.values import Raised

    roots = {location.folder, location.folder.rpartition("/")[0] or "."}
    path = next(
        (each for root in sorted(roots) if (each := f"{root}/env.py".removeprefix("./")) in snapshot.entries()), None
    )
    if path is None:
        return None
    try:
        content = snapshot.read(path)
        tree = parse(content, path)
    except (UnreadableError, Broken):
        return None
    # Only what binds names: the rest of env.py connects and runs.
    kept = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.FunctionDef, ast.ClassDef)
    tree.body = [each for each in tree.body if isinstance(each, kept)]
    machine = Machine(emitter(dialect), modules, splitter(dialect))
    modules.machine = machine
    own = module(path, tree, content)
    machine.frames.append(Frame(own, own.scope))
    try:
        definitions.run_body(machine, own)
    except (Raised, budget.Exhausted, RecursionError):
        return None
    convention = getattr(own.scope.get("target_metadata"), "naming_convention", None)
    return {str(key): str(value) for key, value in convention.items()} if isinstance(convention, Mapping) else None
