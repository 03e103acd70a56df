"""What cannot be taken back: the statements that are points of no return, the copies made before, the notes beside."""

import io
import re
import tokenize
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from contractcheck.errors import UnreadableError
from contractcheck.migrations import operations as op
from contractcheck.migrations.examined import Examined, Ran, losses
from contractcheck.migrations.trees import Migration, Tree
from contractcheck.model.place import Place
from contractcheck.model.report import PointOfNoReturn, ReversibilityVerdict
from contractcheck.model.snapshot import Snapshot

_MARK = b"contractcheck:"
_NOTE = re.compile(r"^\s*contractcheck:\s*recovery\b(?:\s*:)?\s*(?P<text>.*)$", re.DOTALL)
_OWNER = re.compile(r"\(\s*owner\s*[:=]\s*(?P<closed>[^(),;]*)\)|\bowner\s*[:=]\s*(?P<open>[^\s,;()]*)[,;]?")
_SQL = re.compile(r"^[ \t]*--(?P<text>[^\r\n]*)", re.MULTILINE)
_WORDS = re.compile(r"\w{2}")
_STUCK = frozenset({ReversibilityVerdict.MISSING, ReversibilityVerdict.BROKEN})


class Note(Struct, frozen=True):
    """`# contractcheck: recovery TEXT (owner: NAME)`: how what a migration loses is recovered, and who knows."""

    place: Place
    owner: str
    text: str


def noted(tree: Tree, snapshot: Snapshot) -> Tree:
    """The tree with the notes that stand in the files of its migrations, each with the migration it stands in."""
    by_file: dict[str, list[Migration]] = defaultdict(list)
    for migration in tree.migrations:
        for script in (migration.up, migration.down):
            file = script.place.file if script.place is not None else migration.path
            if migration not in by_file[file]:
                by_file[file].append(migration)
    found: dict[str, list[Note]] = defaultdict(list)
    for file, migrations in by_file.items():
        starts = sorted((each.up.place.line or 1 if each.up.place else 1, each.id) for each in migrations)
        for note in _notes(snapshot, file):
            at = bisect_right([line for line, _ in starts], note.place.line or 1) - 1
            found[starts[max(at, 0)][1]].append(note)
    if not found:
        return tree
    noted = (replace(each, recovery=tuple(found.get(each.id, ()))) for each in tree.migrations)
    return replace(tree, migrations=tuple(noted))


def _notes(snapshot: Snapshot, file: str) -> Iterator[Note]:
    try:
        content = snapshot.read(file)
    except UnreadableError:
        return
    if _MARK not in content or b"recovery" not in content:
        return
    lines = _python(content) if file.endswith(".py") else _sql(content)
    open_: tuple[int, list[str]] | None = None
    last = 0
    for line, text in [*lines, (1 << 30, "")]:
        begins = _NOTE.match(text)
        if open_ is not None and (begins is not None or line != last + 1 or not text.startswith(("  ", "\t"))):
            yield _note(Place(file, open_[0], 1), " ".join(open_[1]))
            open_ = None
        if begins is not None:
            open_ = line, [begins["text"].strip()]
        elif open_ is not None:
            open_[1].append(text.strip())
        last = line


def _python(content: bytes) -> list[tuple[int, str]]:
    """The comments of a module that stand on lines of their own: line, text behind the sign."""
    try:
        tokens = list(tokenize.tokenize(io.BytesIO(content).readline))
    except (SyntaxError, tokenize.TokenError, UnicodeDecodeError, ValueError):
        return []
    comments = (each for each in tokens if each.type == tokenize.COMMENT)
    return [(each.start[0], each.string.lstrip("#")) for each in comments if not each.line[: each.start[1]].strip()]


def _sql(content: bytes) -> list[tuple[int, str]]:
    text = content.decode("utf-8", "replace")
    return [(text.count("\n", 0, match.start("text")) + 1, match["text"]) for match in _SQL.finditer(text)]


def _note(place: Place, text: str) -> Note:
    owner = _OWNER.search(text)
    if owner is None:
        return Note(place, "", text.strip())
    name = (owner["closed"] if owner["closed"] is not None else owner["open"]).strip()
    return Note(place, name, (text[: owner.start()] + text[owner.end() :]).strip(" :,;"))


def said(note: Note) -> bool:
    """Whether a note says anything but whose it is."""
    return _WORDS.search(note.text) is not None


def points(examined: Examined) -> tuple[PointOfNoReturn, ...]:
    """The statements of an upgrade behind which there is no way back to what was there, in their order.

    What destroys data does so even where the schema comes back; where the migration cannot be undone, so does the first
    statement that does anything.
    """
    at = {id(ran): number for number, ran in enumerate(examined.up)}
    lost: dict[int, list[str]] = defaultdict(list)
    for ran, what in losses(examined.up, examined.fresh, examined.new_columns):
        lost[at[id(ran)]].append(what)
    undo = examined.reversibility
    if undo.verdict in _STUCK and examined.up:
        lost.setdefault(next((n for n, ran in enumerate(examined.up) if _does(ran)), 0), [])
    stuck = undo.why if undo.verdict in _STUCK else ""
    return tuple(
        PointOfNoReturn(number, examined.up[number].statement.place, tuple(what), "" if what else stuck)
        for number, what in sorted(lost.items())
    )


def _does(ran: Ran) -> bool:
    return not all(isinstance(each, op.SetVariable | op.Transaction) for each in ran.operations)


def unkept(examined: Examined) -> tuple[str, ...]:
    """What the upgrade loses (`orders`, `orders.note`, `rows of orders`) without having copied it elsewhere before."""
    found = []
    for ran, what in losses(examined.up, examined.fresh, examined.new_columns):
        earlier = examined.up[: next(n for n, each in enumerate(examined.up) if each is ran)]
        if not any(_copies(each, what, examined.up) for each in earlier):
            found.append(what)
    return tuple(dict.fromkeys(found))


def _copies(ran: Ran, what: str, every: Sequence[Ran]) -> bool:
    """Whether a statement puts what is lost into a table that stays."""
    from contractcheck.migrations.queried import names

    for operation in ran.operations:
        match operation:
            case op.CreateTableAs(target, query, with_data=True):
                kept = target.shown
            case op.Query("insert", query):
                (fields,) = query.values()
                kept = str(fields.get("relation", {}).get("relname", ""))
            case _:
                continue
        dropped = any(kept in each.effects.data and each.effects.data[kept].dropped for each in every)
        made_and_gone = any(
            isinstance(other, op.Drop) and any(parts[-1] == kept for parts in other.names)
            for each in every
            for other in each.operations
        )
        tables, columns = names(query)
        lost = what.removeprefix("rows of ")
        table, _, column = lost.partition(".") if lost not in tables else (lost, "", "")
        if dropped or made_and_gone or kept == table or table not in tables:
            continue
        if "*" in columns or (column and column in columns):
            return True
    return False
