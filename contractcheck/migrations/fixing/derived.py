"""The downgrade of a migration, derived from what its upgrade does to the catalog, and proved by a replay."""

from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from contractcheck.migrations.catalog import Catalog
from contractcheck.migrations.effects import Server
from contractcheck.migrations.examination import examine_on
from contractcheck.migrations.operations import Operation
from contractcheck.migrations.trees import Migration, Opaque, Script, ScriptKind, Statement
from contractcheck.model.place import Place
from contractcheck.model.report import Reversibility, ReversibilityVerdict

Made = Sequence[tuple[str, tuple[Operation, ...]]]
"""The statements of a history, oldest first, with what each asks for."""
_BACK = {ReversibilityVerdict.PROVED, ReversibilityVerdict.LOSSY}


class Derived(Struct, frozen=True):
    """The statements that take an upgrade back and the verdict on them, or why there are none that hold."""

    statements: tuple[str, ...] = ()
    verdict: Reversibility | None = None
    why: str | None = None


def derive(migration: Migration, before: Catalog, server: Server, history: Made = ()) -> Derived:
    """The downgrade of a migration that meets that database; `history` is what made it.

    Two ways are tried: straight from the schema after to the one before, and back statement by statement.
    """
    from contractcheck.migrations.postgresql.inverse import sources, undo
    from contractcheck.migrations.postgresql.rendering import UnwrittenError
    from contractcheck.migrations.postgresql.replay import replay

    opaque = next((step for step in migration.up.steps if isinstance(step, Opaque)), None)
    if opaque is not None:
        return Derived(why=f"{opaque.place}: {opaque.reason}")
    states, steps = [before], [step for step in migration.up.steps if isinstance(step, Statement)]
    for step in steps:
        played = replay(states[-1], [step.sql], server, in_transaction=[step.in_transaction])
        (done,) = played.statements
        if done.failed is not None and not step.checkfirst and done.effects.in_transaction is not False:
            return Derived(why=f"the upgrade fails: {done.failed}")
        if done.effects.blurred is not None:
            return Derived(why=done.effects.blurred)
        states.append(played.catalog)
    origin = sources(history)
    whys: list[str] = []
    backwards = list(pairwise(states))[::-1]
    for pairs in ([(states[0], states[-1])], backwards):
        try:
            statements = tuple(sql for then, now in pairs for sql in undo(then, now, origin))
        except UnwrittenError as error:
            whys.append(str(error))
            continue
        verdict = prove(migration, statements, before, server)
        if verdict.verdict in _BACK:
            return Derived(statements, verdict)
        whys.append(verdict.why)
    return Derived(why=whys[0])


def prove(migration: Migration, down: Sequence[str], before: Catalog, server: Server) -> Reversibility:
    """The verdict on a migration with that downgrade."""
    steps = tuple(Statement(sql, Place(migration.path, at, 1)) for at, sql in enumerate(down, 1))
    script = Script(ScriptKind.CODE if steps else ScriptKind.EMPTY, steps, migration.up.place)
    return examine_on(replace(migration, down=script), before, server).reversibility
