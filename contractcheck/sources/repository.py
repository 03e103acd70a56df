"""A git repository: its trees, index and working tree as snapshots, and what changed between them."""

import os
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Self

from msgspec import Struct
from msgspec.structs import replace

from contractcheck.errors import UndecidableError
from contractcheck.model.snapshot import Entry
from contractcheck.sources.changes import Change, Status, parse
from contractcheck.sources.command import Answer, environment, run
from contractcheck.sources.listing import Listing, WorkingTree, tree_entries
from contractcheck.sources.objects import Objects
from contractcheck.sources.paths import enclosing, shown
from contractcheck.sources.tags import FORMAT, Tag
from contractcheck.sources.tags import parse as parse_tags

EMPTY_TREES = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
"""The id of the tree without files, by object format; git knows it whether or not it is stored."""

_UNSHALLOW = "fetch the whole history: fetch-depth: 0 in actions/checkout, or git fetch --unshallow"
_DIFF = ("diff", "--raw", "-z", "--no-abbrev", "--no-ext-diff", "--no-textconv", "--no-relative", "-O/dev/null")


class Here(StrEnum):
    """The two sides that have no revision yet."""

    INDEX = "index"
    WORKING_TREE = "working tree"


class Base(Struct, frozen=True):
    """What to compare with: the id of a commit (of the empty tree if there is none), and how a person would call it."""

    oid: str
    label: str


