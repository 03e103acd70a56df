"""Which values a column of one type refuses to take from a column of another, in strict mode.

Every rule was measured on MariaDB 10.11.19 and MySQL 9.7.4 with a matrix of 36 values and 32 types; the number is that
of the error as the servers give it, or of the one that says the same.
"""

import json
import re

from contractcheck.migrations.mysql.model import Type
from contractcheck.migrations.mysql.types import BLOBS, INTEGERS, TEXTS

_DATES = {"date", "datetime", "timestamp"}
_BYTES = {"binary", "varbinary", *BLOBS}
_WORDS = {"char", "varchar", "enum", "set", *TEXTS}
_NUMBERS = {*INTEGERS, "decimal", "float", "double", "year", "bit"}
_WHOLE = re.compile(r"\s*[-+]?\d+\s*\Z")
_NUMBER = re.compile(r"\s*[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?\s*\Z", re.IGNORECASE)
_TIME = re.compile(r"\s*-?(\d+ )?(\d{1,3}):(\d{1,2})(:(\d{1,2}))?(\.\d*)?\s*\Z")
_DIGITS = re.compile(r"\s*-?\d+(\.\d*)?\s*\Z")
_CLOCK = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})\Z")


def refused(kind: Type, old: Type, value: object, *, mariadb: bool) -> int | None:
    """The number of the error with which a value of another type is refused; None if it fits or is not certain.

    `value` is a number or a text as the model of rows keeps it.
    """
    number = _number(old, value)
    name = kind.name
    if name in {*INTEGERS, "decimal", "float", "double"}:
        return _numeric(kind, old, value, number, mariadb=mariadb)
    if name == "bit":
        return _bits(kind, old, value, number, mariadb=mariadb)
    if name == "year":
        return _year(old, value, number)
    if name in {"enum", "set"} and old.name in _NUMBERS and number is not None:
        most = len(kind.labels) if name == "enum" else 2 ** len(kind.labels) - 1
        whole = number == int(number) or mariadb
        return None if whole and (name == "set") <= int(number) + (name == "set") and 0 < int(number) <= most else 1265
    if name in {"enum", "set"} and old.name == "binary" and mariadb and _padded(old, value):
        return 1265
    if name in {"char", "varchar", "varbinary", "binary"} and kind.length is not None:
        text = _text(old, value)
        if text is not None and old.name in _NUMBERS - {"bit"} and len(text) > kind.length:
            return 1406
        return (
            1406 if old.name == "binary" and (old.length or 0) > kind.length and name in {"char", "varchar"} else None
        )
    if name in _DATES:
        return _dated(kind, old, value, number, mariadb=mariadb)
    if name == "time":
        return _timed(old, value, number, mariadb=mariadb)
    if name == "json" and not mariadb:
        return _json(old, value)
    return 4025 if name == "longtext" and old.name == "bit" and kind.collation == "utf8mb4_bin" else None


def _number(old: Type, value: object) -> float | int | None:
    """A value as a number: dates are 20240101, times 102030; None for what is none."""
    if isinstance(value, int | float):
        return value
    if not isinstance(value, str):
        return None
    if old.name in {*_DATES, "time"}:
        digits = re.sub(r"[-: T]", "", value)
        if old.name in {"datetime", "timestamp"} and len(digits) == len("20240101"):
            digits += "000000"
        return float(digits) if _NUMBER.match(digits) else None
    return float(value) if _NUMBER.match(value) else None


def _numeric(kind: Type, old: Type, value: object, number: float | None, *, mariadb: bool) -> int | None:
    whole = kind.name in INTEGERS
    if isinstance(value, str) and old.name in {*_WORDS - {"enum", "set"}, *_BYTES, "json"}:
        if number is None or (whole and mariadb and not _WHOLE.match(value)):
            return 1292
    elif old.name not in {*_DATES, "time"}:
        return None
    if number is None:
        return None
    if whole:
        size = INTEGERS[kind.name] * 8
        low, high = (0, 2**size - 1) if kind.unsigned else (-(2 ** (size - 1)), 2 ** (size - 1) - 1)
        return None if low <= round(number) <= high else 1264
    if kind.name == "decimal":
        return 1264 if abs(number) >= 10 ** ((kind.length or 10) - kind.scale) else None
    return None


def _bits(kind: Type, old: Type, value: object, number: float | None, *, mariadb: bool) -> int | None:
    if isinstance(value, str) and old.name in {*_WORDS - {"enum", "set"}, *_BYTES, "json"}:
        if not mariadb and old.name in {*TEXTS, *BLOBS}:
            return None
        if not _WHOLE.match(value):
            return 1292
    if number is None:
        return None
    most = kind.length or 1
    return 1406 if round(number) >= 2**most or (number < 0 and most < 64) else None


def _year(old: Type, value: object, number: float | None) -> int | None:
    if old.name in {*_DATES, "time"}:
        return 1292
    if isinstance(value, str) and old.name in {"enum", "set"}:
        return None
    if number is None:
        return 1366 if isinstance(value, str) else None
    return None if 0 <= number <= 99 or 1901 <= number <= 2155 else 1264


def _dated(kind: Type, old: Type, value: object, number: float | None, *, mariadb: bool) -> int | None:
    """A date may lack month and day in MariaDB, a TIMESTAMP may not."""
    if old.name == "year":
        return 1292
    strict = not mariadb or kind.name == "timestamp"
    if isinstance(value, str):
        clock = _CLOCK.match(value) if old.name in _WORDS else None
        return 1292 if clock is not None and strict and "00" in {clock[2], clock[3]} else None
    if number is None or number == 0 or old.name == "time":
        return None
    digits = str(int(number))
    width = next((width for width in (6, 8, 12, 14) if len(digits) <= width), None)
    if width is None or number < 0:
        return 1292
    digits = digits.zfill(width)[-10 if width in {12, 14} else -4 :]
    month, day = int(digits[:2]), int(digits[2:4])
    hours = [int(digits[at : at + 2]) for at in range(4, len(digits), 2)]
    wrong = month > 12 or day > 31 or (hours and (hours[0] > 23 or max(hours[1:]) > 59))
    return 1292 if wrong or (strict and 0 in {month, day}) else None


def _timed(old: Type, value: object, number: float | None, *, mariadb: bool) -> int | None:
    if isinstance(value, str) and old.name not in {*_DATES, "time"}:
        if not value.strip():
            return 1292 if mariadb else None
        return None if _TIME.match(value) or _DIGITS.match(value) or (":" in value and "-" in value) else 1292
    if old.name in _NUMBERS - {"year"} and number is not None and mariadb and abs(number) >= 10**10 // 2:
        return 1292
    return None


def _json(old: Type, value: object) -> int | None:
    """MySQL takes numbers and texts that are JSON; never bytes, dates and times."""
    if old.name in {*_BYTES, "bit"}:
        return 3144
    if old.name in {*_DATES, "time"}:
        return 3140
    if not isinstance(value, str) or old.name not in _WORDS:
        return None
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return 3140
    return None


def _padded(old: Type, value: object) -> bool:
    return isinstance(value, str) and len(value.encode()) < (old.length or 0)


def _text(old: Type, value: object) -> str | None:
    """A number as a text, where its spelling is certain."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if old.name == "decimal":
        return f"{value:.{old.scale}f}"
    return str(int(value)) if value == int(value) else None
