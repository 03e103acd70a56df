"""Mend migrations that were not released: what `lint --fix` writes, tried on the model before it is written."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from posixpath import basename, dirname

from msgspec import Struct, field
from msgspec.structs import replace

from contractcheck.errors import UndecidableError
from contractcheck.migrations.catalog import Catalog
from contractcheck.migrations.effects import Server
from contractcheck.migrations.fixing import Edit, Fix, Work, refusals, writer
from contractcheck.migrations.recognise import Location
from contractcheck.migrations.trees import Tree
from contractcheck.model.finding import Category, Finding, Severity
from contractcheck.model.snapshot import Snapshot
from contractcheck.policy.configuration import Configuration
from contractcheck.sources.overlaid import Overlaid
from contractcheck.workflows.lint import snapshots
from contractcheck.workflows.mended import Changed, Fixed
from contractcheck.workflows.migrations import asked_for, defects, server
from contractcheck.workflows.progress import Say, quiet

_PASSES = 6
_REVISION = re.compile(rb"^revision\b\s*(?::[^=\n]+)?=\s*['\"](?P<id>[^'\"\n]+)['\"]", re.MULTILINE)


class _Released(Struct):
    """The migrations that somebody may have applied: by path, by name of file, by Alembic's id."""

    paths: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)

    def add(self, snapshot: Snapshot, known: set[str | None]) -> None:
        """Take in the migrations of a release; `known` are the keys of contents that were looked at."""
        for path, entry in snapshot.entries().items():
            if not path.endswith((".py", ".sql", ".pgsql")):
                continue
            self.paths.add(path)
            if not path.endswith(".py"):
                self.names.add(basename(path))
            elif entry.key is None or entry.key not in known:
                known.add(entry.key)
                found = _REVISION.search(snapshot.read(path)) if entry.kind == "file" else None
                if found is not None:
                    self.ids.add(found["id"].decode("utf-8", "replace"))

    def has(self, tool: str, identity: str, path: str) -> bool:
        """Whether a migration is among them. A file of SQL whose whole name says nothing goes by its path."""
        if path in self.paths:
            return True
        if tool == "alembic":
            return identity in self.ids
        return basename(path) in self.names and any(letter.isdigit() for letter in basename(path))


def fix(
    paths: list[str],
    kinds: Sequence[str],
    configuration: Configuration,
    *,
    server_name: str,
    cwd: Path,
    base: str | None = None,
    say: Say = quiet,
) -> Fixed:
    """What the migrations that the paths hold would be without what can be mended mechanically; nothing is written.

    A migration that is in the base, or in a revision that a tag releases, is left alone. Each edit is tried on the
    model: afterwards the schema is the same, what it mends is not found any more, and nothing else is.
    Raises UndecidableError where there is no git repository, which alone knows what was released.
    """
    target = server(server_name)
    changed: list[Changed] = []
    left: dict[str, str] = {}
    held = 0
    for snapshot, names, root in snapshots(paths, cwd):
        released = _released(root, configuration, base)
        mended = _Mended(snapshot, {})
        for location in _locations(snapshot, names, configuration, target):
            say(f"looking for what can be mended in {location.folder}")
            asked = {*location.asked}
            held += max(mended.mend(kind, location, asked, released, configuration, target) for kind in kinds)
        left |= mended.left
        for path, content in sorted(mended.contents.items()):
            before = snapshot.read(path) if path in snapshot.entries() else None
            changed.append(Changed(root, path, before, content, tuple(sorted(mended.rules[path]))))
    return Fixed(tuple(changed), held, tuple(sorted(left.items())))


class _Mended:
    """A snapshot and what is edited of it so far."""

    def __init__(self, snapshot: Snapshot, contents: dict[str, bytes]) -> None:
        self._inner = snapshot
        self.contents = contents
        self.rules: dict[str, set[str]] = {}
        self.left: dict[str, str] = {}

    def mend(
        self,
        kind: str,
        location: Location,
        asked: set[str],
        released: _Released,
        configuration: Configuration,
        target: Server,
    ) -> int:
        """Edit a tree until nothing is left to edit; how many migrations were left alone, being released."""
        held = 0
        fixes = writer(kind)
        values = configuration.placeholders
        for _ in range(_PASSES):
            now = Overlaid(self._inner, self.contents)
            here = _again(location, self.contents)
            tree = _read(now, here, target, values)
            free = {
                m.id
                for m in tree.migrations
                if not released.has(m.tool, m.id, m.path) and (not asked or m.path in asked)
            }
            held = sum(released.has(m.tool, m.id, m.path) for m in tree.migrations)
            if not free:
                break
            before = _State.of(now, here, tree, target, configuration, free)
            proposed = [each for each in fixes(before.work) if not any(e.path in released.paths for e in each.edits)]
            if not self._take(proposed, before, here, target, configuration):
                self.left |= dict(refusals(kind)(before.work))
                self.left |= {
                    e.path: "the model does not agree with what would be written" for f in proposed for e in f.edits
                }
                break
        return held

    def _take(
        self, proposed: Sequence[Fix], before: "_State", location: Location, target: Server, c: Configuration
    ) -> bool:
        """Take the fixes that hold: all at once if they do, else one after the other."""
        if not proposed:
            return False
        if len(proposed) > 1 and self._try(proposed, before, location, target, c):
            return True
        # After one of them the others were written for a text that is no more: they come up again in the next pass.
        return any(self._try((each,), before, location, target, c) for each in proposed)

    def _try(
        self, fixes: Sequence[Fix], before: "_State", location: Location, target: Server, c: Configuration
    ) -> bool:
        edits = [edit for each in fixes for edit in each.edits]
        if len({edit.path for edit in edits}) < len(edits):
            return False
        contents = {**self.contents, **{edit.path: edit.content for edit in edits}}
        now = Overlaid(self._inner, contents)
        here = _again(location, contents)
        tree = _read(now, here, target, c.placeholders)
        free = {m.id for m in tree.migrations if m.id not in before.held}
        after = _State.of(now, here, tree, target, c, free)
        if not after.better(before, edits):
            return False
        self.contents = contents
        for edit in edits:
            self.rules.setdefault(edit.path, set()).update(edit.rules)
        return True


