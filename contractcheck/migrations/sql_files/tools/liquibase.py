"""Liquibase: changesets in files that begin with `--liquibase formatted sql`."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from posixpath import basename, dirname

from msgspec import Struct
from msgspec.structs import replace

from contractcheck.migrations import defects
from contractcheck.migrations.recognise import Location
from contractcheck.migrations.sql_files.script import Read, Section, Sending, Source, Way, load, script
from contractcheck.migrations.sql_files.tool import Folder, Seen, Tool, Written, line, stem
from contractcheck.migrations.trees import Script, ScriptKind, Tree
from contractcheck.model.finding import Finding
from contractcheck.model.place import Place

# FormattedSqlChangeLogParser: every line of its own begins with two hyphens, in any case.
FIRST = re.compile(rb"\s*(?:/\*)?\s*-{0,2}\s*liquibase\s+formatted\s+sql", re.IGNORECASE)
CHANGESET = re.compile(
    r"^[ \t]*--[ \t]*changeset[ \t]+(?P<author>\"[^\"]+\"|[^:\n]{1,255}?)[ \t]{0,9}:"
    r"[ \t]*(?P<id>\"[^\"]+\"|\S+)(?P<rest>.*)$",
    re.IGNORECASE | re.MULTILINE,
)
ATTRIBUTE = re.compile(r"(?P<name>\w+):(?P<value>\"[^\"]*\"|'[^']*'|\S+)")
ROLLBACK = re.compile(r"^[ \t]*--[ \t]*rollback\b[ \t]*(?P<text>.*)$", re.IGNORECASE | re.MULTILINE)
BLOCK = re.compile(r"/\*[ \t]*(?:liquibase[ \t]+)?rollback\b(?P<text>.*?)\*/", re.IGNORECASE | re.DOTALL)
PROPERTY = re.compile(
    r"^[ \t]*--[ \t]*property[ \t]+(?=.*\bname:(?P<name>\S+))(?=.*\bvalue:(?P<value>\"[^\"]*\"|\S+)).*$",
    re.IGNORECASE | re.MULTILINE,
)
INCLUDED = re.compile(r"\bfile\b\s*[=:]\s*[\"']?(?P<file>[^\"'\s>]+\.sql)")
NOTHING = frozenset({"empty", "not required"})


class Changeset(Struct, frozen=True):
    """One changeset: its identity, its attributes by lower-case name, and the text from its line to the next one's."""

    author: str
    id: str
    attributes: Mapping[str, str]
    head: int
    start: int
    end: int

    @property
    def name(self) -> str:
        """`author:id`."""
        return f"{self.author}:{self.id}"

    def says(self, name: str, default: str) -> str:
        """The value of an attribute."""
        return self.attributes.get(name.lower(), default)


def find(seen: Seen) -> Iterator[Location]:
    """A tree is the topmost folder with such files, with its subfolders: one changelog includes them all."""
    files = [path for path in seen.paths if path.endswith(".sql") and FIRST.match(seen.head(path))]
    folders = sorted({dirname(path) or "." for path in files}, key=len)
    roots: dict[str, list[str]] = defaultdict(list)
    for path in files:
        folder = dirname(path) or "."
        root = next(each for each in folders if each in {".", folder} or folder.startswith(f"{each}/"))
        roots[root].append(path)
    for root, paths in roots.items():
        yield Location("liquibase", root, tuple(sorted(paths)))


def read(folder: Folder) -> Tree:
    """Changesets in the order of their files: as the changelog lists them, else by name."""
    wrong: list[Finding] = []
    entries: list[tuple[Changeset, Source]] = []
    broken: list[Written] = []
    for path in _order(folder):
        source = load(folder, path)
        if isinstance(source, Read):
            broken.append(Written(stem(path), path, source))
            continue
        found = changesets(source.text)
        if not found:
            wrong.append(defects.unreadable(path, Place(path, 1, 1), "no line `--changeset author:id` in it"))
        entries += [(each, source) for each in found]
    names = Counter(
        each.name for each, _ in {(each.name, source.path): (each, source) for each, source in entries}.values()
    )
    values = {
        **{m["name"]: m["value"].strip('"') for _, s in entries for m in PROPERTY.finditer(s.text)},
        **folder.values,
    }
    written = [
        _written(folder, each, source, values, several=names[each.name] > 1)
        for each, source in entries
        if _applies(each)
    ]
    return line(folder, [*written, *broken], wrong)


def _order(folder: Folder) -> Sequence[str]:
    """The files as a changelog beside or above them lists them; those it does not name come after, by name."""
    places: dict[str, int] = {}
    level = folder.location.folder
    levels = {level, dirname(level) or ".", dirname(dirname(level)) or "."}
    for path in sorted(folder.snapshot.entries()):
        if (dirname(path) or ".") in levels and re.search(
            r"change-?log[^/]*\.(?:xml|ya?ml|json)$", path, re.IGNORECASE
        ):
            for match in INCLUDED.finditer(folder.text(path) or ""):
                fitting = [each for each in folder.location.files if each.endswith(match["file"].lstrip("./"))]
                for each in fitting[:1]:
                    places.setdefault(each, len(places))
    return sorted(folder.location.files, key=lambda path: (places.get(path, len(places)), path))


