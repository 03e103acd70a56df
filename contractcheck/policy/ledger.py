"""What is accepted, entered finding by finding: waivers, then the baseline; at the end, what was wrong with them."""

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from contractcheck.model.finding import Finding, Proof, ProofKind, Severity
from contractcheck.model.place import Place
from contractcheck.model.rule import rule
from contractcheck.policy.baseline import Baseline, grown
from contractcheck.policy.days import Today
from contractcheck.policy.settings import WaiverSettings
from contractcheck.policy.waivers import Waiver, keys, twice

RULES = ("waiver-expired", "waiver-invalid", "waiver-unused", "baseline-stale", "baseline-grew")


class Ledger:
    """Accepts findings, and remembers which waiver and which line of the baseline was of use."""

    def __init__(
        self,
        settings: WaiverSettings,
        waivers: Iterable[Waiver] = (),
        baseline: Baseline | None = None,
        *,
        today: Today | None = None,
    ) -> None:
        self._settings = settings
        self._today = today or Today()
        self._waivers: list[Waiver] = []
        self._index: dict[tuple[str, str], list[int]] = {}
        self._baseline = baseline or Baseline()
        self._left = {key: entry.count for key, entry in self._baseline.entries.items()}
        self._used: set[int] = set()
        self._met: dict[str, int] = {}
        self.declare(waivers)

    @property
    def base(self) -> str | None:
        """The revision that contracts were compared with when the baseline was written."""
        return self._baseline.base

    @property
    def holds(self) -> bool:
        """Whether there is any waiver or any line of a baseline."""
        return bool(self._waivers or self._baseline.entries)

    def fresh(self) -> "Ledger":
        """One that accepts the same, as if nothing had been entered yet, without what documents declared."""
        filed = [waiver for waiver in self._waivers if not waiver.inline]
        return Ledger(self._settings, filed, self._baseline, today=self._today)

    def declare(self, waivers: Iterable[Waiver]) -> None:
        """Add waivers that stand in documents or migrations."""
        for number, waiver in enumerate(waivers, len(self._waivers)):
            self._waivers.append(waiver)
            self._index.setdefault((waiver.rule, waiver.key), []).append(number)

    def accept(self, findings: Iterable[Finding], contract: str | None = None) -> tuple[Finding, ...]:
        """The findings, suppressed where they are accepted; `contract` is the path of the contract they belong to.

        Raises ConfigurationError where two waivers of the file are meant for one finding.
        """
        return tuple(self._accept(finding, contract) for finding in findings)

    def _accept(self, finding: Finding, contract: str | None) -> Finding:
        meant = [(number, self._waivers[number]) for number in self._meant(finding, contract)]
        filed = [waiver for _, waiver in meant if not waiver.inline]
        if len(filed) > 1:
            raise twice(filed[0], filed[1], finding)
        self._used |= {number for number, _ in meant}
        if finding.suppressed is not None:
            return finding
        holding = next((waiver for _, waiver in meant if not self._failing(waiver)), None)
        if holding is not None:
            return replace(finding, suppressed=_told(holding))
        if finding.severity is Severity.INFO:
            return finding
        self._met[finding.fingerprint] = self._met.get(finding.fingerprint, 0) + 1
        if self._left.get(finding.fingerprint, 0) > 0:
            self._left[finding.fingerprint] -= 1
            line = self._baseline.entries[finding.fingerprint].line
            return replace(finding, suppressed=f"accepted in {self._baseline.file}:{line}")
        return finding

    def _meant(self, finding: Finding, contract: str | None) -> list[int]:
        """The waivers that are meant for a finding: looked for under the few keys that one for it may have."""
        if not self._waivers:
            return []
        near = (number for key in keys(finding) for number in self._index.get((finding.rule, key), ()))
        return sorted(number for number in near if self._waivers[number].matches(finding, contract))

    def _failing(self, waiver: Waiver) -> bool:
        return bool(self._flaw(waiver)) or self._expired(waiver)

    def _flaw(self, waiver: Waiver) -> str:
        if waiver.flaw:
            return waiver.flaw
        demanded = self._settings.demand_inline if waiver.inline else self._settings.demand
        missing = waiver.missing(demanded)
        return f"it has no {' and no '.join(missing)}" if missing else ""

    def _expired(self, waiver: Waiver) -> bool:
        return waiver.expires is not None and self._today.day > waiver.expires

    def flaws(self, examined: Callable[[str], bool]) -> Iterator[Finding]:
        """What is wrong with waivers; `examined` says of which rules this run would have seen every finding."""
        for number, waiver in enumerate(self._waivers):
            flaw = self._flaw(waiver)
            if flaw:
                yield _finding("waiver-invalid", waiver, why=flaw)
            elif self._expired(waiver):
                yield _finding("waiver-expired", waiver, day=str(waiver.expires), owner=waiver.owner or "its owner")
            elif number not in self._used and examined(waiver.rule):
                yield _finding("waiver-unused", waiver)

    def stale(self, examined: Callable[[str], bool]) -> Iterator[Finding]:
        """The lines of the baseline that accept more than was found, of the rules that this run examined in full."""
        for key, entry in sorted(self._baseline.entries.items()):
            found = min(self._met.get(key, 0), entry.count)
            if found < entry.count and examined(entry.rule):
                yield _line(
                    "baseline-stale",
                    self._baseline,
                    key,
                    f"{entry.rule} {entry.subject}",
                    count=entry.count,
                    found=found,
                )

    def met(self) -> dict[str, int]:
        """How often each error or warning that no waiver accepts was found, by fingerprint."""
        return dict(self._met)


def growth(old: Baseline, new: Baseline) -> Iterator[Finding]:
    """The lines of a baseline that accept more than those of the base did."""
    for entry in grown(old, new):
        before = old.entries[entry.fingerprint].count if entry.fingerprint in old.entries else 0
        about = f"{entry.rule} {entry.subject}"
        yield _line("baseline-grew", new, entry.fingerprint, about, count=entry.count, before=before)


def _line(name: str, baseline: Baseline, fingerprint: str, about: str, **parameters: object) -> Finding:
    return rule(name).finding(
        subject=about,
        place=Place(baseline.file, baseline.entries[fingerprint].line or None),
        proof=Proof(ProofKind.STRUCTURAL, "the line and what was found say so"),
        about=about,
        **parameters,  # type: ignore[arg-type]
    )


def _finding(name: str, waiver: Waiver, **parameters: object) -> Finding:
    return rule(name).finding(
        subject=waiver.name if not waiver.inline else f"{waiver.rule} inline",
        place=waiver.place,
        proof=Proof(ProofKind.STRUCTURAL, "the waiver says so where it stands"),
        about=waiver.name,
        **parameters,  # type: ignore[arg-type]
    )


def _told(waiver: Waiver) -> str:
    until = f" until {waiver.expires}" if waiver.expires else ""
    owner = f" by {waiver.owner}" if waiver.owner else ""
    where = f" ({waiver.place})" if not waiver.inline or waiver.lines else " (beside it)"
    reason = f": {waiver.reason}" if waiver.reason else ""
    link = f" {waiver.link}" if waiver.link else ""
    return f"waived{until}{owner}{where}{reason}{link}"
