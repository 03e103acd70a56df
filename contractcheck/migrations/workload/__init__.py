"""The queries of the running release: read from what a server recorded, and tried on every state of the database."""

from contractcheck.migrations.workload.reading import Query, Unread, Workload, read

__all__ = ["Query", "Unread", "Workload", "read"]
