"""Values of expressions over known rows; what is not certain is UNKNOWN."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from contractcheck.migrations.mysql.cursor import Cursor, ReadError
from contractcheck.migrations.mysql.tokens import NUMBER, OPERATOR, QUOTED, STRING, WORD, Token


class Unknown(Enum):
    """The one value that stands for any."""

    VALUE = 0


UNKNOWN = Unknown.VALUE
Value = Any
_COMPARISONS = {"=", "<=>", "<>", "!=", "<", ">", "<=", ">="}
_DEPTH = 60


def evaluate(tokens: tuple[Token, ...], row: Mapping[str, Value]) -> Value:
    """The value of an expression for a row (columns by lower-case name); UNKNOWN for what is not understood."""
    cursor = Cursor(tokens)
    try:
        value = _Reader(cursor, row).disjunction()
    except (ReadError, ArithmeticError, TypeError, ValueError):
        return UNKNOWN
    return value if cursor.done else UNKNOWN


class _Reader:
    """Precedence climbing over the tokens, evaluating as it goes."""

    __slots__ = ("cursor", "depth", "row")

    def __init__(self, cursor: Cursor, row: Mapping[str, Value]) -> None:
        self.cursor = cursor
        self.row = row
        self.depth = 0

    def disjunction(self) -> Value:
        self.depth += 1
        if self.depth > _DEPTH:
            raise ReadError("nested too deep")
        value = self.conjunction()
        while self.cursor.take_any("OR", "||", "XOR"):
            value = _either(value, self.conjunction())
        self.depth -= 1
        return value

    def conjunction(self) -> Value:
        value = self.negation()
        while self.cursor.take_any("AND", "&&"):
            value = _both(value, self.negation())
        return value

    def negation(self) -> Value:
        if self.cursor.take("NOT") or self.cursor.take("!"):
            return _not(self.negation())
        return self.comparison()

    def comparison(self) -> Value:
        value = self.sum()
        while True:
            word = self.cursor.take_any(*_COMPARISONS)
            if word:
                value = compare(word, value, self.sum())
            elif self.cursor.take("IS"):
                negated = self.cursor.take("NOT")
                self.cursor.expect("NULL")
                known = UNKNOWN if value is UNKNOWN else int(value is None)
                value = _not(known) if negated else known
            elif self.cursor.sees_any("NOT", "IN", "BETWEEN", "LIKE"):
                value = self._membership(value)
            else:
                return value

    def _membership(self, value: Value) -> Value:
        negated = self.cursor.take("NOT")
        if self.cursor.take("IN"):
            self.cursor.expect("(")
            found: Value = 0
            while True:
                found = _either(found, compare("=", value, self.disjunction()))
                if not self.cursor.take(","):
                    break
            self.cursor.expect(")")
        elif self.cursor.take("BETWEEN"):
            low = self.sum()
            self.cursor.expect("AND")
            found = _both(compare(">=", value, low), compare("<=", value, self.sum()))
        else:
            self.cursor.expect("LIKE")
            self.sum()
            found = UNKNOWN
        return _not(found) if negated else found

    def sum(self) -> Value:
        value = self.product()
        while word := self.cursor.take_any("+", "-"):
            if self.cursor.take("INTERVAL"):
                self.product()
                self.cursor.name()
                value = UNKNOWN
            else:
                value = _arithmetic(word, value, self.product())
        return value

    def product(self) -> Value:
        value = self.factor()
        while word := self.cursor.take_any("*", "/", "%", "DIV", "MOD"):
            value = _arithmetic(word, value, self.factor())
        return value

    def factor(self) -> Value:
        if self.cursor.take("-"):
            value = self.factor()
            return _arithmetic("-", 0, value)
        self.cursor.take_any("+", "BINARY")
        token = self.cursor.next()
        if token.kind == OPERATOR and token.text == "(":
            value = self.disjunction()
            self.cursor.expect(")")
            return value
        if token.kind == STRING:
            text = token.text
            while self.cursor.sees_string():
                text += self.cursor.string()
            return text
        if token.kind == NUMBER:
            return _number(token.text)
        if token.kind == QUOTED:
            return self._column(token)
        if token.kind == WORD:
            return self._word(token)
        raise ReadError("no value")

    def _word(self, token: Token) -> Value:
        match token.upper:
            case "NULL":
                return None
            case "TRUE":
                return 1
            case "FALSE":
                return 0
            case "CASE":
                return self._case()
            case "DATE" | "TIMESTAMP" | "TIME" if self.cursor.sees_string():
                return self.cursor.string()
        if self.cursor.sees("("):
            return self._call(token.upper)
        return self._column(token)

    def _column(self, token: Token) -> Value:
        name = token.text.lower()
        while self.cursor.take("."):
            name = self.cursor.name().lower()
        return self.row.get(name, UNKNOWN)

    def _case(self) -> Value:
        subject: Value = UNKNOWN
        has_subject = not self.cursor.sees("WHEN")
        if has_subject:
            subject = self.disjunction()
        result: Value = None
        decided = False
        while self.cursor.take("WHEN"):
            condition = self.disjunction()
            if has_subject:
                condition = compare("=", subject, condition)
            self.cursor.expect("THEN")
            value = self.disjunction()
            if not decided and condition is UNKNOWN:
                result, decided = UNKNOWN, True
            elif not decided and condition:
                result, decided = value, True
        if self.cursor.take("ELSE"):
            value = self.disjunction()
            result = result if decided else value
        self.cursor.expect("END")
        return result

    def _call(self, name: str) -> Value:
        self.cursor.expect("(")
        arguments: list[Value] = []
        if not self.cursor.sees(")"):
            while True:
                arguments.append(self.disjunction())
                if not self.cursor.take(","):
                    break
        self.cursor.expect(")")
        return _function(name, arguments)


def _number(text: str) -> Value:
    if text[:2] in {"0x", "0X"} or text[:1] in "xXbB":
        return UNKNOWN
    return int(text) if text.isdigit() else float(text)


def _numeric(value: Value) -> Value:
    """A value as a number; a text that is none is UNKNOWN."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return UNKNOWN
    return value


