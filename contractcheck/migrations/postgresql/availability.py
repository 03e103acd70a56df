"""What is younger than a server: types, table options and options of maintenance, by the release that brought them.

Sources: release notes of 13 to 18, appendix E of the manual, under the names given here.
"""

from contractcheck.migrations import operations as op
from contractcheck.migrations.catalog import Type
from contractcheck.migrations.postgresql.run import FailureError, Run

TYPES = {
    "xid8": 13,
    "pg_snapshot": 13,
    **dict.fromkeys(
        ("int4multirange", "int8multirange", "nummultirange", "tsmultirange", "tstzmultirange", "datemultirange"), 14
    ),
}
TABLE_OPTIONS = {
    "autovacuum_vacuum_insert_threshold": 13,
    "autovacuum_vacuum_insert_scale_factor": 13,
    "deduplicate_items": 13,
    "autovacuum_vacuum_max_threshold": 18,
    "vacuum_max_eager_freeze_failure_rate": 18,
    "log_autoanalyze_min_duration": 19,
    "autovacuum_parallel_workers": 19,
}
MAINTENANCE = {
    ("vacuum", "parallel"): 13,
    ("vacuum", "process_toast"): 14,
    ("vacuum", "process_main"): 16,
    ("vacuum", "skip_database_stats"): 16,
    ("vacuum", "only_database_stats"): 16,
    ("vacuum", "buffer_usage_limit"): 16,
    ("analyze", "buffer_usage_limit"): 16,
    ("reindex", "tablespace"): 14,
}


def check_type(run: Run, found: Type | None) -> None:
    """Refuse a built-in type that the server does not have yet."""
    if found is not None and isinstance(found.base, str) and run.version < TYPES.get(found.base, 0):
        raise FailureError(f'type "{found.base}" does not exist')


def check_option(run: Run, name: str) -> None:
    """Refuse a storage parameter that the server does not know yet."""
    if run.version < TABLE_OPTIONS.get(name, 0):
        raise FailureError(f'unrecognized parameter "{name}"')


def check_maintenance(run: Run, statement: op.Maintain) -> None:
    """Refuse an option of VACUUM, ANALYZE or REINDEX that is younger; and VACUUM and ANALYZE of ONLY a table, of 18."""
    for name, _ in statement.options:
        if run.version < MAINTENANCE.get((statement.what, name), 0):
            raise FailureError(f'unrecognized {statement.what.upper()} option "{name}"')
    if statement.what in {"vacuum", "analyze"} and any(ref.only for ref in statement.relations):
        run.need(18, f"{statement.what.upper()} ONLY")
