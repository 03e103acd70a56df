"""Numbers as mathematics has them: a document's number keeps its exact value, whatever a float can hold.

What a parsed document holds as a number is one of
- `int`: every number that is an integer, however it is written (`1.0` may be the float 1.0, which equals 1);
- `float`: a decimal that is the shortest text of its float, so that `Fraction(repr(value))` is its exact value;
- `Decimal`: every other decimal (`0.1000000000000000055`, `1e-400`).
"""

from decimal import Decimal, InvalidOperation

# Beyond, arithmetic on exact values would be a way to stop the program (`1e999999999` has a billion digits).
MAX_DIGITS = 1000


class TooLongError(ValueError):
    """The exact value has more than MAX_DIGITS digits before or behind the point."""


def exact(text: str) -> int | float | Decimal:
    """The value of a decimal literal, as the module says. Raises TooLongError."""
    mantissa, _, exponent = text.lower().partition("e")
    if len(mantissa) > MAX_DIGITS or len(exponent) > len(str(MAX_DIGITS)) + 1:
        raise TooLongError
    if not exponent and "." not in mantissa:
        return int(mantissa)
    if not exponent and len(mantissa) <= 16:  # 15 digits and the point: every float tells such decimals apart
        short = float(mantissa)
        return int(short) if short.is_integer() else short
    try:
        value = Decimal(text)
    except InvalidOperation:  # pragma: no cover - the callers' grammars are narrower than Decimal's
        raise TooLongError from None
    if not value:
        return 0
    if abs(value.adjusted()) > MAX_DIGITS:
        raise TooLongError
    if value == value.to_integral_value():
        return int(value)
    rounded = float(text)
    return rounded if Decimal(repr(rounded)) == value else value
