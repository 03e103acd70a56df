"""Two contracts compared: what changed, which way, and whom it reaches."""

from collections.abc import Hashable, Iterator
from typing import cast

from msgspec import Struct

from contractcheck.model.finding import Affected, Direction, Finding, ProofKind, Severity
from contractcheck.model.report import ContractReport
from contractcheck.model.rule import rule
from contractcheck.openapi import examples, operations
from contractcheck.openapi.changes import Change, Ground, text
from contractcheck.openapi.document import Document, Node
from contractcheck.openapi.grouping import findings
from contractcheck.openapi.heirs import Heirs
from contractcheck.schemas import edits
from contractcheck.schemas.edits import Decide, Effect, Found, Side, Twins, Walk
from contractcheck.schemas.edits.pair import shorten
from contractcheck.schemas.edits.view import Views


class Comparison(Struct, frozen=True):
    """The findings, worst first, and how many edits there were."""

    findings: tuple[Finding, ...]
    contract: ContractReport


def compare(base: Document, revision: Document, decide: Decide | None = None, *, versions: bool = False) -> Comparison:
    """Compare two contracts. Findings carry pointers, no lines, and the severity of the law (profile `strict`).

    With `versions` a segment like `/v2` in front of paths says nothing.
    `decide` is put every edit of a schema that breaks or that the walk cannot judge; see `contractcheck.schemas.edits`.
    """
    sides = _side(base), _side(revision)
    twins = Twins(*sides)
    ground = Ground(base, revision, twins, Walk(*sides, twins, decide), (Views(sides[0]), Views(sides[1])))
    if not twins.same(base.root, revision.root):
        operations.compare(ground, versions=versions)
    mismatched = examples.compare(ground)
    schemas = (*_schema_changes(ground.walk),)
    found = findings(ground, (*ground.changes, *mismatched(), *schemas))
    harmless = ground.harmless + ground.walk.harmless()
    contract = ContractReport(
        path=revision.path,
        base_version=_version(base),
        revision_version=_version(revision),
        edits=len(found) + harmless,
        harmless=sum(finding.severity is Severity.INFO for finding in found) + harmless,
    )
    return Comparison(found, contract)


def rules() -> tuple[str, ...]:
    """The ids of all rules that a comparison can speak of, sorted."""
    return tuple(sorted({*operations.RULES, *examples.RULES, *edits.rules()}))


def _side(document: Document) -> Side:
    return Side(
        str(document.dialect),
        document.reference,
        document.resolve,
        Heirs(document),
        document.scope,
        document.chosen,
        document.trail,
    )


def _version(document: Document) -> str | None:
    info = document.root.get("info")
    return text(info.get("version")) if info is not None else None


def _schema_changes(walk: Walk) -> Iterator[Change]:
    """The changes of schemas. Several edits behind one exchanged `$ref` are one change, where the `$ref` stands."""
    behind: dict[Hashable, list[Found]] = {}
    for found in walk.edits():
        if found.exchanged is None:
            yield _change(found)
        else:
            behind.setdefault((found.direction, found.exchanged.key), []).append(found)
    for several in behind.values():
        yield _exchange(several) if len(several) > 1 else _change(several[0])


def _change(found: Found) -> Change:
    edit, exchanged = found.edit, found.exchanged
    return Change(
        rule=edits.name(found.direction, edit.aspect, edit.effect),
        base=cast("Node | None", edit.base),
        revision=cast("Node | None", edit.revision),
        affects=cast("tuple[Affected, ...]", found.roots),
        member=edit.member,
        details=edit.details,
        proof=edit.proof,
        witness=edit.witness,
        tried=edit.tried,
        why=edit.why,
        only=_only(found.direction, edit.effect),
        behind=cast("tuple[Node, Node]", (exchanged.base, exchanged.revision)) if exchanged is not None else None,
    )


def _exchange(several: list[Found]) -> Change:
    """One change for all edits behind an exchanged `$ref`, as grave as the gravest of them."""
    direction, exchanged = several[0].direction, several[0].exchanged
    assert exchanged is not None  # noqa: S101 - they were collected by it
    several = sorted(several, key=lambda found: rule(_change(found).rule).severity.rank)
    worst = rule(_change(several[0]).rule).severity
    grave = [found for found in several if rule(_change(found).rule).severity is worst]
    unproven = all(found.edit.proof is ProofKind.UNPROVEN for found in grave)
    shown = next((found.edit for found in grave if found.edit.proof is ProofKind.WITNESS), None)
    breaking, harmless = Effect.NARROWED, Effect.WIDENED
    if direction is Direction.RESPONSE:
        breaking, harmless = harmless, breaking
    effect = {Severity.ERROR: breaking, Severity.WARNING: Effect.CHANGED, Severity.INFO: harmless}[worst]
    undecided = unproven and worst is Severity.WARNING
    before, after = (name.rsplit("/", 1)[-1] for name in (exchanged.before, exchanged.after))
    told = dict.fromkeys(_told(found.edit) for found in several)
    details = {"before": before, "after": after, "differences": shorten(list(told), 6)}
    return Change(
        rule=edits.name(direction, "schema", Effect.UNDECIDED)
        if undecided
        else edits.name(direction, "reference", effect),
        base=cast("Node", exchanged.base),
        revision=cast("Node", exchanged.revision),
        affects=cast("tuple[Affected, ...]", tuple(dict.fromkeys(root for found in several for root in found.roots))),
        details={**details, "keyword": f"$ref from {before} to {after}"},
        proof=shown.proof if shown is not None else ProofKind.UNPROVEN if unproven else ProofKind.STRUCTURAL,
        witness=shown.witness if shown is not None else None,
        tried=shown.tried if shown is not None else None,
    )


def _told(edit: edits.Edit) -> str:
    """An edit in three words: `conn_type added and required`, `enum narrowed`."""
    words = str(edit.effect).replace("-", " ") + (" and required" if edit.aspect == "required-property" else "")
    return f"{edit.member or edit.aspect} {words}"


def _only(direction: Direction, effect: Effect) -> str | None:
    """The side that has the thing, where one alone does."""
    match effect:
        case Effect.ADDED:
            return "revision"
        case Effect.REMOVED:
            return "base"
        case Effect.FORBIDDEN:
            return "base" if direction is Direction.REQUEST else "revision"
        case _:
            return None
