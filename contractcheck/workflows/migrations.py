"""Find, read and examine the migration trees of a snapshot; for `check`, only what is new against a base."""

from collections.abc import Callable, Collection
from posixpath import basename

from msgspec import Struct
from msgspec.structs import replace

from contractcheck.errors import UsageError
from contractcheck.migrations.effects import Server
from contractcheck.migrations.recognise import Location
from contractcheck.migrations.sizes import Sizes
from contractcheck.migrations.trees import Tree
from contractcheck.migrations.workload import Workload
from contractcheck.model.finding import Finding
from contractcheck.model.report import MigrationReport, Skipped
from contractcheck.model.snapshot import Snapshot
from contractcheck.policy.configuration import Configuration
from contractcheck.workflows.progress import Say, quiet

SUPPORTED = {"postgresql": range(12, 19)}
"""Dialects and the major versions whose behaviour is modelled."""

OTHERS = {"mysql": "MySQL 8.0, 8.4 and 9.7", "mariadb": "MariaDB 10.6 to 11.4", "sqlite": "SQLite 3.35 and later"}
"""Dialects whose versions are two numbers, and the versions that are modelled."""

_SUFFIXES = (".py", ".sql", ".pgsql", ".ini", ".conf", ".plan", ".toml", ".go")


class Checked(Struct, frozen=True):
    """What the examination of trees says; `trees` counts those that were read."""

    findings: tuple[Finding, ...] = ()
    migrations: tuple[MigrationReport, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    server: str | None = None
    trees: int = 0


def server(text: str) -> Server:
    """The server that `postgresql:16` names. Raises UsageError for one that is not modelled."""
    dialect, _, version = text.partition(":")
    dialect = {"postgres": "postgresql", "pg": "postgresql"}.get(dialect, dialect)
    if dialect in OTHERS:
        return _other(dialect, version)
    if dialect not in SUPPORTED:
        known = ", ".join([*SUPPORTED, *OTHERS])
        raise UsageError(f"no model of {dialect!r}", where="--server", next_step=f"known: {known}")
    versions = SUPPORTED[dialect]
    major = version.partition(".")[0] or "16"
    if not major.isdigit() or int(major) not in versions:
        span = f"{dialect} {versions[0]} to {versions[-1]}"
        raise UsageError(f"no model of {dialect} {version}", where="--server", next_step=f"known: {span}")
    return Server(version=int(major), dialect=dialect)


def _other(dialect: str, version: str) -> Server:
    """A server of a dialect whose versions are two numbers. Raises UsageError."""
    if dialect == "sqlite":
        from contractcheck.migrations.sqlite.batch import modelled as found_sqlite

        found = found_sqlite(version)
    else:
        from contractcheck.migrations.mysql.batch import modelled as found_mysql

        found = found_mysql(dialect, version)
    if found is None:
        raise UsageError(f"no model of {dialect} {version}", where="--server", next_step=f"known: {OTHERS[dialect]}")
    return Server(version=found[0], dialect=dialect, minor=found[1])


def check_trees(
    old: Snapshot,
    new: Snapshot,
    changed: Collection[str],
    configuration: Configuration,
    *,
    server_name: str,
    sizes: Sizes | None = None,
    workload: Workload | None = None,
    last: Callable[[], Snapshot | None] | None = None,
    say: Say = quiet,
) -> Checked:
    """Examine what a revision adds to its trees, on the database that the base leaves, and compare the histories.

    `last` gives the files of the last release, None where there is none: what it does not have goes out together.
    """
    if not any(path.endswith(_SUFFIXES) for path in changed):
        return Checked()
    from contractcheck.migrations.dumps import compare as compare_dumps
    from contractcheck.migrations.history import compare, rerun
    from contractcheck.migrations.trees import read

    target = server(server_name)
    locations, skipped = _find(new, configuration, target)
    before = {location.folder: location for location in _find(old, configuration, target)[0]}
    findings: list[Finding] = []
    migrations: list[MigrationReport] = []
    trees = 0
    for location in locations:
        known = before.pop(location.folder, None)
        if not {*location.files, *(known.files if known else ())} & {*changed}:
            continue
        say(f"reading {len(location.files)} migrations of {location.folder}")
        values = configuration.placeholders
        tree = read(new, location, dialect=target.dialect, values=values)
        base = (
            read(old, known, dialect=target.dialect, values=values)
            if known
            else Tree(location.tool, location.folder, (), (), ())
        )
        if location.tool == "dump":
            gone: tuple[Finding, ...] = ()
            reports: tuple[MigrationReport, ...] = ()
            if known is not None and target.dialect == "postgresql":
                gone, reports = compare_dumps(base, tree, target)
            trees += 1
            findings += [*_new(tree, base), *gone]
            migrations += reports
            continue
        released = {migration.id for migration in base.migrations}
        meets, again = rerun(base, tree)
        wanted = ({migration.id for migration in tree.migrations} - released) | again
        report = examine_tree(
            meets,
            target,
            wanted=wanted,
            one_release=True,
            sizes=sizes,
            workload=workload,
            asked=asked_for(configuration),
            pending=_pending(base, last() if last is not None and wanted else None),
        )
        trees += 1
        findings += [*compare(base, tree), *_new(tree, base), *report.findings]
        migrations += report.migrations
    for location in before.values():
        if {*location.files} & {*changed} and location.tool != "dump":
            trees += 1
            base = read(old, location, dialect=target.dialect, values=configuration.placeholders)
            findings += compare(base, Tree(location.tool, location.folder, (), (), ()))
    return Checked(tuple(findings), tuple(migrations), skipped, name(target) if trees else None, trees)


def examine_tree(
    tree: Tree,
    target: Server,
    *,
    wanted: Collection[str] | None = None,
    one_release: bool = False,
    complete: bool = True,
    sizes: Sizes | None = None,
    workload: Workload | None = None,
    asked: Collection[str] = (),
    pending: Collection[str] = (),
) -> Checked:
    """Replay a tree and judge the wanted migrations of it (None: all).

    With `one_release` the wanted migrations are applied together: what the first creates is still empty for the last.
    Without `complete` the tree is not the whole history: other tables may exist. `asked` are optional rules to look at,
    `workload` the queries of the running release, which are tried on PostgreSQL.
    """
    from contractcheck.migrations.examination import examine, report
    from contractcheck.migrations.rules import findings

    examined = examine(
        tree, target, wanted=wanted, one_release=one_release, complete=complete, sizes=sizes, pending=pending
    )
    tried: tuple[Finding, ...] = ()
    if workload is not None and target.dialect == "postgresql":
        from contractcheck.migrations.workload.running import findings as broken

        tried = tuple(broken(tree, target, workload, wanted=wanted, complete=complete))
    return Checked(
        (*(finding for each in examined for finding in findings(each, asked)), *tried),
        tuple(replace(report(each), tree=tree.folder) for each in examined),
        server=name(target),
        trees=1,
    )


def _pending(base: Tree, released: Snapshot | None) -> frozenset[str]:
    """The migrations of the base that the last release does not have, wherever it had them; none if there is none."""
    if released is None:
        return frozenset()
    had = {*released.entries()}
    moved = {basename(path) for path in had if any(sign.isdigit() for sign in basename(path))}
    return frozenset(m.id for m in base.migrations if m.path not in had and basename(m.path) not in moved)


def asked_for(configuration: Configuration) -> tuple[str, ...]:
    """The optional rules that the configuration gives a severity."""
    from contractcheck.model.rule import rulebook
    from contractcheck.policy.severity import asked

    return tuple(rule.id for rule in rulebook().values() if rule.optional and asked(rule.id, configuration))


def name(target: Server) -> str:
    """`PostgreSQL 16`, `MariaDB 10.11`."""
    words = {"postgresql": "PostgreSQL", "mysql": "MySQL", "mariadb": "MariaDB", "sqlite": "SQLite"}
    minor = "" if target.dialect == "postgresql" else f".{target.minor}"
    return f"{words[target.dialect]} {target.version}{minor}"


def _find(
    snapshot: Snapshot, configuration: Configuration, target: Server
) -> tuple[tuple[Location, ...], tuple[Skipped, ...]]:
    from contractcheck.migrations.recognise import find

    selection = configuration.migrations
    return find(
        snapshot,
        include=selection.include,
        exclude=selection.exclude,
        tools=dict(configuration.tools),
        dialect=target.dialect,
    )


def _new(tree: Tree, base: Tree) -> tuple[Finding, ...]:
    """The defects of a tree and its migrations that the base does not have."""
    known = {finding.fingerprint for finding in defects(base)}
    return tuple(finding for finding in defects(tree) if finding.fingerprint not in known)


def defects(tree: Tree) -> tuple[Finding, ...]:
    """What is wrong with a tree as a whole and with the files of its migrations."""
    return (*tree.defects, *(finding for migration in tree.migrations for finding in migration.defects))
