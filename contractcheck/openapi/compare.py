"""Two contracts compared: what changed, which way, and whom it reaches."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from contractcheck.model.finding import Affected, Direction, Finding, Severity
from contractcheck.model.report import ContractReport
from contractcheck.openapi import operations
from contractcheck.openapi.changes import Change, Ground, text
from contractcheck.openapi.document import Document, Node
from contractcheck.openapi.grouping import findings
from contractcheck.schemas import edits
from contractcheck.schemas.edits import Decide, Effect, Side, Twins, Walk


@dataclass(frozen=True, slots=True)
class Comparison:
    """The findings, worst first, and how many edits there were."""

    findings: tuple[Finding, ...]
    contract: ContractReport


def compare(base: Document, revision: Document, decide: Decide | None = None) -> Comparison:
    """Compare two contracts. Findings carry pointers, no lines, and the severity of the law (profile `strict`).

    `decide` is put every edit of a schema that breaks or that the walk cannot judge; see `contractcheck.schemas.edits`.
    """
    sides = _side(base), _side(revision)
    twins = Twins(*sides)
    ground = Ground(base, revision, twins, Walk(*sides, twins.same, decide))
    if not twins.same(base.root, revision.root):
        operations.compare(ground)
    found = findings(ground, (*ground.changes, *_schema_changes(ground.walk)))
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
    return tuple(sorted({*operations.RULES, *edits.rules()}))


def _side(document: Document) -> Side:
    return Side(str(document.dialect), document.reference, document.resolve)


def _version(document: Document) -> str | None:
    info = document.root.get("info")
    return text(info.get("version")) if info is not None else None


def _schema_changes(walk: Walk) -> Iterator[Change]:
    for edit, direction, roots in walk.edits():
        yield Change(
            rule=edits.name(direction, edit.aspect, edit.effect),
            base=cast("Node | None", edit.base),
            revision=cast("Node | None", edit.revision),
            affects=cast("tuple[Affected, ...]", roots),
            member=edit.member,
            details=edit.details,
            proof=edit.proof,
            witness=edit.witness,
            why=edit.why,
            only=_only(direction, edit.effect),
        )


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
