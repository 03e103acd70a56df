"""Contracts as people have them: what must hold of every report on them, findings drawn to be checked by hand, a peer.

`python -m benchmarks.real` fetches the pinned packages and returns 1 if a report breaks the law: a crash, a finding
told twice, an error without a witness that does not stand in both documents. `--draw N --seed S` prints N of all
findings; `--peer` what only one of this tool and oasdiff calls a break.
"""

import argparse
import json
import random
import re
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from benchmarks.fetch import CACHE, ROOT, described, oasdiff
from benchmarks.measure import Missing

_RELEASES: Final = ("3.0.0", "3.1.0", "3.2.0", "3.3.2")
_FOLDER: Final = "airflow/api_fastapi/core_api/openapi"
_ENTERPRISE: Final = ("3.17", "3.18", "3.19")
_NAME: Final = re.compile(r"\{[^}]*\}")
_QUOTED: Final = re.compile(r"`([^`]*)`")

Report = Mapping[str, Any]
_Row = tuple[str, str, str]


def pairs() -> Iterator[tuple[str, Path | Missing, Path | Missing]]:
    """The pairs of documents, each by a name that says which."""
    for base, revision in pairwise(_RELEASES):
        for kind in ("rest", "ui"):
            yield f"Airflow {base} -> {revision} {kind}", _airflow(base, kind), _airflow(revision, kind)
    name = "api.github.com"
    yield "GitHub 22.0.0 -> 23.0.2", described("22.0.0", name), described("23.0.2", name)
    for base, revision in pairwise(_ENTERPRISE):
        old, new = (described("23.0.2", f"ghes-{each}") for each in (base, revision))
        yield f"GHES {base} -> {revision}", old, new


def _airflow(release: str, kind: str) -> Path | Missing:
    """One of the contracts in the wheel of a release, pinned by hash."""
    from demo.releases import TamperedError, UnavailableError, wheel

    target = CACHE / f"airflow-{release}-{kind}.yaml"
    if target.exists():
        return target
    pinned = next(
        path
        for folder in (ROOT / "demo", ROOT / "benchmarks")
        if (path := folder / f"requirements-{release}.txt").exists()
    )
    try:
        archive = wheel(pinned, ROOT / ".cache" / "wheels")
    except (UnavailableError, TamperedError) as error:
        return Missing(str(error))
    with zipfile.ZipFile(archive) as files:
        ending = "rest-api-generated.yaml" if kind == "rest" else "_private_ui.yaml"
        [name] = [each for each in files.namelist() if each.startswith(_FOLDER) and each.endswith(ending)]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(files.read(name))
    return target


def report(base: Path, revision: Path) -> Report:
    """The report of profile `strict`, everything shown."""
    from contractcheck.policy.configuration import Configuration
    from contractcheck.reports.json import document
    from contractcheck.workflows.diff import diff

    return document(diff(str(base), str(revision), Configuration(profile="strict"), cwd=Path.cwd()))


def broken(findings: list[Mapping[str, Any]]) -> list[str]:
    """How a report breaks the law, in words: findings told twice, errors that nothing stands behind."""
    told = [
        *_twice("fingerprint", Counter(each["fingerprint"] for each in findings)),
        *_twice("rule and subject", Counter(f"{each['rule']} {each['subject']}" for each in findings)),
        *_twice("rule, places and message", Counter(_edit(each) for each in findings)),
    ]
    for each in findings:
        kind = each["proof"]["kind"]
        if each["severity"] == "error" and kind not in {"witness", "structural"}:
            told.append(f"an error is {kind}: {each['rule']} {each['subject']}")
        if kind == "witness" and "witness" not in each["proof"]:
            told.append(f"a witness is not shown: {each['rule']} {each['subject']}")
    return told


def _twice(what: str, counts: Counter[str]) -> list[str]:
    return [f"{count} findings of one {what}: {key}" for key, count in counts.items() if count > 1]


def _edit(finding: Mapping[str, Any]) -> str:
    places = [(finding[side] or {}).get("pointer") for side in ("base_place", "place")]
    return json.dumps([finding["rule"], *places, finding["message"], finding["affects"]])


