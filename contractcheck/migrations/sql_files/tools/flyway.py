"""Flyway: versioned `V1__name.sql`, undo `U1__name.sql`, repeatable `R__name.sql`, baseline `B1__name.sql`."""

import re
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from posixpath import basename, dirname

from contractcheck.migrations import defects
from contractcheck.migrations.recognise import Location
from contractcheck.migrations.sql_files.script import Read, Sending, Source, Way, cut, load, script
from contractcheck.migrations.sql_files.split import Piece
from contractcheck.migrations.sql_files.tool import Folder, Seen, Tool, Written, line, stem
from contractcheck.migrations.trees import Tree
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.rule import rule

NAME = re.compile(r"^(?:(?P<kind>[VUB])(?P<version>\d+(?:[._]\d+)*)|(?P<repeatable>R))__(?P<name>.*)\.sql$")
# Statements that Flyway does not run in a transaction (PostgreSQLParser.detectCanExecuteInTransaction).
ALONE = re.compile(
    r"(?:create|drop)\s+(?:database|tablespace|subscription)\b|alter\s+system\b"
    r"|(?:create|drop)\s+(?:unique\s+)?index\s+concurrently\b|reindex\s+(?:verbose\s+)?(?:schema|database|system)\b"
    r"|vacuum\b|discard\s+all\b",
    re.IGNORECASE,
)
# Statements it takes to run in either way: they do not make a file mixed.
NEUTRAL = re.compile(r"(?:set|reset|show)\b", re.IGNORECASE)
_SETTING = re.compile(r"^[ \t]*(?:flyway\.)?(?P<name>[\w.]+)[ \t]*=[ \t]*(?P<value>.*)$", re.MULTILINE)


def find(seen: Seen) -> Iterator[Location]:
    """A tree is the topmost folder that holds such names, with its subfolders."""
    folders = {
        folder: [path for path in paths if NAME.match(basename(path))] for folder, paths in seen.by_folder().items()
    }
    folders = {folder: paths for folder, paths in folders.items() if paths}
    roots: dict[str, list[str]] = defaultdict(list)
    for folder, paths in folders.items():
        roots[min((each for each in folders if _within(folder, each)), key=len)].extend(paths)
    for folder, paths in roots.items():
        yield Location("flyway", folder, tuple(sorted(paths)))


def _within(path: str, folder: str) -> bool:
    return folder in {".", path} or path.startswith(f"{folder}/")


def read(folder: Folder) -> Tree:
    """Versioned files by version, then repeatable ones by description (Flyway's documentation, "Migrations")."""
    versioned: dict[tuple[int, ...], list[str]] = defaultdict(list)
    undo: dict[tuple[int, ...], str] = {}
    baselines: dict[tuple[int, ...], str] = {}
    repeatable: list[str] = []
    for path in folder.location.files:
        match = NAME.match(basename(path))
        if match is None:
            continue
        if match["repeatable"]:
            repeatable.append(path)
            continue
        version = _version(match["version"])
        if match["kind"] == "V":
            versioned[version].append(path)
        elif match["kind"] == "U":
            undo[version] = path
        else:
            baselines[version] = path
    # A baseline stands for the versions up to its own on a new database; where those are there, they are the history.
    start = max((version for version in baselines if not any(each <= version for each in versioned)), default=None)
    if start is not None:
        versioned[start].append(baselines[start])
    wrong: list[Finding] = [
        defects.unpaired(path, f"V{'.'.join(map(str, version))}__")
        for version, path in sorted(undo.items())
        if version not in versioned
    ]
    settings = _settings(folder)
    written = [
        _written(folder, path, settings, number=".".join(map(str, version)), back=undo.get(version), labels=())
        for version, paths in sorted(versioned.items())
        for path in sorted(paths)
    ]
    written += [
        _written(folder, path, settings, number=None, back=None, labels=("repeatable",))
        for path in sorted(repeatable, key=basename)
    ]
    return line(folder, written, wrong, undo=bool(undo))