def changesets(text: str) -> Sequence[Changeset]:
    """The changesets of a file."""
    heads = list(CHANGESET.finditer(text))
    ends = [*(match.start() for match in heads[1:]), len(text)][: len(heads)]
    return [
        Changeset(
            match["author"].strip().strip('"'),
            match["id"].strip('"'),
            {m["name"].lower(): m["value"].strip("\"'") for m in ATTRIBUTE.finditer(match["rest"])},
            match.start(),
            match.end(),
            end,
        )
        for match, end in zip(heads, ends, strict=True)
    ]


def _applies(changeset: Changeset) -> bool:
    """Whether it runs on PostgreSQL at all (`dbms:mysql`, `dbms:!h2`)."""
    names = [name.strip().lower() for name in changeset.says("dbms", "").split(",") if name.strip()]
    if changeset.says("ignore", "false").lower() == "true":
        return False
    barred = {name[1:] for name in names if name.startswith("!")}
    wanted = {name for name in names if not name.startswith("!")}
    return not ("postgresql" in barred or (wanted and not wanted & {"postgresql", "all"}))


def _written(
    folder: Folder, changeset: Changeset, source: Source, values: Mapping[str, str], *, several: bool
) -> Written:
    """A changeset runs in a transaction of its own unless it says otherwise; so does its way back."""
    wrapped = changeset.says("runInTransaction", "true").lower() != "false"
    split = changeset.says("splitStatements", "true").lower() != "false"
    way = Way.WRAPPED if wrapped else Way.SINGLE
    sending = Sending("Liquibase", way, values=values)
    place = source.place(changeset.head)
    delimiter = changeset.says("endDelimiter", ";") if split else ";"
    forward = _without_rollback(source, changeset)
    section = Section(changeset.start, changeset.end, whole=not split, delimiter=_delimiter(delimiter))
    up = script(folder, forward, (section,), sending, place=place)
    down = _back(folder, source, changeset, sending)
    repeated = any(changeset.says(name, "false").lower() == "true" for name in ("runOnChange", "runAlways"))
    name = f"{stem(source.path)}::{changeset.name}" if several else changeset.name
    return Written(
        name,
        source.path,
        up,
        down,
        ("repeatable",) if repeated else (),
        number=f"{changeset.name} in {basename(source.path)}",
    )


def _delimiter(text: str) -> str:
    r"""The delimiter as written; Liquibase takes it for a pattern, so `\n` in front means a line of its own."""
    bare = text.replace("\\n", "").replace("\\r", "").strip()
    return bare or ";"


def _without_rollback(source: Source, changeset: Changeset) -> Source:
    """The text with the changeset's ways back blanked: offsets stay as they are."""
    text = source.text
    for match in (*_blocks(text, changeset), *ROLLBACK.finditer(text, changeset.start, changeset.end)):
        text = text[: match.start()] + _blank(match[0]) + text[match.end() :]
    return replace(source, text=text)


def _blocks(text: str, changeset: Changeset) -> list[re.Match[str]]:
    """The ways back written as block comments; one that is never closed is none."""
    last = text.rfind("*/", changeset.start, changeset.end)
    return [] if last < 0 else list(BLOCK.finditer(text, changeset.start, last + 2))


def _blank(text: str) -> str:
    return "".join("\n" if character == "\n" else " " for character in text)


def _back(folder: Folder, source: Source, changeset: Changeset, sending: Sending) -> Read | None:
    """The way back that `--rollback` lines or a block give; None where none is written."""
    lines = list(ROLLBACK.finditer(source.text, changeset.start, changeset.end))
    blocks = _blocks(source.text, changeset)
    if not lines and not blocks:
        return None
    found = sorted([*lines, *blocks], key=lambda match: match.start())
    place = source.place(found[0].start())
    texts = [match["text"].strip() for match in found]
    if all(text.lower().rstrip(";") in NOTHING or not text for text in texts):
        return Read(Script(ScriptKind.EMPTY, (), place))
    kept = [" " if character != "\n" else "\n" for character in source.text[: changeset.end]]
    for match in found:
        start, end = match.span("text")
        kept[start:end] = source.text[start:end]
    split = changeset.says("rollbackSplitStatements", changeset.says("splitStatements", "true")).lower() != "false"
    delimiter = changeset.says("rollbackEndDelimiter", changeset.says("endDelimiter", ";")) if split else ";"
    section = Section(changeset.start, changeset.end, whole=not split, delimiter=_delimiter(delimiter))
    return script(folder, replace(source, text="".join(kept)), (section,), sending, place=place)


TOOL = Tool("liquibase", find, read, rank=1)
