"""Character sets and collations: widths, defaults, and which conversion leaves the bytes as they are."""

# information_schema.character_sets of MariaDB 10.11: bytes of a character at most, and the default collation where it
# is not `NAME_general_ci`. MySQL 8 has the same, but for utf8mb4.
WIDTHS = {
    "big5": 2,
    "dec8": 1,
    "cp850": 1,
    "hp8": 1,
    "koi8r": 1,
    "latin1": 1,
    "latin2": 1,
    "swe7": 1,
    "ascii": 1,
    "ujis": 3,
    "sjis": 2,
    "hebrew": 1,
    "tis620": 1,
    "euckr": 2,
    "koi8u": 1,
    "gb2312": 2,
    "greek": 1,
    "cp1250": 1,
    "gbk": 2,
    "latin5": 1,
    "armscii8": 1,
    "utf8mb3": 3,
    "ucs2": 2,
    "cp866": 1,
    "keybcs2": 1,
    "macce": 1,
    "macroman": 1,
    "cp852": 1,
    "latin7": 1,
    "utf8mb4": 4,
    "cp1251": 1,
    "utf16": 4,
    "utf16le": 4,
    "cp1256": 1,
    "cp1257": 1,
    "utf32": 4,
    "binary": 1,
    "geostd8": 1,
    "cp932": 2,
    "eucjpms": 3,
    "gb18030": 4,
}
_DEFAULTS = {
    "big5": "big5_chinese_ci",
    "dec8": "dec8_swedish_ci",
    "hp8": "hp8_english_ci",
    "latin1": "latin1_swedish_ci",
    "swe7": "swe7_swedish_ci",
    "ujis": "ujis_japanese_ci",
    "sjis": "sjis_japanese_ci",
    "tis620": "tis620_thai_ci",
    "euckr": "euckr_korean_ci",
    "gb2312": "gb2312_chinese_ci",
    "gbk": "gbk_chinese_ci",
    "latin5": "latin5_turkish_ci",
    "cp932": "cp932_japanese_ci",
    "eucjpms": "eucjpms_japanese_ci",
    "gb18030": "gb18030_chinese_ci",
    "binary": "binary",
}


def charset_name(name: str) -> str:
    """The character set a text names: `utf8` is utf8mb3."""
    lower = name.lower()
    return "utf8mb3" if lower == "utf8" else lower


def collation_name(name: str) -> str:
    """The collation a text names: `utf8_bin` is utf8mb3_bin."""
    lower = name.lower()
    return f"utf8mb3_{lower[5:]}" if lower.startswith("utf8_") else lower


def charset_of(collation: str) -> str | None:
    """The character set of a collation; None for one of MariaDB's that fit several (`uca1400_ai_ci`)."""
    head = collation.partition("_")[0]
    return head if head in WIDTHS else None


def default_collation(charset: str, dialect: str, version: tuple[int, int]) -> str:
    """The collation a character set has where none is named (SHOW CHARACTER SET)."""
    if dialect == "mysql" and charset == "utf8mb4":
        return "utf8mb4_0900_ai_ci"
    if dialect == "mariadb" and version >= (11, 5) and charset in {"utf8mb3", "ucs2", "utf8mb4", "utf16", "utf32"}:
        return f"{charset}_uca1400_ai_ci"
    return _DEFAULTS.get(charset, f"{charset}_general_ci")


def width(charset: str | None) -> int:
    """How many bytes a character takes at most."""
    return WIDTHS.get(charset or "binary", 1)
