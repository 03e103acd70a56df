"""CREATE, ALTER, DROP and RENAME of tables and indexes."""

from msgspec.structs import replace

from contractcheck.migrations.mysql import statements as st
from contractcheck.migrations.mysql.charsets import charset_name, collation_name
from contractcheck.migrations.mysql.cursor import Cursor, ReadError
from contractcheck.migrations.mysql.read_columns import read_column, read_default, read_index, read_key, read_ref
from contractcheck.migrations.mysql.read_options import read_definitions, read_options, read_partitioning


def create_table(cursor: Cursor, dialect: str, *, replaces: bool, temporary: bool) -> st.CreateTable:
    """What follows CREATE TABLE."""
    missing_ok = cursor.take("IF", "NOT", "EXISTS")
    table = read_ref(cursor)
    if cursor.take("LIKE"):
        return st.CreateTable(
            table, like=read_ref(cursor), temporary=temporary, missing_ok=missing_ok, replace=replaces
        )
    columns: list[st.ColumnDef] = []
    keys: list[st.Action] = []
    if cursor.sees("(", "LIKE"):
        cursor.expect("(", "LIKE")
        like = read_ref(cursor)
        cursor.expect(")")
        return st.CreateTable(table, like=like, temporary=temporary, missing_ok=missing_ok, replace=replaces)
    if cursor.sees("(") and not (cursor.sees("(", "SELECT") or cursor.sees("(", "WITH") or cursor.sees("(", "(")):
        cursor.expect("(")
        while True:
            key = read_key(cursor)
            if key is not None:
                keys.append(key)
            elif cursor.sees("PERIOD", "FOR"):
                raise ReadError("periods are outside the model")
            else:
                columns.append(read_column(cursor, dialect))
            if not cursor.take(","):
                break
        cursor.expect(")")
    options = read_options(cursor)
    partitioning = read_partitioning(cursor) if cursor.take("PARTITION", "BY") else None
    cursor.take_any("IGNORE", "REPLACE")
    cursor.take("AS")
    query = cursor.tokens[cursor.at :] if cursor.sees_any("SELECT", "WITH", "(", "TABLE", "VALUES") else ()
    cursor.at += len(query)
    return st.CreateTable(
        table,
        tuple(columns),
        tuple(keys),
        options,
        partitioning,
        query=query,
        temporary=temporary,
        missing_ok=missing_ok,
        replace=replaces,
    )


def create_index(cursor: Cursor, kind: str, *, replaces: bool) -> st.AlterTable:
    """What follows CREATE [UNIQUE] INDEX."""
    missing_ok = cursor.guarded("IF", "NOT", "EXISTS")
    name, using = cursor.name(), ""
    if cursor.take("USING") or cursor.take("TYPE"):
        using = cursor.name().lower()
    _wait(cursor)
    cursor.expect("ON")
    table = read_ref(cursor)
    _wait(cursor)
    index = read_index(cursor, kind, name)
    algorithm, lock = _algorithm_and_lock(cursor)
    index = replace(index, using=index.using or using)
    return st.AlterTable(table, (st.AddIndex(index, missing_ok),), algorithm, lock, replace=replaces)


def drop_index(cursor: Cursor) -> st.AlterTable:
    """What follows DROP INDEX."""
    missing_ok = cursor.guarded("IF", "EXISTS")
    name = cursor.name()
    cursor.expect("ON")
    table = read_ref(cursor)
    _wait(cursor)
    algorithm, lock = _algorithm_and_lock(cursor)
    action = st.DropIndex("PRIMARY" if name.upper() == "PRIMARY" else name, missing_ok)
    return st.AlterTable(table, (action,), algorithm, lock, bare=True)


def _algorithm_and_lock(cursor: Cursor) -> tuple[str, str]:
    found = {"ALGORITHM": "", "LOCK": ""}
    while word := cursor.take_any("ALGORITHM", "LOCK"):
        cursor.take("=")
        found[word] = cursor.value().lower()
    return found["ALGORITHM"], found["LOCK"]


