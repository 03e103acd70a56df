"""Run the fixture cases of rules: `python tools/fixtures.py [--write] [RULE ...]` shows, or writes, what each gives.

A case is a folder of `fixtures/RULE/`: `base.*` and `revision.*` are two contracts, `base/` and `revision/` two
repositories, `api.*` is one contract, anything else one tree of migrations, with `stats.json` where sizes are known and
`queries.csv` where the queries of the running release are.
`expected.json` holds the exact findings, profile strict, on DAY, under the `contractcheck.toml` of the case, if any.
"""

import argparse
import json
import sys
from datetime import date
from pathlib import Path

from contractcheck.model.finding import Finding
from contractcheck.policy.configuration import Configuration, configuration
from contractcheck.policy.days import Today
from contractcheck.sources.folder import Folder, folder
from contractcheck.workflows.places import locate
from contractcheck.workflows.policy import Ground, govern, ground, lint_leftovers, reader, sorted_by_place
from contractcheck.workflows.releases import Histories

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
STRICT = Configuration(profile="strict")
DAY = date(2026, 6, 15)


def cases(rules: list[str]) -> list[Path]:
    """The case folders of the rules, of all if none is named."""
    names = rules or sorted(path.name for path in FIXTURES.iterdir() if path.is_dir() and path.name != "demo")
    return [case for name in names for case in sorted((FIXTURES / name).iterdir()) if case.is_dir()]


def run(case: Path) -> list[dict[str, str]]:
    """The findings of one case, as `expected.json` holds them."""
    return [
        {
            "rule": finding.rule,
            "severity": finding.severity.value,
            "subject": finding.subject,
            "place": str(finding.place or finding.base_place or ""),
            "message": finding.message,
        }
        for finding in _findings(case)
        if finding.suppressed is None
    ]


def _findings(case: Path) -> tuple[Finding, ...]:
    if (case / "base").is_dir():
        from contractcheck.workflows.check import compare as check

        old, new = folder(case / "base"), folder(case / "revision")
        paths = {*old.entries(), *new.entries()}
        changed = frozenset(path for path in paths if _bytes(old, path) != _bytes(new, path))
        at = _ground(new)
        return check(old, new, changed, at.configuration, server=STRICT.server, at=at).findings
    snapshot = folder(case)
    at = _ground(snapshot)
    names = {Path(name).stem: name for name in sorted(snapshot.entries(), reverse=True)}
    if "base" in names:
        from contractcheck.openapi.document import load
        from contractcheck.workflows.contracts import compare, look

        sides = load(snapshot, names["base"]), load(snapshot, names["revision"])
        compared = compare(*sides, look=look(at.configuration))
        judged, _ = govern(compared, locate(compared.findings, snapshot, snapshot), at)
        return sorted_by_place(locate(judged, snapshot, snapshot))
    if "api" in names:
        from contractcheck.workflows.conventions import lint_contracts

        return lint_contracts(snapshot, (names["api"],), at, whole=True).findings
    from contractcheck.migrations.sizes import Sizes, stats
    from contractcheck.migrations.workload import read
    from contractcheck.workflows.lint import lint_snapshot

    known = case / "stats.json"
    sizes = Sizes(stats(known.read_bytes(), known.name)) if known.exists() else None
    sent = case / "queries.csv"
    workload = read(sent.read_bytes(), sent.name) if sent.exists() else None
    server = at.configuration.server
    report = lint_snapshot(snapshot, at.configuration, server_name=server, sizes=sizes, workload=workload, at=at)
    found = report.findings
    return sorted_by_place((*found, *lint_leftovers(at)))


def _ground(snapshot: Folder) -> Ground:
    found = configuration(reader(snapshot)).with_profile("strict")
    today = Today(DAY)
    return ground(found, reader(snapshot), today=today, histories=Histories(None, today, here=snapshot))


def _bytes(snapshot: Folder, path: str) -> bytes | None:
    return snapshot.read(path) if path in snapshot.entries() else None


def main() -> int:
    """Show or write; the exit code is 1 when a case does not give what its expected.json says."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--write", action="store_true")
    arguments.add_argument("rules", nargs="*")
    options = arguments.parse_args()
    differing = 0
    for case in cases(options.rules):
        found = json.dumps(run(case), indent=1, ensure_ascii=False) + "\n"
        expected = case / "expected.json"
        known = expected.read_text(encoding="utf-8") if expected.exists() else ""
        if found == known:
            continue
        differing += 1
        sys.stdout.write(f"{case.relative_to(FIXTURES)}\n{found}")
        if options.write:
            expected.write_text(found, encoding="utf-8")
    return 1 if differing and not options.write else 0


if __name__ == "__main__":
    raise SystemExit(main())
