"""Columns, indexes and keys as CREATE TABLE and ALTER TABLE write them."""

from msgspec.structs import replace

from contractcheck.migrations.mysql.charsets import charset_of, collation_name
from contractcheck.migrations.mysql.cursor import Cursor, Expression, ReadError, spell
from contractcheck.migrations.mysql.model import Check, ForeignKey, Index, Part, Type
from contractcheck.migrations.mysql.statements import AddCheck, AddForeignKey, AddIndex, ColumnDef, Ref
from contractcheck.migrations.mysql.tokens import NUMBER, QUOTED, STRING, WORD
from contractcheck.migrations.mysql.types import read_type

_REFERENCE_ACTIONS = {
    "CASCADE": "cascade",
    "RESTRICT": "restrict",
}


def read_ref(cursor: Cursor) -> Ref:
    """A table's name, maybe with its database."""
    name = cursor.name()
    return Ref(cursor.name(), name) if cursor.take(".") else Ref(name)


def read_names(cursor: Cursor) -> tuple[str, ...]:
    """Names in brackets."""
    cursor.expect("(")
    names = [cursor.name()]
    while cursor.take(","):
        names.append(cursor.name())
    cursor.expect(")")
    return tuple(names)


def read_column(cursor: Cursor, dialect: str, name: str | None = None) -> ColumnDef:
    """A column definition; `name` if it is read already. Raises ReadError for what is outside the grammar."""
    column_name = cursor.name() if name is None else name
    if cursor.take("SERIAL"):
        kind = Type("bigint", 20, unsigned=True)
        column = ColumnDef(column_name, kind, not_null=True, auto_increment=True, unique=True)
    else:
        column = ColumnDef(column_name, read_type(cursor, dialect))
    json = dialect == "mariadb" and _was_json(cursor)
    while True:
        further = _attribute(cursor, column)
        if further is None:
            break
        column = further
    if json and column.check is None and not column.generated:
        column = replace(column, check=("json_valid", "(", column_name.lower(), ")"))
    return column


def _was_json(cursor: Cursor) -> bool:
    token = cursor.peek(-1)
    return token is not None and token.kind == WORD and token.text.upper() == "JSON"


def _attribute(cursor: Cursor, column: ColumnDef) -> ColumnDef | None:
    """The column with the attribute that comes next; None at the end of its line."""
    if cursor.take("NOT", "NULL"):
        return replace(column, not_null=True, null=False)
    if cursor.take("NULL"):
        return replace(column, null=True, not_null=False)
    if cursor.take("DEFAULT"):
        return replace(column, default=read_default(cursor))
    if cursor.take("ON", "UPDATE"):
        return replace(column, on_update=read_default(cursor))
    if cursor.take("AUTO_INCREMENT"):
        return replace(column, auto_increment=True)
    if cursor.take("PRIMARY", "KEY") or cursor.take("PRIMARY") or cursor.take("KEY"):
        return replace(column, primary=True)
    if cursor.take("UNIQUE"):
        cursor.take("KEY")
        return replace(column, unique=True)
    if cursor.take("COMMENT"):
        return replace(column, comment=cursor.string())
    if cursor.take("COLLATE"):
        collation = collation_name(cursor.value())
        kind = column.type
        if kind is None:
            return column
        charset = kind.charset or charset_of(collation)
        return replace(column, type=replace(kind, collation=collation, charset=charset))
    if cursor.take("SERIAL", "DEFAULT", "VALUE"):
        return replace(column, not_null=True, auto_increment=True, unique=True)
    if cursor.sees("GENERATED") or cursor.sees("AS"):
        return _generated(cursor, column)
    if cursor.take_any("VIRTUAL"):
        return replace(column, generated="virtual")
    if word := cursor.take_any("STORED", "PERSISTENT"):
        if word == "PERSISTENT":
            cursor.only("mariadb", word)
        return replace(column, generated="stored")
    if cursor.take("INVISIBLE"):
        return replace(column, invisible=True)
    if cursor.take("VISIBLE"):
        cursor.only("mysql", "VISIBLE")
        return column
    if cursor.take("COMPRESSED"):
        cursor.only("mariadb", "COMPRESSED")
        if cursor.take("="):
            cursor.value()
        return replace(column, compressed=True)
    if cursor.sees("CHECK") or cursor.sees("CONSTRAINT"):
        return _inline_check(cursor, column)
    if cursor.take("REFERENCES"):
        return replace(column, references=read_references(cursor, "", (column.name,)))
    if word := cursor.take_any("SRID", "REF_SYSTEM_ID"):
        cursor.only("mysql" if word == "SRID" else "mariadb", word)
        cursor.take("=")
        return replace(column, srid=cursor.number())
    if cursor.sees("WITHOUT", "SYSTEM") or cursor.sees("WITH", "SYSTEM"):
        cursor.only("mariadb", "SYSTEM VERSIONING")
    if cursor.take("WITHOUT", "SYSTEM", "VERSIONING"):
        return replace(column, unversioned=True)
    if cursor.take("WITH", "SYSTEM", "VERSIONING"):
        return column
    if cursor.sees_any("COLUMN_FORMAT", "STORAGE"):
        option = cursor.next().text.lower()
        return replace(column, options=(*column.options, (option, cursor.value().lower())))
    token, equals = cursor.peek(), cursor.peek(1)
    if token is not None and token.kind in {WORD, QUOTED} and equals is not None and equals.text == "=":
        option = cursor.next().text.lower()
        cursor.expect("=")
        return replace(column, options=(*column.options, (option, cursor.value())))
    return None


