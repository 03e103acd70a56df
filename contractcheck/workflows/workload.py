"""What `--queries` names: the queries of the running release."""

from pathlib import Path

from contractcheck.errors import UnreadableError, UsageError
from contractcheck.migrations.workload import Workload

MOST = 64_000_000  # bytes of a file


def workload(file: Path | None, server: str) -> Workload | None:
    """The queries of a file, None without one.

    Raises UnreadableError, and UsageError for a server on which they are not tried.
    """
    if file is None:
        return None
    from contractcheck.migrations.workload import read
    from contractcheck.workflows.migrations import server as target

    if target(server).dialect != "postgresql":
        raise UsageError(
            f"queries are tried on PostgreSQL only, not on {server}", where="--queries", next_step="leave it out"
        )
    try:
        if file.stat().st_size > MOST:
            raise UnreadableError(f"more than {MOST} bytes", where=str(file), next_step="keep the queries called most")
        data = file.read_bytes()
    except OSError as error:
        raise UnreadableError(
            f"cannot be read: {error.strerror}", where=str(file), next_step="see docs/queries.md"
        ) from None
    return read(data, str(file))
