"""ALTER TABLE of tables outside InnoDB, and how the server sees engines that can do little in place."""

from contractcheck.migrations.mysql.flags import Flags
from contractcheck.migrations.mysql.mariadb import copy_lock
from contractcheck.migrations.mysql.verdict import INSTANT, Verdict
from contractcheck.migrations.mysql.work import Altered

# handler::check_if_supported_inplace_alter: what every engine can do by changing the definition alone.
_DEFINITION = {
    "column name",
    "column default",
    "column comment",
    "column format",
    "column visibility",
    "rename",
    "index comment",
    "index ignorability",
    "drop check",
    "add check not enforced",
    "rename index",
    "virtual gcol expression",
    "enable keys",
    "disable keys",
}
_COPYING_OPTIONS = {
    "auto_increment",
    "row_format",
    "engine",
    "checksum",
    "pack_keys",
    "delay_key_write",
    "page_checksum",
}


def decide(work: Altered, flags: Flags) -> Verdict:
    """The verdict on a table that InnoDB does not hold."""
    options = set(work.options) & _COPYING_OPTIONS
    lock = copy_lock(work) if work.target.mariadb else "SHARED"
    beyond = flags.names - _DEFINITION - {"options"}
    if not beyond and not options:
        return INSTANT
    why = f"{work.before.engine} copies the table: {', '.join(sorted(beyond | options))}"
    return Verdict("COPY", lock, rebuilds=True, why=why)