class _State(Struct, frozen=True):
    """A tree examined: its work, the ids that are left alone, findings counted, the schema at its end."""

    work: Work
    held: frozenset[str]
    told: Counter[str]
    end: Catalog | None

    @classmethod
    def of(
        cls, snapshot: Snapshot, location: Location, tree: Tree, target: Server, c: Configuration, free: set[str]
    ) -> "_State":
        """Examine the migrations that are free to be edited."""
        from contractcheck.migrations.examination import end, examine
        from contractcheck.migrations.rules import findings

        complete = location.tool != "sql"
        examined = examine(tree, target, wanted=free, complete=complete)
        found: dict[str, tuple[Finding, ...]] = {
            each.migration.id: tuple(findings(each, asked_for(c))) for each in examined
        }
        asked = asked_for(c)
        every = [*(finding for each in found.values() for finding in each), *defects(tree)]
        # A CHECK that proves what follows refuses the same rows as what follows: no news for code that runs.
        told = Counter(
            finding.rule
            for finding in every
            if (finding.severity is not Severity.INFO or finding.rule in asked)
            and finding.category is not Category.ROLLOUT
        )
        held = frozenset(m.id for m in tree.migrations if m.id not in free)
        work = Work(snapshot, location, tree, examined, found)
        return cls(work, held, told, end(tree, target, complete=complete))

    def better(self, before: "_State", edits: Sequence[Edit]) -> bool:
        """Whether the same schema is reached, what was mended is told less often, and nothing else is told more."""
        from contractcheck.migrations.examination import same_end

        aims = {rule for edit in edits for rule in edit.rules}
        if any(self.told[rule] > before.told[rule] for rule in self.told):
            return False
        return all(self.told[rule] < before.told[rule] for rule in aims) and same_end(before.end, self.end)


def _released(root: Path, configuration: Configuration, base: str | None) -> _Released:
    """What the base and the tags of releases hold. Raises UndecidableError outside of a repository."""
    from contractcheck.policy.days import Today
    from contractcheck.sources.repository import Repository
    from contractcheck.workflows.releases import Histories

    if not (root / ".git").exists():
        raise UndecidableError(
            "what was released is not known: this is no git repository",
            where=str(root.name),
            next_step="put it under git; what is in the base or in a tag of a release is never edited",
        )
    repository = Repository.open(root)
    chosen = repository.default_base(base or configuration.base)
    found, known = _Released(), set[str | None]()
    found.add(repository.tree(chosen.oid, label=chosen.label), known)
    for release in Histories(repository, Today()).of(configuration).releases:
        if release.file is None:
            found.add(release.snapshot, known)
    return found


def _locations(
    snapshot: Snapshot, names: tuple[str, ...], configuration: Configuration, target: Server
) -> tuple[Location, ...]:
    from contractcheck.migrations.recognise import find

    selection = configuration.migrations
    found, _ = find(
        snapshot,
        include=names or selection.include,
        exclude=selection.exclude,
        tools=dict(configuration.tools),
        dialect=target.dialect,
    )
    found = tuple(each for each in found if each.tool != "dump")
    if not found:
        raise UndecidableError("no migrations found", where=snapshot.label, next_step="name the folder of a tree")
    return found


def _again(location: Location, contents: dict[str, bytes]) -> Location:
    """The tree with the files that were made beside its own."""
    folders = {dirname(path) for path in location.files}
    made = {path for path in contents if dirname(path) in folders and path.endswith((".py", ".sql", ".pgsql"))}
    return replace(location, files=tuple(sorted({*location.files, *made})))


def _read(snapshot: Snapshot, location: Location, target: Server, values: object) -> Tree:
    from contractcheck.migrations.trees import read

    return read(snapshot, location, dialect=target.dialect, values=values)  # type: ignore[arg-type]
