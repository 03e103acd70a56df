"""Trees of SQL files: golang-migrate pairs, Flyway names, single files."""

import re
from bisect import bisect_right
from collections import defaultdict
from posixpath import basename

from contractcheck.errors import UnreadableError
from contractcheck.migrations import defects
from contractcheck.migrations.recognise import FLYWAY, GOLANG, Location
from contractcheck.migrations.sql_files.split import Piece, pieces
from contractcheck.migrations.trees import Migration, Opaque, Script, ScriptKind, Statement, Step, Tree
from contractcheck.model.finding import Finding
from contractcheck.model.place import Place
from contractcheck.model.snapshot import Snapshot

MISSING = Script(ScriptKind.MISSING, (), None)
SHOWN = 240  # characters of a statement that cannot be read

# Flyway runs a file without a transaction if it holds a statement that PostgreSQL refuses in one (its documentation,
# "Database driver > PostgreSQL"; PostgreSQL's manual names them under "Notes" of each command).
ALONE = re.compile(
    r"\s*(?:create\s+(?:unique\s+)?index\s+concurrently|drop\s+index\s+concurrently|reindex\s.*\bconcurrently|vacuum\b"
    r"|(?:create|drop)\s+(?:database|tablespace)\b|alter\s+system\b|reindex\s+(?:database|system)\b"
    r"|(?:create|drop)\s+subscription\b)",
    re.IGNORECASE | re.DOTALL,
)
BEGINS = re.compile(r"\s*(?:begin|start\s+transaction)\b", re.IGNORECASE)
ENDS = re.compile(r"\s*(?:commit|end|abort|rollback(?!\s+(?:work\s+|transaction\s+)?to\b))\b", re.IGNORECASE)


def read(snapshot: Snapshot, location: Location, *, dialect: str = "postgresql") -> Tree:
    """Read the files of a tree; `dialect` is that of the server, of which PostgreSQL is read."""
    del dialect
    match location.tool:
        case "golang-migrate":
            return _golang(snapshot, location)
        case "flyway":
            return _flyway(snapshot, location)
        case _:
            return _plain(snapshot, location)


def _golang(snapshot: Snapshot, location: Location) -> Tree:
    """Pairs in the order of their numbers (golang-migrate: `source/parse.go`, versions are unsigned integers)."""
    sides: dict[tuple[int, str], dict[str, str]] = defaultdict(dict)
    for path in location.files:
        match = GOLANG.match(basename(path))
        if match is not None:
            sides[int(match["number"]), match["number"] + "_" + match["name"]][match["side"]] = path
    wrong: list[Finding] = []
    migrations: list[Migration] = []
    numbers: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for (number, name), written in sorted(sides.items()):
        files = {**written}
        if "up" not in files:
            down = files["down"]
            partner = next(
                (each for (n, _), each in sides.items() if n == number and "up" in each and "down" not in each), None
            )
            if partner is None:
                wrong.append(defects.unpaired(down, basename(down).replace(".down.", ".up.")))
                continue
        if "down" not in files and "up" in files:
            other = next((each["down"] for (n, _), each in sides.items() if n == number and "up" not in each), None)
            if other is not None:
                files["down"] = other  # the tool pairs by number, whatever the names
        if "up" not in files:
            continue
        up, broken_up = _script(snapshot, files["up"], "golang-migrate")
        down_script, broken_down = (
            _script(snapshot, files["down"], "golang-migrate") if "down" in files else (MISSING, ())
        )
        numbers[number].append((name, files["up"]))
        parents = (migrations[-1].id,) if migrations else ()
        migrations.append(
            Migration(name, files["up"], "golang-migrate", parents, (), (), up, down_script, (*broken_up, *broken_down))
        )
    wrong.extend(_duplicates({str(number): same for number, same in numbers.items()}))
    return Tree("golang-migrate", location.folder, tuple(migrations), _last(migrations), tuple(wrong))


