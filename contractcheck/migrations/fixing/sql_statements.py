"""Statements in files of SQL replaced by safe sequences, in the way of each tool; the rest stays as it is."""

import re
from collections.abc import Mapping, Sequence
from posixpath import basename, dirname, join

from msgspec import Struct
from msgspec.structs import replace

from contractcheck.migrations.catalog import Catalog
from contractcheck.migrations.examined import Examined
from contractcheck.migrations.fixing import Edit, Work
from contractcheck.migrations.fixing.plans import Plan, back, states
from contractcheck.migrations.fixing.sql_file import UnwritableError
from contractcheck.migrations.operations import Query, SetVariable
from contractcheck.migrations.trees import Migration
from contractcheck.model.finding import RemedyStep, When

_GOOSE_UP = re.compile(r"^--[ \t]*\+goose[ \t]+up\b", re.IGNORECASE | re.MULTILINE)
_GOOSE_DOWN = re.compile(r"^--[ \t]*\+goose[ \t]+down[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_DBMATE_UP = re.compile(r"^--[ \t]*migrate:up\b(?P<options>[^\r\n]*)", re.MULTILINE)
_DBMATE_DOWN = re.compile(r"^--[ \t]*migrate:down\b[^\r\n]*", re.MULTILINE)
_NUMBER = re.compile(r"^(?P<before>[vV]?)(?P<number>\d+)(?P<rest>.*)$")
_SIDES = re.compile(r"(?P<side>\.(?:up|down|do|undo)|_(?:up|down))?\.(?:pg)?sql$", re.IGNORECASE)


class _File(Struct, frozen=True):
    """A file: its bytes before the text (a byte order mark), its text, the end of its lines."""

    mark: bytes
    text: str
    end: str

    def bytes(self, text: str) -> bytes:
        return self.mark + text.encode()


_MESSAGE = frozenset({"golang-migrate", "dbmate", "prisma", "diesel"})  # a file is one message: alone, or none is


def in_place(work: Work, examined: Examined, planned: tuple[Plan, ...]) -> tuple[Edit, ...]:
    """Everything in the file itself, where its tool sends statement by statement, or nothing runs apart."""
    tool = examined.migration.tool
    planned = _sendable(planned, tool)
    single = tool in {"numbered", "sql", "sqitch"} and not any(plan.ran.statement.in_transaction for plan in planned)
    whole = all(len(plan.parts) == 1 for plan in planned)
    if not single and not whole:
        raise UnwritableError("something runs later")
    alone = any(plan.alone for plan in planned)
    if not single and alone and (len(_sent(examined)) > 1 or len(planned) > 1):
        raise UnwritableError("something runs outside of the transaction")
    file = _file(work, examined.migration.path)
    text = _replaced(file, planned, [[step for part in plan.parts for step in part] for plan in planned], tool)
    if alone and not single:
        text = _without_transaction(tool, text, file.end)
    return (Edit(examined.migration.path, file.bytes(text), examined.migration.id, _rules(planned)),)


def in_several(work: Work, examined: Examined, planned: tuple[Plan, ...]) -> tuple[Edit, ...]:
    """What runs apart in files of its own, at the end of the tree."""
    return _several(work, examined, planned, keep=True)


def with_its_way_back(work: Work, examined: Examined, planned: tuple[Plan, ...]) -> tuple[Edit, ...]:
    """So, and the way back of the file is written for what is left in it."""
    rows = any(isinstance(operation, Query) for ran in examined.down for operation in ran.operations)
    if rows or examined.down_opaque or not examined.down:
        raise UnwritableError("its way back does more than give the schema back")
    return _several(work, examined, planned, keep=False)


def _several(work: Work, examined: Examined, planned: tuple[Plan, ...], *, keep: bool) -> tuple[Edit, ...]:
    migration = examined.migration
    tool, sent = migration.tool, _sent(examined)
    planned = _sendable(planned, tool)
    only = len(sent) == 1
    apart = [(plan, number) for plan in planned for number, _ in enumerate(plan.parts) if _moves(plan, number, only)]
    if not apart or examined.before is None:
        raise UnwritableError("nothing runs apart")
    file = _file(work, migration.path)
    stays = [[] if (plan, 0) in apart else list(plan.parts[0]) for plan in planned]
    text = _replaced(file, planned, stays, tool)
    if only and planned[0].alone:
        text = _without_transaction(tool, text, file.end)
    edits = {migration.path: Edit(migration.path, file.bytes(text), migration.id, _rules(planned))}
    made: list[Edit] = []
    for at, (plan, number) in enumerate(apart, 1):
        reached = states(plan, examined)
        down = _back(reached[number], reached[number + 1])
        made += _created(work, migration, at, plan.parts[number], down, plan.rule)
    if not keep:
        left = _left(examined, dict(zip((id(plan.ran) for plan in planned), stays, strict=True)))
        path, content = _down(work, migration, _back(examined.before, left), edits)
        edits[path] = Edit(path, content, migration.id, _rules(planned))
    return (*edits.values(), *made)


def _sendable(planned: tuple[Plan, ...], tool: str) -> tuple[Plan, ...]:
    """The plans as a tool can send them: without guards where a file holds one statement, else with them beside it."""
    return tuple(replace(plan, parts=_joined(plan.parts, guards=tool not in _MESSAGE)) for plan in planned)


def _joined(parts: Sequence[tuple[RemedyStep, ...]], *, guards: bool) -> tuple[tuple[RemedyStep, ...], ...]:
    found: list[tuple[RemedyStep, ...]] = []
    for part in parts:
        guard = part[0].sql.startswith("DROP INDEX CONCURRENTLY IF EXISTS") and len(parts) > 1
        if guard and not guards:
            continue
        if guards and found and found[-1][0].when is When.ALONE and part[0].when is When.ALONE:
            found[-1] += part
        else:
            found.append(part)
    return tuple(found)


def _left(examined: Examined, stays: Mapping[int, Sequence[RemedyStep]]) -> Catalog:
    """The database after what is left in the file."""
    from contractcheck.migrations.postgresql.replay import replay

    assert examined.before is not None  # noqa: S101 - asked by the caller
    sent: list[tuple[str, bool]] = []
    for ran in examined.up:
        mine = stays.get(id(ran))
        if mine is None:
            sent.append((ran.statement.sql, ran.statement.in_transaction))
        else:
            sent += [(step.sql, step.when is not When.ALONE) for step in mine]
    inside = [each for _, each in sent]
    return replay(examined.before, [sql for sql, _ in sent], examined.server, in_transaction=inside).catalog


def _moves(plan: Plan, number: int, only: bool) -> bool:  # noqa: FBT001 - read in one place
    """Whether a part goes into a file of its own: all but the first, and that too if it would be beside others."""
    return number > 0 or (plan.alone and not only)


def _sent(examined: Examined) -> list[object]:
    return [ran for ran in examined.up if not all(isinstance(each, SetVariable) for each in ran.operations)]


def _rules(planned: Sequence[Plan]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(plan.rule for plan in planned))


def _back(then: Catalog, now: Catalog) -> tuple[str, ...]:
    found = back(then, now)
    if found is None:
        raise UnwritableError("its way back cannot be written")
    return found


def _file(work: Work, path: str) -> _File:
    data = work.snapshot.read(path)
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    try:
        text = data[len(mark) :].decode()
    except UnicodeDecodeError:
        raise UnwritableError(f"{path} is not UTF-8") from None
    return _File(mark, text, "\r\n" if "\r\n" in text else "\n")


def _replaced(file: _File, planned: Sequence[Plan], steps: Sequence[Sequence[RemedyStep]], tool: str) -> str:
    """The text with these steps where the statements stood."""
    text = file.text
    starts = [0]
    for each in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(each))
    for plan, mine in reversed([*zip(planned, steps, strict=True)]):
        place, sql = plan.ran.statement.place, plan.ran.statement.sql
        begin = starts[(place.line or 1) - 1] + (place.column or 1) - 1
        if text[begin : begin + len(sql)] != sql:
            raise UnwritableError("the statement is not in the file as it is sent")
        end = begin + len(sql)
        rest = text[end:]
        closed = len(rest) - len(rest.lstrip())
        end += closed + 1 if rest[closed : closed + 1] == ";" else 0
        written = file.end.join(_lines(step, file.end, tool) for step in mine)
        if not mine:  # the line goes with what stood on it
            tail = text[end:].partition("\n")
            end += len(tail[0]) + len(tail[1]) if not tail[0].strip() else 0
        text = text[:begin] + written + text[end:]
    return text