def _arithmetic(operator: str, one: Value, other: Value) -> Value:
    a, b = _numeric(one), _numeric(other)
    if a is UNKNOWN or b is UNKNOWN:
        return UNKNOWN
    if a is None or b is None:
        return None
    match operator:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
    if b == 0:
        return None
    match operator:
        case "/":
            return a / b
        case "DIV":
            return int(a / b)
        case _:
            return (
                int(abs(a) % abs(b)) * (1 if a >= 0 else -1)
                if float(a).is_integer() and float(b).is_integer()
                else UNKNOWN
            )


def fold(value: Value) -> Value:
    """A text as most collations see it: without case and without blanks at its end."""
    return value.rstrip(" ").lower() if isinstance(value, str) else value


def compare(operator: str, one: Value, other: Value) -> Value:
    """1 or 0, None with a NULL, UNKNOWN if one side is."""
    if one is UNKNOWN or other is UNKNOWN:
        return UNKNOWN
    if operator == "<=>":
        return int(one is None and other is None) if one is None or other is None else compare("=", one, other)
    if one is None or other is None:
        return None
    if isinstance(one, str) and isinstance(other, str):
        a, b = fold(one), fold(other)
        if not (a.isascii() and b.isascii()) and a != b:
            return UNKNOWN
    else:
        a, b = _numeric(one), _numeric(other)
        if a is UNKNOWN or b is UNKNOWN:
            return UNKNOWN
    return int({"=": a == b, "<>": a != b, "!=": a != b, "<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b}[operator])


def truth(value: Value) -> Value:
    """True, False, None or UNKNOWN."""
    number = _numeric(value)
    return number if number is None or number is UNKNOWN else number != 0


def _not(value: Value) -> Value:
    found = truth(value)
    return found if found is None or found is UNKNOWN else int(not found)


def _both(one: Value, other: Value) -> Value:
    a, b = truth(one), truth(other)
    if a is False or b is False:
        return 0
    if a is UNKNOWN or b is UNKNOWN:
        return UNKNOWN
    return None if a is None or b is None else 1


def _either(one: Value, other: Value) -> Value:
    a, b = truth(one), truth(other)
    if a is True or b is True:
        return 1
    if a is UNKNOWN or b is UNKNOWN:
        return UNKNOWN
    return None if a is None or b is None else 0


def _json(text: str) -> Value:
    import json

    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return 0
    return 1


def _text(value: Value) -> Value:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else UNKNOWN
    return str(value) if isinstance(value, int) else value


def _function(name: str, arguments: Sequence[Value]) -> Value:
    match name, arguments:
        case "IF", [condition, yes, no]:
            found = truth(condition)
            return UNKNOWN if found is UNKNOWN else yes if found else no
        case (("IFNULL" | "COALESCE"), _):
            for argument in arguments:
                if argument is not None:
                    return argument
            return None
        case "NULLIF", [one, other]:
            same = compare("=", one, other)
            return UNKNOWN if same is UNKNOWN else None if same else one
        case _:
            pass
    if any(argument is UNKNOWN for argument in arguments):
        return UNKNOWN
    if any(argument is None for argument in arguments):
        return None if name in {"CONCAT", "UPPER", "LOWER", "MOD", "FLOOR", "CEIL", "ROUND", "REPEAT"} else UNKNOWN
    match name, arguments:
        case "CONCAT", _:
            parts = [_text(argument) for argument in arguments]
            return UNKNOWN if UNKNOWN in parts else "".join(parts)
        case "MOD", [one, other]:
            return _arithmetic("%", one, other)
        case (("FLOOR" | "CEIL" | "CEILING"), [one]):
            from math import ceil, floor

            number = _numeric(one)
            return UNKNOWN if number is UNKNOWN else floor(number) if name == "FLOOR" else ceil(number)
        case "ABS", [one]:
            number = _numeric(one)
            return UNKNOWN if number is UNKNOWN else abs(number)
        case (("UPPER" | "LOWER" | "UCASE" | "LCASE"), [str() as text]):
            return text.upper() if name in {"UPPER", "UCASE"} else text.lower()
        case "REPEAT", [one, int() as count] if count <= 100_000:
            text = _text(one)
            return UNKNOWN if text is UNKNOWN else text * max(count, 0)
        case "JSON_VALID", [str() as text]:
            return _json(text)
        case (("LPAD" | "RPAD"), [one, int() as size, str() as filler]) if filler and size <= 100_000:
            text = _text(one)
            if text is UNKNOWN:
                return UNKNOWN
            pad = (filler * size)[: max(size - len(text), 0)]
            return (pad + text if name == "LPAD" else text + pad)[:size]
        case (("LENGTH" | "CHAR_LENGTH" | "CHARACTER_LENGTH"), [str() as text]) if text.isascii():
            return len(text)
        case _:
            return UNKNOWN
