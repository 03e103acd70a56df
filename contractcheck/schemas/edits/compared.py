"""A pair of schemas that was compared, and what was found of it."""

from collections.abc import Hashable

from msgspec import Struct, field

from contractcheck.model.finding import Direction
from contractcheck.schemas.edits.edit import Conjunction, Edit, Node
from contractcheck.schemas.edits.pair import Closing


class Exchanged(Struct, frozen=True):
    """A `$ref` that names another schema than it did; not one whose schema was just renamed."""

    base: Node
    revision: Node
    before: str
    after: str

    @property
    def key(self) -> Hashable:
        """Equal for the same two uses."""
        return self.base.file, self.base.pointer, self.revision.file, self.revision.pointer


class Pair(Struct):
    """Two schemas that were compared: the edits found right there, and the pairs below.

    `grouped`: one side has branches; `entangled`: harmless edits may not add up to a harmless whole, since the receiver
    has a `oneOf` or either side a keyword that the walk does not understand, the `knot`. `ways` says how the value of a
    pair below is reached (`Step.at`). `partial` are those below whose schemas are not all that the sender's side says
    of their value: branches, and what stands beside branches or keywords that are not understood. `aside` are those
    that the schemas do not name (`Step.aside`).
    """

    base: Conjunction
    revision: Conjunction
    direction: Direction
    textual: bool
    nulls: bool
    defaults: bool
    exchanged: Exchanged | None = None
    grouped: bool = False
    entangled: bool = False
    knot: str = ""
    closing: Closing | None = None
    edits: list[Edit] = field(default_factory=list)
    below: list["Pair"] = field(default_factory=list)
    ways: dict[int, str | int | None] = field(default_factory=dict)
    partial: list["Pair"] = field(default_factory=list)
    aside: list["Pair"] = field(default_factory=list)
    roots: dict[Hashable, None] = field(default_factory=dict)
    harmless: int = 0
