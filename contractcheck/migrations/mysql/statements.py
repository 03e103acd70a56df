"""The statements of MySQL and MariaDB as they are written."""

from msgspec import Struct

from contractcheck.migrations.mysql.cursor import Expression
from contractcheck.migrations.mysql.model import Check, ForeignKey, Index, Partitioning, Type
from contractcheck.migrations.mysql.tokens import Token


class Ref(Struct, frozen=True):
    """A table as the statement names it."""

    name: str
    schema: str | None = None

    def __str__(self) -> str:
        """Return the name as written."""
        return f"{self.schema}.{self.name}" if self.schema else self.name


class ColumnDef(Struct, frozen=True):
    """A column as written, with what stands on its line. `null` is True for an explicit NULL."""

    name: str
    type: Type | None
    not_null: bool = False
    null: bool = False
    default: Expression | None = None
    on_update: Expression | None = None
    auto_increment: bool = False
    primary: bool = False
    unique: bool = False
    generated: str = ""
    expression: Expression | None = None
    comment: str = ""
    invisible: bool = False
    compressed: bool = False
    check: Expression | None = None
    check_name: str | None = None
    enforced: bool = True
    references: ForeignKey | None = None
    srid: int | None = None
    unversioned: bool = False
    row: str = ""
    options: tuple[tuple[str, str], ...] = ()


class Position(Struct, frozen=True):
    """FIRST (no name) or AFTER a column."""

    after: str | None


class AddColumn(Struct, frozen=True):
    """ADD COLUMN."""

    column: ColumnDef
    position: Position | None = None
    missing_ok: bool = False


class ChangeColumn(Struct, frozen=True):
    """MODIFY or CHANGE COLUMN: the column takes this definition."""

    name: str
    column: ColumnDef
    position: Position | None = None
    missing_ok: bool = False


class DropColumn(Struct, frozen=True):
    """DROP COLUMN."""

    name: str
    missing_ok: bool = False


class RenameColumn(Struct, frozen=True):
    """RENAME COLUMN."""

    name: str
    new_name: str
    missing_ok: bool = False


class SetDefault(Struct, frozen=True):
    """ALTER COLUMN SET DEFAULT, or DROP DEFAULT when it is None."""

    name: str
    default: Expression | None
    missing_ok: bool = False


class SetVisible(Struct, frozen=True):
    """ALTER COLUMN SET VISIBLE or INVISIBLE (MySQL)."""

    name: str
    visible: bool


class AddIndex(Struct, frozen=True):
    """ADD INDEX, UNIQUE, PRIMARY KEY, FULLTEXT or SPATIAL; a name of "" is the server's to choose."""

    index: Index
    missing_ok: bool = False
    constraint: bool = False


class DropIndex(Struct, frozen=True):
    """DROP INDEX, KEY or PRIMARY KEY (`primary`)."""

    name: str
    missing_ok: bool = False


class RenameIndex(Struct, frozen=True):
    """RENAME INDEX."""

    name: str
    new_name: str
    missing_ok: bool = False


class AlterIndex(Struct, frozen=True):
    """ALTER INDEX VISIBLE or INVISIBLE, NOT IGNORED or IGNORED."""

    name: str
    visible: bool
    missing_ok: bool = False


class AddForeignKey(Struct, frozen=True):
    """ADD FOREIGN KEY; a name of "" is the server's to choose. `index` names the index it may have to make."""

    key: ForeignKey
    index: str = ""
    missing_ok: bool = False


class DropForeignKey(Struct, frozen=True):
    """DROP FOREIGN KEY."""

    name: str
    missing_ok: bool = False


class AddCheck(Struct, frozen=True):
    """ADD CHECK; a name of "" is the server's to choose."""

    check: Check
    missing_ok: bool = False


class DropConstraint(Struct, frozen=True):
    """DROP CONSTRAINT, whatever its kind, or DROP CHECK when `check`."""

    name: str
    missing_ok: bool = False
    check: bool = False


class AlterCheck(Struct, frozen=True):
    """ALTER CHECK ENFORCED or NOT ENFORCED (MySQL)."""

    name: str
    enforced: bool


class RenameTo(Struct, frozen=True):
    """RENAME TO."""

    table: Ref


class ConvertTo(Struct, frozen=True):
    """CONVERT TO CHARACTER SET; None is DEFAULT."""

    charset: str | None
    collation: str | None = None


class SetOptions(Struct, frozen=True):
    """Table options, names in lower case with one blank."""

    options: tuple[tuple[str, str], ...]


class Bare(Struct, frozen=True):
    """An action of words only: `force`, `enable keys`, `disable keys`, `discard tablespace`, `order by`, ..."""

    what: str


class PartitionBy(Struct, frozen=True):
    """PARTITION BY; None is REMOVE PARTITIONING."""

    partitioning: Partitioning | None


