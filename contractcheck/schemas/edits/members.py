"""The members of an object as one side describes them."""

from collections.abc import Iterator

from contractcheck.schemas.edits.edit import Conjunction, Node
from contractcheck.schemas.edits.pair import Question
from contractcheck.schemas.edits.view import View

OBJECT = frozenset({"object"})


class Members:
    """What one side says of an object's members.

    `holders` are the `properties` that name a member; `required` the `required` that name it; `closed` what forbids
    others;
    `rest` what others must satisfy, `explicit` the first keyword that says so.
    """

    def __init__(self, pair: Question, *, old: bool) -> None:
        self._pair = pair
        self._old = old
        self._hidden = "readOnly" if pair.request else "writeOnly"
        self.view: View = pair.old if old else pair.new
        self.holders: dict[str, list[Node]] = {}
        self.at: Node | None = None
        self._required: dict[str, tuple[Node, int]] = {}
        self.closed: Node | None = None
        self.rest: Conjunction = ()
        self.explicit: Node | None = None
        self.schemas = tuple(self.view.of(OBJECT))
        self.simple = len(self.schemas) <= 1
        for schema in self.schemas:
            self._read(schema)

    def _read(self, schema: Node) -> None:
        members = schema.get("properties")
        if members is not None and isinstance(members.value, dict):
            self.at = self.at or members
            if self.simple:
                self.holders = {name: [members] for name in members.value}
            else:
                for name in members.value:
                    self.holders.setdefault(name, []).append(members)
        required = schema.get("required")
        if required is not None and isinstance(required.value, list):
            for index, name in enumerate(required.value):
                if isinstance(name, str):
                    self._required.setdefault(name, (required, index))
        rest = schema.get("additionalProperties")
        sealed = schema.get("unevaluatedProperties")
        if rest is not None and rest.value is False:
            self.closed = self.closed or rest
        elif rest is not None:
            self.explicit = self.explicit or rest
            self.rest = (*self.rest, rest)
        if sealed is not None and sealed.value is False:
            self.closed = self.closed or sealed

    def declared(self, name: str) -> Conjunction:
        """The schemas that are given for that name."""
        return tuple(node for holder in self.holders.get(name, ()) if (node := holder.get(name)) is not None)

    def seen(self, name: str) -> bool:
        """Whether the member is declared and travels in this direction."""
        return name in self.holders and not self.noted(name, self._hidden)

    def requires(self, name: str) -> bool:
        """Whether the member must be there; one that does not travel this way need not."""
        return name in self._required and not (name in self.holders and self.noted(name, self._hidden))

    def required(self, name: str) -> Node | None:
        """The item of `required` that names the member."""
        at = self._required.get(name)
        return at[0].get(at[1]) if at is not None else None

    def required_names(self) -> Iterator[str]:
        """The names in `required`, in order."""
        return iter(self._required)

    def listed(self, name: str) -> bool:
        """Whether `required` names the member at all."""
        return name in self._required

    def noted(self, name: str, note: str) -> bool:
        """Whether the member carries a note (`readOnly`, `deprecated`) that is true."""
        node = self.note(name, note)
        return node is not None and node.value is True

    def note(self, name: str, note: str) -> Node | None:
        """The note of a member."""
        return self._pair.member(self.declared(name), old=self._old).notes.get(note)

    def constraint(self, name: str) -> Conjunction:
        """What a member of that name must satisfy: every schema that declares it, and the rest of those that do not."""
        found: list[Node] = []
        for schema in self.schemas:
            members = schema.get("properties")
            member = members.get(name) if members is not None and isinstance(members.value, dict) else None
            member = member if member is not None else schema.get("additionalProperties")
            if member is not None and member.value is not True:
                found.append(member)
        return tuple(found)

    def patterned(self) -> bool:
        """Whether names may be described by patterns, which the walk does not read."""
        return next(self.view.keyword("patternProperties", OBJECT), None) is not None