def _version(text: str) -> tuple[int, ...]:
    """The numbers of a version; trailing zeros do not count (`1` is `1.0`)."""
    numbers = [int(part) for part in re.split(r"[._]", text)]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _written(
    folder: Folder,
    path: str,
    settings: Mapping[str, str],
    *,
    number: str | None,
    back: str | None,
    labels: tuple[str, ...],
) -> Written:
    up, mixed, checksum = _script(folder, path, settings)
    down = _script(folder, back, settings)[0] if back is not None else None
    return Written(stem(path), path, up, down, labels, number=number, checksum=checksum, defects=mixed)


def _script(folder: Folder, path: str, settings: Mapping[str, str]) -> tuple[Read, tuple[Finding, ...], str | None]:
    """The steps of a file, what Flyway refuses in it, and its checksum.

    Flyway wraps it unless it holds a statement that cannot be, or its `.conf` says so.
    """
    source = load(folder, path)
    if isinstance(source, Read):
        return source, (), None
    own = {**settings, **_read_settings(folder.text(f"{path}.conf") or "")}
    values = None
    if own.get("placeholderReplacement", "true").lower() != "false":
        given = {name.removeprefix("placeholders."): text for name, text in own.items() if "placeholders." in name}
        values = {**given, **folder.values}
    found = cut(source, source.all[0])
    alone = [piece for piece in found if ALONE.match(piece.sql)]
    way = Way.SINGLE if alone or own.get("executeInTransaction", "true").lower() == "false" else Way.WRAPPED
    read = script(folder, source, source.all, Sending("Flyway", way, values=values))
    if "executeInTransaction" in own or own.get("mixed", "false").lower() == "true":
        return read, (), _checksum(source.text)
    return read, _mixed(source, found, alone), _checksum(source.text)


def _mixed(source: Source, found: Sequence[Piece], alone: Sequence[Piece]) -> tuple[Finding, ...]:
    """Flyway refuses a file with both kinds of statements, unless `mixed` allows it (ParserSqlScript)."""
    others = [piece for piece in found if piece not in alone and not NEUTRAL.match(piece.sql)]
    if not alone or not others:
        return ()
    place = source.place(alone[0].offset)
    return (
        rule("transaction-mixed").finding(
            subject=stem(source.path),
            place=place,
            proof=Proof(ProofKind.STRUCTURAL, "Flyway runs the one in a transaction and the other in none"),
            alone=_brief(alone[0].sql),
            other=_brief(others[0].sql),
        ),
    )


def _brief(sql: str) -> str:
    line = " ".join(sql.split())
    return line if len(line) <= 60 else line[:59] + "…"


def _checksum(text: str) -> str:
    """What `flyway validate` compares: a CRC-32 over the lines, whatever ends them."""
    return f"{zlib.crc32(''.join(text.splitlines()).encode()):08x}"


def _settings(folder: Folder) -> Mapping[str, str]:
    """What the configuration beside the tree or above it says: `flyway.conf`, `flyway.toml`."""
    found: dict[str, str] = {}
    level = folder.location.folder
    levels = [level]
    while level not in {".", ""}:
        level = dirname(level) or "."
        levels.append(level)
    for each in reversed(levels):
        for name in ("flyway.conf", "conf/flyway.conf", "flyway.toml"):
            text = folder.text(name if each == "." else f"{each}/{name}")
            if text is not None:
                found |= _read_toml(text) if name.endswith(".toml") else _read_settings(text)
    return found


def _read_settings(text: str) -> dict[str, str]:
    return {match["name"]: match["value"].strip() for match in _SETTING.finditer(text)}


def _read_toml(text: str) -> dict[str, str]:
    import tomllib

    try:
        table = tomllib.loads(text).get("flyway", {})
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}
    if not isinstance(table, dict):
        return {}
    found = {name: str(value) for name, value in table.items() if isinstance(value, str | bool | int)}
    placeholders = table.get("placeholders")
    if isinstance(placeholders, dict):
        found |= {f"placeholders.{name}": str(value) for name, value in placeholders.items()}
    return {name: value.lower() if value in {"True", "False"} else value for name, value in found.items()}


TOOL = Tool("flyway", find, read)
