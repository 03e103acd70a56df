"""What a statement does to a database of SQLite: tried on its schema, judged for tables that are full.

Locks are those of the whole database: one writer at a time (manual, "File Locking And Concurrency"). ALTER TABLE
changes the text of the schema only, but for DROP COLUMN, which writes every row anew, and for checks and NOT NULL of
added columns, which read every row (manual, "ALTER TABLE").
"""

import re
from collections.abc import Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from contractcheck.migrations.effects import Effects, Lock, TableData
from contractcheck.migrations.mysql.predict import MOST_NOTES, joined
from contractcheck.migrations.mysql.tokens import PARAMETER, SQLITE, VARIABLE, ScanError, Token, scan
from contractcheck.migrations.sqlite import engine
from contractcheck.migrations.sqlite.engine import (
    DeniedError,
    Trial,
    attempt,
    columns,
    image_of,
    opened,
    plan,
    tables,
    virtual,
)

_MISSING = re.compile(r"no such (?:table|index|column|view|trigger): (?:main\.)?(?P<name>\S+)")
_SCAN = re.compile(r"SCAN (?:TABLE )?(?P<name>\S+)")
_COPY = re.compile(r"SEARCH|USING (?:COVERING )?INDEX")
_SINCE = {"DROP COLUMN": (3, 35), "STRICT": (3, 37), "RIGHT": (3, 39), "FULL": (3, 39)}
ROWS = ("INSERT", "REPLACE", "UPDATE", "DELETE", "WITH")


class State(Struct, frozen=True):
    """A database: its image, whether all of it is known, why anything may be otherwise, and what is being moved.

    `copies` are the tables whose rows were copied into another that will take their place, as Alembic's batch mode
    does. `names` are the tables and views by name, with their kinds. `filled` says that tables may have rows that are
    not seen. `foreign_keys` is the setting of that name.
    """

    image: bytes = b""
    complete: bool = True
    opaque: tuple[str, ...] = ()
    copies: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    filled: bool = False
    foreign_keys: bool = False


class _Work(Struct):
    """One statement under way."""

    trial: Trial
    state: State
    tokens: tuple[Token, ...]
    words: tuple[str, ...]
    before: dict[str, str]
    after: dict[str, str] = field(default_factory=dict)
    computed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    locks: dict[str, Lock] = field(default_factory=dict)
    rewrites: list[str] = field(default_factory=list)
    scans: list[str] = field(default_factory=list)
    builds: list[str] = field(default_factory=list)
    data: dict[str, TableData] = field(default_factory=dict)
    cleared: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    copies: dict[str, str] = field(default_factory=dict)
    folded: dict[str, str] = field(default_factory=dict)


def predict(state: State, sql: str, version: tuple[int, int]) -> tuple[Effects, State, tuple[int, int]]:
    """The effects of the statements of a text, the database afterwards, and the version again."""
    try:
        parts = _cut(scan(sql, SQLITE))
    except ScanError as error:
        return _unknown(f"cannot be read: {error.why}"), state, version
    found: Effects | None = None
    for tokens in parts:
        effects, state = _one(state, sql[tokens[0].start : tokens[-1].end], tokens, version)
        found = effects if found is None else _both(found, effects)
        if effects.fails is not None:
            break
    return found if found is not None else Effects(), state, version


def _cut(tokens: tuple[Token, ...]) -> list[tuple[Token, ...]]:
    """Statements between semicolons; those of a trigger's body stay together."""
    found: list[tuple[Token, ...]] = []
    start = depth = 0
    for at, token in enumerate(tokens):
        head = {each.upper for each in tokens[start : start + 4]}
        if "CREATE" in head and "TRIGGER" in head:
            depth += {"BEGIN": 1, "CASE": 1, "END": -1}.get(token.upper, 0)
        if token.text == ";" and token.kind == "operator" and depth <= 0:
            if at > start:
                found.append(tokens[start:at])
            start, depth = at + 1, 0
    if start < len(tokens):
        found.append(tokens[start:])
    return found


def _unknown(why: str) -> Effects:
    return Effects(unproven=why, blurred=why)