def _wait(cursor: Cursor) -> None:
    if cursor.take("WAIT"):
        cursor.only("mariadb", "WAIT")
        cursor.number()
    elif cursor.take("NOWAIT"):
        cursor.only("mariadb", "NOWAIT")


def rename_tables(cursor: Cursor) -> st.RenameTables:
    """What follows RENAME TABLE."""
    missing_ok = cursor.guarded("IF", "EXISTS")
    pairs = []
    while True:
        old = read_ref(cursor)
        _wait(cursor)
        cursor.expect("TO")
        pairs.append((old, read_ref(cursor)))
        if not cursor.take(","):
            return st.RenameTables(tuple(pairs), missing_ok)


def drop_tables(cursor: Cursor, kind: str, *, temporary: bool) -> st.DropTables:
    """What follows DROP TABLE, VIEW or SEQUENCE."""
    missing_ok = cursor.take("IF", "EXISTS")
    tables = [read_ref(cursor)]
    while cursor.take(","):
        tables.append(read_ref(cursor))
    _wait(cursor)
    cursor.take_any("CASCADE", "RESTRICT")
    return st.DropTables(kind, tuple(tables), missing_ok, temporary)


def alter_table(cursor: Cursor, dialect: str, *, ignore: bool) -> st.AlterTable:
    """What follows ALTER TABLE."""
    missing_ok = cursor.guarded("IF", "EXISTS")
    table = read_ref(cursor)
    _wait(cursor)
    actions: list[st.Action] = []
    clauses = {"ALGORITHM": "", "LOCK": ""}
    first = True
    while not cursor.done:
        if not first and not cursor.take(",") and not cursor.sees_any("PARTITION", "REMOVE"):
            # Table options stand side by side without commas.
            start = cursor.at
            options = read_options(cursor)
            if not options:
                cursor.at = start
                raise cursor.error("a comma")
            actions.append(st.SetOptions(options))
            continue
        first = False
        word = cursor.take_any("ALGORITHM", "LOCK")
        if word:
            cursor.take("=")
            clauses[word] = cursor.value().lower()
        elif cursor.take("WITH", "VALIDATION") or cursor.take("WITHOUT", "VALIDATION"):
            continue
        else:
            actions.extend(_action(cursor, dialect))
    return st.AlterTable(table, tuple(actions), clauses["ALGORITHM"], clauses["LOCK"], missing_ok, ignore)


def _action(cursor: Cursor, dialect: str) -> tuple[st.Action, ...]:
    if cursor.take("ADD"):
        return _add(cursor, dialect)
    if cursor.take("DROP"):
        return (_drop(cursor),)
    if cursor.take("MODIFY"):
        cursor.take("COLUMN")
        missing_ok = cursor.guarded("IF", "EXISTS")
        column = read_column(cursor, dialect)
        return (st.ChangeColumn(column.name, column, _position(cursor), missing_ok),)
    if cursor.take("CHANGE"):
        cursor.take("COLUMN")
        missing_ok = cursor.guarded("IF", "EXISTS")
        name = cursor.name()
        column = read_column(cursor, dialect)
        return (st.ChangeColumn(name, column, _position(cursor), missing_ok),)
    if cursor.take("ALTER"):
        return (_alter(cursor),)
    if cursor.take("RENAME"):
        return (_rename(cursor),)
    if cursor.take("CONVERT", "TO"):
        return (_convert(cursor),)
    if cursor.take("ORDER", "BY"):
        while True:
            cursor.name()
            cursor.take_any("ASC", "DESC")
            if not cursor.take(","):
                break
        return (st.Bare("order by"),)
    for words in (
        ("FORCE",),
        ("ENABLE", "KEYS"),
        ("DISABLE", "KEYS"),
        ("DISCARD", "TABLESPACE"),
        ("IMPORT", "TABLESPACE"),
    ):
        if cursor.take(*words):
            return (st.Bare(" ".join(words).lower()),)
    if cursor.take("PARTITION", "BY"):
        return (st.PartitionBy(read_partitioning(cursor)),)
    if cursor.take("REMOVE", "PARTITIONING"):
        return (st.PartitionBy(None),)
    partitions = _partitions(cursor)
    if partitions is not None:
        return (partitions,)
    options = read_options(cursor)
    if not options:
        raise cursor.error("an action of ALTER TABLE")
    return (st.SetOptions(options),)


