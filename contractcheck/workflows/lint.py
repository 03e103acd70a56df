"""Examine every migration of the trees that the user names, or of every tree there is."""

from pathlib import Path

from msgspec.structs import replace

from contractcheck.errors import UndecidableError
from contractcheck.migrations.effects import Server
from contractcheck.migrations.recognise import Location
from contractcheck.migrations.sizes import Sizes
from contractcheck.migrations.workload import Workload
from contractcheck.model.report import Report
from contractcheck.model.snapshot import Snapshot
from contractcheck.policy.configuration import Configuration
from contractcheck.sources.kept import Kept
from contractcheck.workflows.migrations import Checked, asked_for, defects, examine_tree, name, server
from contractcheck.workflows.policy import Ground, govern_lint, ground, lint_leftovers, reader
from contractcheck.workflows.progress import Say, quiet
from contractcheck.workflows.remembered import Memory


def lint(
    paths: list[str],
    configuration: Configuration,
    *,
    server_name: str,
    cwd: Path,
    sizes: Sizes | None = None,
    workload: Workload | None = None,
    at: Ground | None = None,
    memory: Memory | None = None,
    say: Say = quiet,
) -> Report:
    """Examine what the paths hold: folders of trees or of their versions, or single files.

    `at` is what the findings are judged by; without it, the policy files of what is read. With a `memory`, trees that
    are as they were are not examined again. `workload` are the queries of the running release.
    Raises UnreadableError for a path that does not exist and UndecidableError where there are no migrations.
    """
    server(server_name)
    parts = [
        lint_snapshot(
            snapshot,
            configuration,
            server_name=server_name,
            include=inside,
            sizes=sizes,
            workload=workload,
            at=at,
            memory=memory,
            say=say,
        )
        for snapshot, inside, _ in snapshots(paths, cwd)
    ]
    left = lint_leftovers(at) if at is not None and paths == ["."] else ()
    if len(parts) == 1 and not left:
        return parts[0]
    findings = (*(finding for part in parts for finding in part.findings), *left)
    return Report(
        findings=tuple(sorted(findings, key=lambda finding: finding.order)),
        migrations=tuple(migration for part in parts for migration in part.migrations),
        skipped=tuple(sorted({skipped for part in parts for skipped in part.skipped})),
        server=parts[0].server,
        notes=() if workload is None else workload.notes,
        today=at.today.told if at is not None else None,
    )


def lint_snapshot(
    snapshot: Snapshot,
    configuration: Configuration,
    *,
    server_name: str,
    include: tuple[str, ...] = (),
    sizes: Sizes | None = None,
    workload: Workload | None = None,
    at: Ground | None = None,
    memory: Memory | None = None,
    say: Say = quiet,
) -> Report:
    """Examine the trees of a snapshot; `include` names folders or files of it, () all that is configured or found.

    `at`, `memory` and errors as in `lint`.
    """
    from contractcheck.migrations.recognise import find

    snapshot = Kept(snapshot)
    target = server(server_name)
    selection = configuration.migrations
    locations, skipped = find(
        snapshot,
        include=include or selection.include,
        exclude=selection.exclude,
        tools=dict(configuration.tools),
        dialect=target.dialect,
    )
    # A dump is no migration: it is looked at where somebody names it, and by `check`, which has two of it.
    locations = tuple(each for each in locations if each.tool != "dump" or each.asked)
    if not locations:
        hint = f"{skipped[0].path}: {skipped[0].why}" if skipped else "name the folder of a tree, or SQL files"
        raise UndecidableError("no migrations found", where=snapshot.label, next_step=hint)
    parts: list[Checked] = []
    for location in locations:

        def answer(files: Snapshot, location: Location = location) -> Checked:
            return _examined(files, location, target, configuration, sizes, workload, say)

        if memory is None:
            parts.append(answer(snapshot))
        else:
            question = repr((location, target, configuration, sizes, workload))
            parts.append(memory.recall(Checked, snapshot, question, answer))
    migrations = tuple(migration for part in parts for migration in part.migrations)
    at = at or ground(configuration, reader(snapshot))
    found = (finding for part in parts for finding in part.findings)
    return Report(
        findings=govern_lint(found, migrations, at, snapshot),
        migrations=migrations,
        skipped=skipped,
        server=name(target),
        notes=() if workload is None else workload.notes,
        today=at.today.told,
    )


