"""The missing downgrade, where it can be derived, written into the files of migrations."""

from contractcheck.migrations.fixing import Fix, Work


def fixes(work: Work) -> tuple[Fix, ...]:
    """None yet."""
    del work
    return ()
