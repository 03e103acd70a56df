"""What parsing gives: one value and the flaws of its text."""

from msgspec import Struct

from contractcheck.model.finding import Json

# Nesting of real contracts: GitHub's has 22 levels. Later steps recurse over values, so this bounds their stack too.
MAX_DEPTH = 128
TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"
FLATTEN = "flatten the document, or move parts of it to components"


class Flaw(Struct, frozen=True):
    """A defect of the text that leaves it readable: the id of its rule, where (line and column from 1), and what."""

    rule: str
    pointer: str
    line: int
    column: int
    name: str


class Parsed(Struct, frozen=True):
    """The value of a file. Objects are dicts with text keys, arrays are lists; they may be shared, never cyclic."""

    value: Json
    flaws: tuple[Flaw, ...] = ()