def draw(reports: Mapping[str, Report], count: int, seed: int) -> list[tuple[str, Mapping[str, Any]]]:
    """So many findings of all reports, each with the name of its pair; the same for the same seed.

    Seven in ten are errors and warnings, of which there are few beside notes.
    """
    every = [
        (name, finding)
        for name, told in reports.items()
        for finding in sorted(told["findings"], key=lambda each: (each["rule"], each["subject"]))
    ]
    dice = random.Random(seed)  # noqa: S311 - no secret
    grave = [index for index, (_, each) in enumerate(every) if each["severity"] != "info"]
    light = [index for index, (_, each) in enumerate(every) if each["severity"] == "info"]
    first = min(count * 7 // 10, len(grave))
    chosen = dice.sample(grave, first) + dice.sample(light, min(count - first, len(light)))
    return [every[index] for index in sorted(chosen)]


def one_sided(told: Report, peer: list[Mapping[str, Any]]) -> tuple[list[_Row], list[_Row]]:
    """What only the peer calls a break, and what only we do: the rule, the operation, and the words.

    A break of one is one of the other if that has an error or a warning at the same operation that names the same
    element. Breaks of one rule at one operation, in one element, are one.
    """
    ours: dict[str, list[Mapping[str, Any]]] = {}
    for finding in told["findings"]:
        for affected in finding["affects"]:
            ours.setdefault(_NAME.sub("{}", affected["operation"]), []).append(finding)
    theirs: dict[str, list[Mapping[str, Any]]] = {}
    for change in peer:
        theirs.setdefault(_NAME.sub("{}", f"{change.get('operation')} {change.get('path')}"), []).append(change)
    alone: dict[tuple[str, str, str], str] = {}
    for operation, changes in theirs.items():
        known = [each for each in ours.get(operation, ()) if each["severity"] in {"error", "warning"}]
        for change in (each for each in changes if each["level"] > 1):
            names = [_last(word) for word in _QUOTED.findall(change["text"])]
            gone = change["id"].startswith("api-") and any("operation-" in each["rule"] for each in known)
            if not gone and not any(name and name in f"{f['subject']} {f['message']}" for name in names for f in known):
                words = _QUOTED.findall(change["text"])
                alone.setdefault(
                    (change["id"], operation, words[0].rpartition("/")[0] if words else ""), change["text"]
                )
    mine = [
        (finding["rule"], finding["subject"], finding["message"])
        for finding in told["findings"]
        if finding["severity"] == "error"
        and not any(
            change["level"] > 1 and _speaks(change, finding)
            for affected in finding["affects"]
            for change in theirs.get(_NAME.sub("{}", affected["operation"]), ())
        )
    ]
    return [(rule, operation, text) for (rule, operation, _), text in alone.items()], mine


def _last(word: str) -> str:
    """The last name of an element: `name` of `items/anyOf[subschema #1]/name`."""
    return next((part for part in reversed(word.split("/")) if part and "[" not in part and part != "items"), "")


def _speaks(change: Mapping[str, Any], finding: Mapping[str, Any]) -> bool:
    """Whether a change of the peer may be what a finding is about."""
    if "operation-" in finding["rule"] or finding["rule"].startswith("security-"):
        return str(change["id"]).startswith("api-")
    names = re.findall(r"[A-Za-z_]\w*", finding["subject"].rpartition("$")[2]) + re.findall(
        r'"([^"]*)"', finding["message"]
    )
    return not names or any(name in change["text"] for name in names)


def main() -> int:
    """Print what was asked for; 1 if a report breaks the law or a document is not at hand."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real", description=__doc__)
    parser.add_argument("--draw", type=int, metavar="N", help="print so many of all findings")
    parser.add_argument("--seed", type=int, default=5, help="what the draw begins with [default: 5]")
    parser.add_argument("--peer", action="store_true", help="print what only one of the two tools calls a break")
    options = parser.parse_args()
    reports: dict[str, Report] = {}
    bad = 0
    program = oasdiff() if options.peer else None
    for name, base, revision in pairs():
        absent = next((each for each in (base, revision) if isinstance(each, Missing)), None)
        if isinstance(base, Missing) or isinstance(revision, Missing):
            print(f"{name}: not at hand: {absent.why if absent else ''}")
            bad += 1
            continue
        reports[name] = report(base, revision)
        told = broken(reports[name]["findings"])
        bad += len(told)
        proofs = Counter(each["proof"]["kind"] for each in reports[name]["findings"] if each["severity"] == "error")
        counts = reports[name]["summary"]
        print(f"{name}: {counts}, errors {dict(sorted(proofs.items()))}; {'; '.join(told) or 'lawful'}", flush=True)
        if isinstance(program, Path):
            done = subprocess.run(
                [str(program), "changelog", "-f", "json", str(base), str(revision)], capture_output=True, check=True
            )
            alone, mine = one_sided(reports[name], json.loads(done.stdout or b"[]"))
            for who, rows in (("oasdiff", alone), ("ours", mine)):
                for row in rows:
                    print(f"  only {who}: " + " | ".join(row))
    for number, (name, finding) in enumerate(draw(reports, options.draw or 0, options.seed), start=1):
        places = [str((finding[side] or {}).get("pointer")) for side in ("base_place", "place")]
        print(" | ".join((str(number), name, finding["rule"], finding["subject"], finding["message"], *places)))
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
