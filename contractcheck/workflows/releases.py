"""What was released: the revisions that tags or a list name, oldest first, and a contract as each of them had it."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from contractcheck.errors import ConfigurationError, ContractcheckError, UndecidableError, UnreadableError
from contractcheck.model.globs import name_matches
from contractcheck.model.snapshot import Snapshot
from contractcheck.policy.days import Today
from contractcheck.policy.settings import Configuration, Releases
from contractcheck.policy.versions import order
from contractcheck.sources.repository import Repository

if TYPE_CHECKING:
    from contractcheck.openapi.document import Document

USUAL = Releases(tags=("v*",))
"""What counts as released where a policy on deprecation does not say."""


class Release(Struct, frozen=True):
    """A release: its version, its day, what a person calls it, and the files; or the one file that a list names."""

    version: str
    day: date
    label: str
    snapshot: Snapshot
    file: str | None = None


class History:
    """The releases, oldest first. Contracts are read when they are asked for, once each."""

    def __init__(self, releases: Iterable[Release] = (), why_empty: str = "") -> None:
        self.releases = tuple(sorted(releases, key=lambda release: (order(release.version), release.day)))
        self.why_empty = why_empty
        self._documents: dict[tuple[str, str, str | None], Document | None] = {}

    def document(self, release: Release, path: str, title: str | None) -> "Document | None":
        """The contract of that path as it was released, or (a moved one) the only one of that title; None if neither.

        A contract that cannot be read today could not be read by anybody else: it counts as not there.
        """
        key = (release.label, path, title)
        if key not in self._documents:
            self._documents[key] = _find(release, path, title)
        return self._documents[key]

    def having(self, path: str, title: str | None) -> "list[tuple[Release, Document]]":
        """The releases that have a contract, with the contract."""
        found = ((release, self.document(release, path, title)) for release in self.releases)
        return [(release, document) for release, document in found if document is not None]


class Histories:
    """The histories of a repository; contracts may be released under tags of their own.

    `tip` is the commit whose history counts, `here` the files of the repository that a list may name.
    """

    def __init__(
        self, repository: Repository | None, today: Today, *, tip: str | None = None, here: Snapshot | None = None
    ) -> None:
        self._repository = repository
        self._today = today
        self._tip = tip
        self._here = here
        self._known: dict[Releases, History] = {}

    def of(self, configuration: Configuration) -> History:
        """The history that a configuration means; empty where it means none.

        Raises ConfigurationError for a list that names what is not there, UndecidableError for a shallow clone without
        any of the tags.
        """
        wanted = configuration.releases or USUAL
        if wanted not in self._known:
            self._known[wanted] = self._listed(wanted) if wanted.listed else self._tagged(wanted)
        return self._known[wanted]

    def _tagged(self, wanted: Releases) -> History:
        if self._repository is None:
            return History(why_empty="there is no git repository here: nothing is known of releases")
        if self._repository.head is None:
            return History(why_empty="there is no commit yet: nothing was released")
        tip = None if wanted.everywhere else (self._tip or "HEAD")
        tags = [
            (tag, version)
            for tag in self._repository.tags(merged=tip)
            if (version := version_of(tag.name, wanted.tags)) is not None
        ]
        patterns = ", ".join(wanted.tags)
        if not tags and self._repository.is_shallow:
            raise UndecidableError(
                f"this clone is shallow and has no tag {patterns}: what was released is not known",
                next_step="fetch history and tags: fetch-depth: 0 in actions/checkout, or git fetch --unshallow --tags",
            )
        past = [(tag, version) for tag, version in tags if not self._later(tag.day)]
        if not past:
            return History(why_empty=f"no tag {patterns} in the history: nothing was released")
        repository = self._repository
        return History(
            Release(version, tag.day, tag.name, repository.tree(tag.oid, label=tag.name)) for tag, version in past
        )

    def _listed(self, wanted: Releases) -> History:
        found = []
        for each in wanted.listed:
            if self._later(each.day):
                continue
            if each.file is not None:
                if self._here is None or each.file not in self._here.entries():
                    raise ConfigurationError(
                        "there is no such file", where=each.where, next_step=f"look for {each.file}"
                    )
                found.append(Release(each.version, each.day, each.version, self._here, each.file))
                continue
            if self._repository is None:
                continue
            try:
                tree = self._repository.tree(str(each.revision), label=each.version)
            except UndecidableError as error:
                raise ConfigurationError(
                    f"{error.what}: {each.revision}", where=each.where, next_step=error.next_step
                ) from None
            found.append(Release(each.version, each.day, each.version, tree))
        return History(found, why_empty="no release of the list is in the past")

    def _later(self, day: date) -> bool:
        """Whether a release is of the future. What was released is so on every later day: the clock is not asked."""
        return self._today.given is not None and day > self._today.given


def last_release(histories: "Histories | None", configuration: Configuration) -> Snapshot | None:
    """The files of the last release; None if there is none, or if a shallow clone does not tell."""
    try:
        history = histories.of(configuration) if histories is not None else History()
    except UndecidableError:
        return None
    found = [release.snapshot for release in history.releases if release.file is None]
    return found[-1] if found else None


def around(
    cwd: Path, base: str, configuration: Configuration, today: Today, *, always: bool = False
) -> Histories | None:
    """The histories of the repository around a folder, up to the revision that `REV:path` names.

    None if the configuration asks for none, unless `always`.
    """
    layers = (configuration.layer, *(section.layer for section in configuration.sections))
    if not always and not any(path[0] in {"releases", "deprecation"} for layer in layers for path in layer):
        return None
    from contractcheck.sources.folder import folder

    top = next((level for level in (cwd, *cwd.parents) if (level / ".git").exists()), None)
    if top is None:
        return Histories(None, today, here=folder(cwd))
    repository = Repository.open(cwd)
    revision, colon, _ = base.partition(":")
    tip = revision if colon and not (cwd / base).exists() else None
    return Histories(repository, today, tip=tip, here=repository.working_tree())


def version_of(tag: str, patterns: Iterable[str]) -> str | None:
    """The version in the name of a tag: of `orders-*`, what stands for `*`; None if no pattern gives one."""
    for pattern in patterns:
        if name_matches((pattern,), tag):
            head = pattern.partition("*")[0]
            version = tag[len(head) :] if "*" in pattern else tag
            number = version.lstrip("vV")
            if number[:1].isdigit():
                return number
    return None


def _find(release: Release, path: str, title: str | None) -> "Document | None":
    from contractcheck.openapi.document import load

    try:
        if release.file is not None:
            return load(release.snapshot, release.file)
        if path in release.snapshot.entries():
            return load(release.snapshot, path)
    except UnreadableError:
        return None
    return _moved(release.snapshot, title) if title is not None else None


def _moved(snapshot: Snapshot, title: str) -> "Document | None":
    from contractcheck.openapi.document import load
    from contractcheck.openapi.recognise import find
    from contractcheck.workflows.contracts import title as title_of

    found = []
    for path in find(snapshot, include=(), exclude=())[0]:
        try:
            document = load(snapshot, path)
        except ContractcheckError:
            continue
        if title_of(document) == title:
            found.append(document)
    return found[0] if len(found) == 1 else None
