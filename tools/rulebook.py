"""Build contractcheck/model/rulebook.json from rules/*.yaml and fixtures/: `python tools/rulebook.py [--check]`."""

import argparse
import json
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
INDEX = ROOT / "contractcheck" / "model" / "rulebook.json"
REQUIRED = ("category", "severity", "title", "message", "what", "why", "instead", "sources")
OPTIONAL = ("softened",)


def records() -> list[dict[str, object]]:
    """Every record with its fixture cases, by id; the id is the file's name. Raises SystemExit for a bad record."""
    found = []
    for path in sorted((ROOT / "rules").glob("*.yaml")):
        record = yaml.safe_load(path.read_text(encoding="utf-8"))
        wrong = sorted({*record} - {*REQUIRED, *OPTIONAL}) + sorted({*REQUIRED} - {*record})
        if wrong:
            raise SystemExit(f"{path.relative_to(ROOT)}: unknown or missing: {', '.join(wrong)}")
        text = {key: value.strip() if isinstance(value, str) else value for key, value in record.items()}
        found.append({"id": path.stem, **text, "examples": examples(path.stem)})
    return found


def examples(rule: str) -> list[dict[str, object]]:
    """The firing cases of a rule's fixture folder: its text files and the findings they give."""
    cases = []
    for expected in sorted((ROOT / "fixtures" / rule).glob("*/expected.json")):
        findings = json.loads(expected.read_text(encoding="utf-8"))
        if any(finding["rule"] == rule for finding in findings):
            files = sorted(path for path in expected.parent.rglob("*") if path.is_file() and path != expected)
            texts = {path.relative_to(expected.parent).as_posix(): path.read_text(encoding="utf-8") for path in files}
            cases.append({"name": expected.parent.name, "files": texts, "expected": findings})
    return cases


def main() -> int:
    """Write the index, or with --check only say whether it is current."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true")
    check = arguments.parse_args().check
    text = json.dumps(records(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if check:
        if not INDEX.exists() or INDEX.read_text(encoding="utf-8") != text:
            sys.stderr.write("contractcheck/model/rulebook.json is not current: run `make generate`\n")
            return 1
        return 0
    INDEX.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
