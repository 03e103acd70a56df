"""Where the migration trees of a snapshot are, and whose."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """One tree: its tool, its folder, and the files that hold its migrations (sorted paths of the snapshot)."""

    tool: str
    folder: str
    files: tuple[str, ...]
