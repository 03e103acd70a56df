"""A file of SQL, or a section of one, as the steps that a server gets to see."""

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from posixpath import dirname, join, normpath

from msgspec import Struct, field
from msgspec.structs import replace

from contractcheck.errors import UnreadableError
from contractcheck.migrations import defects
from contractcheck.migrations.recognise import Location
from contractcheck.migrations.sql_files.client import Act, Command, command, copied
from contractcheck.migrations.sql_files.lexing import Mark
from contractcheck.migrations.sql_files.split import Piece, parsed, parts, refusal
from contractcheck.migrations.trees import Opaque, Script, ScriptKind, Statement, Step
from contractcheck.model.finding import Finding
from contractcheck.model.place import Place
from contractcheck.model.snapshot import Snapshot

MISSING = Script(ScriptKind.MISSING, (), None)
SHOWN = 240  # characters of a statement that cannot be read
ALIKE = 500  # statements on the rows of one table in a row: more of them take no lock that these do not take
MOST = 5_000  # statements of one side of a migration; the rest is opaque
UNKNOWN = 100  # statements of one side that cannot be read
_LONG = 10_000  # characters of a statement that is looked at to see whether it is like the one before
DEEPEST = 8  # files that include each other

BEGINS = re.compile(r"\s*(?:begin|start\s+transaction)\b", re.IGNORECASE)
ENDS = re.compile(r"\s*(?:commit|end|abort|rollback(?!\s+(?:work\s+|transaction\s+)?to\b))\b", re.IGNORECASE)
_SPECIAL = re.compile(r"\\|\{\{|\{%|\$\{|\bstdin\b|^\s*delimiter\s|\0", re.IGNORECASE | re.MULTILINE)
_ROWS = re.compile(
    r"(?:(insert)\s+into|(update)(?:\s+only)?|(delete)\s+from(?:\s+only)?)\s+([\w.\"]+)(?!.*\bselect\b)|(select)\s",
    re.IGNORECASE | re.DOTALL,
)
_BLOCK = re.compile(r"do\b", re.IGNORECASE)
_COMMENT_ON = re.compile(r"comment\s+on\b", re.IGNORECASE)
_VARIABLE = re.compile(r":(['\"]?)(\w+)\1\Z")


class Way(StrEnum):
    """How a tool sends a file to the server."""

    WRAPPED = "wrapped"  # inside a transaction that the tool begins and commits
    BATCH = "batch"  # as one message: several statements are one implicit transaction, a single one is in none
    SINGLE = "single"  # statement after statement, each on its own


class Sending(Struct, frozen=True):
    """What a tool does with a text. `values` fill its marks `${name}`; None: the tool leaves such marks alone.

    `psql`: the tool hands files to psql, so that its commands and variables work.
    """

    tool: str
    way: Way
    psql: bool = False
    values: Mapping[str, str] | None = None


class Folder(Struct, frozen=True):
    """A tree to read: its files, the dialect of the server, and the values of placeholders that somebody gave."""

    snapshot: Snapshot
    location: Location
    dialect: str = "postgresql"
    values: Mapping[str, str] = field(default_factory=dict)

    def text(self, path: str) -> str | None:
        """The text of a file beside the migrations; None if there is none."""
        if path not in self.snapshot.entries():
            return None
        try:
            return self.snapshot.read(path).decode("utf-8-sig", errors="replace")
        except UnreadableError:
            return None


class Section(Struct, frozen=True):
    """A part of a file (offsets). `whole`: it is sent as one message, whatever semicolons are in it."""

    start: int
    end: int
    whole: bool = False
    delimiter: str = ";"


class Source(Struct, frozen=True):
    """The text of a file, and where its lines start."""

    path: str
    text: str
    starts: Sequence[int]
    dialect: str = "postgresql"

    def place(self, offset: int) -> Place:
        """The line and column of an offset."""
        line = bisect_right(self.starts, offset)
        return Place(self.path, line, offset - self.starts[line - 1] + 1)

    @property
    def all(self) -> tuple[Section, ...]:
        """The whole text as one section."""
        return (Section(0, len(self.text)),)


class Read(Struct, frozen=True):
    """A script, and what is wrong with its text."""

    script: Script
    defects: tuple[Finding, ...] = ()


