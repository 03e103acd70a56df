"""DO blocks: the static statements of their body, where they certainly run; all else is not known."""

import re

from contractcheck.migrations import operations as op
from contractcheck.migrations.postgresql import programs
from contractcheck.migrations.postgresql.run import FailureError, Run

BODY = re.compile(r"\s*begin\b(?P<body>.*?)(?:\bexception\b(?P<handler>.*))?\bend\s*;?\s*\Z", re.IGNORECASE | re.DOTALL)
# words that make what runs depend on something: control flow, variables, dynamic SQL, messages
FLOW = re.compile(
    r"\b(declare|if|elsif|loop|while|for|foreach|execute|perform|raise|return|case|exit|continue|begin|into|assert"
    r"|commit|rollback|get\s+diagnostics|open|fetch)\b|:=",
    re.IGNORECASE,
)
WORD = re.compile(r"\w+")
HARMLESS = re.compile(r"\s*(when\s+[\w\s]+?\s+then\s+(null\s*;)?\s*)+\Z", re.IGNORECASE)


def execute_block(run: Run, block: op.Block) -> None:
    """Carry out what a DO block certainly does: plain statements, and a handler that ignores their failure."""
    from contractcheck.migrations.postgresql.execute import execute

    found = BODY.match(block.body) if block.language == "plpgsql" else None
    operations = _plain(found["body"]) if found is not None else None
    handler = found["handler"] if found is not None else None
    if operations is None or (handler is not None and not HARMLESS.match(handler)):
        if block.language == "plpgsql" and programs.follow(run, block.body):
            return
        run.catalog.mentioned |= frozenset(WORD.findall(block.body.lower()))
        run.doubt(f"what the {block.language} code of a DO block does is not known")
        return
    before, locks = run.catalog.copy(), dict(run.locks)
    try:
        for operation in operations:
            execute(run, operation)
    except FailureError:
        if handler is None:
            raise
        run.catalog, run.locks = before, locks


def _plain(body: str) -> tuple[op.Operation, ...] | None:
    """The statements of a body without control flow; None if there may be more to it."""
    from contractcheck.migrations.postgresql.parse import parse

    bare = re.sub(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", " ", body, flags=re.DOTALL)
    bare = re.sub(
        r"\bif\s+(not\s+)?exists\b|\bfor\s+(each|values|update|table)\b|\bor\s+replace\b",
        " ",
        bare,
        flags=re.IGNORECASE,
    )
    if FLOW.search(bare):
        return None
    operations = parse(body)
    if any(
        isinstance(o, op.Unmodelled | op.Block) or (isinstance(o, op.Query) and o.verb == "select") for o in operations
    ):
        return None
    return operations
