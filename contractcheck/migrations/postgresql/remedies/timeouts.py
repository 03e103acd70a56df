"""Locks that are waited for a short time only, again and again: a queue behind a long query is no outage then."""

from collections.abc import Iterator

from contractcheck.migrations.postgresql.remedies.scene import Scene, here
from contractcheck.model.finding import RemedyStep

TIMEOUT = "2s"
TRIES = 10


def limited(scene: Scene) -> Iterator[RemedyStep]:
    """A limit, and the statement in a loop that tries again when it did not get its locks (lock_not_available).

    A try that fails gives its locks back: the block is a sub-transaction (manual, Trapping Errors).
    """
    tag = "$$"
    while tag in scene.sql:
        tag = f"${tag.strip('$')}x$"
    yield here(f"SET LOCAL lock_timeout = '{TIMEOUT}'")
    yield here(
        f"DO {tag}\n"
        "BEGIN\n"
        f"  FOR attempt IN 1..{TRIES} LOOP\n"
        "    BEGIN\n"
        f"      {scene.sql};\n"
        "      RETURN;\n"
        "    EXCEPTION WHEN lock_not_available THEN\n"
        "      PERFORM pg_sleep(attempt);\n"
        "    END;\n"
        "  END LOOP;\n"
        f"  RAISE EXCEPTION 'no lock in {TRIES} attempts';\n"
        f"END {tag}",
        "later attempts wait longer; what fails has changed nothing and is run again",
    )