def load(folder: Folder, path: str) -> Source | Read:
    """The text of a file; where it cannot be read, a script that is opaque, with the finding."""
    place = Place(path, 1, 1)
    try:
        content = folder.snapshot.read(path)
        text = content.decode("utf-8-sig")
    except UnreadableError as error:
        why = error.what
    except UnicodeDecodeError as error:
        wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
        why = "it is UTF-16, and servers read UTF-8" if wide else f"byte {error.start} is not UTF-8"
    else:
        return Source(path, text, (0, *(match.end() for match in re.finditer("\n", text))), folder.dialect)
    return Read(Script(ScriptKind.CODE, (Opaque(place, why, ""),), place), (defects.unreadable(path, place, why),))


def script(
    folder: Folder, source: Source, sections: Iterable[Section], sending: Sending, *, place: Place | None = None
) -> Read:
    """The steps of the sections of a file in order; `place` is where the script begins, else the head of the file."""
    reader = _Reader(folder, sending)
    reader.read(source, tuple(sections))
    steps = reader.finish()
    kind = ScriptKind.CODE if steps else ScriptKind.EMPTY
    return Read(Script(kind, steps, place or Place(source.path, 1, 1)), tuple(reader.broken))


def whole(folder: Folder, path: str, sending: Sending) -> Read:
    """The script of a whole file."""
    source = load(folder, path)
    return source if isinstance(source, Read) else script(folder, source, source.all, sending)


@lru_cache(maxsize=4)  # who decides by the statements how a file is sent cuts it first
def cut(source: Source, section: Section) -> Sequence[Piece]:
    """The statements and commands of a section, with offsets in the file."""
    text = source.text[section.start : section.end]
    if section.delimiter == ";" and source.dialect == "postgresql" and not _SPECIAL.search(text):
        found = parsed(text)
        if found is not None:
            if not section.start:
                return found
            return [replace(piece, offset=piece.offset + section.start) for piece in found]
    return parts(source.text, section.start, section.end, delimiter=section.delimiter, dialect=source.dialect)


class _Branch(Struct):
    r"""An \if that is open: the steps before it, and those of the ways that are complete."""

    place: Place
    source: str
    before: list[Step]
    ways: list[tuple[Step, ...]] = field(default_factory=list)
    otherwise: bool = False


