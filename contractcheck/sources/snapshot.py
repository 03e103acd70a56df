"""Moved to contractcheck.model.snapshot (contracts and migrations may not import sources): import it from there."""

from contractcheck.model.snapshot import Entry, EntryKind, Snapshot

__all__ = ["Entry", "EntryKind", "Snapshot"]
