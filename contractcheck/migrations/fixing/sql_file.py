"""Where each tool keeps the way back of a migration of SQL, and the file with it written in."""

import re
from collections.abc import Sequence
from posixpath import basename, dirname, join

from contractcheck.errors import UnreadableError
from contractcheck.migrations.trees import Migration
from contractcheck.model.snapshot import Snapshot

_UP = re.compile(r"(?P<before>.*[._-])up(?P<after>\.(?:pg)?sql)$", re.IGNORECASE)
_GOOSE = re.compile(r"^--[ \t]*\+goose[ \t]+(?P<what>up|down)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_DBMATE = re.compile(r"^--\s*migrate:(?P<what>up|down)\b[^\n]*$", re.MULTILINE)
_CHANGESET = re.compile(r"^--[ \t]*changeset\b", re.IGNORECASE | re.MULTILINE)
_NOTHING = re.compile(r"\s*(?:--[^\n]*\s*|/\*.*?\*/\s*)*(?:select\s+1\s*;?\s*)?", re.IGNORECASE | re.DOTALL)


class UnwritableError(Exception):
    """There is no place for it; says why."""


def with_down(snapshot: Snapshot, migration: Migration, statements: Sequence[str]) -> tuple[str, bytes]:
    """The path of the file that holds the way back, and its content with these statements.

    Raises UnwritableError where the tool has no such place, or where something stands there.
    """
    match migration.tool:
        case "golang-migrate":
            return _pair(snapshot, migration.path, _UP.sub(r"\g<before>down\g<after>", migration.path), statements)
        case "numbered":
            found = _UP.match(migration.path)
            path = _UP.sub(r"\g<before>down\g<after>", migration.path) if found else f"{migration.path[:-4]}.down.sql"
            return _pair(snapshot, migration.path, path, statements)
        case "diesel":
            return _pair(snapshot, migration.path, join(dirname(migration.path), "down.sql"), statements)
        case "flyway":
            name = basename(migration.path)
            return _pair(snapshot, migration.path, join(dirname(migration.path), f"U{name[1:]}"), statements)
        case "sqitch":
            folder = dirname(dirname(migration.path))
            return _pair(snapshot, migration.path, join(folder, "revert", basename(migration.path)), statements)
        case "goose":
            return migration.path, _section(snapshot, migration.path, _GOOSE, "-- +goose Down", statements, blocks=True)
        case "dbmate":
            return migration.path, _section(snapshot, migration.path, _DBMATE, "-- migrate:down", statements)
        case "liquibase":
            return migration.path, _rollback(snapshot, migration.path, statements)
        case tool:
            raise UnwritableError(f"{tool} has no way back")


def _lines(statements: Sequence[str], end: str) -> str:
    return "".join(
        f"{_ended(sql)}{end}" for sql in (each.replace("\r\n", "\n").replace("\n", end) for each in statements)
    )


def _ended(sql: str) -> str:
    bare = sql.rstrip().rstrip(";").rstrip()
    # A comment at the end would swallow the semicolon.
    return f"{bare}\n;" if "--" in bare.rpartition("\n")[2] else f"{bare};"


def _pair(snapshot: Snapshot, up: str, path: str, statements: Sequence[str]) -> tuple[str, bytes]:
    end = "\r\n" if b"\r\n" in snapshot.read(up) else "\n"
    if path == up:
        raise UnwritableError(f"{basename(up)} does not say which way it goes")
    if path not in snapshot.entries():
        return path, _lines(statements, end).encode()
    text, mark = _text(snapshot, path)
    if _NOTHING.fullmatch(text) is None:
        raise UnwritableError(f"{path} has statements of its own")
    kept = "".join(line for line in text.splitlines(keepends=True) if line.lstrip().startswith("--"))
    kept = kept if not kept or kept.endswith(("\n", "\r")) else kept + end
    return path, mark + (kept + _lines(statements, end)).encode()


def _text(snapshot: Snapshot, path: str) -> tuple[str, bytes]:
    """The text of a file, and its byte order mark."""
    data = snapshot.read(path)
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    try:
        return data[len(mark) :].decode(), mark
    except UnicodeDecodeError:
        raise UnwritableError(f"{path} is not UTF-8") from None


def _section(
    snapshot: Snapshot, path: str, marks: re.Pattern[str], mark: str, statements: Sequence[str], *, blocks: bool = False
) -> bytes:
    """The file with the statements in the section for the way back, which is the last one or not there yet."""
    text, begin = _text(snapshot, path)
    end = "\r\n" if "\r\n" in text else "\n"
    found = list(marks.finditer(text))
    down = [each for each in found if each["what"].lower() == "down"]
    written = [_block(sql, end) if blocks and (";" in sql or "\n" in sql) else _lines([sql], end) for sql in statements]
    if not down:
        gap = "" if text.endswith("\n") else end
        return begin + (text + gap + end + mark + end + "".join(written)).encode()
    if len(down) > 1 or found[-1] is not down[0]:
        raise UnwritableError(f"the way back in {path} is not the last of its sections")
    rest = text[down[0].end() :]
    bare = "".join(line for line in rest.splitlines() if "+goose" not in line.lower())
    if _NOTHING.fullmatch(bare) is None:
        raise UnwritableError(f"the way back in {path} has statements of its own")
    head = text if "+goose" not in rest.lower() else text[: down[0].end()]
    head = head.rstrip() + end
    return begin + (head + "".join(written)).encode()


def _block(sql: str, end: str) -> str:
    return f"-- +goose StatementBegin{end}{_lines([sql], end)}-- +goose StatementEnd{end}"


def _rollback(snapshot: Snapshot, path: str, statements: Sequence[str]) -> bytes:
    text, begin = _text(snapshot, path)
    if len(_CHANGESET.findall(text)) != 1:
        raise UnwritableError(f"{path} has several changesets")
    if any("\n" in sql for sql in statements):
        raise UnwritableError("a rollback of several lines")
    end = "\r\n" if "\r\n" in text else "\n"
    gap = "" if text.endswith("\n") else end
    return begin + (text + gap + "".join(f"-- rollback {_ended(sql)}{end}" for sql in statements)).encode()


__all__ = ["UnreadableError", "UnwritableError", "with_down"]
