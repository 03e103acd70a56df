"""An ALTER TABLE under way: the table before and after, and what the definitions alone do not show."""

from msgspec import Struct, field

from contractcheck.migrations.mysql.model import Database, Table
from contractcheck.migrations.mysql.server import Target


class Altered(Struct):
    """The work in progress: the table before and after, and what the definitions alone do not show.

    `demands` are flags of the server (`recreate`, `convert`, `options`, `add check`, ...) that no comparison of the
    two definitions brings out; `notes` say in words what was found.
    """

    database: Database
    target: Target
    before: Table
    table: Table
    demands: set[str] = field(default_factory=set)
    added_keys: list[str] = field(default_factory=list)
    dropped_keys: set[str] = field(default_factory=set)
    options: dict[str, str] = field(default_factory=dict)
    new_name: str | None = None
    positions: dict[str, str | None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