def _generated(cursor: Cursor, column: ColumnDef) -> ColumnDef:
    if cursor.take("GENERATED"):
        cursor.expect("ALWAYS")
    cursor.expect("AS")
    if cursor.take("ROW"):
        return replace(column, row=cursor.take_any("START", "END").lower())
    return replace(column, generated="virtual", expression=cursor.group())


def _inline_check(cursor: Cursor, column: ColumnDef) -> ColumnDef | None:
    at, name = cursor.at, None
    if cursor.take("CONSTRAINT"):
        name = None if cursor.sees("CHECK") else cursor.name()
        if not cursor.sees("CHECK"):
            cursor.at = at
            return None
    cursor.expect("CHECK")
    return replace(column, check=cursor.group(), check_name=name, enforced=_enforced(cursor))


def _enforced(cursor: Cursor) -> bool:
    if cursor.take("NOT", "ENFORCED"):
        cursor.only("mysql", "NOT ENFORCED")
        return False
    if cursor.take("ENFORCED"):
        cursor.only("mysql", "ENFORCED")
    return True


def read_default(cursor: Cursor) -> Expression:
    """A default: a literal, maybe with sign or introducer, a function, or an expression in brackets."""
    if cursor.sees("("):
        return ("(", *cursor.group(), ")")
    start = cursor.at
    cursor.take_any("-", "+")
    token = cursor.next()
    if token.kind == WORD and token.text.startswith("_") and cursor.sees_string():
        cursor.string()
    elif token.kind == STRING:
        while cursor.sees_string():
            cursor.next()
    elif token.kind == WORD and cursor.upper_is_date(token) and cursor.sees_string():
        cursor.string()
    elif token.kind in {WORD, QUOTED}:
        while cursor.take("."):
            cursor.name()
        if cursor.sees("("):
            cursor.group_tokens()
        elif cursor.sees("VALUE", "FOR"):
            cursor.expect("VALUE", "FOR")
            read_ref(cursor)
    elif token.kind not in {NUMBER, "parameter"}:
        raise ReadError(f"a default expected, {token.text!r} found")
    return spell(cursor.tokens[start : cursor.at])


def read_references(cursor: Cursor, name: str, columns: tuple[str, ...]) -> ForeignKey:
    """What follows REFERENCES."""
    table = read_ref(cursor)
    referenced = read_names(cursor) if cursor.sees("(") else ()
    actions = {"delete": "restrict", "update": "restrict"}
    while True:
        if cursor.take("MATCH"):
            cursor.name()
        elif cursor.take("ON"):
            event = cursor.take_any("DELETE", "UPDATE").lower()
            if not event:
                raise cursor.error("DELETE or UPDATE")
            if cursor.take("SET", "NULL"):
                actions[event] = "set null"
            elif cursor.take("SET", "DEFAULT"):
                actions[event] = "set default"
            elif cursor.take("NO", "ACTION"):
                actions[event] = "restrict"  # the same in InnoDB (manual, "FOREIGN KEY Constraints")
            else:
                word = cursor.take_any("CASCADE", "RESTRICT")
                if not word:
                    raise cursor.error("an action")
                actions[event] = _REFERENCE_ACTIONS[word]
        else:
            return ForeignKey(name, columns, str(table), referenced, actions["delete"], actions["update"])


