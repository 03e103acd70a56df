"""The prover's seat in `diff`, on random pairs: what is told against what containment says of the whole body.

Every pair becomes two contracts with one body, a request or a response. A body that is shown to break must have a
finding that says so (else: wrong), a body that is shown to be contained must have none (else: a false alarm), and every
witness is tried with `jsonschema` against the two documents as they stand.
"""

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from benchmarks.schema_generator import graph_pair, pair, respelled_pair
from contractcheck.errors import UnreadableError
from contractcheck.model.finding import Direction, Finding, ProofKind, Severity
from contractcheck.model.snapshot import Entry, EntryKind
from contractcheck.openapi.compare import compare
from contractcheck.openapi.document import Document, load
from contractcheck.openapi.proving import Prover
from contractcheck.schemas.edits import Ask, Outcome

KINDS: Final[dict[str, Callable[[Random], tuple[Any, Any]]]] = {
    "api": lambda rng: pair(rng, every_keyword=False),
    "respelled": respelled_pair,
    "graph": graph_pair,
    "any": lambda rng: pair(rng, every_keyword=True),
}
_MEANING: Final = (
    "request-property-removed",
    "response-property-removed",
    "default-changed",
    "discriminator-changed",
    "format-changed",
    "reference-changed",
    "additional-properties-closed",
)
"""Rules whose warning is about meaning: the values stay."""
_MAPS: Final = ("additional-properties", "property-count", "property-forbidden")
"""Rules that count names nobody declares, which a sender who uses what it declares does not send."""


@dataclass(frozen=True)
class Memory:
    """A snapshot of a few files."""

    files: Mapping[str, bytes]
    label: str = "memory"

    def entries(self) -> dict[str, Entry]:
        return {path: Entry(path, EntryKind.FILE) for path in self.files}

    def read(self, path: str) -> bytes:
        if path not in self.files:
            raise UnreadableError("there is no such file", where=path)
        return self.files[path]


def contract(schema: Any, direction: Direction) -> Document:  # noqa: ANN401 - a schema
    """A contract whose only body is of that schema; its definitions become components."""
    schema = json.loads(json.dumps(schema).replace("#/$defs/", "#/components/schemas/"))
    shared = schema.pop("$defs", {}) if isinstance(schema, dict) else {}
    content = {"content": {"application/json": {"schema": schema}}}
    operation: dict[str, Any] = {"responses": {"200": {"description": ""}}}
    if direction is Direction.REQUEST:
        operation["requestBody"] = {"required": True, **content}
    else:
        operation["responses"]["200"] |= content
    root = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/x": {"post": operation}},
        "components": {"schemas": shared},
    }
    return load(Memory({"openapi.json": json.dumps(root).encode()}), "openapi.json")


def body(document: Document, direction: Direction) -> Any:  # noqa: ANN401 - a node
    """The schema of the only body."""
    node = document.root.child("paths").child("/x").child("post")
    node = node.child("requestBody") if direction is Direction.REQUEST else node.child("responses").child("200")
    return node.child("content").child("application/json").child("schema")


def breaks(finding: Finding) -> bool:
    """Whether a finding says that a value may break."""
    return finding.severity is not Severity.INFO and not finding.rule.endswith(_MEANING)


def tried(finding: Finding, documents: tuple[Document, Document]) -> bool:
    """Whether `jsonschema` finds a witness valid on the side that sends and not on the other, in the documents."""
    trial = finding.proof.trial
    if finding.proof.kind is not ProofKind.WITNESS:
        return True
    if trial is None:
        return False
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT202012

    valid = []
    for document, place in zip(documents, (trial.base, trial.revision), strict=True):
        registry: Any = Registry().with_resource("urn:contract", Resource(document.root.value, DRAFT202012))
        schema = {"$ref": f"urn:contract#{place.pointer}"}
        checker = Draft202012Validator(schema, registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER)  # type: ignore[call-arg]
        valid.append(checker.is_valid(finding.proof.witness))
    return valid == ([True, False] if trial.affected.direction is Direction.REQUEST else [False, True])


def main() -> None:
    """Run so many pairs of every kind, and print what came out; exits 1 if anything is wrong."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pairs", type=int, default=4_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--kind", choices=(*KINDS, "all"), default="all")
    options.add_argument("--show", type=int, default=2)
    chosen = options.parse_args()
    kinds = tuple(KINDS) if chosen.kind == "all" else (chosen.kind,)
    wrong = sum(run(kind, chosen.pairs // len(kinds), chosen.seed, chosen.show) for kind in kinds)
    raise SystemExit(bool(wrong))


def run(kind: str, pairs: int, seed: int, show: int) -> int:
    """Print the table of one kind; the number of wrong answers."""
    counts: Counter[str] = Counter()
    begun = time.perf_counter()
    for number in range(pairs):
        rng = Random(f"{seed}/{kind}/{number}")  # noqa: S311 - repeatable
        base, revision = KINDS[kind](rng)
        direction = rng.choice((Direction.REQUEST, Direction.RESPONSE))
        what, detail = one(base, revision, direction)
        counts[what] += 1
        if what.isupper() and counts[what] <= show:
            print(f"! {what} {kind}/{number} {direction}", json.dumps(base), json.dumps(revision), detail, sep="\n    ")
    print(f"\n{kind}: {pairs} pairs, seed {seed}, {time.perf_counter() - begun:.0f} s")
    for what, count in sorted(counts.items()):
        print(f"  {what}: {count}")
    return sum(count for what, count in counts.items() if what.isupper() and what != "FALSE ALARM")


def one(base: Any, revision: Any, direction: Direction) -> tuple[str, str]:  # noqa: ANN401 - schemas
    """What came out for one pair; upper case for what should not be."""
    documents = contract(base, direction), contract(revision, direction)
    findings = compare(*documents, Prover(*documents)).findings
    told = [finding for finding in findings if breaks(finding)]
    sure = [finding for finding in told if finding.proof.kind is not ProofKind.UNPROVEN]
    ask = Ask((body(documents[0], direction),), (body(documents[1], direction),), direction)
    refuted = next((finding for finding in findings if not tried(finding, documents)), None)
    if refuted is not None:
        return "WITNESS THAT DOES NOT HOLD", f"{refuted.rule} {refuted.subject} {json.dumps(refuted.proof.witness)}"
    whole = Prover(*documents)(ask)
    shown = "; ".join(f"{finding.rule} {finding.subject} {finding.proof.kind}" for finding in told)
    if whole.outcome is Outcome.UNPROVEN:
        return ("undecided" if told else "undecided, silent"), shown
    if whole.outcome is Outcome.BROKEN and not told:
        return "WRONG COMPATIBLE", json.dumps(whole.witness)
    if whole.outcome is Outcome.CONTAINED and any(not any(word in f.rule for word in _MAPS) for f in sure):
        return "FALSE ALARM", shown
    return f"{whole.outcome}, {'told' if sure else 'unproven' if told else 'silent'}", shown


if __name__ == "__main__":
    main()
