"""Is there a number within bounds, a multiple of some divisors and not of others, and not among given numbers?

All arithmetic is exact. Multiples lie on a lattice; where there is none, the rationals are dense and only single
points can matter.
"""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from math import ceil, floor, gcd, lcm

from msgspec import Struct, field

from contractcheck.schemas.nodes import Kind, Nodes
from contractcheck.schemas.outcome import NOTHING, Doubt, Found, Outcome
from contractcheck.schemas.values import INT, Value

_TRIES = 2_000
_CALM = 40  # candidates that are tried for one that floats can show
_DIGITS = 40

Rational = int | Fraction


class _Range(Struct):
    low: Rational | None = None
    low_open: bool = False
    high: Rational | None = None
    high_open: bool = False
    divisors: list[Fraction] = field(default_factory=list)
    never: list[Fraction] = field(default_factory=list)  # not a multiple of any of these
    excluded: set[Value] = field(default_factory=set)
    doubt: str = ""

    def raise_low(self, bound: Rational, *, exclusive: bool) -> None:
        if self.low is None or bound > self.low or (bound == self.low and exclusive):
            self.low, self.low_open = bound, exclusive

    def drop_high(self, bound: Rational, *, exclusive: bool) -> None:
        if self.high is None or bound < self.high or (bound == self.high and exclusive):
            self.high, self.high_open = bound, exclusive

    @property
    def hollow(self) -> bool:
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    def admits(self, value: Rational) -> bool:
        """Whether the value satisfies everything but the divisors."""
        if self.low is not None and (value < self.low or (value == self.low and self.low_open)):
            return False
        if self.high is not None and (value > self.high or (value == self.high and self.high_open)):
            return False
        return value not in self.excluded and not any(_divides(divisor, value) for divisor in self.never)


def solve(nodes: Nodes, literals: Iterable[int], bit: int, spend: Callable[[int], None]) -> Outcome:
    """A number of that kind (integer, or with a fraction) that satisfies all literals."""
    span = _range(nodes, literals, bit)
    if bit == INT:
        span.divisors.append(Fraction(1))
    else:
        span.never.append(Fraction(1))
    found: Outcome
    if span.hollow:
        found = NOTHING
    elif span.divisors:
        found = _lattice(span, spend)
    else:
        found = _dense(span, spend)
    return Doubt(span.doubt) if span.doubt and isinstance(found, Found) else found


def _range(nodes: Nodes, literals: Iterable[int], bit: int) -> _Range:
    span = _Range()
    for literal in literals:
        plain = abs(literal)
        data = nodes.data[plain]
        match nodes.kinds[plain]:
            case Kind.MIN if literal > 0:
                span.raise_low(data[0], exclusive=data[1])
            case Kind.MIN if bit == INT:
                span.drop_high(data[0] - 1, exclusive=False)
            case Kind.MIN:
                span.drop_high(data[0], exclusive=not data[1])
            case Kind.MULTIPLE:
                (span.divisors if literal > 0 else span.never).append(Fraction(data[0]))
            case Kind.IN:
                span.excluded |= data[0]
            case _:
                span.doubt = data[2] if nodes.kinds[plain] is Kind.OPAQUE else "a keyword that numbers do not have"
    return span


def _divides(divisor: Fraction, value: Rational) -> bool:
    return (value / divisor).denominator == 1


def _calm(span: _Range, value: Fraction) -> bool:
    """Whether validators that divide floats agree: 0.3 is a multiple of 0.1, but not for them."""
    if value.denominator == 1 and value.numerator.bit_length() > 50:
        return all(divisor.denominator == 1 for divisor in (*span.divisors, *span.never))
    for divisor in (*span.divisors, *span.never):
        if divisor.denominator > 1:
            try:
                whole = (float(value) / float(divisor)).is_integer()
            except (OverflowError, ZeroDivisionError):
                return False
            if whole is not _divides(divisor, value):
                return False
    return True


def _common(divisors: Iterable[Fraction]) -> Fraction:
    """The least common multiple of rationals."""
    found = None
    for divisor in divisors:
        if found is None:
            found = divisor
        else:
            found = Fraction(
                lcm(found.numerator, divisor.numerator),
                gcd(found.denominator, divisor.denominator),
            )
    return found if found is not None else Fraction(1)


def _lattice(span: _Range, spend: Callable[[int], None]) -> Outcome:
    """The multiples of the common divisor; `never` thins them out periodically."""
    unit = _common(span.divisors)
    # k * unit is a multiple of `divisor` iff k is one of `period`
    periods = [(unit / divisor).denominator for divisor in span.never]
    if 1 in periods:
        return NOTHING
    first = None if span.low is None else ceil(span.low / unit)
    last = None if span.high is None else floor(span.high / unit)
    found = None
    for tries, k in enumerate(_near_zero(first, last)):
        if tries > (_TRIES + len(span.excluded) if found is None else _CALM):
            break
        spend(1)
        value = k * unit
        if span.admits(value):
            if _calm(span, value):
                return Found(_plain(value))
            found = value if found is None else found
    else:
        if found is None:
            return NOTHING
    if found is not None:
        return Found(_plain(found))
    # every period's worth of neighbours has one that no divisor hits: 1 more than a common multiple of the periods
    period = lcm(*periods) if periods else 1
    start = first if first is not None else (last if last is not None else 0) - period * (len(span.excluded) + 3)
    k = start + (1 - start) % period
    for _ in range(len(span.excluded) + 3):
        spend(1)
        if span.admits(k * unit):
            return Found(_plain(k * unit))
        k += period
    return Doubt("multipleOf: too many candidates")


def _near_zero(first: int | None, last: int | None) -> Iterator[int]:
    """The integers of an interval, those near zero first."""
    if first is not None and first > 0:
        k = first
        while last is None or k <= last:
            yield k
            k += 1
        return
    if last is not None and last < 0:
        k = last
        while first is None or k >= first:
            yield k
            k -= 1
        return
    yield 0
    up, down = 1, -1
    while (last is None or up <= last) or (first is None or down >= first):
        if last is None or up <= last:
            yield up
            up += 1
        if first is None or down >= first:
            yield down
            down -= 1


def _dense(span: _Range, spend: Callable[[int], None]) -> Outcome:
    """Rationals: a point with few decimal digits inside the interval."""
    if span.low is not None and span.low == span.high:
        return Found(_plain(Fraction(span.low))) if span.admits(span.low) else NOTHING
    for digits in range(1, _DIGITS):
        unit = Fraction(1, 10**digits)
        first = None if span.low is None else ceil(span.low / unit)
        last = None if span.high is None else floor(span.high / unit)
        limit = 50 + len(span.excluded)
        for tried, k in enumerate(_near_zero(first, last)):
            if tried > limit:
                break
            spend(1)
            if span.admits(k * unit):
                return Found(_plain(k * unit))
    if span.low is not None and span.high is not None:
        step = Fraction(span.high - span.low, 2)
        for _ in range(3 + len(span.excluded)):  # some of these points are no multiples and not excluded, mostly
            spend(1)
            if span.admits(span.low + step):
                return Found(_plain(Fraction(span.low + step)))
            step /= 2
    return Doubt("a number with very many digits")


def _plain(value: Fraction) -> Value:
    return value.numerator if value.denominator == 1 else value
