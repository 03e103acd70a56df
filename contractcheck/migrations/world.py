"""The database a migration meets while it is read: what its questions about the schema are answered from."""

from collections.abc import Sequence
from typing import Protocol

from contractcheck.migrations.catalog import Catalog
from contractcheck.migrations.effects import Server
from contractcheck.migrations.trees import Step


class World(Protocol):
    """The state a script begins in, and the states it brings about."""

    @property
    def server(self) -> Server:
        """The server it runs on."""

    def after(self, steps: Sequence[Step]) -> Catalog:
        """The catalog when these first steps of the script have run; not to be changed."""

    def doubts(self, steps: Sequence[Step]) -> frozenset[str] | None:
        """The names of the tables of which more may have happened until then than the catalog shows; None: of any."""
