"""MySQL and MariaDB as the walk through a tree of migrations asks them."""

from contractcheck.migrations.mysql.batch import target
from contractcheck.migrations.mysql.description import ORDER, changed, differences
from contractcheck.migrations.mysql.model import Database, assume_rows
from contractcheck.migrations.mysql.predict import predict
from contractcheck.migrations.mysql.tokens import MYSQL
from contractcheck.migrations.walk import Dialect


def _empty(complete: bool) -> Database:  # noqa: FBT001 - the one thing asked
    return Database(complete=complete)


def _tables(database: Database) -> frozenset[str]:
    return frozenset(table.name for table in database.tables.values())


def _blurred(database: Database, why: str) -> Database:
    copy = database.copy()
    copy.opaque = (*copy.opaque, why)
    return copy


DIALECT = Dialect(
    empty=_empty,
    settings=target,
    run=predict,
    differences=differences,
    filled=assume_rows,
    tables=_tables,
    blurred=_blurred,
    described=changed,
    order=ORDER,
    syntax=MYSQL,
    transactional=False,
)
