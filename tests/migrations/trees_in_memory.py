"""A snapshot held in memory and short ways to read a tree of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from contractcheck.errors import UnreadableError
from contractcheck.migrations import trees
from contractcheck.migrations.recognise import find
from contractcheck.migrations.trees import Opaque, Statement, Tree
from contractcheck.model.snapshot import Entry, EntryKind

HEAD = "import sqlalchemy as sa\nfrom alembic import context, op\nrevision = 'a'\ndown_revision = None\n"


@dataclass(frozen=True, slots=True)
class Files:
    """A snapshot of texts or bytes by path; a value of None is a symbolic link."""

    texts: Mapping[str, str | bytes | None]
    label: str = "memory"

    def entries(self):
        return {
            path: Entry(path, EntryKind.SYMLINK if text is None else EntryKind.FILE)
            for path, text in sorted(self.texts.items())
        }

    def read(self, path):
        text = self.texts.get(path)
        if text is None:
            raise UnreadableError("no such file", where=path)
        return text if isinstance(text, bytes) else text.encode()


def read(texts, **options) -> Tree:
    """The only tree of the texts."""
    snapshot = Files(texts)
    (location,), _skipped = find(snapshot)
    return trees.read(snapshot, location, **options)


def upgrade(body, *, head=HEAD, dialect="postgresql", **others):
    """The steps of `upgrade` of one revision whose file is `head` and `body`; `others` are files beside it."""
    texts = {"m/versions/a.py": head + body, **{f"m/{name}.py": text for name, text in others.items()}}
    return read(texts, dialect=dialect).migrations[0].up.steps


def sql(steps):
    """The texts of steps; an opaque one as `?` and its reason."""
    return ["? " + step.reason if isinstance(step, Opaque) else " ".join(step.sql.split()) for step in steps]


def outline(steps):
    """Each step as one text: `perhaps` a statement that is not certain, `?` an opaque step with the ways it may go."""
    found = []
    for step in steps:
        if isinstance(step, Opaque):
            ways = " / ".join("; ".join(outline(way)) or "nothing" for way in step.alternatives)
            found.append(f"? {step.reason}" + (f" [{ways}]" if ways else ""))
        else:
            text = " ".join(step.sql.split()) + (" (looks first)" if step.checkfirst else "")
            found.append(text if step.certain else f"perhaps {text}")
    return found


def lines(steps):
    """The lines of steps."""
    return [step.place.line for step in steps]


def statement(text, line, column=5, path="m/versions/a.py", **fields):
    """A statement as the readers make it."""
    from contractcheck.model.place import Place

    return Statement(text, Place(path, line, column), **fields)