class Repository:
    """One repository, found by `Repository.open`. One `git cat-file` child reads, until `close`."""

    def __init__(self, facts: "_Facts", surroundings: Mapping[str, str]) -> None:
        self.top = Path(facts.top)
        self.is_shallow = facts.is_shallow
        self.head = facts.head
        self.is_detached = facts.is_detached
        self.tracked = facts.tracked
        self.empty_tree = EMPTY_TREES[facts.object_format]
        self._facts = facts
        self._surroundings = surroundings
        self._environment = environment(surroundings)
        self._objects = Objects(facts.top, self._environment)
        self._filters: dict[str, str] | None = None

    @classmethod
    def open(cls, folder: Path, *, surroundings: Mapping[str, str] = os.environ) -> Self:
        """The repository that `folder` is in; one git command.

        Raises UndecidableError if it is in none, or git refuses to read it.
        """
        return cls(_look(str(folder.resolve()), environment(surroundings)), surroundings)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the child process; the snapshots can still be read, which starts another."""
        self._objects.close()

    def tree(self, revision: str, *, folder: str = "", label: str | None = None) -> Listing:
        """The files of a revision, or of one folder of it, which then is the root. Raises as `resolve`."""
        oid = self.resolve(revision)
        if folder:
            found = self._verify(f"{oid}:{folder}")
            oid = (found and self._verify(f"{found}^{{tree}}")) or ""
            if not oid:
                raise UndecidableError(f"no such folder in {revision}", where=folder)

        def entries() -> Iterator[Entry]:
            return tree_entries(self._ask("ls-tree", "-r", "-z", "--full-tree", oid).output)

        return Listing(label or (f"{revision}:{folder}" if folder else revision), entries, self._objects)

    def index(self) -> Listing:
        """What the next commit would hold. Listing it raises UndecidableError while a merge has conflicts."""

        # Not `ls-files -s`: that shows a file of `git add -N` as an empty one, though a commit leaves it out.
        def entries() -> Iterator[Entry]:
            options = (*_DIFF, "--no-renames", "--ignore-submodules=none", "--cached", self.empty_tree, "--")
            for change in parse(self._ask(*options, surroundings=self._with_index()).output):
                assert change.revision is not None  # noqa: S101 - against the empty tree everything is added
                yield change.revision

        return Listing(str(Here.INDEX), entries, self._objects)

    def working_tree(self) -> WorkingTree:
        """The files on disk: tracked, and untracked if not ignored. Raises UndecidableError in a bare repository."""
        if self._facts.is_bare:
            raise UndecidableError(
                "is a bare repository and has no working tree",
                where=shown(os.fsencode(self.top)),
                next_step="name a revision",
            )

        def output() -> bytes:
            options = ("ls-files", "-z", "-s", "-t", "-c", "-d", "-m", "-o", "--exclude-standard")
            return self._ask(*options, surroundings=self._disarmed()).output

        return WorkingTree(str(self.top), output, self._objects)

    def content(self, entry: Entry) -> bytes:
        """The content of an entry that has a key. Raises UnreadableError if it is not in this clone or too large."""
        assert entry.key is not None  # noqa: S101 - the caller has looked
        return self._objects.read(entry.key, entry.path)

    def resolve(self, revision: str) -> str:
        """The id of the commit (of the tree, if it is none) that a revision names.

        Raises UndecidableError if this clone does not know it.
        """
        oid = self._verify(f"{revision}^{{commit}}") or self._verify(f"{revision}^{{tree}}")
        if oid is not None:
            return oid
        if self.is_shallow:
            raise UndecidableError(
                "no such revision in this clone, which is shallow", where=revision, next_step=_UNSHALLOW
            )
        if self.head is None:
            raise UndecidableError("no such revision: there is no commit yet", where=revision, next_step="commit first")
        raise UndecidableError(
            "no such revision in this clone",
            where=revision,
            next_step="check its spelling (git branch --all, git tag), or fetch it",
        )

    def merge_base(self, one: str, *others: str) -> str | None:
        """The best common ancestor of `one` and a merge of the others (git-merge-base). None if they share no history.

        In a shallow clone it may be None because the history is cut. Raises UndecidableError as `resolve`.
        """
        commits = [self.resolve(revision) for revision in (one, *others)]
        answer = self._run("merge-base", *commits)
        return answer.output.decode("ascii").strip() if answer.code == 0 else None

    def merging(self) -> tuple[str, ...]:
        """The ids of the commits that a merge in progress brings in."""
        file = Path(self._facts.merge_head)
        if file.is_file():
            return tuple(file.read_text(encoding="ascii").split())
        # `git merge` writes that file only after the pre-merge-commit hook, which it tells in variables.
        told = sorted(name.removeprefix("GITHEAD_") for name in self._surroundings if name.startswith("GITHEAD_"))
        return tuple(told) if self._is_hooked() else ()

    def default_base(self, explicit: str | None = None, *, tip: str | None = None) -> Base:
        """What to compare with.

        `explicit` if given: a tag or a commit is taken at its word, of a branch the merge base, for what the branch
        gained since is no change of ours. Else the merge base with the upstream of the current branch; else with
        `origin/HEAD`; else HEAD. Before the first commit, or if `tip` is nowhere upstream, the empty tree.
        `tip` is the revision whose history counts; without it HEAD, together with what a merge in progress brings in:
        so what came from upstream is no change. Raises UndecidableError if this clone does not have it.
        """
        if explicit is not None:
            oid, branch = self.resolve(explicit), self._branch(explicit)
            found = self._fork((branch,), tip) if branch is not None else None
            if branch is not None and found is None and self.is_shallow:
                raise self._cut(explicit)
            return found or Base(oid, explicit)
        if self.head is None and tip is None:
            return Base(self.empty_tree, "the empty tree (no commit yet)")
        found = self._fork(self.tracked, tip)
        if found is None and self.is_shallow:
            raise self._cut()
        last = Base(self.empty_tree, "the empty tree") if tip is not None else Base(self.resolve("HEAD"), "HEAD")
        return found or last

    def changed(
        self, base: str, revision: str | Here, *, fork: bool = False, renames: bool = True
    ) -> tuple[Change, ...]:
        """What differs between `base` and a revision, the index or the working tree, sorted by path; not submodules.

        With `fork`, from the merge base of `base` and the revision (of HEAD, for the index). A file that was moved by
        hand in the working tree is one deleted and one added. Raises UndecidableError if git cannot tell.
        """
        follow = ("-M", "-l1000") if renames else ("--no-renames",)
        options = [*_DIFF, *follow, "--ignore-submodules=all", *(["--merge-base"] if fork else [])]
        surroundings = None
        match revision:
            case Here.INDEX:
                options.append("--cached")
                surroundings = self._with_index()
                sides = [base]
            case Here.WORKING_TREE:
                surroundings = self._disarmed()
                sides = [base]
            case _:
                sides = [base, revision]
        answer = self._ask(*options, "--end-of-options", *sides, "--", surroundings=surroundings)
        changes = list(parse(answer.output))
        if revision is Here.WORKING_TREE:
            changes = self._on_disk(base, changes)
        return tuple(sorted(changes, key=lambda change: change.paths[::-1]))

    def tags(self, *, merged: str | None = None) -> tuple[Tag, ...]:
        """Every tag of a commit, by name; with `merged` only those in the history of that commit."""
        options = [f"--merged={self.resolve(merged)}"] if merged is not None else []
        return tuple(parse_tags(self._ask("for-each-ref", FORMAT, *options, "refs/tags").output))

    def _on_disk(self, base: str, changes: list[Change]) -> list[Change]:
        """The changes that git names, with what stands on disk as their revision, and the untracked files."""
        before, after = self.tree(base).entries(), self.working_tree().entries()
        known = {change.revision.path for change in changes if change.revision is not None}
        added = [Change(Status.ADDED, None, after[path]) for path in after if path not in known and path not in before]
        return added + [seen for change in changes for seen in _seen(change, after)]

    def _fork(self, refs: tuple[str, ...], tip: str | None) -> Base | None:
        ours = ("HEAD", *self.merging()) if tip is None else (tip,)
        for ref in refs:
            found = self.merge_base(ref, *ours)
            if found is not None:
                return Base(found, f"merge base with {ref.removeprefix('refs/remotes/').removeprefix('refs/heads/')}")
        return None

    def _cut(self, revision: str = "") -> UndecidableError:
        return UndecidableError(
            "this clone is shallow: the commit to compare with is not in it",
            where=revision,
            next_step=_UNSHALLOW if revision else f"name one with --base, or {_UNSHALLOW}",
        )

    def _branch(self, revision: str) -> str | None:
        """The full name of the branch that a revision names; None for a tag, a commit and the rest."""
        answer = self._run("rev-parse", "--symbolic-full-name", "--verify", "--quiet", "--end-of-options", revision)
        name = os.fsdecode(answer.output).strip()
        return name if name.startswith(("refs/heads/", "refs/remotes/")) else None

    def _verify(self, revision: str) -> str | None:
        if "\0" in revision:
            return None
        answer = self._run("rev-parse", "--verify", "--quiet", "--end-of-options", revision)
        return answer.output.decode("ascii").strip() if answer.code == 0 else None

    def _run(self, *arguments: str, surroundings: Mapping[str, str] | None = None) -> Answer:
        return run(self._facts.top, surroundings or self._environment, *arguments)

    def _ask(self, *arguments: str, surroundings: Mapping[str, str] | None = None) -> Answer:
        answer = self._run(*arguments, surroundings=surroundings)
        if answer.code != 0:
            reason = answer.errors.splitlines()[-1].removeprefix("fatal: ") if answer.errors else f"exit {answer.code}"
            raise UndecidableError(
                f"git {arguments[0]} failed: {reason}",
                where=shown(os.fsencode(self.top)),
                next_step=_UNSHALLOW if self.is_shallow else "check the clone: git fsck",
            )
        return answer

    def _with_index(self) -> dict[str, str]:
        """The environment for the index: `git commit -a` and `git commit PATH` run hooks with one of their own."""
        file = self._surroundings.get("GIT_INDEX_FILE")
        if file is None or not self._is_hooked():
            return self._environment
        return self._environment | {"GIT_INDEX_FILE": os.path.join(self._facts.top, file)}

    def _is_hooked(self) -> bool:
        """Whether what git told the hook that runs us is about this repository and not about another one."""
        told = self._surroundings.get("GIT_DIR")
        if told is not None:
            return os.path.realpath(told) == os.path.realpath(self._facts.git_folder)
        top = enclosing(str(Path.cwd()))
        return top is not None and os.path.realpath(top) == os.path.realpath(self._facts.top)

    def _disarmed(self) -> dict[str, str]:
        """The environment for looking at the working tree: with the index, and without the programs of clean filters.

        To compare a file with the index git starts the program that `.git/config` names for it (`filter.NAME.clean`).
        """
        if self._filters is None:
            answer = self._run("config", "-z", "--name-only", "--get-regexp", r"^filter\..*\.(clean|process|required)$")
            names = sorted({name.decode("utf-8", "surrogateescape") for name in answer.output.split(b"\0")[:-1]})
            count = int(self._environment.get("GIT_CONFIG_COUNT") or 0)
            self._filters = {}
            for number, name in enumerate(names, count):
                self._filters[f"GIT_CONFIG_KEY_{number}"] = name
                self._filters[f"GIT_CONFIG_VALUE_{number}"] = "false" if name.endswith(".required") else ""
            self._filters["GIT_CONFIG_COUNT"] = str(count + len(names))
        return self._with_index() | self._filters


class _Facts(Struct, frozen=True):
    """What one `git rev-parse` says. `tracked` are the refs whose merge base is the default base, in order."""

    is_bare: bool
    is_shallow: bool
    object_format: str
    git_folder: str
    merge_head: str
    top: str
    head: str | None
    is_detached: bool
    tracked: tuple[str, ...]


def _seen(change: Change, after: Mapping[str, Entry]) -> Iterator[Change]:
    """A change as the disk shows it. `git rm --cached` leaves the file where it is: gone for git, but still there."""
    new = change.revision and after.get(change.revision.path, change.revision)
    if change.base is None or change.base.path == (new and new.path) or change.base.path not in after:
        yield replace(change, revision=new)
        return
    yield Change(Status.MODIFIED, change.base, after[change.base.path])
    if new is not None:
        yield Change(Status.ADDED, None, new)


def _look(folder: str, surroundings: Mapping[str, str]) -> _Facts:
    # git prints the answers in this order until one fails: HEAD before the first commit, @{upstream} without one. The
    # pattern, unlike the plain name of origin/HEAD, is no failure when nothing matches.
    kind = ("--is-bare-repository", "--is-shallow-repository", "--show-object-format")
    first = (*kind, "--absolute-git-dir", "--git-path", "MERGE_HEAD")
    last = ("HEAD", "--symbolic-full-name", "--glob=refs/remotes/origin/HEA[D]", "HEAD", "@{upstream}")
    try:
        answer = run(folder, surroundings, "rev-parse", *first, "--show-toplevel", *last)
        lines = os.fsdecode(answer.output).splitlines()
        if lines[:1] == ["true"]:
            answer = run(folder, surroundings, "rev-parse", *first, "--absolute-git-dir", *last)
            lines = os.fsdecode(answer.output).splitlines()
    except OSError as error:
        raise UndecidableError(f"cannot be read: {error.strerror}", where=shown(os.fsencode(folder))) from None
    if len(lines) < 6:
        raise _refused(shown(os.fsencode(folder)), answer.errors)
    bare, shallow, object_format, git_folder, merge_head, top, *rest = lines
    if not (os.path.isdir(git_folder) and os.path.isdir(top)):
        raise UndecidableError("the path of this repository has a line break in it", where=shown(os.fsencode(folder)))
    head = rest[0] if rest and rest[0] != "HEAD" else None
    names = rest[1:] if head else []
    default = [name for name in names[:1] if name.startswith("refs/remotes/") and len(names) > 1]
    upstream = names[len(default) + 1 :]
    return _Facts(
        is_bare=bare == "true",
        is_shallow=shallow == "true",
        object_format=object_format,
        git_folder=git_folder,
        merge_head=os.path.join(folder, merge_head),
        top=top,
        head=head,
        is_detached=names[len(default) : len(default) + 1] == ["HEAD"],
        tracked=tuple(dict.fromkeys(upstream + default)),
    )


def _refused(folder: str, errors: str) -> UndecidableError:
    if "dubious ownership" in errors:
        return UndecidableError(
            "git refuses to read a repository of another user",
            where=folder,
            next_step="if you trust it: git config --global --add safe.directory with the path of the repository",
        )
    if "not a git repository" in errors:
        return UndecidableError(
            "not a git repository", where=folder, next_step="run this inside one, or compare files: contractcheck diff"
        )
    return UndecidableError(
        f"git cannot read this repository: {errors.splitlines()[-1] if errors else 'no reason given'}",
        where=folder,
        next_step="git 2.31 or newer is needed",
    )
