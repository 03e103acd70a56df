"""goose: `NUMBER_name.sql` with `-- +goose Up` and `-- +goose Down`."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from posixpath import basename

from msgspec import Struct, field

from contractcheck.migrations import defects
from contractcheck.migrations.recognise import Location
from contractcheck.migrations.sql_files.lexing import leading
from contractcheck.migrations.sql_files.script import Read, Section, Sending, Source, Way, load, script
from contractcheck.migrations.sql_files.split import parsed, refusal
from contractcheck.migrations.sql_files.tool import Folder, Seen, Tool, Written, line, stem
from contractcheck.migrations.trees import Opaque, Script, ScriptKind, Tree
from contractcheck.model.finding import Finding
from contractcheck.model.place import Place

NAME = re.compile(r"^(?P<number>\d+)_(?P<name>.*)\.(?:sql|go)$")
# Annotations start a line and are matched without regard to case (internal/sqlparser/parser.go, extractAnnotation).
ANNOTATION = re.compile(r"^--[ \t]*\+goose[ \t]+(?P<what>[^\r\n]*)\r?$", re.IGNORECASE | re.MULTILINE)
MARK = re.compile(rb"^--[ \t]*\+goose[ \t]+up\b", re.IGNORECASE | re.MULTILINE)
GO = re.compile(rb"\bgoose\.AddMigration|\bgoose\.AddNamedMigration")


class _Side(Struct):
    """One direction of a file: what is sent, message by message, and where it begins."""

    place: Place | None = None
    start: int = 0
    sections: list[Section] = field(default_factory=list)


class _File(Struct):
    """What the annotations of a file say."""

    sides: Mapping[str, _Side] = field(default_factory=lambda: {"up": _Side(), "down": _Side()})
    transaction: bool = True
    substitutes: bool = False
    wrong: list[Finding] = field(default_factory=list)


def find(seen: Seen) -> Iterator[Location]:
    """A folder with at least one file that says it; its Go migrations belong to it too."""
    found: dict[str, list[str]] = defaultdict(list)
    for folder, paths in seen.by_folder().items():
        named = [path for path in paths if NAME.match(basename(path))]
        found[folder] = [path for path in named if MARK.search(seen.head(path))]
    code = seen.by_folder(".go")
    for folder, paths in found.items():
        if paths:
            go = [p for p in code.get(folder, ()) if NAME.match(basename(p)) and GO.search(seen.head(p))]
            yield Location("goose", folder, tuple(sorted((*paths, *go))))


def read(folder: Folder) -> Tree:
    """Files in the order of their numbers; two with one number are refused by the tool."""
    numbered = [(match, path) for path in folder.location.files if (match := NAME.match(basename(path)))]
    written = [
        _written(folder, path, str(int(match["number"])))
        for match, path in sorted(numbered, key=lambda each: (int(each[0]["number"]), each[1]))
    ]
    return line(folder, written)


def _written(folder: Folder, path: str, number: str) -> Written:
    if path.endswith(".go"):
        step = Opaque(Place(path, 1, 1), "a migration in Go", basename(path))
        unknown = Read(Script(ScriptKind.CODE, (step,), step.place))
        return Written(basename(path).removesuffix(".go"), path, unknown, unknown, number=number)
    source = load(folder, path)
    if isinstance(source, Read):
        return Written(stem(path), path, source, number=number)
    said = _annotations(source)
    values = folder.values if said.substitutes else None
    sending = Sending("goose", Way.WRAPPED if said.transaction else Way.SINGLE, values=values)
    sides = [
        script(folder, source, _checked(source, side, said.wrong), sending, place=side.place)
        for side in (said.sides["up"], said.sides["down"])
    ]
    down = sides[1] if said.sides["down"].place is not None else None
    return Written(stem(path), path, sides[0], down, number=number, defects=tuple(said.wrong))


def _checked(source: Source, side: _Side, wrong: list[Finding]) -> Sequence[Section]:
    """The messages of a side. Where only the cut at line ends makes them unreadable, that is said, and all is read."""
    if not side.sections or all(refusal(source.text[each.start : each.end]) is None for each in side.sections):
        return side.sections
    start, end = side.sections[0].start, side.sections[-1].end
    text = "".join(source.text[each.start : each.end] for each in side.sections)
    bad = next(each for each in side.sections if refusal(source.text[each.start : each.end]) is not None)
    if parsed(text) is None or "+goose" in source.text[start:end].lower():
        return side.sections
    why = "goose cuts at lines that end in a semicolon: -- +goose StatementBegin and StatementEnd are missing"
    wrong.append(defects.unreadable(source.path, source.place(leading(source.text, bad.start)), why))
    return (Section(start, end),)


def _annotations(source: Source) -> _File:
    """The messages of a file, as goose cuts it: at lines that end in a semicolon, or between its annotations."""
    file = _File()
    text = source.text
    side: _Side | None = None
    begin: int | None = None  # of the message that is being read
    block = False
    for start, end in _lines(text):
        found = ANNOTATION.match(text, start, end)
        if found is not None:
            what = " ".join(found["what"].lower().split())
            match what:
                case "up" | "down":
                    if side is not None:
                        _unfinished(file, source, begin, start)
                    side, begin = file.sides[what], None
                    side.place, side.start = source.place(start), end
                case "no transaction":
                    file.transaction = False
                case "envsub on" | "envsub off":
                    file.substitutes = file.substitutes or what.endswith("on")
                case "statementbegin":
                    block, begin = True, end
                case "statementend" if side is not None and block:
                    side.sections.append(Section(begin if begin is not None else end, start, whole=True))
                    block, begin = False, None
                case _:
                    why = f"{found[0].strip()!r} is no annotation of goose"
                    file.wrong.append(defects.unreadable(source.path, source.place(start), why))
            continue
        if side is None:
            if leading(text, start, end) < end:
                why = "it must begin with -- +goose Up: what stands before is refused"
                file.wrong.append(defects.unreadable(source.path, source.place(start), why))
                return file
            continue
        if block or (begin is None and leading(text, start, end) == end):
            continue
        begin = start if begin is None else begin
        if _ends(text[start:end]):
            side.sections.append(Section(begin, end, whole=True))
            begin = None
    if block:
        why = "-- +goose StatementEnd is missing"
        file.wrong.append(defects.unreadable(source.path, source.place(begin or 0), why))
    else:
        _unfinished(file, source, begin, len(text))
    if side is None:
        file.wrong.append(defects.unreadable(source.path, Place(source.path, 1, 1), "-- +goose Up is missing"))
    return file


def _unfinished(file: _File, source: Source, begin: int | None, end: int) -> None:
    if begin is not None and leading(source.text, begin, end) < end:
        why = "the last statement has no semicolon at the end of its line"
        file.wrong.append(defects.unreadable(source.path, source.place(leading(source.text, begin, end)), why))


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield start, end
        start = end


def _ends(text: str) -> bool:
    """Whether the last word before a comment ends in a semicolon (endsWithSemicolon)."""
    last = ""
    for word in text.split():
        if word.startswith("--"):
            break
        last = word
    return last.endswith(";")


TOOL = Tool("goose", find, read, rank=1)
