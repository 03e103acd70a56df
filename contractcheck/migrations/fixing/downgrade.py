"""The missing downgrade, where it can be derived, written into the files of migrations."""

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from contractcheck.migrations.examination import examine, through
from contractcheck.migrations.examined import Examined
from contractcheck.migrations.fixing import Edit, Fix, Work
from contractcheck.migrations.fixing.alembic_file import with_downgrade
from contractcheck.migrations.fixing.derived import Derived, derive
from contractcheck.migrations.fixing.sql_file import UnwritableError, with_down
from contractcheck.migrations.trees import read
from contractcheck.model.report import ReversibilityVerdict
from contractcheck.model.snapshot import Entry, EntryKind, Snapshot

RULE = "downgrade-missing"
_BACK = {ReversibilityVerdict.PROVED, ReversibilityVerdict.LOSSY}


class Answer(Struct, frozen=True):
    """What is to be written for one migration, or why nothing is."""

    migration: str
    path: str
    edit: Edit | None = None
    why: str | None = None


def fixes(work: Work) -> tuple[Fix, ...]:
    """One for each migration whose downgrade is missing and can be derived, proved by a replay of what is written."""
    return tuple(Fix((answer.edit,)) for answer in answers(work) if answer.edit is not None)


def refusals(work: Work) -> tuple[tuple[str, str], ...]:
    """The path of each migration whose downgrade is missing and cannot be derived, and why."""
    return tuple((answer.path, answer.why) for answer in answers(work) if answer.why is not None)


def answers(work: Work) -> Iterator[Answer]:
    """An answer for every migration whose downgrade is missing."""
    missing = {
        each.migration.id: each for each in work.examined if each.reversibility.verdict is ReversibilityVerdict.MISSING
    }
    if not missing:
        return
    derived = _derived(work, missing)
    for identity, each in missing.items():
        path = each.migration.path
        found = derived[identity]
        if found.why is not None:
            yield Answer(identity, path, why=found.why)
            continue
        why = None
        for edit in _edits(work, each, found):
            if isinstance(edit, str):
                why = why or edit
                continue
            verdict = _verdict(work, each, edit)
            if verdict is None:
                yield Answer(identity, path, edit=edit)
                break
            why = why or verdict
        else:
            yield Answer(identity, path, why=why or "it cannot be written")


def _derived(work: Work, missing: Mapping[str, Examined]) -> dict[str, Derived]:
    from contractcheck.migrations.postgresql.parse import parse
    from contractcheck.migrations.trees import Statement

    found: dict[str, Derived] = {}
    history: list[tuple[str, tuple[object, ...]]] = []
    server = next(iter(missing.values())).server
    if server.dialect != "postgresql":
        why = "downgrades are derived for PostgreSQL only"
        return {identity: Derived(why=why) for identity in missing}
    for passed in through(work.tree, server, complete=work.location.tool != "sql"):
        migration, before = passed.migration, passed.before
        each = missing.get(migration.id)
        if each is not None:
            labels = {*migration.labels}
            if labels & {"repeatable", "forward-only"}:
                why = "a repeatable migration" if "repeatable" in labels else "nothing in this tree has a way back"
                found[migration.id] = Derived(why=why)
            else:
                found[migration.id] = derive(migration, before, server, history)  # type: ignore[arg-type]
        history += [(step.sql, parse(step.sql)) for step in migration.up.steps if isinstance(step, Statement)]
    return found


def _edits(work: Work, each: Examined, found: Derived) -> Iterator[Edit | str]:
    """Ways to write it, the one that reads best first."""
    migration = each.migration
    try:
        if migration.tool == "alembic":
            content = work.snapshot.read(migration.path)
            for native in (True, False):
                yield Edit(
                    migration.path, with_downgrade(content, found.statements, native=native), migration.id, (RULE,)
                )
            return
        path, content = with_down(work.snapshot, migration, found.statements)
        yield Edit(path, content, migration.id, (RULE,))
    except UnwritableError as error:
        yield str(error)


def _verdict(work: Work, each: Examined, edit: Edit) -> str | None:
    """Why the migration with that edit has no way back; None where it has."""
    files = _With(work.snapshot, edit.path, edit.content)
    location = work.location
    if edit.path not in location.files:
        location = replace(location, files=tuple(sorted((*location.files, edit.path))))
    tree = read(files, location, dialect=each.server.dialect)
    wanted = {each.migration.id}
    seen = examine(tree, each.server, wanted=wanted, complete=location.tool != "sql")
    if not seen:
        return "the tool does not find it again"
    undo = seen[0].reversibility
    return None if undo.verdict in _BACK else undo.why


class _With:
    """A snapshot with one file replaced or added."""

    def __init__(self, inner: Snapshot, path: str, content: bytes) -> None:
        self.label = inner.label
        self._inner, self._path, self._content = inner, path, content

    def entries(self) -> Mapping[str, Entry]:
        return dict(sorted({**self._inner.entries(), self._path: Entry(self._path, EntryKind.FILE)}.items()))

    def read(self, path: str) -> bytes:
        return self._content if path == self._path else self._inner.read(path)