def _examined(
    snapshot: Snapshot,
    location: Location,
    target: Server,
    configuration: Configuration,
    sizes: Sizes | None,
    workload: Workload | None,
    say: Say,
) -> Checked:
    """What is found in one tree; all that it depends on is in the arguments."""
    from contractcheck.migrations.trees import read

    say(f"reading {len(location.files)} files of {location.folder}")
    tree = read(snapshot, location, dialect=target.dialect, values=configuration.placeholders)
    say(f"replaying {len(tree.migrations)} migrations of {location.folder}")
    asked = {*location.asked}
    wanted = {m.id for m in tree.migrations if m.path in asked} if asked else None
    examined = examine_tree(
        tree,
        target,
        wanted=wanted,
        complete=location.tool != "sql",
        sizes=sizes,
        workload=workload,
        asked=asked_for(configuration),
    )
    return replace(examined, findings=(*examined.findings, *defects(tree)))


def snapshots(paths: list[str], cwd: Path) -> list[tuple[Snapshot, tuple[str, ...], Path]]:
    """What to read, the paths in it (() for everything), its root: the repository a path is in, else its package.

    Migrations import helpers that lie beside them or higher up in their package, so the root is not the path itself.
    What git ignores is read from disk where it is named: somebody wants to know.
    """
    repositories: dict[Path, Snapshot] = {}
    inside: dict[tuple[Path, bool], list[str]] = {}
    for path in paths:
        target = _target(path, cwd)
        folder = target if target.is_dir() else target.parent
        top = next((level for level in (folder, *folder.parents) if (level / ".git").exists()), None)
        if top is not None:
            if top not in repositories:
                from contractcheck.sources.repository import Repository

                repositories[top] = Repository.open(top).working_tree()
            name = target.relative_to(top).as_posix()
            if _lists(repositories[top], name):
                inside.setdefault((top, True), []).append(name)
                continue
        root = _package(folder)
        inside.setdefault((root, False), []).append(target.relative_to(root).as_posix())
    return [
        (
            repositories[root] if versioned else _on_disk(root, names),
            () if "." in names and (versioned or root == cwd.resolve()) else tuple(names),
            root,
        )
        for (root, versioned), names in inside.items()
    ]


def _target(path: str, cwd: Path) -> Path:
    """The folder or file that a path names. Raises UndecidableError for what is not there, and for a link."""
    given = cwd / path
    try:
        target = given.parent.resolve() / given.name if given.name not in {"", ".."} else given.resolve()
        exists, is_link = target.exists(), target.is_symlink()
    except (OSError, ValueError):
        target, exists, is_link = given, False, False
    if is_link:
        raise UndecidableError(
            "is a symbolic link, and links are not followed", where=path, next_step="name what it points to"
        )
    if not exists:
        raise UndecidableError("no such file or folder", where=path, next_step="check its spelling")
    return target


def _lists(snapshot: Snapshot, name: str) -> bool:
    """Whether a snapshot has that file or something in that folder."""
    return name == "." or any(path == name or path.startswith(f"{name}/") for path in snapshot.entries())


def _package(folder: Path) -> Path:
    """The folder that holds the outermost package a folder is in, else what holds a folder of versions, else itself.

    Migrations of Alembic import their project: a folder of them without `__init__.py` may still lie in a package, or
    beside it in the folder of the project.
    """
    root = folder.parent if folder.name == "versions" else folder
    alembic = (root / "env.py").is_file()
    while root != root.parent and (
        (root / "__init__.py").is_file() or (alembic and (root.parent / "__init__.py").is_file())
    ):
        root = root.parent
    if alembic and root == (folder.parent if folder.name == "versions" else folder):
        for level in (root.parent, root.parent.parent):
            if any((level / mark).is_file() for mark in _PROJECT):
                return level
    return root


_PROJECT = ("alembic.ini", "pyproject.toml", "setup.py", "setup.cfg", "PKG-INFO")


def _on_disk(root: Path, inside: list[str]) -> Snapshot:
    """The files to read outside of a repository: of the package that the paths are in; else of the folder."""
    from contractcheck.sources.folder import folder
    from contractcheck.sources.nested import Nested

    packages = {path.partition("/")[0] for path in inside}
    package = packages.pop() if len(packages) == 1 else "."
    if package != "." and (root / package / "__init__.py").is_file():
        # Only the package: what holds it may be a folder with everything that is installed.
        return Nested(folder(root / package), package)
    return folder(root)
