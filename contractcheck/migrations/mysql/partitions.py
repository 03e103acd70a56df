"""Actions on partitions: what they move, and the table afterwards."""

from msgspec.structs import replace

from contractcheck.migrations.effects import Lock, TableData
from contractcheck.migrations.mysql import statements as st
from contractcheck.migrations.mysql.cursor import Expression
from contractcheck.migrations.mysql.failure import FailureError
from contractcheck.migrations.mysql.model import Database, Partitioning, Table
from contractcheck.migrations.mysql.outcome import Outcome
from contractcheck.migrations.mysql.server import Target

_MOVES = {"reorganize", "coalesce", "rebuild", "optimize", "repair"}


def alter_partitions(
    database: Database,
    target: Target,
    table: Table,
    action: st.AlterPartitions,
    statement: st.AlterTable,
    outcome: Outcome,
) -> None:
    """Carry out an action on partitions. Raises FailureError where the server refuses."""
    partitions = table.partitions
    if partitions is None:
        raise FailureError(1505, f"{table.name} is not partitioned")
    names = [name for name, _ in partitions.partitions]
    lowered = [name.lower() for name in names]
    wanted = lowered if action.names == ("all",) else [name.lower() for name in action.names]
    missing = next((name for name in wanted if name not in lowered), None)
    if missing is not None and "subpartition" not in partitions.subpartition and not partitions.subpartition:
        raise FailureError(1507 if action.what == "drop" else 1735, f"there is no partition {missing}")
    by_hash = partitions.method.rpartition(" ")[2] in {"hash", "key"}
    outcome.take(table.name, _lock(action, target, by_hash=by_hash))
    if not target.mariadb:
        outcome.algorithm, outcome.lock = _mysql(action, by_hash=by_hash)
    match action.what:
        case "drop":
            if by_hash:
                raise FailureError(1512, "only partitions of RANGE and LIST can be dropped")
            if set(wanted) >= set(lowered):
                raise FailureError(1508, "a table cannot lose all its partitions; drop the table")
            left = tuple(p for p in partitions.partitions if p[0].lower() not in wanted)
            _emptied(outcome, table, action)
            database.put(replace(table, rows=None, partitions=replace(partitions, partitions=left)))
        case "truncate":
            _emptied(outcome, table, action)
            database.put(replace(table, rows=None))
        case "add":
            _add(database, table, partitions, action, by_hash=by_hash)
        case "coalesce":
            if not by_hash:
                raise FailureError(1509, "COALESCE is for partitions of HASH and KEY")
            if action.count >= len(names):
                raise FailureError(1508, "a table cannot lose all its partitions")
            left = partitions.partitions[: len(names) - action.count]
            database.put(replace(table, partitions=replace(partitions, partitions=left)))
        case "reorganize":
            at = min((lowered.index(name) for name in wanted), default=0)
            kept = [p for p in partitions.partitions if p[0].lower() not in wanted]
            kept[at:at] = action.made
            database.put(replace(table, partitions=replace(partitions, partitions=tuple(kept))))
        case "exchange":
            _exchange(database, table, action, outcome)
        case _:
            pass
    if action.what in _MOVES or (action.what == "add" and by_hash):
        outcome.rewrites.append(table.name)
        outcome.notes.append(f"rows of {table.name} move between partitions")
        # A partition keeps its number only by its name: one that is made under a new name has none before.
        made = {name.lower() for name, _ in action.made}
        if action.what != "reorganize" or made & set(wanted) or not wanted:
            outcome.rebuilt.append(table.name)
    del statement


def _lock(action: st.AlterPartitions, target: Target, *, by_hash: bool) -> Lock:
    """Who waits meanwhile (manual, "Online DDL Support for Partitioning"; MariaDB holds SHARED while rows move)."""
    if action.what in {"drop", "truncate", "exchange", "discard", "import"}:
        return Lock.EVERYBODY
    if action.what in {"analyze", "check"}:
        return Lock.METADATA
    if action.what == "add" and not by_hash:
        return Lock.EVERYBODY if target.mariadb else Lock.METADATA
    return Lock.SHARED


def _mysql(action: st.AlterPartitions, *, by_hash: bool) -> tuple[str | None, str | None]:
    """Algorithm and lock in MySQL (manual 17.12.1, "Partitioning Operations")."""
    match action.what:
        case "add":
            return "INPLACE", "SHARED" if by_hash else "NONE"
        case "drop":
            return "INPLACE", "NONE"
        case "coalesce" | "reorganize" | "rebuild":
            return "INPLACE", "SHARED"
        case _:
            return None, None


def _emptied(outcome: Outcome, table: Table, action: st.AlterPartitions) -> None:
    if action.what == "truncate":
        outcome.rebuilt.append(table.name)
    outcome.emptied.append(table.name)
    outcome.data[table.name] = TableData()
    outcome.notes.append(f"the rows of the partitions {', '.join(action.names)} of {table.name} are gone")


def _add(
    database: Database,
    table: Table,
    partitions: Partitioning,
    action: st.AlterPartitions,
    *,
    by_hash: bool,
) -> None:
    made = action.made
    if action.count:
        if not by_hash:
            raise FailureError(1492, "partitions of RANGE and LIST must be defined one by one")
        first = len(partitions.partitions)
        made = tuple((f"p{number}", ()) for number in range(first, first + action.count))
    known = {name.lower() for name, _ in partitions.partitions}
    twice = next((name for name, _ in made if name.lower() in known), None)
    if twice is not None:
        raise FailureError(1517, f"there is a partition {twice} already")
    last = partitions.partitions[-1][1] if partitions.partitions else ()
    if partitions.method.startswith("range") and "maxvalue" in last:
        raise FailureError(1481, "the last partition takes all values up to MAXVALUE")
    if partitions.method.startswith("range") and made and not _rises(last, made[0][1]):
        raise FailureError(1493, "VALUES LESS THAN must rise from partition to partition")
    database.put(replace(table, partitions=replace(partitions, partitions=(*partitions.partitions, *made))))


def _rises(last: Expression, new: Expression) -> bool:
    """Whether a single bound lies above another; True where that is not certain."""
    one, other = (text[text.index("(") + 1 : -1] if "(" in text and text[-1] == ")" else () for text in (last, new))
    if len(one) != 1 or len(other) != 1 or (one[0][:1] != other[0][:1] and "'" in one[0] + other[0]):
        return True
    if one[0].isdigit() and other[0].isdigit():
        return int(one[0]) < int(other[0])
    dates = one[0].startswith("'") and len(one[0]) == len(other[0])
    return not dates or one[0] < other[0]


def _exchange(database: Database, table: Table, action: st.AlterPartitions, outcome: Outcome) -> None:
    other = database.tables.get(action.other.name.lower()) if action.other is not None else None
    if other is None:
        if database.complete:
            raise FailureError(1146, f"there is no table {action.other}")
        return
    outcome.take(other.name, Lock.EVERYBODY)
    outcome.rebuilt += [table.name, other.name]
    if action.validated:
        outcome.scans.append(other.name)
    database.put(replace(table, rows=None))
    database.put(replace(other, rows=None))
