"""ALTER TABLE of a table that was never seen: what holds for every InnoDB table."""

from contractcheck.migrations.mysql import statements as st
from contractcheck.migrations.mysql.mariadb import copy_lock
from contractcheck.migrations.mysql.model import Database, Table
from contractcheck.migrations.mysql.server import Target
from contractcheck.migrations.mysql.verdict import Verdict
from contractcheck.migrations.mysql.work import Altered


def copied_anyway(database: Database, target: Target, table: Table, statement: st.AlterTable) -> Verdict | None:
    """The verdict on actions that copy every table, without a clause that might refuse it; None for any others.

    They are a foreign key while they are checked, a CHECK, a stored generated column, and a primary key that goes
    without another (the manuals' pages on online DDL).
    """
    if statement.lock or statement.algorithm not in {"", "default", "copy"}:
        return None
    why = next((why for action in statement.actions if (why := _copies(action, statement, target)) is not None), None)
    if why is None:
        return None
    lock = copy_lock(Altered(database, target, table, table)) if target.mariadb else "SHARED"
    return Verdict("COPY", lock, rebuilds=True, why=why)


def _copies(action: st.Action, statement: st.AlterTable, target: Target) -> str | None:
    match action:
        case st.AddForeignKey() if target.on("foreign_key_checks") and not action.missing_ok:
            return "a foreign key is added while foreign_key_checks is on"
        case st.AddCheck() if action.check.enforced and not action.missing_ok:
            return "a CHECK is verified"
        case st.AddColumn() if action.column.generated == "stored" and not action.missing_ok:
            return "a stored generated column is computed for every row"
        case st.DropIndex("PRIMARY") if not any(
            isinstance(other, st.AddIndex) and other.index.kind == "primary" for other in statement.actions
        ):
            return "the primary key is dropped without another one"
        case _:
            return None
