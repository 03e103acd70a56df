"""Builds docs/oasdiff.md: for each check of oasdiff what we say of a pair of contracts that it is made for."""

import argparse
import re
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "oasdiff.md"
CHECKS = ROOT / "tests" / "openapi" / "peer_checks.tsv"

_HEAD = """# The checks of oasdiff, and ours

oasdiff 1.36 prints {count} checks (`oasdiff checks changelog`). For each there is a pair of small contracts that it is
made for (`tests/openapi/peer_checks.py`, written by us), compared in profile `strict` with the prover. The columns:
their id and level; what we say, with our severity. "harmless" means: proved or known to change
nothing for anybody, so it is only counted. Checks about notice periods and versions belong to a policy; the rule of
ours that speaks of the same is named.

Of {errors} checks that are errors there, {agreed} are errors here too, {policy} are rules of a policy, and {other} are
not errors here:

{reasons}

| oasdiff | level | ours |
|---|---|---|
"""


def pair(name: str) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """The contracts that a check is made for; None where it is about a policy."""
    from tests.openapi.peer_checks import CONTRACTS, PLACES, SCHEMAS

    if name in CONTRACTS:
        return CONTRACTS[name]
    for place, make in PLACES.items():
        aspect = name.removeprefix(f"{place}-")
        if name != aspect and aspect in SCHEMAS:
            base, revision = (make(each) for each in SCHEMAS[aspect])
            return base, revision
    return None


@cache
def said(name: str) -> tuple[tuple[str, str, str], ...]:
    """What we say of that pair: rule, severity, proof."""
    from contractcheck.openapi.compare import compare
    from contractcheck.openapi.proving import Prover
    from tests.openapi.contracts import document

    sides = pair(name)
    if sides is None:
        return ()
    base, revision = (document(each) for each in sides)
    found = compare(base, revision, Prover(base, revision)).findings
    return tuple((each.rule, str(each.severity), str(each.proof.kind)) for each in found)


def reason(name: str) -> str | None:
    """Why a check that is an error there is none here."""
    from tests.openapi.peer_checks import REASONS

    return next((why for pattern, why in REASONS.items() if re.fullmatch(pattern, name)), None)


def checks() -> dict[str, str]:
    """The levels of all checks by their ids."""
    return dict(line.split("\t") for line in CHECKS.read_text(encoding="utf-8").splitlines())


def page() -> str:
    """The text of the page."""
    from tests.openapi.peer_checks import POLICY, SILENT

    rows, differing = [], dict[str, list[str]]()
    counts = dict.fromkeys(("errors", "agreed", "policy"), 0)
    for name, level in checks().items():
        found = said(name)
        if name in POLICY:
            ours = f"`{POLICY[name]}` (policy)"
        elif name in SILENT:
            ours = f"silent: {SILENT[name]}"
        else:
            ours = ", ".join(f"`{rule}` {severity}" for rule, severity, _ in found) or "harmless"
        rows.append(f"| `{name}` | {level} | {ours} |")
        if level == "error":
            counts["errors"] += 1
            agreed = any(severity == "error" for _, severity, _ in found)
            counts["policy"] += name in POLICY
            counts["agreed"] += agreed
            if not agreed and name not in POLICY:
                differing.setdefault(reason(name) or "", []).append(name)
    told = [f"- {', '.join(f'`{name}`' for name in names)}: {why}" for why, names in differing.items()]
    other = sum(map(len, differing.values()))
    head = _HEAD.format(count=len(rows), other=other, reasons="\n".join(told), **counts)
    return head + "\n".join(rows) + "\n"


def main() -> int:
    """Write the page, or tell whether it is current."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if the page is not current")
    options = parser.parse_args()
    if options.check:
        return int(PAGE.read_text(encoding="utf-8") != page())
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
