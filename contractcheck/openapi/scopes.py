"""Where references in a schema stand: a file and a resource in it, as one text that the containment engine carries."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from contractcheck.model.finding import Json
from contractcheck.openapi.document import Document, Node

if TYPE_CHECKING:
    from contractcheck.schemas.documents import Target

_MARK: Final = "\0"  # what no name of a file holds
_NOWHERE: Final = "\0\0"


class Scopes:
    """The bases of one document: mostly its files, and in files with identifiers their resources by pointer."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._resources: dict[int, str] = {}  # by the identity of the schema object, which the document keeps
        self._looked: set[str] = set()

    def base(self, node: Node) -> str:
        """The base of what stands at a place."""
        file, resource = self._document.scope(node)
        return f"{file}{_MARK}{resource}" if resource else file

    def rebase(self, schema: Mapping[str, Json], base: str) -> str:
        """The base inside a schema object: another if that is a resource of its own."""
        if "$id" not in schema:
            return base
        file = base.partition(_MARK)[0]
        if not self._document.identified(file):
            return base
        if file not in self._looked:
            self._looked.add(file)
            for node in self._document.resources(file):
                self._resources[id(node.value)] = self.base(node)
        # One that is not as it stands in the file, but made of it, may be anywhere.
        return self._resources.get(id(schema), base if _anonymous(schema["$id"]) else _NOWHERE)

    def find(self, reference: str, base: str) -> Node | None:
        """What a `$ref` inside a schema of that base leads to; None if nowhere."""
        place = self.place(base)
        return self._document.resolve(place, reference) if place is not None else None

    def place(self, base: str) -> Node | None:
        """Where references of that base stand; None for one that is nowhere."""
        file, _, resource = base.partition(_MARK)
        return Node(file, resource, None) if file else None

    def resolve(self, reference: str, base: str) -> "Target":
        """What a `$ref` inside a schema of that base leads to. Raises UnresolvedError."""
        return self.target(self.find(reference, base), reference)

    def dynamic(self, reference: str, base: str) -> "Target":
        """What a `$dynamicRef` leads to. Raises UnresolvedError, also where that depends on the way there."""
        place = self.place(base)
        return self.target(self._document.fixed(place, reference) if place is not None else None, reference)

    def target(self, node: Node | None, reference: str) -> "Target":
        """A place as the engine wants it. Raises UnresolvedError if there is none."""
        from contractcheck.schemas.documents import Target, UnresolvedError

        if node is None:
            raise UnresolvedError(f"nothing to read at {reference}")
        return Target(node.value, self.base(node))


def _anonymous(name: Json) -> bool:
    """Whether an `$id` names no resource: it is no text, or a fragment alone."""
    return not isinstance(name, str) or not name.partition("#")[0]