def _one(state: State, sql: str, tokens: tuple[Token, ...], version: tuple[int, int]) -> tuple[Effects, State]:
    words = tuple(token.upper for token in tokens)
    newer = next((name for name, since in _SINCE.items() if version < since and name.split()[-1] in words), None)
    if words[0] == "ALTER" and newer == "DROP COLUMN" and "DROP" in words:
        return Effects(in_transaction=None, fails=f"near DROP: syntax error before SQLite {_SINCE[newer][1]}"), state
    if newer == "STRICT" and words[:2] == ("CREATE", "TABLE") and words[-1] == "STRICT":
        return Effects(in_transaction=None, fails="unknown table option: STRICT"), state
    if words[0] in {"BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE"}:
        return Effects(), state
    if words[0] == "VACUUM":
        held = [name for name, kind in state.names.items() if kind == "table"]
        every = dict.fromkeys(held, Lock.EVERYBODY)
        effects = Effects(locks=every, rewrites=tuple(held), scans=tuple(held), write_blocked=tuple(held))
        return replace(effects, in_transaction=False, select_blocked=tuple(held)), state
    if any(token.kind in {PARAMETER, VARIABLE} for token in tokens):
        return _with_values(state, sql, tokens)
    with opened(state.image) as trial:
        if state.foreign_keys:
            trial.connection.execute("PRAGMA foreign_keys = ON")
        work = _Work(trial, state, tokens, words, dict(state.names))
        held = _named(work) if words[0] in {"ALTER", "DROP"} else []
        old = {name: columns(trial, name) for name in held}
        computed = {name: virtual(trial, name) for name in held} if words[0] == "ALTER" else {}
        lines = plan(trial, sql) if words[0] in ROWS or words[:2] == ("CREATE", "TABLE") else []
        try:
            refusal = attempt(trial, sql)
        except DeniedError as denied:
            return _unknown(str(denied)), state
        if refusal is not None:
            return _refused(work, refusal, version), state
        touched = list(trial.touched)
        making = words[0] == "CREATE" and not {"TEMP", "TEMPORARY"} & {*words[1:4]}
        work.after = _grown(work.before, touched) if making else tables(trial)
        work.computed = computed
        _judge(work, touched, old, lines)
        after = _state(work, image_of(trial, keep=making))
    effects = _effects(work)
    late = _with_rows(state, sql, words, touched)
    return (effects if late is None else replace(effects, notes=(*effects.notes, late))), after


def _named(work: _Work) -> list[str]:
    """The tables that a statement names, and those that are being copied."""
    named = {token.text.lower() for token in work.tokens}
    named |= {name.lower() for pair in work.state.copies.items() for name in pair}
    return [name for name, kind in work.before.items() if kind == "table" and name.lower() in named]


def _grown(names: Mapping[str, str], touched: list[engine.Touch]) -> dict[str, str]:
    """The tables and views after something is made."""
    made = {touch.one: touch.action[7:] for touch in touched if touch.action in {"create table", "create view"}}
    return dict(sorted({**names, **made}.items())) if made else dict(names)


def _state(work: _Work, image: bytes) -> State:
    copies = {**work.state.copies, **work.copies}
    words, state = work.words, work.state
    if words[0] == "ALTER" and "RENAME" in words and "COLUMN" not in words and len(words) >= 6:
        old, new = work.tokens[2].text, work.tokens[-1].text
        copies = {a: b for a, b in copies.items() if not (a.lower() == new.lower() and b.lower() == old.lower())}
    switched = state.foreign_keys
    if words[0] == "PRAGMA" and len(words) >= 4 and work.tokens[1].text.lower() == "foreign_keys":
        switched = work.tokens[3].text.lower() in {"on", "1", "yes", "true"}
    return replace(state, image=image, copies=copies, foreign_keys=switched, names=work.after)


def _with_values(state: State, sql: str, tokens: tuple[Token, ...]) -> tuple[Effects, State]:
    """A statement with values that only a run knows: on rows they do not change the schema."""
    words = tuple(token.upper for token in tokens)
    if words[0] not in {*ROWS, "SELECT"}:
        return _unknown("a value in it is not known"), state
    text = sql
    for token in reversed([token for token in tokens if token.kind in {PARAMETER, VARIABLE}]):
        start = token.start - tokens[0].start
        text = f"{text[:start]}NULL{text[start + token.end - token.start :]}"
    with opened(state.image) as trial:
        lines = plan(trial, text)
        work = _Work(trial, state, tokens, words, dict(state.names))
        # The plan is compiled, so the authorizer has seen every table.
        _judge(work, list(trial.touched), {}, lines)
    return _effects(work), state


