"""Where two schemas differ, aspect by aspect, and which way: a structural walk over pairs of schemas.

The walk explains; it does not have the last word. Each pair it visits may be put to a prover (`Decide`), which can
show an
edit harmless, confirm it with a witness, or leave it as it is.
"""

from contractcheck.schemas.edits.compared import Exchanged, Pair
from contractcheck.schemas.edits.edit import Ask, Decide, Decision, Edit, Effect, Node, Outcome, Side, Step, Tried
from contractcheck.schemas.edits.registry import ASPECTS, Aspect, name, rules
from contractcheck.schemas.edits.twins import Twins
from contractcheck.schemas.edits.walk import Found, Walk

__all__ = [
    "ASPECTS",
    "Ask",
    "Aspect",
    "Decide",
    "Decision",
    "Edit",
    "Effect",
    "Exchanged",
    "Found",
    "Node",
    "Outcome",
    "Pair",
    "Side",
    "Step",
    "Tried",
    "Twins",
    "Walk",
    "name",
    "rules",
]