class _Reader(Struct):
    """What lasts from statement to statement of one script."""

    folder: Folder
    sending: Sending
    steps: list[Step] = field(default_factory=list)
    broken: list[Finding] = field(default_factory=list)
    inside: bool = False
    variables: dict[str, str | None] = field(default_factory=dict)
    branches: list[_Branch] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    done: bool = False
    count: int = 0
    row_work: tuple[str, str] | None = None
    alike: int = 0
    folded: list[str] = field(default_factory=list)
    unknown: int = 0

    def read(self, source: Source, sections: Sequence[Section]) -> None:
        """Add the steps of a file."""
        self.files.append(source.path)
        units = [(section, cut(source, section)) for section in sections]
        number = sum(len([p for p in found if not p.command]) for _, found in units)
        for section, found in units:
            if section.whole and self.sending.way is not Way.WRAPPED:
                base = len([p for p in found if not p.command]) > 1
            else:
                base = self.sending.way is Way.WRAPPED or (self.sending.way is Way.BATCH and number > 1)
            if len(self.files) == 1:
                self.inside = base
            for piece in found:
                if self.done:
                    return
                if piece.command:
                    self.command(source, piece)
                else:
                    self.statement(source, piece, base)
        self.files.pop()

    def finish(self) -> tuple[Step, ...]:
        """The steps; a branch that is still open ends here."""
        while self.branches:
            self.end()
        self.unfold()
        return tuple(self.steps)

    # -- statements

    def statement(self, source: Source, piece: Piece, base: bool) -> None:  # noqa: FBT001 - private
        """Add a statement, with its marks filled in as far as their values are known."""
        at = source.place(piece.offset)
        self.count += 1
        if self.count > MOST:
            self.opaque(at, f"more than {MOST} statements: the rest is not looked at", piece.sql)
            self.done = True
            return
        filled = self.fill(piece) if piece.marks else piece
        if isinstance(filled, str):
            self.opaque(at, filled, piece.sql)
            return
        if filled.error is not None:
            self.refused(source, filled, at)
            return
        if BEGINS.match(filled.sql):
            self.inside = True
        self.add(Statement(filled.sql, at, self.inside))
        if ENDS.match(filled.sql):
            # What follows in the same message is an implicit transaction again; else it is on its own.
            self.inside = base and self.sending.way is Way.BATCH

    def refused(self, source: Source, piece: Piece, at: Place) -> None:
        """A statement that the parser does not take: a template, or a mistake."""
        mark = next((mark for mark in piece.marks if not mark.quote and not mark.text.startswith("\\")), None)
        if mark is not None:
            self.opaque(at, f"{_short(mark.text)} is filled in before it runs", piece.sql)
            return
        error = piece.error or ""
        client = next((mark for mark in piece.marks if mark.text.startswith("\\")), None)
        if client is not None:
            error = f"{client.text.split()[0]} stands inside a statement"
        self.opaque(at, error, piece.sql)
        if self.done:
            return
        where = source.place(client.start if client is not None else piece.error_offset)
        self.broken.append(defects.unreadable(source.path, where, error))

    def fill(self, piece: Piece) -> Piece | str:
        """The piece with values for its marks, or why it cannot be known. An unknown value in a literal is `$1`."""
        edits: dict[tuple[int, int], str] = {}
        for mark in piece.marks:
            value = self.value(mark)
            if value is not None:
                edits[mark.start, mark.end] = value
            elif mark.quote == "'" and self.fills(mark):
                edits[mark.around] = "$1"
            elif mark.quote == '"' or (self.fills(mark) and mark.quote != "$"):
                return f"the value of {_short(mark.text)} is not known"
            elif mark.quote == "$" and self.fills(mark) and _BLOCK.match(piece.sql):
                return f"the value of {_short(mark.text)} in a body is not known"
            elif mark.text.startswith(":'") and self.sending.psql:
                edits[mark.start, mark.end] = "$1"
        if not edits:
            return piece
        sql = _edited(piece, edits)
        refused = refusal(sql)
        if refused is None:
            return replace(piece, sql=sql, error=None)
        if "$1" in edits.values():
            if _COMMENT_ON.match(piece.sql) and piece.error is None:
                return piece
            return f"the value of {_short(piece.marks[0].text)} is not known"
        return replace(piece, sql=sql, error=refused[0], error_offset=piece.offset)

    def fills(self, mark: Mark) -> bool:
        """Whether the tool fills such a mark in."""
        return mark.text.startswith("${") and self.sending.values is not None

    def value(self, mark: Mark) -> str | None:
        """The text that takes the place of a mark; None if it is not known, or left alone."""
        if mark.text.startswith("${") and self.sending.values is not None:
            return self.sending.values.get(mark.text[2:-1])
        named = _VARIABLE.fullmatch(mark.text)
        if named is None or not self.sending.psql or mark.quote:
            return None
        value = self.variables.get(named[2])
        if value is None:
            return None
        quote = named[1]
        return f"{quote}{value.replace(quote, quote * 2)}{quote}" if quote else value

    def opaque(self, at: Place, reason: str, sql: str) -> None:
        """Add a step that cannot be known; where there are too many of them this is no SQL, and that is said once."""
        self.unknown += 1
        if self.unknown > UNKNOWN:
            reason, self.done = f"more than {UNKNOWN} statements cannot be read: the rest is not looked at", True
        self.add(Opaque(at, reason, " ".join(sql[: SHOWN * 4].split())[:SHOWN]))

    def add(self, step: Step) -> None:
        """Add a step; past a number of statements on the rows of one table, all that follow are one."""
        work = _row_work(step.sql) if isinstance(step, Statement) else None
        if work is None or work != self.row_work:
            self.unfold()
            self.row_work, self.alike = work, 0
        self.alike += 1
        if self.alike <= ALIKE + 1 or not isinstance(step, Statement):
            self.steps.append(step)
            return
        self.count -= 1
        self.folded.append(step.sql)

    def unfold(self) -> None:
        """Say of the last statement how many more like it follow; the digest keeps edits of them visible."""
        if not self.folded:
            return
        last = self.steps[-1]
        if isinstance(last, Statement):
            digest = hashlib.sha256("\n".join(" ".join(sql.split()) for sql in self.folded).encode()).hexdigest()[:12]
            note = f"{last.sql} /* and {len(self.folded)} more on the same rows, digest {digest} */"
            self.steps[-1] = replace(last, sql=note)
        self.folded.clear()

    # -- commands of psql

    def command(self, source: Source, piece: Piece) -> None:
        """Carry out a client's command, as far as the tool's files go through that client."""
        at = source.place(piece.offset)
        if not self.sending.psql:
            name = piece.sql.split()[0]
            client = "psql" if name.startswith("\\") else "mysql"
            error = f"{name} is a command of {client}, and {self.sending.tool} sends it to the server"
            self.opaque(at, error, piece.sql)
            if not self.done:
                self.broken.append(defects.unreadable(source.path, at, error))
            return
        found = command(piece.sql)
        match found.act:
            case Act.NOTHING:
                pass
            case Act.SET:
                if found.arguments:
                    self.variables[found.arguments[0]] = found.arguments[1] if not self.branches else None
            case Act.INCLUDE:
                self.include(source, found, at, piece.sql)
            case Act.COPY:
                sql = copied(found.arguments[0])
                if sql is None or refusal(sql) is not None:
                    self.opaque(at, "a form of \\copy that is not known", piece.sql)
                else:
                    self.add(Statement(sql, at, self.inside))
            case Act.IF:
                self.unfold()
                self.branches.append(_Branch(at, piece.sql, self.steps))
                self.steps, self.row_work = [], None
            case Act.ELSE if self.branches:
                self.unfold()
                self.branches[-1].ways.append(tuple(self.steps))
                self.branches[-1].otherwise = found.name == "else"
                self.steps, self.row_work = [], None
            case Act.END if self.branches:
                self.end()
            case Act.QUIT:
                if self.branches:
                    self.opaque(at, "whether the rest runs depends on a condition", piece.sql)
                else:
                    self.done = True
            case Act.RUNS_RESULT:
                self.opaque(at, "what a query answers is run as statements", piece.sql)
            case Act.UNKNOWN:
                self.opaque(at, found.reason, piece.sql)
            case Act.ELSE | Act.END:
                error = f"\\{found.name} without \\if"
                self.opaque(at, error, piece.sql)
                self.broken.append(defects.unreadable(source.path, at, error))

    def end(self) -> None:
        """Close a branch: which of its ways is taken only a run knows."""
        self.unfold()
        branch = self.branches.pop()
        ways = [*branch.ways, tuple(self.steps)] + ([] if branch.otherwise else [()])
        self.steps, self.row_work = branch.before, None
        reason = "which way is taken depends on a condition of psql"
        self.steps.append(Opaque(branch.place, reason, branch.source[:SHOWN], tuple(ways)))

    def include(self, source: Source, found: Command, at: Place, text: str) -> None:
        r"""Read another file: `\ir` beside this one, `\i` from the root of the snapshot, where psql may be run."""
        if not found.arguments:
            self.opaque(at, f"\\{found.name} names no file", text)
            return
        beside = normpath(join(dirname(source.path), found.arguments[0]))
        places = [beside] if found.name.startswith(("ir", "include_")) else [normpath(found.arguments[0]), beside]
        path = next((each for each in places if each in self.folder.snapshot.entries()), None)
        if path is None:
            self.opaque(at, f"it reads {_short(found.arguments[0])}, which is not here", text)
            return
        if path in self.files or len(self.files) >= DEEPEST:
            self.opaque(at, "files include each other", text)
            return
        other = load(self.folder, path)
        if isinstance(other, Read):
            self.steps += other.script.steps
            self.broken += other.defects
            return
        self.read(other, other.all)


def _row_work(sql: str) -> tuple[str, str] | None:
    """What a statement does to rows, and of which table; a query is like another where their texts are."""
    found = _ROWS.match(sql) if len(sql) < _LONG else None
    if found is None:
        return None
    return (found[1] or found[2] or found[3] or found[5]).lower(), found[4] or sql


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else line[:39] + "…"


def _edited(piece: Piece, edits: Mapping[tuple[int, int], str]) -> str:
    """The statement with parts replaced; a part inside of another that is replaced is not looked at."""
    found, at = [], piece.offset
    end = piece.offset + len(piece.sql)
    for (start, stop), value in sorted(edits.items(), key=lambda edit: (edit[0][0], -edit[0][1])):
        if start >= at:
            found += [piece.sql[at - piece.offset : start - piece.offset], value]
            at = stop
    return "".join((*found, piece.sql[at - piece.offset : end - piece.offset]))