def _refused(work: _Work, refusal: str, version: tuple[int, int]) -> Effects:
    state = work.state
    missing = _MISSING.search(refusal)
    if state.opaque:
        return _unknown(f"it would fail ({refusal}), if not for what is not known: {state.opaque[0]}")
    if missing is not None and not state.complete:
        name = missing["name"]
        assumed = name if "column" not in missing[0] else work.tokens[2].text
        why = f"{assumed} is not created by what was read: what it takes to change it is not known"
        return replace(_unknown(why), assumed=(assumed,), locks={assumed: Lock.SHARED})
    if "syntax error" in refusal and version > engine.VERSION:
        return _unknown(f"{refusal}: not in the grammar of the SQLite that is at hand")
    return Effects(in_transaction=None, fails=refusal)


def _judge(work: _Work, touched: list[engine.Touch], old: dict[str, list[str]], lines: list[str]) -> None:
    """Fill in what the statement does, from what its compilation touched and from its plan."""
    written = {touch.one for touch in touched if touch.action in {"insert", "update", "delete"}}
    written = {name for name in written if name in work.before and not name.startswith("sqlite_")}
    first = work.words[0]
    if first == "ALTER":
        _altered(work, old)
    elif first == "DROP":
        _dropped(work, old)
    elif first == "CREATE" and "INDEX" in work.words[:3]:
        table = next((touch.two for touch in touched if touch.action == "create index"), None)
        if table is not None and table in work.before:
            work.locks[table] = Lock.SHARED
            work.scans.append(table)
            work.builds.append(next(touch.one for touch in touched if touch.action == "create index"))
    elif first == "CREATE" and "TRIGGER" in work.words[:4]:
        for touch in touched:
            if touch.action == "create trigger" and touch.two in work.before:
                work.locks[touch.two] = Lock.METADATA
    elif first == "REINDEX":
        for name, kind in work.before.items():
            if kind == "table":
                work.locks[name] = Lock.SHARED
                work.scans.append(name)
    elif first in ROWS or first == "CREATE":
        _rows(work, written, touched, lines)


def _altered(work: _Work, old: dict[str, list[str]]) -> None:
    name = _real(work, work.tokens[4 if work.words[3:4] == (".",) else 2].text)
    work.locks[name] = Lock.METADATA
    if name not in work.after:
        new = next((each for each in work.after if each not in work.before), "")
        moved = next((a for a, b in work.state.copies.items() if b == name and a.lower() == new.lower()), None)
        if moved is None:
            work.data[name] = TableData(renamed_to=new)
        else:
            work.locks = {moved: Lock.METADATA}
        return
    was, here = old.get(name, []), columns(work.trial, name)
    gone = tuple(column for column in was if column not in here)
    new_columns = tuple(column for column in here if column not in was)
    if "RENAME" in work.words:
        work.data[name] = TableData(renamed_columns=tuple(zip(gone, new_columns, strict=False)))
        return
    work.data[name] = TableData(dropped_columns=gone, added_columns=new_columns)
    if set(gone) - work.computed.get(name, frozenset()):
        work.locks[name] = Lock.SHARED
        work.rewrites.append(name)
        work.notes.append(f"DROP COLUMN writes every row of {name} anew")
    elif "CHECK" in work.words or ("NOT" in work.words and ("AS" in work.words or "GENERATED" in work.words)):
        work.locks[name] = Lock.SHARED
        work.scans.append(name)
        work.notes.append(f"the constraint of the added column is tested on every row of {name}")


def _real(work: _Work, name: str) -> str:
    if name in work.before:
        return name
    if not work.folded:
        work.folded = {each.lower(): each for each in reversed(work.before)}
    return work.folded.get(name.lower(), name)


def _dropped(work: _Work, old: dict[str, list[str]]) -> None:
    gone = [name for name in work.before if name not in work.after]
    for name in gone:
        copy = work.state.copies.get(name)
        if copy is not None and copy in work.before:
            kept = {column.lower() for column in old.get(copy, [])}
            had = {column.lower() for column in old.get(name, [])}
            work.locks[name] = Lock.SHARED
            work.rewrites.append(name)
            work.notes.append(f"{name} is copied into {copy}, which takes its place")
            work.data[name] = TableData(
                dropped_columns=tuple(column for column in old.get(name, []) if column.lower() not in kept),
                added_columns=tuple(column for column in old.get(copy, []) if column.lower() not in had),
            )
            continue
        work.locks[name] = Lock.SHARED
        if work.before[name] == "table":
            work.data[name] = TableData(dropped=True)