class AlterPartitions(Struct, frozen=True):
    """An action on partitions: `add`, `drop`, `reorganize`, `coalesce`, `truncate`, `exchange`, ...

    `names` are those it works on (`all` for all of them), `made` those it makes, `other` the table of EXCHANGE.
    """

    what: str
    names: tuple[str, ...] = ()
    made: tuple[tuple[str, Expression], ...] = ()
    count: int = 0
    other: Ref | None = None
    validated: bool = True


Action = (
    AddColumn
    | ChangeColumn
    | DropColumn
    | RenameColumn
    | SetDefault
    | SetVisible
    | AddIndex
    | DropIndex
    | RenameIndex
    | AlterIndex
    | AddForeignKey
    | DropForeignKey
    | AddCheck
    | DropConstraint
    | AlterCheck
    | RenameTo
    | ConvertTo
    | SetOptions
    | Bare
    | PartitionBy
    | AlterPartitions
)


class AlterTable(Struct, frozen=True):
    """ALTER TABLE, CREATE INDEX or DROP INDEX (`bare`).

    `algorithm` and `lock` as demanded, "" or `default` for none.
    """

    table: Ref
    actions: tuple[Action, ...]
    algorithm: str = ""
    lock: str = ""
    missing_ok: bool = False
    ignore: bool = False
    replace: bool = False
    bare: bool = False


class CreateTable(Struct, frozen=True):
    """CREATE TABLE: its columns and, as actions, its keys and checks; `like` or a query instead."""

    table: Ref
    columns: tuple[ColumnDef, ...] = ()
    keys: tuple[Action, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    partitioning: Partitioning | None = None
    like: Ref | None = None
    query: tuple[Token, ...] = ()
    temporary: bool = False
    missing_ok: bool = False
    replace: bool = False


class DropTables(Struct, frozen=True):
    """DROP TABLE, VIEW or SEQUENCE."""

    kind: str
    tables: tuple[Ref, ...]
    missing_ok: bool = False
    temporary: bool = False


class RenameTables(Struct, frozen=True):
    """RENAME TABLE, in the order written."""

    pairs: tuple[tuple[Ref, Ref], ...]
    missing_ok: bool = False


class Truncate(Struct, frozen=True):
    """TRUNCATE TABLE."""

    table: Ref


class CreateView(Struct, frozen=True):
    """CREATE [OR REPLACE] VIEW, or ALTER VIEW when `alter`."""

    view: Ref
    query: tuple[Token, ...]
    columns: tuple[str, ...] = ()
    replace: bool = False
    alter: bool = False
    missing_ok: bool = False


class CreateTrigger(Struct, frozen=True):
    """CREATE TRIGGER; its body as written."""

    name: str
    table: Ref
    body: Expression
    missing_ok: bool = False
    replace: bool = False


class CreateRoutine(Struct, frozen=True):
    """CREATE PROCEDURE, FUNCTION, EVENT, ...: `kind` says which; its text as written."""

    kind: str
    name: str
    body: Expression
    missing_ok: bool = False
    replace: bool = False


class DropRoutine(Struct, frozen=True):
    """DROP PROCEDURE, FUNCTION, EVENT, TRIGGER, ...: `kind` says which."""

    kind: str
    name: str
    missing_ok: bool = False


class AlterDatabase(Struct, frozen=True):
    """ALTER DATABASE: its default character set and collation."""

    charset: str | None
    collation: str | None


class SetVariable(Struct, frozen=True):
    """SET of session variables, names in lower case; a value is None where it is an expression."""

    settings: tuple[tuple[str, str | None], ...]


class ChangeRows(Struct, frozen=True):
    """INSERT, REPLACE, UPDATE, DELETE: what it does, the tables it writes, those it reads, and its tokens."""

    verb: str
    tables: tuple[Ref, ...]
    reads: tuple[Ref, ...]
    tokens: tuple[Token, ...]
    where: bool = False


class Maintain(Struct, frozen=True):
    """OPTIMIZE, ANALYZE, CHECK or REPAIR TABLE."""

    verb: str
    tables: tuple[Ref, ...]


class Transaction(Struct, frozen=True):
    """START TRANSACTION, COMMIT, ROLLBACK, LOCK TABLES, UNLOCK TABLES, SAVEPOINT."""

    kind: str
    tables: tuple[tuple[Ref, str], ...] = ()


class Harmless(Struct, frozen=True):
    """A statement that changes no table and waits for none: GRANT, SHOW, SELECT without INTO, ..."""

    what: str


class Refused(Struct, frozen=True):
    """A statement in words that only the other of the two servers knows (error 1064)."""

    reason: str


class Unmodelled(Struct, frozen=True):
    """A statement outside the model, or one the grammar does not take."""

    reason: str


Statement = (
    AlterTable
    | CreateTable
    | DropTables
    | RenameTables
    | Truncate
    | CreateView
    | CreateTrigger
    | CreateRoutine
    | DropRoutine
    | AlterDatabase
    | SetVariable
    | ChangeRows
    | Maintain
    | Transaction
    | Harmless
    | Refused
    | Unmodelled
)
