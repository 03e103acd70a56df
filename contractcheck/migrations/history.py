"""What changed in the history of a tree: migrations that may have been applied must stay as they were."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import takewhile

from msgspec.structs import replace

from contractcheck.migrations.trees import Migration, Opaque, Script, ScriptKind, Statement, Step, Tree
from contractcheck.model.finding import Finding, Proof, ProofKind, Severity
from contractcheck.model.place import Place
from contractcheck.model.rule import rule

_SHOWN = 80  # characters of a statement in a message


def compare(base: Tree, revision: Tree) -> tuple[Finding, ...]:
    """Edits of a tree's past between two revisions: steps changed, migrations removed, re-parented, inserted.

    A migration is the same if its id is; one whose file was renamed with its id is found by its steps and counts as
    renumbered. Formatting, comments and other places are no change, but for tools that compare checksums of the text.
    """
    before, after = _by_id(base), _by_id(revision)
    findings: list[Finding] = []
    renamed = _renamed(before, after)
    for name, old in before.items():
        new = after.get(name)
        if new is None:
            other = renamed.get(name)
            findings.append(_removed(old) if other is None else _renumbered(old, other))
            continue
        edits = _edited(old, new)
        findings.extend(edits or _respelled(old, new))
        if _parents(old) != _parents(new):
            findings.append(_reparented(old, new))
    findings.extend(_reordered(before, after))
    findings.extend(_inserted(base, revision, {each.id for each in renamed.values()}))
    return tuple(sorted(findings, key=lambda finding: finding.order))


def rerun(base: Tree, revision: Tree) -> tuple[Tree, frozenset[str]]:
    """The revision as it meets a database that has the base, and the ids of repeatable migrations that run again.

    What such a migration did before stands ahead of the first new one.
    """
    before = _by_id(base)
    again = frozenset(
        each.id
        for each in revision.migrations
        if "repeatable" in each.labels and each.id in before and _meaning(before[each.id].up) != _meaning(each.up)
    )
    if not again:
        return revision, again
    old = tuple(replace(before[name], id=f"{name} in the base") for name in sorted(again))
    new = [each for each in revision.migrations if each.id not in before]
    at = revision.migrations.index(new[0]) if new else min(_positions(revision, again))
    at = min(at, *_positions(revision, again))
    return replace(revision, migrations=(*revision.migrations[:at], *old, *revision.migrations[at:])), again


def _positions(tree: Tree, names: frozenset[str]) -> list[int]:
    return [index for index, each in enumerate(tree.migrations) if each.id in names]


def _by_id(tree: Tree) -> dict[str, Migration]:
    found: dict[str, Migration] = {}
    for migration in tree.migrations:
        found.setdefault(migration.id, migration)
    return found


def _parents(migration: Migration) -> tuple[frozenset[str], frozenset[str]]:
    # SQL files have no written parents: what comes before them follows from their numbers: judged as an insertion.
    if migration.tool != "alembic":
        return frozenset(), frozenset()
    return frozenset(migration.parents), frozenset(migration.depends_on)


def _edited(old: Migration, new: Migration) -> list[Finding]:
    """Changed steps of the upgrade, then of the downgrade. A repeatable migration is there to be edited."""
    if "repeatable" in new.labels:
        return []
    found = []
    for side, was, now in (("upgrade", old.up, new.up), ("downgrade", old.down, new.down)):
        if _meaning(was) == _meaning(now) or (side == "downgrade" and was.kind is not ScriptKind.CODE):
            continue
        # A downgrade that was not there may be written at any time: nothing that was applied changes.
        step, base_step = _first_difference(was.steps, now.steps)
        before, after = _around(_text(base_step), _text(step))
        may_be_same = was.kind is now.kind and _may_be_same(was.steps, now.steps)
        if may_be_same:
            proof = Proof(ProofKind.UNPROVEN, "they differ only in what a run alone knows")
        else:
            proof = Proof(ProofKind.STRUCTURAL, "the statements it sends are others")
        found.append(
            rule("history-edit-undecided" if may_be_same else "history-edited").finding(
                subject=f"{new.id} {side}",
                place=step.place if step is not None else now.place or Place(new.path, 1, 1),
                base_place=base_step.place if base_step is not None else was.place,
                proof=proof,
                id=new.id,
                side=side,
                before=before,
                after=after,
            )
        )
    return found


def _respelled(old: Migration, new: Migration) -> list[Finding]:
    """The text changed and no statement did: tools that compare checksums do not know the difference."""
    if "repeatable" in new.labels or old.checksum is None or new.checksum is None or old.checksum == new.checksum:
        return []
    found = rule("migration-checksum-changed").finding(
        subject=new.id,
        place=new.up.place or Place(new.path, 1, 1),
        base_place=old.up.place,
        proof=Proof(ProofKind.STRUCTURAL, "the text is another and the statements are the same"),
        id=new.id,
        consequence="Flyway refuses to migrate until the history is repaired"
        if new.tool == "flyway"
        else "Prisma warns, and asks to reset databases of developers",
    )
    return [found if new.tool == "flyway" else replace(found, severity=Severity.WARNING)]


def _reordered(before: dict[str, Migration], after: dict[str, Migration]) -> list[Finding]:
    """Migrations of both sides that run in another order now, where the order is written (a plan, a changelog)."""
    common = [name for name, each in after.items() if name in before and each.tool not in {"alembic", "sql"}]
    ranks = {name: rank for rank, name in enumerate(name for name in before if name in after)}
    stays = _longest([ranks[name] for name in common])
    moved = [name for name in common if ranks[name] not in stays]
    found = []
    for name in moved:
        position = common.index(name)
        follows = common[position - 1] if position else "nothing"
        earlier = [other for other, rank in ranks.items() if rank < ranks[name]]
        was = max(earlier, key=lambda other: ranks[other]) if earlier else "nothing"
        change = f"it followed {was} and follows {follows} now"
        found.append(
            rule("history-reparented").finding(
                subject=name,
                place=after[name].up.place or Place(after[name].path, 1, 1),
                base_place=before[name].up.place,
                proof=Proof(ProofKind.STRUCTURAL, change),
                id=name,
                change=change,
            )
        )
    return found


def _longest(ranks: Sequence[int]) -> set[int]:
    """The members of the longest rising subsequence: what need not have moved."""
    tails: list[int] = []
    ends: list[int] = []
    behind: dict[int, int | None] = {}
    for rank in ranks:
        at = bisect_left(tails, rank)
        behind[rank] = ends[at - 1] if at else None
        if at == len(tails):
            tails.append(rank)
            ends.append(rank)
        else:
            tails[at] = ends[at] = rank
    found: set[int] = set()
    last = ends[-1] if ends else None
    while last is not None:
        found.add(last)
        last = behind[last]
    return found


def _may_be_same(was: Sequence[Step], now: Sequence[Step]) -> bool:
    """Whether the steps differ only where one side is unknown: a type, a value, or what an opaque step does."""
    if len(was) != len(now):
        return False
    for old, new in zip(was, now, strict=True):
        if _step(old) == _step(new) or (isinstance(old, Opaque) and isinstance(new, Opaque)):
            continue
        if isinstance(old, Opaque) or isinstance(new, Opaque):
            return False
        same_way = (old.in_transaction, old.certain) == (new.in_transaction, new.certain)
        if not (same_way and (_fits(old.sql, new.sql) or _fits(new.sql, old.sql))):
            return False
    return True


# What a reader writes for a type or a value that only a run knows (`trees.Statement`).
_UNKNOWN = re.compile(r'"\?[^"]*"|\$1\b')


def _fits(pattern: str, sql: str) -> bool:
    """Whether a statement is the other with its unknown parts filled in: each literal part in order, leftmost first."""
    first, *rest = _UNKNOWN.split(pattern)
    if not rest or not sql.startswith(first):
        return False
    at = len(first)
    *middle, last = rest
    for part in middle:
        found = sql.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return len(sql) - at >= len(last) and sql.endswith(last)


def _meaning(script: Script) -> object:
    return script.kind, tuple(_step(step) for step in script.steps)


def _step(step: Step) -> object:
    if isinstance(step, Statement):
        return (
            " ".join(step.sql.split()) if "'" not in step.sql and "$" not in step.sql else step.sql,
            step.in_transaction,
            step.certain,
        )
    return (step.source, tuple(tuple(_step(inner) for inner in way) for way in step.alternatives))


def _first_difference(was: Sequence[Step], now: Sequence[Step]) -> tuple[Step | None, Step | None]:
    for index in range(max(len(was), len(now))):
        old = was[index] if index < len(was) else None
        new = now[index] if index < len(now) else None
        if old is None or new is None or _step(old) != _step(new):
            return new, old
    return None, None


def _text(step: Step | None) -> str:
    if step is None:
        return "nothing"
    return step.source if isinstance(step, Opaque) else step.sql


def _around(before: str, after: str) -> tuple[str, str]:
    """Two texts on one line each, cut to where they begin to differ; spaces are kept where only they differ."""
    lines = " ".join(before.split()), " ".join(after.split())
    before, after = lines if lines[0] != lines[1] else (before, after)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
    start = 0 if same < _SHOWN // 2 else before.rfind(" ", 0, same - _SHOWN // 4) + 1
    return _cut(before, start), _cut(after, start)


def _cut(text: str, start: int) -> str:
    head, rest = ("… " if start else ""), text[start:]
    return f"{head}{rest}" if len(rest) <= _SHOWN else f"{head}{rest[:_SHOWN]}…"


def _removed(old: Migration) -> Finding:
    return rule("history-removed").finding(
        subject=old.id,
        place=None,
        base_place=old.up.place or Place(old.path, 1, 1),
        proof=Proof(ProofKind.STRUCTURAL, f"{old.path} was in the base and no migration is {old.id} now"),
        id=old.id,
        path=old.path,
    )


def _renumbered(old: Migration, new: Migration) -> Finding:
    return rule("history-reparented").finding(
        subject=old.id,
        place=new.up.place or Place(new.path, 1, 1),
        base_place=old.up.place or Place(old.path, 1, 1),
        proof=Proof(ProofKind.STRUCTURAL, f"the same steps were {old.id} and are {new.id} now"),
        id=old.id,
        change=f"it is {new.id} now",
    )


def _reparented(old: Migration, new: Migration) -> Finding:
    was = ", ".join((*old.parents, *old.depends_on)) or "nothing"
    now = ", ".join((*new.parents, *new.depends_on)) or "nothing"
    return rule("history-reparented").finding(
        subject=new.id,
        place=new.up.place or Place(new.path, 1, 1),
        base_place=old.up.place or Place(old.path, 1, 1),
        proof=Proof(ProofKind.STRUCTURAL, f"it followed {was} and follows {now} now"),
        id=new.id,
        change=f"it followed {was} and follows {now} now",
    )


def _renamed(before: dict[str, Migration], after: dict[str, Migration]) -> dict[str, Migration]:
    """For a migration that is gone the new one with exactly its steps, if there is only one."""
    gone = [migration for name, migration in before.items() if name not in after and migration.up.steps]
    fresh = [migration for name, migration in after.items() if name not in before]
    found = {}
    for old in gone:
        fitting = [new for new in fresh if _meaning(new.up) == _meaning(old.up)]
        if len(fitting) == 1:
            found[old.id] = fitting[0]
    return found


def _inserted(base: Tree, revision: Tree, renamed: set[str]) -> list[Finding]:
    """New migrations that run before one that was already there; in Alembic that shows as a re-parented one."""
    old = {migration.id for migration in base.migrations}
    versioned = [migration for migration in revision.migrations if "repeatable" not in migration.labels]
    if revision.tool in {"sql", "alembic"}:
        return []
    after: dict[str, set[str]] = {}
    found = []
    for migration in reversed(versioned):
        for parent in migration.parents:
            after.setdefault(parent, set()).update({migration.id}, after.get(migration.id, set()))
    for migration in versioned:
        later = sorted(after.get(migration.id, set()) & old)
        if migration.id in old or migration.id in renamed or not later:
            continue
        found.append(
            rule("history-inserted").finding(
                subject=migration.id,
                place=migration.up.place or Place(migration.path, 1, 1),
                proof=Proof(ProofKind.STRUCTURAL, f"{later[0]} was in the base and comes after {migration.id}"),
                id=migration.id,
                later=later[0],
            )
        )
    return found