def _rows(work: _Work, written: set[str], touched: list[engine.Touch], lines: list[str]) -> None:
    read = {touch.one for touch in touched if touch.action == "read" and touch.one in work.before}
    for name in sorted(written):
        work.locks[name] = Lock.SHARED
    aliases = _aliases(work)
    for line in lines:
        found = _SCAN.search(line)
        if found is None:
            continue
        name = aliases.get(found["name"].lower(), found["name"])
        name = _real(work, name)
        if work.before.get(name) == "table" and name in read | written and name not in work.scans:
            work.scans.append(name)
            work.locks.setdefault(name, Lock.SHARED)
    first = work.words[0]
    if first == "DELETE" and "WHERE" not in work.words:
        work.cleared.extend(sorted(written))
        work.data.update(dict.fromkeys(written, TableData()))
    if first == "INSERT" and len(work.scans) == 1 and "WHERE" not in work.words and "JOIN" not in work.words:
        # What is copied whole into a new table may be about to be replaced by it.
        for name in written - set(work.scans):
            work.copies[work.scans[0]] = name


def _aliases(work: _Work) -> dict[str, str]:
    """Other names that tables have in the statement."""
    found: dict[str, str] = {}
    for at, token in enumerate(work.tokens[:-1]):
        name = _real(work, token.text)
        if name in work.before:
            after = work.tokens[at + 1]
            alias = work.tokens[at + 2] if after.upper == "AS" and at + 2 < len(work.tokens) else after
            if alias.kind in {"word", "quoted"}:
                found.setdefault(alias.text.lower(), name)
    return found


def _effects(work: _Work) -> Effects:
    blocked = sorted(name for name, lock in work.locks.items() if lock.blocks_writes)
    fresh = set(work.state.copies.values())
    locks = {name: lock for name, lock in work.locks.items() if name not in fresh or name in work.before}
    return Effects(
        locks=locks,
        kinds={name: work.before.get(name, "table") for name in locks},
        rewrites=tuple(work.rewrites),
        scans=tuple(dict.fromkeys([*work.rewrites, *work.scans])),
        index_rebuilds=tuple(work.builds),
        write_blocked=tuple(blocked),
        data=work.data,
        cleared=tuple(work.cleared),
        notes=tuple(work.notes),
    )


def _with_rows(state: State, sql: str, words: tuple[str, ...], touched: list[engine.Touch]) -> str | None:
    """What ALTER TABLE ... ADD COLUMN would be refused for if the table has rows, as it may have in production."""
    if not state.filled or words[0] != "ALTER" or "ADD" not in words:
        return None
    table = next((touch.two for touch in touched if touch.action == "alter table"), None)
    if table is None:
        return None
    with opened(state.image) as trial:
        count = len(columns(trial, table))
        trial.connection.execute("PRAGMA ignore_check_constraints = ON")
        quoted = '"' + table.replace('"', '""') + '"'
        values = ", ".join(["1"] * count)
        # The name is quoted, and the database is a scratch one in memory.
        for form in (f"INSERT INTO {quoted} VALUES ({values})", f"INSERT INTO {quoted} DEFAULT VALUES"):  # noqa: S608
            if attempt(trial, form) is None:
                refusal = attempt(trial, sql)
                return None if refusal is None else f"refused if {table} has a row: {refusal}"
    return None


def _both(one: Effects, other: Effects) -> Effects:
    """Effects of two statements together."""
    locks = dict(one.locks)
    for name, lock in other.locks.items():
        locks[name] = max(lock, locks.get(name, lock))
    return replace(
        other,
        locks=locks,
        kinds={**one.kinds, **other.kinds},
        rewrites=tuple(dict.fromkeys((*one.rewrites, *other.rewrites))),
        scans=tuple(dict.fromkeys((*one.scans, *other.scans))),
        index_rebuilds=(*one.index_rebuilds, *other.index_rebuilds),
        select_blocked=tuple(sorted({*one.select_blocked, *other.select_blocked})),
        write_blocked=tuple(sorted({*one.write_blocked, *other.write_blocked})),
        data={**one.data, **other.data},
        unproven=joined(one.unproven, other.unproven),
        blurred=joined(one.blurred, other.blurred),
        assumed=(*one.assumed, *other.assumed),
        cleared=(*one.cleared, *other.cleared),
        notes=(*one.notes, *other.notes)[:MOST_NOTES],
    )