def _flyway(snapshot: Snapshot, location: Location) -> Tree:
    """Versioned files by version, then repeatable ones by description (Flyway's documentation, "Migrations")."""
    versioned: dict[tuple[int, ...], list[str]] = defaultdict(list)
    undo: dict[tuple[int, ...], str] = {}
    baselines: dict[tuple[int, ...], str] = {}
    repeatable: list[str] = []
    for path in location.files:
        match = FLYWAY.match(basename(path))
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
    wrong = [
        defects.unpaired(path, f"V{'.'.join(map(str, version))}__")
        for version, path in sorted(undo.items())
        if version not in versioned
    ]
    wrong.extend(
        _duplicates(
            {
                ".".join(map(str, version)): [(_name(path), path) for path in paths]
                for version, paths in versioned.items()
            }
        )
    )
    migrations: list[Migration] = []
    for version, paths in sorted(versioned.items()):
        for path in sorted(paths):
            up, broken = _script(snapshot, path, "flyway")
            back = undo.get(version)
            down, broken_down = _script(snapshot, back, "flyway") if back else (MISSING, ())
            parents = (migrations[-1].id,) if migrations else ()
            migrations.append(
                Migration(_name(path), path, "flyway", parents, (), (), up, down, (*broken, *broken_down))
            )
    for path in sorted(repeatable, key=basename):
        up, broken = _script(snapshot, path, "flyway")
        parents = (migrations[-1].id,) if migrations else ()
        migrations.append(Migration(_name(path), path, "flyway", parents, (), ("repeatable",), up, MISSING, broken))
    return Tree("flyway", location.folder, tuple(migrations), _last(migrations), tuple(wrong))


def _plain(snapshot: Snapshot, location: Location) -> Tree:
    """Single files, each on its own, in the order of their names."""
    migrations = []
    for path in location.files:
        up, broken = _script(snapshot, path, "sql")
        migrations.append(Migration(_name(path), path, "sql", (), (), (), up, MISSING, broken))
    return Tree("sql", location.folder, tuple(migrations), tuple(each.id for each in migrations), ())


def _version(text: str) -> tuple[int, ...]:
    """The numbers of a version; trailing zeros do not count (`1` is `1.0`)."""
    numbers = [int(part) for part in re.split(r"[._]", text)]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _name(path: str) -> str:
    return basename(path).removesuffix(".sql")


def _last(migrations: list[Migration]) -> tuple[str, ...]:
    return (migrations[-1].id,) if migrations else ()


def _duplicates(numbers: dict[str, list[tuple[str, str]]]) -> list[Finding]:
    return [
        defects.duplicate(number, [path for _, path in same], Place(same[1][1], 1, 1))
        for number, same in sorted(numbers.items())
        if len(same) > 1
    ]


def _script(snapshot: Snapshot, path: str, tool: str) -> tuple[Script, tuple[Finding, ...]]:
    """The statements of a file, each at its first character, and a finding for each that cannot be read."""
    place = Place(path, 1, 1)
    try:
        content = snapshot.read(path)
        text = content.decode("utf-8-sig")
    except UnreadableError as error:
        return Script(ScriptKind.CODE, (Opaque(place, error.what, ""),), place), (
            defects.unreadable(path, place, error.what),
        )
    except UnicodeDecodeError as error:
        why = f"byte {error.start} is not UTF-8"
        return Script(ScriptKind.CODE, (Opaque(place, why, ""),), place), (defects.unreadable(path, place, why),)
    found = pieces(text)
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    whole = _wrapped(snapshot, path, tool, found)
    steps: list[Step] = []
    broken: list[Finding] = []
    inside = whole
    for piece in found:
        at = _place(path, starts, piece.offset)
        if piece.error is not None:
            steps.append(Opaque(at, piece.error, " ".join(piece.sql.split())[:SHOWN]))
            broken.append(defects.unreadable(path, _place(path, starts, piece.error_offset), piece.error))
            continue
        if BEGINS.match(piece.sql):
            inside = True
        steps.append(Statement(piece.sql, at, inside))
        if ENDS.match(piece.sql):
            inside = tool == "golang-migrate" and whole
    return Script(ScriptKind.CODE if steps else ScriptKind.EMPTY, tuple(steps), place), tuple(broken)


def _place(path: str, starts: list[int], offset: int) -> Place:
    line = bisect_right(starts, offset)
    return Place(path, line, offset - starts[line - 1] + 1)


def _wrapped(snapshot: Snapshot, path: str, tool: str, found: tuple[Piece, ...]) -> bool:
    """Whether the tool runs the file in a transaction.

    golang-migrate sends a file as one simple query: several statements are one implicit transaction, a single one is
    not in a transaction block. Flyway wraps a file unless it holds a statement that cannot be, or its `.conf` says so.
    Nobody wraps a single file of no tool.
    """
    if tool == "golang-migrate":
        return len(found) > 1
    if tool == "flyway":
        settings = snapshot.read(f"{path}.conf") if f"{path}.conf" in snapshot.entries() else b""
        if re.search(rb"^\s*executeInTransaction\s*=\s*false\b", settings, re.MULTILINE | re.IGNORECASE):
            return False
        return not any(ALONE.match(piece.sql) for piece in found)
    return False
