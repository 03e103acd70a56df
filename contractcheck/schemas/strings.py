"""Is there a text of a length within bounds that matches some patterns and not others, and is not among given texts?"""

from collections.abc import Callable, Iterable

from contractcheck.schemas.automata import automata
from contractcheck.schemas.evaluation import holds
from contractcheck.schemas.formats import candidates, includes
from contractcheck.schemas.languages import Demand, TooLargeError, shortest
from contractcheck.schemas.nodes import Kind, Nodes
from contractcheck.schemas.outcome import NOTHING, Doubt, Found, Outcome
from contractcheck.schemas.patterns import PatternError

_LONG = 20_000


def solve(nodes: Nodes, literals: Iterable[int], spend: Callable[[int], None]) -> Outcome:
    """A text that satisfies all literals."""
    literals = list(literals)
    least, most = 0, None
    excluded: set[str] = set()
    demands: list[Demand] = []
    formats: list[tuple[str, bool]] = []
    doubt = ""
    for literal in literals:
        plain = abs(literal)
        data = nodes.data[plain]
        match nodes.kinds[plain]:
            case Kind.MIN_LENGTH if literal > 0:
                least = max(least, data[0])
            case Kind.MIN_LENGTH:
                most = data[0] - 1 if most is None else min(most, data[0] - 1)
            case Kind.IN:
                excluded |= data[0]
            case Kind.PATTERN:
                parts = automata(data[0])
                if isinstance(parts, PatternError):
                    doubt = f"pattern: {parts}"
                else:
                    demands.append(Demand(parts, literal > 0))
            case Kind.FORMAT:
                formats.append((data[0], literal > 0))
                doubt = f"format: {data[0]}"
            case _:
                doubt = data[2] if nodes.kinds[plain] is Kind.OPAQUE else "a keyword that texts do not have"
    if most is not None and least > most:
        return NOTHING
    yes = [name for name, sign in formats if sign]
    if any(includes(wide, narrow) for wide, sign in formats if not sign for narrow in yes):
        return NOTHING
    found = _text(demands, least, most, frozenset(excluded), spend)
    if not isinstance(found, Found) or not doubt:
        return found
    for text in (found.value, *candidates(least)):
        if all(holds(nodes, literal, text) is True for literal in literals):
            return Found(text)
    return Doubt(doubt)


def _text(
    demands: list[Demand], least: int, most: int | None, excluded: frozenset[str], spend: Callable[[int], None]
) -> Outcome:
    if least > _LONG:
        return Doubt("minLength: too long to show")
    if demands:
        try:
            text = shortest(demands, least, most, excluded, spend)
        except TooLargeError:
            return Doubt("pattern: more states than the budget allows")
        return NOTHING if text is None else Found(text)
    length = least if least or most == 0 else 1
    spend(1 + len(excluded) // 100)
    for text in _plain_texts(length, most, len(excluded)):
        if text not in excluded:
            return Found(text)
    if least == 0 and "" not in excluded:
        return Found("")
    if most == 0:
        return NOTHING
    return Doubt("enum: very many texts")


def _plain_texts(length: int, most: int | None, excluded: int) -> Iterable[str]:
    """More distinct texts than are excluded, as far as the bounds allow; the plainest first."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    if length == 0:
        yield ""
        return
    stem = "a" * (length - 1)
    for letter in letters:
        yield stem + letter
    for code in range(0x4E00, 0x4E00 + min(excluded, 20_000) + 1):
        yield stem + chr(code)
    for extra in range(1, min(excluded, 20_000) + 1):
        if most is not None and length + extra > most:
            return
        yield stem + "a" + "a" * extra