def _position(cursor: Cursor) -> st.Position | None:
    if cursor.take("FIRST"):
        return st.Position(None)
    if cursor.take("AFTER"):
        return st.Position(cursor.name())
    return None


def _add(cursor: Cursor, dialect: str) -> tuple[st.Action, ...]:
    if cursor.take("SYSTEM", "VERSIONING"):
        cursor.only("mariadb", "SYSTEM VERSIONING")
        return (st.Bare("add system versioning"),)
    if cursor.sees("PERIOD", "FOR"):
        raise ReadError("periods are outside the model")
    if cursor.take("PARTITION"):
        missing_ok = cursor.guarded("IF", "NOT", "EXISTS")
        cursor.take_any("NO_WRITE_TO_BINLOG", "LOCAL")
        if cursor.take("PARTITIONS"):
            return (st.AlterPartitions("add", count=cursor.number()),)
        del missing_ok
        return (st.AlterPartitions("add", made=read_definitions(cursor)),)
    key = read_key(cursor)
    if key is not None:
        return (key,)
    cursor.take("COLUMN")
    missing_ok = cursor.guarded("IF", "NOT", "EXISTS")
    if not cursor.sees("("):
        return (st.AddColumn(read_column(cursor, dialect), _position(cursor), missing_ok),)
    cursor.expect("(")
    found: list[st.Action] = []
    while True:
        key = read_key(cursor)
        found.append(key if key is not None else st.AddColumn(read_column(cursor, dialect), None, missing_ok))
        if not cursor.take(","):
            break
    cursor.expect(")")
    return tuple(found)


def _drop(cursor: Cursor) -> st.Action:
    if cursor.take("SYSTEM", "VERSIONING"):
        cursor.only("mariadb", "SYSTEM VERSIONING")
        return st.Bare("drop system versioning")
    if cursor.take("PRIMARY", "KEY"):
        return st.DropIndex("PRIMARY")
    if cursor.take("FOREIGN", "KEY"):
        missing_ok = cursor.guarded("IF", "EXISTS")
        return st.DropForeignKey(cursor.name(), missing_ok)
    if cursor.take("PARTITION"):
        cursor.guarded("IF", "EXISTS")
        return st.AlterPartitions("drop", _names(cursor))
    if cursor.take_any("INDEX", "KEY"):
        missing_ok = cursor.guarded("IF", "EXISTS")
        name = cursor.name()
        return st.DropIndex("PRIMARY" if name.upper() == "PRIMARY" else name, missing_ok)
    if cursor.sees_any("CONSTRAINT", "CHECK"):
        check = cursor.next().upper == "CHECK"
        if check:
            cursor.only("mysql", "DROP CHECK")
        missing_ok = cursor.guarded("IF", "EXISTS")
        return st.DropConstraint(cursor.name(), missing_ok, check)
    if cursor.sees("PERIOD", "FOR"):
        raise ReadError("periods are outside the model")
    cursor.take("COLUMN")
    missing_ok = cursor.guarded("IF", "EXISTS")
    dropped = st.DropColumn(cursor.name(), missing_ok)
    cursor.take_any("RESTRICT", "CASCADE")
    return dropped


def _names(cursor: Cursor) -> tuple[str, ...]:
    if cursor.take("ALL"):
        return ("all",)
    names = [cursor.name()]
    while cursor.sees(",") and not cursor.sees(",", "ALGORITHM") and not cursor.sees(",", "LOCK"):
        cursor.expect(",")
        names.append(cursor.name())
    return tuple(names)


