"""Show findings about contracts as HTTP exchanges, have openapi-core verify them, and replay recorded traffic."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from contractcheck.model.finding import Category, Finding, Proof, ProofKind, Severity
from contractcheck.workflows.progress import Say, quiet

if TYPE_CHECKING:
    from contractcheck.model.report import Snippets, TrafficReport
    from contractcheck.model.snapshot import Snapshot
    from contractcheck.openapi.document import Document
    from contractcheck.openapi.exchanges.witness import Made
    from contractcheck.openapi.traffic.replay import Pair

WHY_VERIFIED = "one side allows the exchange and the other refuses it; openapi-core agrees"


class Shown(Struct):
    """What becomes of the findings of each pair of contracts: called with one pair after the other.

    With `exchanges` they are made, for those that concern the wire; with `verify` openapi-core is asked about each;
    `traffic` is a recording that is replayed in the end; `sources` asks for the lines around each place.
    """

    exchanges: bool = False
    verify: bool = False
    traffic: Path | None = None
    sources: bool = False
    _pairs: "list[Pair]" = field(default_factory=list)
    _checked: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise UsageError at once if openapi-core is needed and not installed."""
        if self.verify or self.traffic is not None:
            from contractcheck.openapi.exchanges.judge import missing

            missing()

    def __call__(self, base: "Document", revision: "Document", findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """The findings of one pair, with exchanges where one shows them."""
        if (self.exchanges or self.verify) and any(_matters(finding) for finding in findings):
            findings = self._exchanges(base, revision, findings)
        if self.traffic is not None:
            from contractcheck.openapi.traffic.replay import Pair

            self._pairs.append(Pair(base, revision, findings))
        return findings

    def _exchanges(self, base: "Document", revision: "Document", findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        from contractcheck.openapi.exchanges.witness import Witnesses

        witnesses = Witnesses(base, revision)
        made = [witnesses.make(finding) if _matters(finding) else None for finding in findings]
        told = self._verified(made, base, revision) if self.verify else [""] * len(made)
        return tuple(_shown(*each) for each in zip(findings, made, told, strict=True))

    def _verified(self, made: "list[Made | None]", base: "Document", revision: "Document") -> list[str]:
        from contractcheck.openapi.exchanges.operation import Operations
        from contractcheck.openapi.exchanges.router import Router
        from contractcheck.openapi.exchanges.verify import Side, verify

        sides = []
        for document in (base, revision):
            operations = Operations(document)
            sides.append(Side(operations, Router(document, operations)))
        told = [verify(each, *sides) if each is not None else "" for each in made]
        for each in told:
            kind = each.partition(":")[0] or "without an exchange"
            self._checked[kind] = self._checked.get(kind, 0) + 1
        return told

    def notes(self) -> tuple[str, ...]:
        """What verifying came to, and whether a recording was left alone; nothing if neither was asked for."""
        unread = (
            () if self.traffic is None or self._pairs else ("no contract was compared: the recording was not read",)
        )
        if not self.verify:
            return unread
        parts = [
            f"{self._checked.get(kind, 0)} {words}"
            for kind, words in (("verified", "verified"), ("disagreement", "disputed"), ("undecided", "undecided"))
        ]
        return (f"exchanges put to openapi-core: {', '.join(parts)}", *unread)

    def snippets(
        self, findings: tuple[Finding, ...], base: "Snapshot | None", revision: "Snapshot"
    ) -> "tuple[Snippets, ...]":
        """The lines around the places of findings, if they are asked for."""
        if not self.sources:
            return ()
        from contractcheck.workflows.snippets import snippets

        return snippets(findings, base, revision)

    def replay(
        self, findings: Iterable[Finding], *, say: Say = quiet
    ) -> "tuple[tuple[Finding, ...], TrafficReport | None]":
        """The findings with the number of recorded exchanges that each breaks, and the report of the traffic.

        Raises UnreadableError for a recording that cannot be read, with its line.
        """
        findings = tuple(findings)
        if self.traffic is None or not self._pairs:
            return findings, None
        from contractcheck.workflows.traffic import play

        report, broken = play(self.traffic, tuple(self._pairs), say=say)
        reached = {finding.fingerprint for pair in self._pairs for finding in pair.findings if finding.affects}
        counted = tuple(
            replace(finding, traffic=broken.get(finding.fingerprint, 0)) if finding.fingerprint in reached else finding
            for finding in findings
        )
        return counted, report


def _matters(finding: Finding) -> bool:
    return finding.category is Category.WIRE and finding.severity is not Severity.INFO and bool(finding.affects)


def _shown(finding: Finding, made: "Made | None", checked: str) -> Finding:
    """The finding with its exchange.

    A structural finding whose exchange openapi-core confirms has a witness. One it disputes keeps its severity and its
    proof: that a validator accepts an exchange does not show that a server or a client does, and it was the documents
    that were compared; the disagreement is told beside the exchange.
    """
    if made is None:
        return finding
    exchange = replace(made.exchange, checked=checked)
    proof = replace(finding.proof, exchange=exchange)
    if checked == "verified" and proof.kind is ProofKind.STRUCTURAL:
        proof = Proof(ProofKind.WITNESS, WHY_VERIFIED, exchange=exchange)
    return replace(finding, proof=proof)
