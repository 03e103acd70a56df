"""Run the fixture cases of rules: `python tools/fixtures.py [--write] [RULE ...]` shows, or writes, what each gives.

A case is a folder of `fixtures/RULE/`: `base.*` and `revision.*` are two contracts, `base/` and `revision/` two
repositories, anything else one tree of migrations, with `stats.json` where sizes are known. `expected.json` holds the exact findings, profile strict.
"""

import argparse
import json
import sys
from pathlib import Path

from contractcheck.model.finding import Finding
from contractcheck.policy.configuration import Configuration
from contractcheck.policy.severity import judge
from contractcheck.sources.folder import folder
from contractcheck.workflows.places import locate

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
STRICT = Configuration(profile="strict")


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
        return check(old, new, changed, STRICT, server=STRICT.server).findings
    snapshot = folder(case)
    base = next((name for name in sorted(snapshot.entries()) if Path(name).stem == "base"), None)
    if base is not None:
        from contractcheck.openapi.document import load
        from contractcheck.workflows.contracts import compare

        revision = next(name for name in sorted(snapshot.entries()) if Path(name).stem == "revision")
        compared = compare(load(snapshot, base), load(snapshot, revision), prove=True)
        return judge(locate(compared.findings, snapshot, snapshot), STRICT)
    from contractcheck.workflows.lint import lint_snapshot

    from contractcheck.migrations.sizes import Sizes, stats

    known = case / "stats.json"
    sizes = Sizes(stats(known.read_bytes(), known.name)) if known.exists() else None
    return lint_snapshot(snapshot, STRICT, server_name=STRICT.server, sizes=sizes).findings


def _bytes(snapshot: object, path: str) -> bytes | None:
    from contractcheck.sources.folder import Folder

    assert isinstance(snapshot, Folder)  # noqa: S101
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
