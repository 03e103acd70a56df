"""Compare the contracts of two snapshots: pair them, compare each pair, gather findings and defects."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from contractcheck.beside import LARGE, beside
from contractcheck.errors import UnreadableError
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.place import Place
from contractcheck.model.report import ContractReport
from contractcheck.model.rule import rule
from contractcheck.model.snapshot import Snapshot
from contractcheck.policy.configuration import Configuration

if TYPE_CHECKING:
    from contractcheck.openapi.document import Document


# A `$ref` whose value does not begin with `#`.
_REFERENCE = re.compile(rb"""\$ref["']?\s*:\s*["']?[^"'#\s]""")


# What is done with the findings of one pair of documents before they are gathered.
Finish = Callable[["Document", "Document", tuple[Finding, ...]], tuple[Finding, ...]]


class Look(Struct, frozen=True):
    """How to look at contracts: which optional rules are asked for; `versions`: segments like `/v2` say nothing."""

    asked: tuple[str, ...] = ()
    versions: bool = False


class Part(Struct, frozen=True):
    """What is said of one contract, and the documents it is said of; None for a side without it."""

    contract: ContractReport
    findings: tuple[Finding, ...]
    base: "Document | None" = None
    revision: "Document | None" = None


class Compared(Struct, frozen=True):
    """What the comparison of contracts says: together, and contract by contract, the findings in the same order."""

    findings: tuple[Finding, ...] = ()
    contracts: tuple[ContractReport, ...] = ()
    parts: tuple[Part, ...] = ()


_LOOK = Look()


def _one(part: Part) -> Compared:
    return Compared(part.findings, (part.contract,), (part,))


def compare(base: "Document", revision: "Document", *, finish: Finish | None = None, look: Look = _LOOK) -> Compared:
    """Compare two documents; what is defective in either is a finding too.

    Every edit of a schema that seems to break is put to the containment of schemas: it then has a witness, or is shown
    harmless.
    """
    from contractcheck.openapi.compare import compare as differences
    from contractcheck.openapi.proving import Prover

    wrong = _defects(base, revision)
    comparison = differences(base, revision, Prover(base, revision), versions=look.versions)
    found = comparison.findings if finish is None else finish(base, revision, comparison.findings)
    if look.asked:
        from contractcheck.openapi import optional

        found = (*found, *optional.findings(base, revision, look.asked, versions=look.versions))
    return _one(Part(comparison.contract, (*found, *wrong()), base, revision))


def look(configuration: Configuration) -> Look:
    """How the configuration wants contracts to be looked at."""
    from contractcheck.openapi.optional import RULES
    from contractcheck.policy.severity import asked

    return Look(tuple(name for name in RULES if asked(name, configuration)), configuration.version_prefixes)


def _defects(base: "Document", revision: "Document") -> Callable[[], tuple[Finding, ...]]:
    """The defects of both documents. Only those that the revision brings count; the others stay visible."""
    from contractcheck.openapi import structure

    broken = base.defects, revision.defects  # every file that belongs to the documents is read now
    large = base.size + revision.size > LARGE
    built = beside(lambda: (structure.defects(base, revision), structure.defects(revision, base)), worth=large)
    return lambda: _told(*((*own, *others) for own, others in zip(broken, built(), strict=True)))


def _told(former: Iterable[Finding], present: Iterable[Finding]) -> tuple[Finding, ...]:
    before = {each.fingerprint: each for each in former}
    after = {each.fingerprint: each for each in present}
    new = tuple(finding for key, finding in after.items() if key not in before)
    old = tuple(
        replace(finding, base_place=before[key].place, suppressed="stands in the base too")
        for key, finding in after.items()
        if key in before
    )
    mended = tuple(
        replace(finding, place=None, base_place=finding.place, suppressed="stands in the base only")
        for key, finding in before.items()
        if key not in after
    )
    return (*new, *old, *mended)


def compare_all(
    base: Snapshot,
    base_paths: Iterable[str],
    revision: Snapshot,
    paths: Iterable[str],
    *,
    changed: Collection[str] | None = None,
    finish: Finish | None = None,
    look: Look = _LOOK,
) -> Compared:
    """Compare every contract of one side with its counterpart on the other.

    Counterparts have the same path, else (a moved file) the same `info.title`. What has none was added or removed.
    `changed` are the paths that differ (None: unknown): a contract none of whose files is among them is left out.
    """
    from contractcheck.openapi.document import Document, load

    base_paths, paths = tuple(base_paths), tuple(paths)
    same = {
        path
        for path in base_paths
        if changed is not None and path in paths and path not in changed and not _refers(revision.read(path))
    }
    after = {path: load(revision, path) for path in paths if path not in same}
    before: dict[str, Document] = {}
    unreadable: list[Compared] = []
    for path in base_paths:
        if path in same:
            continue
        try:
            before[path] = load(base, path)
        except UnreadableError as error:
            # Not the fault of the revision: it may be the very change that repairs it.
            unreadable.append(_without_base(path, error, after.pop(path, None)))
    pairs = _pairs(before, after)
    compared = [compare(before[old], after[new], finish=finish, look=look) for old, new in pairs]
    paired_before, paired_after = {old for old, _ in pairs}, {new for _, new in pairs}
    compared += unreadable
    compared += [_removed(path, before[path]) for path in before if path not in paired_before]
    compared += [_added(path, after[path]) for path in after if path not in paired_after]
    return Compared(
        tuple(finding for each in compared for finding in each.findings),
        tuple(sorted((contract for each in compared for contract in each.contracts), key=lambda c: c.path)),
        tuple(part for each in compared for part in each.parts),
    )


def _pairs(before: "Mapping[str, Document]", after: "Mapping[str, Document]") -> tuple[tuple[str, str], ...]:
    same = [(path, path) for path in before if path in after]
    left = {path: title(document) for path, document in before.items() if path not in after}
    right = {path: title(document) for path, document in after.items() if path not in before}
    moved = [
        (old, new)
        for old, name in left.items()
        for new, other in right.items()
        if name is not None
        and name == other
        and list(left.values()).count(name) == 1
        and list(right.values()).count(name) == 1
    ]
    return (*same, *moved)


def _refers(data: bytes) -> bool:
    """Whether a document may refer to other files: then an unchanged root does not mean an unchanged contract."""
    return _REFERENCE.search(data) is not None


def title(document: "Document") -> str | None:
    """The `info.title` of a document, None if it has none that is text."""
    info = document.root.get("info")
    found = info.get("title") if info else None
    return found.value if found and isinstance(found.value, str) else None


def version(document: "Document") -> str | None:
    """The `info.version` of a document, None if it has none that is text."""
    info = document.root.get("info")
    found = info.get("version") if info else None
    return found.value if found and isinstance(found.value, str) else None


def _without_base(path: str, error: UnreadableError, document: "Document | None") -> Compared:
    here = Place(path, 1, 1, "") if document else None
    finding = rule("contract-base-unreadable").finding(
        subject=path,
        place=here,
        base_place=Place(path, 1, 1, ""),
        proof=Proof(ProofKind.UNPROVEN, str(error)),
        path=path,
        why=error.what,
    )
    report = ContractReport(path, None, version(document) if document else None)
    return _one(Part(report, (finding, *(document.defects if document else ())), None, document))


def _removed(path: str, document: "Document") -> Compared:
    why = "the base has this contract, the revision has none at this path or of this title"
    finding = rule("contract-removed").finding(
        subject=path,
        place=None,
        base_place=Place(path, 1, 1, ""),
        proof=Proof(ProofKind.STRUCTURAL, why),
        path=path,
    )
    return _one(Part(ContractReport(path, version(document), None, edits=1), (finding,), document, None))


def _added(path: str, document: "Document") -> Compared:
    finding = rule("contract-added").finding(
        subject=path,
        place=Place(path, 1, 1, ""),
        proof=Proof(ProofKind.STRUCTURAL, "only the revision has this contract"),
        path=path,
    )
    report = ContractReport(path, None, version(document), 1, 1)
    return _one(Part(report, (finding, *document.defects), None, document))
