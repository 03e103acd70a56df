"""Every witness of a report on real contracts, tried by another validator against the two documents as they stand.

The validator is that of `openapi-schema-validator`, which knows nothing of how a witness was found: it reads the schema
at the place that the report names, with its references, `nullable`, `readOnly`, `writeOnly` and the formats of numbers.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.fetch import github
from benchmarks.jobs import airflow_contract
from benchmarks.measure import Missing


def main() -> int:
    """Try the witnesses of both pairs; 1 if one does not hold."""
    pairs = {
        "GitHub 22.0.0 to 23.0.2": (github("22.0.0"), github("23.0.2")),
        "Airflow 3.1.0 to 3.2.0": (airflow_contract("3.1.0"), airflow_contract("3.2.0")),
    }
    wrong = 0
    for name, (base, revision) in pairs.items():
        if isinstance(base, Missing) or isinstance(revision, Missing):
            print(f"{name}: not at hand")
            continue
        counts = tried(base, revision)
        wrong += counts["does not hold"]
        print(f"{name}: {', '.join(f'{count} {what}' for what, count in sorted(counts.items()))}")
    return int(bool(wrong))


def tried(base: Path, revision: Path) -> Counter[str]:
    """What became of the errors of a report: how many witnesses hold, and how many errors have none."""
    from contractcheck.policy.configuration import Configuration
    from contractcheck.reports.json import document
    from contractcheck.workflows.diff import diff

    report = document(diff(str(base), str(revision), Configuration(profile="strict"), cwd=Path.cwd()))
    roots = {"base": read(base), "revision": read(revision)}
    counts: Counter[str] = Counter()
    for finding in report["findings"]:
        proof = finding["proof"]
        if finding["severity"] != "error":
            continue
        if proof["kind"] != "witness" or proof["trial"] is None:
            counts[f"errors {proof['kind']} ({'-'.join(finding['rule'].split('-')[-2:])})"] += 1
            continue
        request = proof["trial"]["direction"] == "request"
        valid = {side: holds(roots[side], proof["trial"][side]["pointer"], proof["witness"], request) for side in roots}
        held = valid == {"base": request, "revision": not request}
        counts["witnesses hold" if held else "does not hold"] += 1
        if not held:
            print(f"! {finding['rule']} {finding['subject']} {valid} {json.dumps(proof['witness'])[:300]}")
    return counts


def read(path: Path) -> Any:  # noqa: ANN401 - a document
    """The document as JSON."""
    if path.suffix == ".json":
        return json.loads(path.read_text(encoding="utf-8"))
    import yaml

    return json.loads(json.dumps(yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader), default=str))


def holds(root: Any, pointer: str, value: Any, request: bool) -> bool:  # noqa: ANN401, FBT001
    """Whether the value is valid under the schema at the pointer."""
    import openapi_schema_validator as validators
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT202012

    resource = Resource(root, DRAFT202012)
    registry = Registry().with_resource("urn:contract", resource)
    three_one = root["openapi"].startswith("3.1")
    kind = validators.OAS31Validator
    checker = validators.oas31_format_checker
    if not three_one:
        kind = validators.OAS30WriteValidator if request else validators.OAS30ReadValidator
        checker = validators.oas30_format_checker
    return bool(kind({"$ref": f"urn:contract#{pointer}"}, registry=registry, format_checker=checker).is_valid(value))


if __name__ == "__main__":
    sys.exit(main())