def read_parts(cursor: Cursor) -> tuple[Part, ...]:
    """The parts of an index, in brackets."""
    cursor.expect("(")
    parts = []
    while True:
        if cursor.sees("("):
            part = Part(None, expression=cursor.group())
        else:
            column, length = cursor.name(), None
            if cursor.take("("):
                length = cursor.number()
                cursor.expect(")")
            part = Part(column, length)
        order = cursor.take_any("ASC", "DESC")
        parts.append(Part(part.column, part.length, order == "DESC", part.expression))
        if cursor.take("WITHOUT", "OVERLAPS"):
            raise ReadError("WITHOUT OVERLAPS is outside the model")
        if not cursor.take(","):
            break
    cursor.expect(")")
    return tuple(parts)


def read_index(cursor: Cursor, kind: str, name: str) -> Index:
    """An index from its name on: method, parts, options."""
    using = ""
    if cursor.take("USING") or cursor.take("TYPE"):
        using = cursor.name().lower()
    parts = read_parts(cursor)
    comment, visible, options = "", True, []
    while True:
        if cursor.take("USING") or cursor.take("TYPE"):
            using = cursor.name().lower()
        elif cursor.take("COMMENT"):
            comment = cursor.string()
        elif cursor.take("KEY_BLOCK_SIZE"):
            cursor.take("=")
            options.append(("key_block_size", cursor.value()))
        elif cursor.take("WITH", "PARSER"):
            options.append(("parser", cursor.name().lower()))
        elif word := cursor.take_any("INVISIBLE", "VISIBLE"):
            cursor.only("mysql", f"an index that is {word}")
            visible = word == "VISIBLE"
        elif cursor.take("IGNORED") or cursor.take("NOT", "IGNORED"):
            cursor.only("mariadb", "IGNORED")
            visible = cursor.tokens[cursor.at - 2].upper == "NOT"
        elif cursor.take("CLUSTERING"):
            cursor.take("=")
            options.append(("clustering", cursor.value()))
        else:
            break
    return Index(name, parts, kind, comment, visible, using, tuple(options))


def read_key(cursor: Cursor) -> AddIndex | AddForeignKey | AddCheck | None:
    """An index, key or check of a table; None if no such thing comes next."""
    start = cursor.at
    name = ""
    constraint = cursor.take("CONSTRAINT")
    missing_ok = constraint and cursor.guarded("IF", "NOT", "EXISTS")
    if constraint and not cursor.sees_any("PRIMARY", "UNIQUE", "FOREIGN", "CHECK"):
        name = cursor.name()
    if cursor.take("PRIMARY", "KEY"):
        missing_ok |= cursor.guarded("IF", "NOT", "EXISTS")
        if cursor.sees_name() and not cursor.sees_any("USING", "TYPE"):
            cursor.name()  # a name is allowed and ignored
        return AddIndex(read_index(cursor, "primary", "PRIMARY"), missing_ok, constraint)
    if cursor.take("FOREIGN", "KEY"):
        missing_ok |= cursor.guarded("IF", "NOT", "EXISTS")
        index = cursor.name() if cursor.sees_name() else ""
        columns = read_names(cursor)
        cursor.expect("REFERENCES")
        return AddForeignKey(read_references(cursor, name, columns), index, missing_ok)
    if cursor.take("CHECK"):
        return AddCheck(Check(name, cursor.group(), _enforced(cursor)), missing_ok)
    word = cursor.take_any("UNIQUE", "FULLTEXT", "SPATIAL") if not constraint or cursor.sees("UNIQUE") else ""
    if word:
        cursor.take_any("INDEX", "KEY")
    elif constraint or not cursor.take_any("INDEX", "KEY"):
        cursor.at = start
        return None
    missing_ok |= cursor.guarded("IF", "NOT", "EXISTS")
    if cursor.sees_name() and not (cursor.sees_any("USING", "TYPE") and not _named_so(cursor)):
        name = cursor.name()
    kind = {"UNIQUE": "unique", "FULLTEXT": "fulltext", "SPATIAL": "spatial"}.get(word, "index")
    return AddIndex(read_index(cursor, kind, name), missing_ok, constraint)


def _named_so(cursor: Cursor) -> bool:
    """Whether USING or TYPE is the index's own name."""
    after = cursor.peek(1)
    return after is not None and after.text == "("
