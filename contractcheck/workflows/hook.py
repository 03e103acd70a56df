"""The hook: what is about to be committed or pushed, handed to `check` only if something in it could matter."""

import os
import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from contractcheck.errors import UndecidableError, UnreadableError
from contractcheck.model.snapshot import Entry, EntryKind, Snapshot
from contractcheck.sources.changes import Change
from contractcheck.sources.repository import Base, Here, Repository

if TYPE_CHECKING:
    from contractcheck.model.report import Report
    from contractcheck.policy.configuration import Configuration

_SUFFIXES = (".yaml", ".yml", ".json", ".sql")
_NAMES = frozenset(
    {
        *("contractcheck.toml", "pyproject.toml", "contractcheck.waivers.toml", "contractcheck.baseline"),
        *("alembic.ini", "flyway.conf", "flyway.toml"),
    }
)
_FOLDERS = frozenset({"versions", "migration", "migrations", "alembic"})
# What every revision of Alembic assigns; wherever its folder is, and whatever that is called.
_REVISION = b"down_revision"
_LOOKED_INTO = 200


class Sides(Struct, frozen=True):
    """What to compare: the two sides, and every path that differs between them."""

    base: Snapshot
    revision: Snapshot
    changes: tuple[Change, ...]


def hook(folder: Path, *, base: str | None = None, pre_push: bool = False) -> "tuple[Report, Configuration] | None":
    """Check what is about to be committed, or pushed; None if nothing of it could matter.

    The configuration is the one that is about to be committed. Raises as `sides` and `check`.
    """
    with Repository.open(folder) as repository:
        found = sides(repository, base=base, pre_push=pre_push)
        if found is None:
            return None
        from contractcheck.policy.configuration import configuration
        from contractcheck.policy.days import Today
        from contractcheck.workflows.check import compare
        from contractcheck.workflows.policy import ground, reader
        from contractcheck.workflows.releases import Histories

        revision = found.revision
        settings = configuration(lambda file: revision.read(file) if file in revision.entries() else None)
        paths = frozenset(path for change in found.changes for path in change.paths)
        today = Today()
        histories = Histories(repository, today, here=revision)
        at = ground(settings, reader(revision), today=today, histories=histories, released=True)
        return compare(found.base, revision, paths, settings, server=settings.server, at=at), settings


def sides(
    repository: Repository,
    *,
    base: str | None = None,
    pre_push: bool = False,
    surroundings: Mapping[str, str] = os.environ,
) -> Sides | None:
    """The two sides of a commit or a push; None if nothing that differs between them could matter.

    A commit is the index against `base`, else the configured base, else where the branch began (`default_base`). A push
    is the tip against what the remote has: pre-commit says both in PRE_COMMIT_FROM_REF and PRE_COMMIT_TO_REF, for
    `pre-commit run --from-ref --to-ref` as well; without them (the first push to a remote) the tip is
    PRE_COMMIT_LOCAL_BRANCH, or HEAD. While `git commit --amend` runs nothing tells it from another commit: the commit
    that is replaced counts as part of the branch, and without an upstream as the base.
    Raises UndecidableError if there is no base: an unknown revision, a shallow clone.
    """
    base = base or _configured(repository.top)
    start, tip = surroundings.get("PRE_COMMIT_FROM_REF"), surroundings.get("PRE_COMMIT_TO_REF")
    if start and tip:
        return _pushed(repository, _before(repository, base, start, tip), tip, surroundings)
    if pre_push:
        tip = surroundings.get("PRE_COMMIT_LOCAL_BRANCH") or "HEAD"
        return _pushed(repository, repository.default_base(base, tip=repository.resolve(tip)), tip, surroundings)
    # git gives its hooks an index; `pre-commit run` in CI has none.
    return _staged(repository, base, committing="GIT_INDEX_FILE" in surroundings)


def relevant(repository: Repository, changes: tuple[Change, ...]) -> bool:
    """Whether a changed path could be a contract, a migration or the configuration.

    Its name says so; for a Python file outside the usual folders, what it holds on either side.
    """
    if any(_could_matter(path) for change in changes for path in change.paths):
        return True
    modules = [
        entry
        for change in changes
        for entry in (change.base, change.revision)
        if entry is not None and entry.kind is EntryKind.FILE and entry.path.endswith(".py")
    ]
    return len(modules) > _LOOKED_INTO or any(_is_revision(repository, entry) for entry in modules)


def _staged(repository: Repository, base: str | None, *, committing: bool) -> Sides | None:
    changes, chosen = None, None
    if base is None and repository.tracked and repository.head is not None and not repository.merging():
        try:
            # git finds the merge base and compares in one go: what a commit without anything relevant has to wait for.
            changes = repository.changed(repository.tracked[0], Here.INDEX, fork=True, renames=False)
        except UndecidableError:  # no merge base, or several: asked for one by one below
            changes = None
    if changes is None:
        chosen = repository.default_base(base)
        changes = repository.changed(chosen.oid, Here.INDEX, renames=False)
    if (
        not changes
        and repository.is_detached
        and chosen is not None
        and base is None
        and chosen.label == "HEAD"
        and not committing
    ):
        # What CI checks out: compared with itself it has no changes, which says nothing.
        raise UndecidableError(
            "nothing is staged, and this checkout is on no branch with an upstream: there is nothing to compare",
            next_step="name the base: --base REV",
        )
    if not relevant(repository, changes):
        return None
    chosen = chosen or repository.default_base()
    return Sides(repository.tree(chosen.oid, label=chosen.label), repository.index(), changes)


def _pushed(repository: Repository, base: Base, tip: str, surroundings: Mapping[str, str]) -> Sides | None:
    oid = repository.resolve(tip)
    changes = repository.changed(base.oid, oid, renames=False)
    if not relevant(repository, changes):
        return None
    name = surroundings.get("PRE_COMMIT_LOCAL_BRANCH") or tip
    revision = repository.tree(oid, label=name.removeprefix("refs/heads/"))
    return Sides(repository.tree(base.oid, label=base.label), revision, changes)


def _before(repository: Repository, base: str | None, start: str, tip: str) -> Base:
    """What a push starts from. After a rebase what the remote has is no ancestor of the tip: then where they part."""
    if base is not None:
        return repository.default_base(base, tip=tip)
    fork = repository.merge_base(start, tip)
    return Base(fork, start) if fork is not None else repository.default_base(start, tip=tip)


def _configured(top: Path) -> str | None:
    """The base that the configuration names; None if there is none, or if it is not valid: `check` says so in full."""
    for name, table in (("contractcheck.toml", ()), ("pyproject.toml", ("tool", "contractcheck"))):
        try:
            data = (top / name).read_bytes()
        except OSError:
            continue
        if b"contractcheck" not in data and table:
            continue
        import tomllib

        try:
            found = tomllib.loads(data.decode())
        except (ValueError, RecursionError):
            return None
        for key in table:
            inner = found.get(key)
            found = inner if isinstance(inner, dict) else {}
        base = found.get("base")
        return base if isinstance(base, str) and base else None
    return None


def _could_matter(path: str) -> bool:
    folder, name = posixpath.split(path.lower())
    if name.endswith(_SUFFIXES) or name in _NAMES:
        return True
    return name.endswith(".py") and not _FOLDERS.isdisjoint(folder.split("/"))


def _is_revision(repository: Repository, entry: Entry) -> bool:
    try:
        return _REVISION in repository.content(entry)
    except UnreadableError:  # too large, or not in this clone: `check` looks whether it needs it
        return True
