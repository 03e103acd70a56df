"""Build the rule index and docs/rules.md out of rules/ and fixtures/: `python tools/rulebook.py [--check]`."""

import argparse
import json
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
INDEX = ROOT / "contractcheck" / "model" / "rulebook.json"
PAGE = ROOT / "docs" / "rules.md"
REQUIRED = ("category", "severity", "title", "message", "what", "why", "instead", "sources")
OPTIONAL = ("softened", "optional")


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


def page(rules: list[dict[str, object]]) -> str:
    """The list of rules as a page of the documentation."""
    lines = [
        "# Rules",
        "",
        "Written by `make generate` from `rules/`. `contractcheck explain RULE` says more. The severity",
        "is that of profile `strict`; in brackets what profile `standard` makes of it.",
        "",
        "| rule | severity | category | what it finds |",
        "|---|---|---|---|",
    ]
    for rule in rules:
        softened = rule.get("softened")
        milder = f" ({softened['standard']})" if isinstance(softened, dict) and "standard" in softened else ""
        off = ", off by default" if rule.get("optional") else ""
        lines.append(f"| `{rule['id']}` | {rule['severity']}{milder}{off} | {rule['category']} | {rule['title']} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the generated files, or with --check only say whether they are current."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true")
    check = arguments.parse_args().check
    rules = records()
    files = {
        INDEX: json.dumps(rules, indent=1, ensure_ascii=False, sort_keys=True) + "\n",
        PAGE: page(rules),
    }
    stale = [path for path, text in files.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        if check:
            sys.stderr.write(f"{path.relative_to(ROOT)} is not current: run `make generate`\n")
        else:
            path.write_text(files[path], encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