def _lines(step: RemedyStep, end: str, tool: str) -> str:
    sql = step.sql.replace("\n", end)
    if tool == "goose" and ";" in sql.rstrip(";"):
        return f"-- +goose StatementBegin{end}{sql}{end}-- +goose StatementEnd"
    return sql


def _without_transaction(tool: str, text: str, end: str) -> str:
    """The file as its tool runs it outside of a transaction."""
    match tool:
        case "goose":
            found = _GOOSE_UP.search(text)
            if found is None or "no transaction" in text.lower():
                return text
            return f"{text[: found.start()]}-- +goose NO TRANSACTION{end}{text[found.start() :]}"
        case "dbmate":
            found = _DBMATE_UP.search(text)
            if found is None or "transaction:" in found["options"]:
                return text
            return f"{text[: found.end()].rstrip()} transaction:false{text[found.end() :]}"
        case "golang-migrate" | "prisma" | "flyway":
            return text  # a single statement is in no transaction, or the tool looks at what it is
        case _:
            raise UnwritableError(f"{tool} runs a file in a transaction")


def _created(
    work: Work, migration: Migration, at: int, part: Sequence[RemedyStep], down: Sequence[str], rule: str
) -> list[Edit]:
    """A migration of its own at the end of the tree."""
    tool, alone = migration.tool, part[0].when is When.ALONE
    sent = list(part)
    file = _file(work, migration.path)
    name = basename(migration.path)
    match = _NUMBER.match(name)
    if match is None or tool not in {"golang-migrate", "goose", "dbmate", "flyway", "numbered"}:
        raise UnwritableError(f"no name for another file of {tool}")
    number = _next(work, migration, at)
    word = "validate" if "VALIDATE" in sent[0].sql else "then"
    rest = _SIDES.sub("", match["rest"])
    identity = f"{match['before']}{number}{rest}_{word}"
    end = file.end
    up = end.join(_lines(step, end, tool) for step in sent) + end
    back = end.join(sql if sql.endswith(";") else f"{sql};" for sql in down) + end
    folder = dirname(migration.path)
    match tool:
        case "goose":
            free = f"-- +goose NO TRANSACTION{end}" if alone else ""
            text = f"{free}-- +goose Up{end}{up}{end}-- +goose Down{end}{back}"
            return [Edit(join(folder, f"{identity}.sql"), text.encode(), identity, (rule,))]
        case "dbmate":
            free = " transaction:false" if alone else ""
            text = f"-- migrate:up{free}{end}{up}{end}-- migrate:down{free}{end}{back}"
            return [Edit(join(folder, f"{identity}.sql"), text.encode(), identity, (rule,))]
        case "golang-migrate":
            paths = f"{identity}.up.sql", f"{identity}.down.sql"
        case "flyway":
            undo = any(basename(path).startswith("U") for path in work.location.files)
            paths = f"{identity}.sql", f"U{identity[1:]}.sql" if undo else ""
        case _:
            side = _SIDES.search(name)
            paths = f"{identity}{side.group(0) if side else '.sql'}", f"{identity}.down.sql"
    edits = [Edit(join(folder, paths[0]), up.encode(), identity, (rule,))]
    if paths[1]:
        edits.append(Edit(join(folder, paths[1]), back.encode(), identity, (rule,)))
    return edits


def _next(work: Work, migration: Migration, at: int) -> str:
    """A number behind those of the tree, as wide as that of the migration."""
    taken = [match for path in work.location.files if (match := _NUMBER.match(basename(path))) is not None]
    own = _NUMBER.match(basename(migration.path))
    last = max(int(match["number"]) for match in taken)
    width = len(own["number"]) if own is not None else 1
    return str(last + at).zfill(width)


def _down(work: Work, migration: Migration, statements: Sequence[str], edits: dict[str, Edit]) -> tuple[str, bytes]:
    """The path of the file with the way back, and its content with these statements instead."""
    path = migration.down.place.file if migration.down.place is not None else ""
    if not path or path not in work.snapshot.entries():
        raise UnwritableError("there is no way back")
    file = _file(work, path)
    written = file.end.join(sql if sql.endswith(";") else f"{sql};" for sql in statements) + file.end
    if path != migration.path:
        return path, file.bytes(written)
    text = edits[path].content[len(file.mark) :].decode()
    found = (_GOOSE_DOWN if migration.tool == "goose" else _DBMATE_DOWN).search(text)
    if found is None:
        raise UnwritableError("there is no section for the way back")
    return path, file.bytes(f"{text[: found.end()].rstrip()}{file.end}{written}")