def _alter(cursor: Cursor) -> st.Action:
    if cursor.take("INDEX") or cursor.take("KEY"):
        missing_ok = cursor.guarded("IF", "EXISTS")
        name = cursor.name()
        if cursor.sees("NOT", "IGNORED") or cursor.sees("IGNORED"):
            cursor.only("mariadb", "IGNORED")
        elif cursor.sees_any("VISIBLE", "INVISIBLE"):
            cursor.only("mysql", "an index that is VISIBLE or INVISIBLE")
        if cursor.take("NOT", "IGNORED") or cursor.take("VISIBLE"):
            return st.AlterIndex(name, visible=True, missing_ok=missing_ok)
        if not cursor.take_any("IGNORED", "INVISIBLE"):
            raise cursor.error("VISIBLE or INVISIBLE")
        return st.AlterIndex(name, visible=False, missing_ok=missing_ok)
    if cursor.sees_any("CHECK", "CONSTRAINT"):
        cursor.only("mysql", "ALTER CHECK")
        cursor.next()
        name = cursor.name()
        if cursor.take("NOT", "ENFORCED"):
            return st.AlterCheck(name, enforced=False)
        cursor.expect("ENFORCED")
        return st.AlterCheck(name, enforced=True)
    cursor.take("COLUMN")
    missing_ok = cursor.guarded("IF", "EXISTS")
    name = cursor.name()
    if cursor.take("SET", "DEFAULT"):
        return st.SetDefault(name, read_default(cursor), missing_ok)
    if cursor.take("DROP", "DEFAULT"):
        return st.SetDefault(name, None, missing_ok)
    cursor.expect("SET")
    word = cursor.take_any("VISIBLE", "INVISIBLE")
    if not word:
        raise cursor.error("DEFAULT")
    cursor.only("mysql", f"SET {word}")
    return st.SetVisible(name, word == "VISIBLE")


def _rename(cursor: Cursor) -> st.Action:
    if cursor.take("COLUMN"):
        missing_ok = cursor.guarded("IF", "EXISTS")
        name = cursor.name()
        cursor.expect("TO")
        return st.RenameColumn(name, cursor.name(), missing_ok)
    if cursor.take_any("INDEX", "KEY"):
        missing_ok = cursor.guarded("IF", "EXISTS")
        name = cursor.name()
        cursor.expect("TO")
        return st.RenameIndex(name, cursor.name(), missing_ok)
    cursor.take_any("TO", "AS", "=")
    return st.RenameTo(read_ref(cursor))


def _convert(cursor: Cursor) -> st.ConvertTo:
    if not cursor.take("CHARSET"):
        cursor.expect("CHARACTER", "SET")
    charset = None if cursor.take("DEFAULT") else charset_name(cursor.value())
    collation = None
    if cursor.take("COLLATE"):
        cursor.take("=")
        collation = collation_name(cursor.value())
    return st.ConvertTo(charset, collation)


def _partitions(cursor: Cursor) -> st.AlterPartitions | None:
    start = cursor.at
    word = cursor.take_any(
        "TRUNCATE",
        "COALESCE",
        "REORGANIZE",
        "EXCHANGE",
        "ANALYZE",
        "CHECK",
        "OPTIMIZE",
        "REBUILD",
        "REPAIR",
        "DISCARD",
        "IMPORT",
        "CONVERT",
    )
    if not word or not cursor.take("PARTITION"):
        cursor.at = start
        return None
    what = word.lower()
    cursor.take_any("NO_WRITE_TO_BINLOG", "LOCAL")
    if what == "convert":
        raise ReadError("CONVERT of partitions is outside the model")
    if what == "coalesce":
        return st.AlterPartitions(what, count=cursor.number())
    if what == "reorganize":
        names = () if cursor.done or cursor.sees("INTO") else _names(cursor)
        made = read_definitions(cursor) if cursor.take("INTO") else ()
        return st.AlterPartitions(what, names, made)
    names = _names(cursor)
    if what == "exchange":
        cursor.expect("WITH", "TABLE")
        other = read_ref(cursor)
        validated = not cursor.take("WITHOUT", "VALIDATION")
        cursor.take("WITH", "VALIDATION")
        return st.AlterPartitions(what, names, other=other, validated=validated)
    if what in {"discard", "import"}:
        cursor.expect("TABLESPACE")
    while cursor.take_any("QUICK", "FAST", "MEDIUM", "EXTENDED", "CHANGED", "FOR", "UPGRADE"):
        continue
    return st.AlterPartitions(what, names)
