"""Types as they are written, read into the server's own terms."""

from contractcheck.migrations.mysql.charsets import charset_name, charset_of, collation_name
from contractcheck.migrations.mysql.cursor import Cursor, ReadError
from contractcheck.migrations.mysql.model import Type
from contractcheck.migrations.mysql.tokens import QUOTED, STRING

INTEGERS = {"tinyint": 1, "smallint": 2, "mediumint": 3, "int": 4, "bigint": 8}
BLOBS = {"tinyblob": 1, "blob": 2, "mediumblob": 3, "longblob": 4}
TEXTS = {"tinytext": 1, "text": 2, "mediumtext": 3, "longtext": 4}
GEOMETRIES = {
    "geometry",
    "point",
    "linestring",
    "polygon",
    "multipoint",
    "multilinestring",
    "multipolygon",
    "geometrycollection",
}
CHARACTERS = {"char", "varchar", "enum", "set", *TEXTS}
_SYNONYMS = {
    "integer": "int",
    "int1": "tinyint",
    "int2": "smallint",
    "int3": "mediumint",
    "middleint": "mediumint",
    "int4": "int",
    "int8": "bigint",
    "bool": "tinyint",
    "boolean": "tinyint",
    "dec": "decimal",
    "numeric": "decimal",
    "fixed": "decimal",
    "real": "double",
    "float8": "double",
    "float4": "float",
    "character": "char",
    "nchar": "char",
    "nvarchar": "varchar",
    "varcharacter": "varchar",
    "geomcollection": "geometrycollection",
}
_WIDTHS = {"tinyint": 4, "smallint": 6, "mediumint": 9, "int": 11, "bigint": 20}
_KNOWN = {
    *INTEGERS,
    *BLOBS,
    *TEXTS,
    *GEOMETRIES,
    "decimal",
    "float",
    "double",
    "bit",
    "date",
    "datetime",
    "timestamp",
    "time",
    "year",
    "char",
    "varchar",
    "binary",
    "varbinary",
    "enum",
    "set",
    "json",
}
_MARIADB = {"uuid", "inet4", "inet6"}
_LEAST = ((255, "tiny"), (65535, ""), (16777215, "medium"), (4294967295, "long"))


def read_type(cursor: Cursor, dialect: str) -> Type | None:
    """The type that comes next, with UNSIGNED, CHARACTER SET, COLLATE and the like.

    None for the quoted name that begins with `?` by which a reader of trees marks a type that only a run knows. Raises
    ReadError for a type the model does not know.
    """
    token = cursor.peek()
    if token is not None and token.kind in {STRING, QUOTED} and token.text.startswith("?"):
        cursor.next()
        if cursor.sees("("):
            cursor.group_tokens()
        while cursor.take("COLLATE"):
            cursor.value()
        return None
    word = cursor.name().lower()
    national = False
    if word == "national":
        national, word = True, cursor.name().lower()
    if word in {"nchar", "nvarchar"}:
        national = True
    if word == "long":
        word = {"VARBINARY": "mediumblob", "VARCHAR": "mediumtext", "BINARY": "mediumblob"}.get(
            cursor.take_any("VARBINARY", "VARCHAR"), "mediumtext"
        )
    if word == "double":
        cursor.take("PRECISION")
    if word in {"char", "character", "nchar"} and cursor.take_any("VARYING", "VARCHAR", "VARCHARACTER"):
        word = "varchar"
    name = _SYNONYMS.get(word, word)
    if name in _MARIADB and dialect == "mysql":
        cursor.only("mariadb", f"the type {word}")
    if name not in _KNOWN and not (dialect == "mariadb" and name in _MARIADB):
        raise ReadError(f"the type {word} is outside the model")
    numbers: list[int] = []
    labels: tuple[str, ...] = ()
    if name in {"enum", "set"}:
        cursor.expect("(")
        found = [cursor.string()]
        while cursor.take(","):
            found.append(cursor.string())
        cursor.expect(")")
        # Trailing blanks of labels are removed (manual, "The ENUM Type").
        labels = tuple(label.rstrip(" ") for label in found)
    elif cursor.take("("):
        numbers.append(cursor.number())
        if cursor.take(","):
            numbers.append(cursor.number())
        cursor.expect(")")
    return _attributes(cursor, _sized(word, name, numbers), labels, dialect, national=national)


def _sized(word: str, name: str, numbers: list[int]) -> Type:
    """The type with the length it has where none is written."""
    length = numbers[0] if numbers else None
    scale = numbers[1] if len(numbers) > 1 else 0
    if name in INTEGERS:
        default = 1 if word in {"bool", "boolean"} else _WIDTHS[name]
        return Type(name, length if length is not None else default)
    if name == "decimal":
        return Type(name, length or 10, scale)
    if name == "float" and length is not None and len(numbers) == 1:
        return Type("double" if length > 24 else "float")
    if name in {"float", "double"}:
        return Type(name, length, scale)
    if name in {"datetime", "timestamp", "time"}:
        return Type(name, None, length or 0)
    if name in {"char", "binary", "bit"}:
        return Type(name, 1 if length is None else length)
    if name in {"blob", "text"} and length is not None:
        stem = next((stem for limit, stem in _LEAST if length <= limit), "long")
        return Type(stem + name)
    if name in {"year", "date", "json", *BLOBS, *TEXTS}:
        return Type(name)
    return Type(name, length)


def _attributes(cursor: Cursor, found: Type, labels: tuple[str, ...], dialect: str, *, national: bool) -> Type:
    unsigned = zerofill = binary = False
    charset: str | None = "utf8mb3" if national else None
    collation: str | None = None
    while True:
        if cursor.take("UNSIGNED"):
            unsigned = True
        elif cursor.take("SIGNED"):
            unsigned = False
        elif cursor.take("ZEROFILL"):
            zerofill = unsigned = True
        elif cursor.take("CHARACTER", "SET") or cursor.take("CHAR", "SET") or cursor.take("CHARSET"):
            charset = charset_name(cursor.value())
        elif cursor.take("COLLATE"):
            cursor.take("=")
            collation = collation_name(cursor.value())
        elif found.name in CHARACTERS and cursor.take("ASCII"):
            charset = "latin1"
        elif found.name in CHARACTERS and cursor.take("UNICODE"):
            charset = "ucs2"
        elif found.name in CHARACTERS and cursor.take("BINARY"):
            binary = True
        elif found.name in CHARACTERS and cursor.take("BYTE"):
            charset = "binary"
        else:
            break
    if collation is not None and charset is None:
        charset = charset_of(collation)
    name = found.name
    if charset == "binary" and name in CHARACTERS - {"enum", "set"}:
        # CHAR with the character set binary is BINARY, TEXT is BLOB (manual, "String Data Type Syntax").
        name = {"char": "binary", "varchar": "varbinary"}.get(name, name.replace("text", "blob"))
        charset = collation = None
    if binary and collation is None:
        collation = f"{charset}_bin" if charset else "_bin"
    if name == "json" and dialect == "mariadb":
        # JSON is LONGTEXT with the collation utf8mb4_bin (MariaDB, "JSON Data Type").
        name, charset, collation = "longtext", "utf8mb4", "utf8mb4_bin"
    return Type(name, found.length, found.scale, unsigned, zerofill, labels, charset, collation)


def bits(kind: Type) -> int:
    """The bytes an ENUM or SET takes (manual, "Data Type Storage Requirements")."""
    if kind.name == "enum":
        return 1 if len(kind.labels) < 256 else 2
    return next(size for size in (1, 2, 3, 4, 8) if len(kind.labels) <= size * 8)
